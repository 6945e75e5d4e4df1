"""Virtual printers on a thread of their own, and what a customer reads from their paper."""

import asyncio
import functools
import io
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from simulators.paper import Strip
from simulators.polling_printer import PollingPrinter
from simulators.printer_models import MODELS
from simulators.serial_printer import Cable, Flow, SerialCable, UsbCable
from simulators.virtual_printer import VirtualPrinter

#: Dots a millimetre of every print head here.
DOTS_PER_MM = 8
#: Pixels a millimetre of a camera that is held a hand's breadth away.
CAMERA = 6
#: How much the ink runs, mm, how much of it is left, and how much the camera's light flickers, of 255.
BLUR, FADE, NOISE = 0.1, 0.5, 6
#: How many dots are dead side by side in a print head that leaves out a column: a module, as most codes have it.
DEAD = 6


class PollingRunner:
    """A printer that polls, on the thread of a loop.

    Parameters
    ----------
    make: gets what to call when something changes.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        make: Callable[[Callable[[], None]], PollingPrinter],
        codes: bool = True,
    ) -> None:
        self.codes = codes
        self._loop = loop
        self._changed = threading.Condition()
        self._coming: asyncio.Task[None] | None = None
        self.virtual = make(self._look)

    @property
    def strips(self) -> list[Strip]:
        return self.virtual.strips

    @property
    def links(self) -> list[str]:
        """What was printed, in order."""
        return [link for strip in self.strips for link in read_links(strip.png)]

    def set(self, **faults: Any) -> None:
        async def act() -> None:
            self.virtual.set(**faults)

        asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def poll(self) -> str:
        """One round; returns how it ended."""
        return asyncio.run_coroutine_threadsafe(self.virtual.poll(), self._loop).result(60)

    def come(self, seconds: float) -> None:
        """From now on it comes by itself, every so many seconds."""

        async def act() -> None:
            self._coming = asyncio.get_running_loop().create_task(self.virtual.run(seconds))

        asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def stop(self) -> None:
        """It comes no more; what it is at, it finishes or not."""

        async def act() -> None:
            if self._coming:
                self._coming.cancel()
                await asyncio.gather(self._coming, return_exceptions=True)
                self._coming = None

        asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 30), "the printer did not come to it"

    def _look(self) -> None:
        with self._changed:
            self._changed.notify_all()


class RunningPrinter:
    """A virtual printer that listens; every strip that ever came out is kept.

    Parameters
    ----------
    by: what it is connected by.
    path: of its device file, for a cable.
    model: whose printer it is, a key of `MODELS`.
    codes: False where it prints what need not scan, such as a ladder of codes that are too small on purpose.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        width: int = 576,
        model: str = "epson",
        by: Literal["tcp", "serial", "usb"] = "tcp",
        path: Path = Path("/dev/null"),
        baud: int = 19_200,
        flow: Flow = "rts",
        paced: bool = False,
        codes: bool = True,
    ) -> None:
        self.strips: list[Strip] = []
        self.codes = codes
        self.virtual = VirtualPrinter(self._look, width, MODELS[model])
        self._loop = loop
        self._changed = threading.Condition()
        self.cable: Cable | None = None
        self.port = 0
        match by:
            case "tcp":
                self.port = asyncio.run_coroutine_threadsafe(self.virtual.start(), loop).result()
                self.address = f"tcp://127.0.0.1:{self.port}"
            case "serial":
                self._plug(lambda: SerialCable(self.virtual, path, baud, flow, paced=paced))
                self.address = f"serial://{path}?baud={baud}"
            case "usb":
                self._plug(lambda: UsbCable(self.virtual, path))
                self.address = f"usb://{path}"

    @property
    def links(self) -> list[str]:
        """What was printed, in order."""
        return [link for strip in self.strips for link in read_links(strip.png)]

    def set(self, **faults: Any) -> None:
        self._do(lambda: self.virtual.set(**faults))

    def power_cycle(self) -> None:
        self._do(self.virtual.power_cycle)

    def tear(self) -> None:
        self._do(self.virtual.tear)

    def unplug(self) -> None:
        """Pull its cable."""
        if self.cable:
            self._do(self.cable.close)

    def stop(self) -> None:
        self.unplug()
        asyncio.run_coroutine_threadsafe(self.virtual.stop(), self._loop).result()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 30), "the printer did not come to it"

    def _plug(self, make: Callable[[], Cable]) -> None:
        def plug() -> None:
            self.cable = make()

        self._do(plug)

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
    return _read(Image.open(io.BytesIO(png)).convert("L"))


def check(png: bytes, text: str = "") -> "Scans":
    """Every code on a strip of paper scans, as it came out and worn.

    Parameters
    ----------
    png: the paper.
    text: what stands on it, if that is known: where it tells of a code or of its link, there must be one.
    """
    scans = scan(png)
    if "[qr]" in text or "/q/" in text.lower():
        assert scans.clean, f"the paper tells of a code, and none scans:\n{text}"
    missing = [link for link in scans.clean if link not in scans.worn]
    assert not missing, f"worn paper does not scan any more: {missing}"
    return scans


class Scans:
    """What a camera reads of one strip: as it is, worn, and with a column missing in each code."""

    def __init__(self, png: bytes) -> None:
        paper = Image.open(io.BytesIO(png)).convert("L")
        found = zxingcpp.read_barcodes(paper)
        self.clean = _texts(found)
        self.worn = _read(worn(paper)) if found else []
        self.broken = sum(str(code.text) in _read(_without_a_column(paper, code.position)) for code in found)


@functools.lru_cache(maxsize=4096)
def scan(png: bytes) -> Scans:
    """What a camera reads of a strip; the same paper is looked at once."""
    return Scans(png)


def worn(paper: Image.Image) -> Image.Image:
    """Paper as it is after a day in a pocket, seen by a camera: blurred, faded, and never twice the same but here."""
    fine = paper.resize((paper.width * 2, paper.height * 2), Image.Resampling.NEAREST)
    fine = fine.filter(ImageFilter.GaussianBlur(BLUR * DOTS_PER_MM * 2))
    size = paper.width * CAMERA // DOTS_PER_MM, paper.height * CAMERA // DOTS_PER_MM
    photo = fine.resize(size, Image.Resampling.BILINEAR)
    photo = photo.point([round(255 - (255 - light) * FADE) for light in range(256)])
    flicker = Image.frombytes("L", photo.size, random.Random(6).randbytes(photo.width * photo.height))
    flicker = flicker.point([round(each / 255 * 2 * NOISE) for each in range(256)])
    return ImageChops.add(photo, flicker, 1, -NOISE)


def _without_a_column(paper: Image.Image, where: Any) -> Image.Image:
    """Worn paper from a head with dead dots side by side, in the right half of a code."""
    left, right = where.top_left.x, where.top_right.x
    column = round(left + (right - left) * 0.7)
    broken = paper.copy()
    broken.paste(255, (column, 0, column + DEAD, paper.height))
    return worn(broken)


def _read(image: Image.Image) -> list[str]:
    return _texts(zxingcpp.read_barcodes(image))


def _texts(found: list[Any]) -> list[str]:
    return [str(code.text) for code in sorted(found, key=lambda code: code.position.top_left.y)]
