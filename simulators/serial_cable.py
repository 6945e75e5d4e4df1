"""A USB cable between a computer and a simulated board: slow, lossy, and pulled, as one wishes."""

import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: How many bytes are carried at once where the cable is slow.
_PIECE = 32
_CATCH_UP = 0.02  # s


@dataclass
class Faults:
    """What is wrong with a board or its cable. What is set while the board has power counts from then on.

    Parameters
    ----------
    bytes_per_second: how fast the cable is, each way (11,520: 115,200 baud); None: as fast as it can.
    drop_every: one byte in so many is lost, each way; 0: none.
    refuses_raw_repl: it never enters the raw REPL.
    cut_after_bytes: the power goes when so many bytes more have come to the board.
    cut_at_flash: the power goes in the middle of this operation of the flash (1: the next). For the next `plug_in`.
    machine, micropython: what it says that it is: another kind of board, another version such as "1.18.0".
    blocks: of its flash, 4 KiB each.
    away: seconds for which the computer does not see it after a reset; about one where the processor itself speaks USB,
        as an RP2 does.
    """

    bytes_per_second: int | None = None
    drop_every: int = 0
    refuses_raw_repl: bool = False
    cut_after_bytes: int | None = None
    cut_at_flash: int | None = None
    machine: str = ""
    micropython: str = ""
    blocks: int = 212
    away: float = 0.0


class Cable:
    """What lies between the computer's port and the board.

    Parameters
    ----------
    port: path under which the computer finds it while it is plugged in.
    faults: what is wrong with it.
    on_cut: is called when the bytes are used up after which the power goes.
    """

    def __init__(self, port: Path, faults: Faults, on_cut: Callable[[], None]) -> None:
        self.port = port
        #: Bytes that have come to the board since the world began.
        self.carried = 0
        #: The mode that the computer last asked for: the raw REPL (Ctrl-A) or the friendly one (Ctrl-B).
        self.raw = False
        self._faults = faults
        self._on_cut = on_cut
        self._count = 0
        self._computer: tuple[int, int] | None = None
        self._board: int | None = None
        self._task: asyncio.Task[None] | None = None

    def plug_in(self) -> None:
        """Let the computer see the port."""
        self._computer = pty.openpty()
        tty.setraw(self._computer[1])
        for end in self._computer:
            os.set_blocking(end, False)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(self._computer[1]))
        self.raw = False

    async def pull(self) -> None:
        """Take the port away from the computer, which notices."""
        await self.disconnect()
        if self._computer:
            self.port.unlink(missing_ok=True)
            for end in self._computer:
                os.close(end)
            self._computer = None

    def connect(self, board: int) -> None:
        """Carry bytes from and to a board that starts, whose end of its terminal this is."""
        assert self._computer is not None  # noqa: S101 - it is plugged in
        self._board = board
        with contextlib.suppress(BlockingIOError):
            while os.read(self._computer[0], 4096):  # nobody was there to hear it
                pass
        self._task = asyncio.create_task(self._connected(board, self._computer[0]))

    async def disconnect(self) -> None:
        """The board runs no more; what it has said last still arrives."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._board is not None and self._computer:
            with contextlib.suppress(OSError):
                while data := os.read(self._board, 4096):
                    os.write(self._computer[0], data)
        self._task, self._board = None, None

    async def _connected(self, board: int, computer: int) -> None:
        if self.raw:
            await self._resume_raw(board, computer)
        await asyncio.gather(self._carry(computer, board, self._to_board), self._carry(board, computer, self._lossy))

    async def _resume_raw(self, board: int, computer: int) -> None:
        """After a soft reset a board is in the REPL that it was in; the VM begins with the friendly one."""
        os.write(computer, b"MPY: soft reboot\r\n")
        loop, said = asyncio.get_running_loop(), b""
        while not said.endswith(b">>> "):
            await _ready(board, loop.add_reader, loop.remove_reader)
            said += os.read(board, 4096)
        os.write(board, b"\x01")

    async def _carry(self, source: int, target: int, through: Callable[[bytes], bytes]) -> None:
        loop = asyncio.get_running_loop()
        free_at = 0.0
        with contextlib.suppress(OSError):
            while True:
                await _ready(source, loop.add_reader, loop.remove_reader)
                rate = self._faults.bytes_per_second
                data = os.read(source, _PIECE if rate else 4096)
                if rate:
                    # What a computer oversleeps, it catches up on.
                    free_at = max(free_at, loop.time() - _CATCH_UP) + len(data) / rate
                    await asyncio.sleep(free_at - loop.time())
                data = through(data)
                while data:
                    await _ready(target, loop.add_writer, loop.remove_writer)
                    data = data[os.write(target, data) :]

    def _to_board(self, data: bytes) -> bytes:
        faults = self._faults
        if faults.cut_after_bytes is not None:
            data = data[: faults.cut_after_bytes]
            faults.cut_after_bytes -= len(data)
        self.carried += len(data)
        for byte in data:
            if byte in b"\x01\x02":
                self.raw = byte == 1
        if faults.refuses_raw_repl:
            data = data.replace(b"\x01", b"")
        if faults.cut_after_bytes == 0:
            faults.cut_after_bytes = None
            self._on_cut()
        return self._lossy(data)

    def _lossy(self, data: bytes) -> bytes:
        every = self._faults.drop_every
        if not every:
            return data
        before, self._count = self._count, self._count + len(data)
        return bytes(byte for place, byte in enumerate(data, before + 1) if place % every)


async def _ready(
    descriptor: int, add: Callable[[int, Callable[[], None]], None], remove: Callable[[int], bool]
) -> None:
    """Wait until something can be read or written."""
    event = asyncio.Event()
    add(descriptor, event.set)
    try:
        await event.wait()
    finally:
        remove(descriptor)
