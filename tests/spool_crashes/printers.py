"""Virtual printers of the fault suite, and what happens to them."""

import asyncio
import functools
import random
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from simulators.printer_models import EPSON, RONGTA, Model
from simulators.serial_printer import Cable, SerialCable, UsbCable
from simulators.virtual_printer import VirtualPrinter
from tests.printer.paper import read_links


class EscposPrinter:
    """A receipt printer that takes ESC/POS.

    Parameters
    ----------
    by: "tcp", "serial" or "usb".
    profile: what it is set up as.
    readers: threads in which paper is read.
    """

    def __init__(self, by: str, profile: str, model: Model, folder: Path, readers: Executor) -> None:
        #: As the table of printers has it; there is none before `start`.
        self.address = ""
        self.profile = profile
        self._by, self._folder, self._readers = by, folder, readers
        self._virtual = VirtualPrinter(self._changed, model=model)
        self._cable: Cable | None = None
        self._paper: list[Future[list[str]]] = []
        self._newest: object = None

    async def start(self) -> None:
        """Switch it on; from now on it has an address."""
        path = self._folder / f"{self._by}-{id(self):x}"
        match self._by:
            case "tcp":
                self.address = f"tcp://127.0.0.1:{await self._virtual.start()}"
            case "serial":
                self._cable = SerialCable(self._virtual, path)
                self.address = f"serial://{path}?baud=19200&flow=rtscts"
            case "usb":
                self._cable = UsbCable(self._virtual, path)
                self.address = f"usb://{path}"

    async def suffer(self, chance: random.Random) -> str:
        """Something happens to it and, if it lasts, passes; returns what, in a word."""
        what = chance.choice(list(_TROUBLES))
        await _TROUBLES[what](self._virtual, chance)
        return what

    def tear(self) -> None:
        """Take the paper that was not cut off."""
        self._virtual.tear()

    def links(self) -> list[str]:
        """All codes that came out, read as a phone reads them."""
        return [link for paper in self._paper for link in paper.result()]

    async def stop(self) -> None:
        """Switch it off for good."""
        if self._cable:
            self._cable.close()
        await self._virtual.stop()

    def _changed(self) -> None:
        newest = self._virtual.strips[-1] if self._virtual.strips else None
        if newest is not None and newest is not self._newest:
            self._newest = newest
            self._paper.append(self._readers.submit(read_links, newest.png))


def receipt_printers(folder: Path, readers: Executor) -> list[EscposPrinter]:
    """Each way to a printer, with each kind of proof."""
    ways = ("tcp", "serial", "usb")
    kinds = [(by, profile, model) for by in ways for profile, model in (("epson-80", EPSON), ("other-80", RONGTA))]
    kinds += [("tcp", "epson-80", EPSON), ("usb", "mute-80", RONGTA)]
    return [EscposPrinter(*kind, folder, readers) for kind in kinds]


async def _for_a_while(printer: VirtualPrinter, chance: random.Random, **fault: bool) -> None:
    printer.set(**fault)
    await asyncio.sleep(chance.uniform(0.1, 1.5))
    printer.set(**dict.fromkeys(fault, False))


async def _power_cycle(printer: VirtualPrinter, _chance: random.Random) -> None:
    printer.power_cycle()


async def _reset(printer: VirtualPrinter, chance: random.Random) -> None:
    """Power lost at some byte of what comes next."""
    printer.set(reset_after=chance.randrange(13, 3000))


async def _end_of_paper(printer: VirtualPrinter, chance: random.Random) -> None:
    printer.set(paper_ends_after=chance.randrange(1, 3000))
    await asyncio.sleep(chance.uniform(0.3, 1.5))
    printer.set(paper_out=False, paper_ends_after=None)


async def _jam(printer: VirtualPrinter, chance: random.Random) -> None:
    printer.set(cutter_jams=True)
    await asyncio.sleep(chance.uniform(0.3, 1.5))
    printer.set(cutter_jams=False, cutter_stuck=False)


POWER_LOSSES = ("power gone for a moment", "power gone at some byte", "switched off")
#: What happens to printers.
_TROUBLES: dict[str, Callable[[VirtualPrinter, random.Random], Coroutine[Any, Any, None]]] = {
    "power gone for a moment": _power_cycle,
    "power gone at some byte": _reset,
    "switched off": functools.partial(_for_a_while, off=True),
    "paper out": functools.partial(_for_a_while, paper_out=True),
    "paper out on the way": _end_of_paper,
    "cover open": functools.partial(_for_a_while, cover_open=True),
    "blade stuck": _jam,
    "answers lost": functools.partial(_for_a_while, mute=True),
    "proof lost": functools.partial(_for_a_while, lose_proof=True),
}
