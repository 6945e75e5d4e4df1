"""A board at a serial port: the real MicroPython VM behind a pseudo terminal, with flash, power, and a world.

It has a port as any board has. Its flash, in a file, is all that it sees, and blank at first: a board that has just got
MicroPython. Once the firmware for the board `virtual` is on it, it is a kiosk whose buttons can be pressed.
"""

import asyncio
import concurrent.futures
import os
import pty
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from simulators.device import VM
from simulators.device.compiled import ROOT
from simulators.serial_cable import Cable, Faults
from simulators.virtual_kiosk import POWER, SOFTWARE, Front, VirtualKiosk

__all__ = ["Faults", "SerialBoard"]

T = TypeVar("T")

#: What starts the VM, and what it starts with.
_LAUNCH, _START = (str(Path(__file__).parent / "serial_vm" / name) for name in ("launch.py", "start.py"))
#: What the chip says over its pipe, see `simulators/serial_vm/chip.py`.
_BEGUN, _WRITTEN, _CUT, _RESET = b"bwcr"


class SerialBoard:
    """A board that a technician can plug in.

    >>> with SerialBoard(Path("/tmp/board")) as board:
    ...     board.port, board.press(1)

    Parameters
    ----------
    folder: holds its flash (`flash.img`) and, while it has power, its port.
    name: for the log; the number of its chip comes from it.
    faults: what is wrong with it, and with its cable.
    """

    def __init__(self, folder: Path, name: str = "virtual", faults: Faults | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.faults = faults or Faults()
        self.port = str(folder / "port")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"board {name}", daemon=True)
        self._thread.start()
        self._kiosk = _SerialKiosk(name, folder, self.faults)

    def __enter__(self) -> "SerialBoard":
        self.plug_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def front(self) -> Front:
        """What a person sees of it."""
        return self._kiosk.front

    @property
    def lit(self) -> list[int]:
        """The buttons whose light came on, in order."""
        return self._kiosk.lit

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self._kiosk.is_on

    @property
    def carried(self) -> int:
        """Bytes that have come to it over the cable."""
        return self._kiosk.cable.carried

    @property
    def written(self) -> int:
        """Operations of its flash: pages programmed and blocks erased."""
        return self._kiosk.written

    def plug_in(self) -> None:
        """Give it power: it runs main.py where there is one, and then the REPL."""
        self._run(self._kiosk.plug_in())

    def pull(self) -> None:
        """Pull the cable: it ends in the middle of whatever it does, and the port is gone."""
        self._run(self._kiosk.pull_plug())

    def press(self, button: int, patience: float = 5.0) -> bool:
        """Press a button, 1 is the leftmost, and let go; whether the thank-you light came within `patience` seconds."""
        return self._run(self._kiosk.press(button, patience))

    def hold(self, *buttons: int) -> None:
        """Lay a finger on each of these buttons."""
        self._loop.call_soon_threadsafe(self._kiosk.pins, buttons, 0)

    def let_go(self, *buttons: int) -> None:
        """Take the fingers off again."""
        self._loop.call_soon_threadsafe(self._kiosk.pins, buttons, 1)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until what a person sees is as `condition` asks for."""
        self._run(asyncio.wait_for(self._kiosk.wait_until(condition), seconds))

    def close(self) -> None:
        """Pull the cable for good."""
        self.pull()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        done: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result()


class _SerialKiosk(VirtualKiosk):
    """A virtual kiosk whose program comes over a cable, and that has power from it."""

    def __init__(self, name: str, folder: Path, faults: Faults) -> None:
        super().__init__(name, folder / "flash.img")
        self.cable = Cable(folder / "port", faults, self._lose_power)
        self.written = 0
        self._faults = faults
        self._terminal: tuple[int, int] | None = None
        self._written_before = 0
        self._begun = asyncio.Event()
        #: Whether what runs was ended, or will be; the VM ends by itself for a soft reset.
        self._is_reset = False

    @property
    def is_on(self) -> bool:
        return self._plugged

    def pins(self, buttons: tuple[int, ...], level: int) -> None:
        for button in buttons:
            self._pin(button, level)

    async def plug_in(self) -> None:
        if self._plugged:
            return
        if self._life:
            await self._life  # it lost its power by itself
        self._written_before = self.written
        self._begun.clear()
        await super().plug_in()
        await self._begun.wait()

    async def pull_plug(self) -> None:
        self._lose_power()
        await super().pull_plug()

    def cut(self) -> None:
        if not self._is_reset:  # once: asyncio would look for a child that has ended already
            self._is_reset = True
            super().cut()

    def _lose_power(self) -> None:
        self._plugged = False
        self._begun.set()  # nobody waits for it any more
        self.cut()

    async def _live(self) -> None:
        assert self._server is not None  # noqa: S101 - plug_in made it
        world = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._reset_cause = POWER
        self.cable.plug_in()
        while self._plugged:
            self._is_reset = False
            self._process = await self._switch_on(world)
            if not self._plugged:  # it was quick
                self._is_reset = False
                self.cut()
            await self._show(power=True)
            await self._process.wait()
            self._feed(0)
            await self._hang_up()
            await self._hung_up.wait()  # a light that came on before the end is still seen
            self.front = Front(lit_presses=len(self.lit))
            await self._show()
            if self._is_reset and self._plugged:  # the computer sees it go and come again
                await self.cable.pull()
                await asyncio.sleep(self._faults.away)
                self.cable.plug_in()
        await self.cable.pull()

    async def _switch_on(self, world: str) -> asyncio.subprocess.Process:
        self._terminal = pty.openpty()
        os.set_blocking(self._terminal[0], False)
        heard, told = os.pipe()
        loop = asyncio.get_running_loop()
        os.set_blocking(heard, False)
        loop.add_reader(heard, self._hear_chip, heard)
        faults = self._faults
        environment = {
            "KIOSK_FLASH": str(self._image),
            "KIOSK_BLOCKS": str(faults.blocks),
            "KIOSK_WORLD": world,
            "KIOSK_RESET": str(self._reset_cause),
            "KIOSK_CHIP": str(told),
            "KIOSK_CHIP_ID": self.name,
            "KIOSK_CUT_AT": str(
                (faults.cut_at_flash or 0) and faults.cut_at_flash - self.written + self._written_before
            ),
            "KIOSK_MACHINE": faults.machine,
            "KIOSK_MICROPYTHON": faults.micropython,
            # A soft reset in the raw REPL: main.py stays where it is.
            "KIOSK_RAW": "1" if self.cable.raw else "",
        }
        self._reset_cause = SOFTWARE
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            _LAUNCH,
            os.ttyname(self._terminal[1]),
            *VM[3:],
            "-i",
            _START,
            str(ROOT),
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=[told],
            start_new_session=True,
        )
        os.close(told)
        self.cable.connect(self._terminal[0])
        return process

    async def _hang_up(self) -> None:
        """The VM has ended: what it said last still arrives."""
        await self.cable.disconnect()
        for end in self._terminal or ():
            os.close(end)
        self._terminal = None

    def _hear_chip(self, pipe: int) -> None:
        try:
            heard = os.read(pipe, 4096)
        except BlockingIOError:
            return
        if not heard:
            asyncio.get_running_loop().remove_reader(pipe)
            os.close(pipe)
        if _BEGUN in heard:
            self._begun.set()
        self.written += heard.count(_WRITTEN)
        if _CUT in heard:
            self._faults.cut_at_flash = None
            self._lose_power()
        elif _RESET in heard:
            self.cut()
