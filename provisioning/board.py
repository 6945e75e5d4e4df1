"""A board at the technician's cable: what it is, what is put onto it, and what its firmware says afterwards.

    with Board.open(only_board(find_boards()).path) as board:
        print(board.described.machine)
        board.install(installation(board.described.firmware()))
        board.restart()
        print(board.console().ask("hello"))

Whatever cannot be done raises `Failure` with a sentence for the technician. The cable may be pulled at any moment: the
same calls complete the work afterwards.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from collector.failure import Failure
from provisioning.wire import transfer
from provisioning.wire.console import MAINTENANCE, Console
from provisioning.wire.described import Described, describe
from provisioning.wire.line import Line
from provisioning.wire.ports import Port, find_boards, only_board
from provisioning.wire.transfer import Installed

__all__ = ["Board", "Console", "Described", "Installed", "Port", "find_boards", "only_board"]

#: Seconds that a board has to come back after a restart; and that firmware has to say that it is there.
_BACK, _FIRMWARE = 15.0, 1.0
_RESTART = "import machine; machine.reset()"


class Board:
    """A board in its raw REPL; after `restart`, one that runs its firmware.

    described: what it says of itself.
    was_restarted: whether what is on it runs again.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self.was_restarted = False
        self.described: Described = describe(line)

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: str, tell: Callable[[str], None] = lambda _: None) -> Iterator["Board"]:
        """Bring the board at a port into its raw REPL, whatever ran before, and let go of the port at the end. However
        that end comes, what is on the board runs again: a kiosk that stays at a prompt records nothing.

        Parameters
        ----------
        path: of the port, for example /dev/ttyACM0.
        tell: hears in a few words what goes on.
        """
        line = Line(path)
        line.open()
        board = None
        try:
            _stop_firmware(line, tell)
            board = cls(line)
            yield board
        finally:
            if board is None or not board.was_restarted:
                _start_firmware(line)
            line.close()

    @property
    def path(self) -> str:
        """Path of the port; it may change with a restart."""
        return self._line.path

    def install(self, files: dict[str, bytes], progress: Callable[[int, int], None] = lambda *_: None) -> Installed:
        """Bring these files onto the board, and nothing else of a firmware; what a kiosk keeps stays.

        Parameters
        ----------
        files: by path, as `provisioning.bundle.installation` gives them.
        progress: hears (bytes on the wire so far, bytes in all), from (0, n) to (n, n).
        """
        self.described.check(files)
        return transfer.install(self._line, files, progress)

    def read(self, path: str) -> bytes | None:
        """Return a file of the board, or None where there is none."""
        content = b""
        while piece := self._line.run(f"piece_of({path!r}, {len(content)})"):
            content += piece
        return None if piece is None else content

    def has(self, name: str) -> bool:
        """Whether there is a file or a folder of this name at the root of its file system."""
        return bool(self._line.run(f"exists({name!r})"))

    def write_private(self, path: str, data: bytes) -> None:
        """Put a file with secrets onto the board: they are on the wire and on its flash, and nowhere else."""
        transfer.replace(self._line, path, data)

    def remove(self, path: str) -> None:
        """Delete a file, if it is there."""
        self._line.run(f"remove({path!r})")

    def restart(self) -> None:
        """Restart the board as its power would; from here on only `console` works."""
        self._line.leave(_RESTART)
        self.was_restarted = True

    def console(self, timeout: float = 20) -> Console:
        """Return the firmware's console, once the firmware answers; `timeout` in seconds."""
        deadline = time.monotonic() + timeout
        self._line.reopen(timeout)
        console = Console(self._line)
        while (left := deadline - time.monotonic()) > 0:
            try:
                if console.try_ask("hello", min(left, 1.0), {}):
                    return console
            except Failure:  # it went away once more
                self._line.reopen(left)
        raise Failure(
            f"The firmware on the board at {self.path} did not answer within {timeout:g} s after its start. Unplug the "
            "board, plug it in again, and run the same command."
        )


def _stop_firmware(line: Line, tell: Callable[[str], None]) -> None:
    """Bring the board into its raw REPL, with no watchdog that would restart it in the middle."""
    if Console(line).try_ask(MAINTENANCE, _FIRMWARE, {}):
        tell("a kiosk runs on it and has stopped")
        line.see_off()
        _interrupt_once_back(line)
    else:
        line.interrupt()
    if line.runs_firmware():
        # It did not answer, but it has begun: its watchdog may run.
        tell("a kiosk runs on it and is restarted")
        line.leave(f"open({MAINTENANCE!r}, 'w').close(); import machine; machine.reset()")
        _interrupt_once_back(line)
    line.reset()
    line.run(f"remove({MAINTENANCE!r})")


def _start_firmware(line: Line) -> None:
    """Restart a board, if it can still be reached, and wait until its port is back: who runs the same command again at
    once finds it. Whatever is in the way, what went wrong before counts."""
    with contextlib.suppress(Exception):
        if not line.is_open:
            line.reopen(_BACK)  # it is on its way to its prompt
        line.interrupt()
        line.leave(_RESTART)
        line.reopen(_BACK)


def _interrupt_once_back(line: Line) -> None:
    deadline = time.monotonic() + _BACK
    while True:
        line.reopen(_BACK)
        try:
            return line.interrupt()
        except Failure:  # it had not gone yet
            if time.monotonic() > deadline:
                raise
