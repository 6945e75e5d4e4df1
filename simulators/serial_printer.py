"""A virtual printer at the end of a cable: a serial line, or what looks like `/dev/usb/lp0`.

Both are pseudo-terminals: their device file is at `path`, a link, because a USB printer that was off has a new one.
"""

import asyncio
import contextlib
import os
import termios
import tty
from pathlib import Path
from typing import Literal, TypeAlias

from simulators.virtual_printer import VirtualPrinter

#: How a serial printer stops the computer when it is full: by a wire (RTS/CTS), by letters, or not at all.
Flow: TypeAlias = Literal["rts", "xon", "none"]
_XON, _XOFF = b"\x11", b"\x13"
#: Bits a byte on a serial line.
_BITS = 10


class Cable:
    """What both kinds have: a device file to open, bytes that go through it.

    Parameters
    ----------
    printer: at its end.
    path: of the device file, which must not be there yet.
    """

    def __init__(self, printer: VirtualPrinter, path: Path) -> None:
        self.path = path
        self._printer = printer
        self._carrying: asyncio.Task[None] | None = None
        printer.connect(self)
        self._plug_in()

    def close(self) -> None:
        """Pull it out: who has it open notices."""
        if self._carrying:
            self._carrying.cancel()
            self._carrying = None
            # Now, and not when the task hears of it: by then the number may be another file's.
            self._loop.remove_reader(self._ours)
            self._printer.disconnect(self)
            self.path.unlink()
            os.close(self._ours)
            os.close(self._theirs)

    def power(self, on: bool) -> None:
        """What the computer notices of the printer's power: here, nothing."""

    def write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # what nobody fetches is lost
            os.write(self._ours, data)

    def _plug_in(self) -> None:
        self._ours, self._theirs = os.openpty()
        # We keep the computer's side open, too: a program that closes it is not a cable that is pulled.
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path.symlink_to(os.ttyname(self._theirs))
        self._loop = asyncio.get_running_loop()
        self._carrying = self._loop.create_task(self._carry())

    async def _carry(self) -> None:
        received = 0
        while True:
            data = await self._read(min(1024, await self._room()))
            fatal = self._printer.faults.reset_after
            if fatal is not None and received + len(data) >= fatal:
                self._printer.lose_power_after(data[: max(0, fatal - received)])
                await asyncio.sleep(0)  # a USB printer's cable ends here
            else:
                received = received + len(data) if fatal is not None else 0  # counted since it was set
                self._take(data)

    async def _room(self) -> int:
        return await self._printer.room()

    def _take(self, data: bytes) -> None:
        self._printer.receive(data, self)

    async def _read(self, most: int) -> bytes:
        while True:
            with contextlib.suppress(BlockingIOError):
                return os.read(self._ours, most)
            readable = asyncio.Event()
            self._loop.add_reader(self._ours, readable.set)
            await readable.wait()
            self._loop.remove_reader(self._ours)


class UsbCable(Cable):
    """A USB printer's device file: it is gone while the printer has no power, and who has it open finds out."""

    def power(self, on: bool) -> None:
        if on:
            self._plug_in()
        else:
            self.close()


class SerialCable(Cable):
    """A serial line; whoever speaks at another speed is not understood.

    Parameters
    ----------
    baud: that the printer is set to.
    flow: how it says that it is full. Without, what does not fit is lost.
    paced: whether bytes take their time on the line.
    """

    def __init__(
        self, printer: VirtualPrinter, path: Path, baud: int = 19_200, flow: Flow = "rts", *, paced: bool = False
    ) -> None:
        self._baud, self._flow, self._paced = baud, flow, paced
        self._stopped: asyncio.Task[None] | None = None
        #: How many bytes there was no room for.
        self.lost = 0
        super().__init__(printer, path)

    def close(self) -> None:
        if self._stopped:
            self._stopped.cancel()
        super().close()

    def write(self, data: bytes) -> None:
        super().write(data if self._same_speed() else _garbled(data))

    async def _room(self) -> int:
        if self._paced:
            await asyncio.sleep(0.01)
        at_once = max(1, self._baud // _BITS // 100) if self._paced else 1024
        return min(at_once, await super()._room()) if self._is_heard() else at_once

    def _take(self, data: bytes) -> None:
        if self._printer.faults.off:
            return
        if not self._same_speed():
            data = _garbled(data)
        buffer = self._printer.faults.buffer
        taken = data[: buffer - self._printer.waits]
        self.lost += len(data) - len(taken)
        super()._take(taken)
        if self._flow == "xon" and self._printer.waits > buffer // 2 and not self._stopped:
            super().write(_XOFF)
            self._stopped = asyncio.get_running_loop().create_task(self._go_on())

    async def _go_on(self) -> None:
        await self._printer.room(self._printer.faults.buffer * 3 // 4)
        self._stopped = None
        super().write(_XON)

    def _is_heard(self) -> bool:
        """Whether the computer stops when it is told to; what it sends all the same is lost when there is no room."""
        read, _, control, *_ = termios.tcgetattr(self._ours)
        return bool({"rts": control & termios.CRTSCTS, "xon": read & termios.IXON, "none": 0}[self._flow])

    def _same_speed(self) -> bool:
        """Whether the computer has set this speed; pseudo-terminals carry bytes at any."""
        speed = getattr(termios, f"B{self._baud}")
        return bool(termios.tcgetattr(self._ours)[4] == speed)


def _garbled(data: bytes) -> bytes:
    """What arrives at another speed."""
    return bytes(byte >> 1 | 0x80 for byte in data)
