"""Virtual printers on a thread of their own, and what a customer reads from their paper."""

import asyncio
import io
import threading
from collections.abc import Callable
from typing import Any

import zxingcpp
from PIL import Image

from simulators.paper import Strip
from simulators.virtual_printer import VirtualPrinter


class RunningPrinter:
    """A virtual printer that listens; every strip that ever came out is kept."""

    def __init__(self, loop: asyncio.AbstractEventLoop, width: int = 576) -> None:
        self.strips: list[Strip] = []
        self.virtual = VirtualPrinter(self._look, width)
        self._loop = loop
        self._changed = threading.Condition()
        self.port = asyncio.run_coroutine_threadsafe(self.virtual.start(), loop).result()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def links(self) -> list[str]:
        """What was printed, in order."""
        return [link for strip in self.strips for link in read_links(strip.png)]

    def set(self, **faults: Any) -> None:
        self._do(lambda: self.virtual.set(**faults))

    def tear(self) -> None:
        self._do(self.virtual.tear)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.virtual.stop(), self._loop).result()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 30), "the printer did not come to it"

    def _do(self, action: Callable[[], None]) -> None:
        async def act() -> None:
            action()

        asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def _look(self) -> None:
        with self._changed:
            newest = list(self.virtual.strips)[-1:]
            if newest and newest[0] is not (self.strips or [None])[-1]:
                self.strips += newest
            self._changed.notify_all()


def read_links(png: bytes) -> list[str]:
    """The texts of the codes on a picture, from top to bottom."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return [str(code.text) for code in sorted(found, key=lambda code: code.position.top_left.y)]
