"""The line to a board: its port, its raw REPL, and what it answers there; a thin layer over mpremote's transport.

Bytes may get lost on the way. So whatever the board is to run carries a checksum, and so does what it says; what came
garbled is repeated, and must therefore do no harm when it runs twice.
"""

import contextlib
import re
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from mpremote import transport_serial  # type: ignore[import-untyped]
from mpremote.transport import TransportError  # type: ignore[import-untyped]
from mpremote.transport_serial import SerialTransport  # type: ignore[import-untyped]

from collector.failure import Failure
from provisioning.wire import packing
from provisioning.wire.opening import TerminalFault, why_closed
from provisioning.wire.ports import port_of
from provisioning.wire.sealing import Garbled, judged, said, sealed

T = TypeVar("T")

# mpremote tells its failures on the terminal; ours are sentences.
transport_serial.print = lambda *_, **__: None

_HERE = Path(__file__).parent
_ASKING = (_HERE / "asking.py").read_text()
# (What it imports from there is there already.)
_PROGRAM = packing.packed((_HERE / "on_board.py").read_text().replace("from provisioning.wire.asking", "#").encode())
_RAW = b"raw REPL; CTRL-B to exit\r\n"
BAUD = 115_200
#: How often something is tried where bytes get lost.
_TRIES = 8
#: Seconds of silence after which the board is asked to repeat its question, and after which it is given up.
_SILENCE, _PATIENCE = 1.0, 15.0
#: Seconds in which a board that restarts has gone.
_GONE = 1.5


class Line:
    """A port that is open, with a board in its raw REPL.

    Parameters
    ----------
    path: of the port.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        #: Bytes that went to the board.
        self.sent = 0
        self._usb = port_of(path)
        self._transport: SerialTransport | None = None

    def open(self) -> None:
        """Open the port.

        Raises
        ------
        Failure: it is not there, not ours to open, or somebody else's.
        """
        try:
            self._transport = SerialTransport(self.path, baudrate=BAUD, timeout=2)
        except (TransportError, OSError, TerminalFault) as problem:
            raise Failure(why_closed(self.path)) from problem
        port = self._transport.serial
        port.write_timeout = 10
        write = port.write

        def counted(data: bytes) -> int:
            self.sent += len(data)
            return int(write(data))

        port.write = counted

    def close(self) -> None:
        """Let go of the port."""
        if self._transport:
            for end in (self._transport.close, self._transport.serial.close):
                with contextlib.suppress(OSError, TerminalFault):
                    end()
        self._transport = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def reopen(self, seconds: float) -> None:
        """Open the port of a board that has just been restarted, once it is back, wherever that is."""
        self.close()
        deadline = time.monotonic() + seconds
        while True:
            if self._usb:
                self.path = self._usb.now_at() or self.path
            try:
                return self.open()
            except Failure:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        with self._connected():
            self._serial.write(data)

    def read_some(self, seconds: float) -> bytes:
        """Return what comes within so many seconds, as soon as anything does; b"" for nothing."""
        with self._connected():
            self._serial.timeout = seconds
            try:
                data = bytes(self._serial.read(1))
                return data + bytes(self._serial.read(self._serial.in_waiting)) if data else data
            finally:
                self._serial.timeout = 2

    def interrupt(self) -> None:
        """Interrupt whatever runs, and enter the raw REPL.

        Raises
        ------
        Failure: nothing answered as MicroPython does.
        """
        for seconds in (0.1, 0.2, 0.4, 0.8, 1.5, 3.0):  # what is busy with its flash hears it late
            self.write(b"\r\x03")
            self.read_some(0.05)
            if self._prompted(b"\r\x01", seconds):
                return
        raise Failure(
            f"Nothing at {self.path} answered as MicroPython does. Either there is no MicroPython on the board yet "
            "(hardware.md says how it comes there), or it hangs: unplug it, plug it in again, and run the same command."
        )

    def runs_firmware(self) -> bool:
        """Whether what was interrupted was the kiosk's firmware."""
        for _ in range(_TRIES):
            try:
                return b"True" in self._execute("import sys; print('kiosk_main' in sys.modules)")
            except Garbled:
                self.interrupt()
        raise Failure(bad_line(self.path))

    def reset(self) -> None:
        """Begin with an empty memory, without main.py, and with what the computer needs there."""
        for _ in range(_TRIES):
            # (A prompt that is late may come before it has begun.)
            if self._prompted(b"\x04", 8.0, b"soft reboot\r\n"):
                break
            self.interrupt()
        self._load()

    def run(self, program: str) -> Any:
        """Run a line on the board, which may happen more than once, and return its value.

        Raises
        ------
        BoardFault: it failed there.
        """
        return self._repeated(lambda: said(self._execute(f"say({program})"))[-1])

    def run_each(self, program: str) -> list[Any]:
        """Run a line that yields values, which may happen more than once, and return those.

        Raises
        ------
        BoardFault: it failed there.
        """

        found: dict[str, Any] = {}

        def once() -> list[Any]:
            *values, count = said(self._execute(f"say_each({program})"))
            found.update((repr(value), value) for value in values)  # of each try some may be lost
            if count != len(found):
                raise Garbled
            return list(found.values())

        return self._repeated(once)

    def serve(self, program: str, answer: Callable[[str], bytes]) -> bool:
        """Run a line on the board, and answer the questions that it asks meanwhile; whether it came to its end.

        Raises
        ------
        BoardFault: it failed there.
        """
        try:
            self._asked(program, answer)
        except Garbled:
            self._mend()
            return False
        return True

    def leave(self, program: str) -> None:
        """Run a line from which the board does not come back."""
        with contextlib.suppress(TransportError, OSError, TerminalFault, struct.error):
            self._transported.exec_raw_no_follow(sealed(program))
        self.see_off()

    def see_off(self) -> None:
        """Wait until a board that restarts has gone, and let go of the port."""
        deadline = time.monotonic() + _GONE
        with contextlib.suppress(Failure):  # most go; where a chip beside the board has the port, it stays
            while (left := deadline - time.monotonic()) > 0:
                self.read_some(left)
        self.close()

    @property
    def _transported(self) -> SerialTransport:
        assert self._transport is not None  # noqa: S101 - it is open
        return self._transport

    @property
    def _serial(self) -> Any:
        return self._transported.serial

    def _load(self) -> None:
        """Bring the program that does the work there."""
        for _ in range(_TRIES):
            with contextlib.suppress(Garbled):
                self._execute(_ASKING)
                program = f"exec(fetch('program', {len(_PROGRAM)}).read().decode())"
                return self._asked(program, lambda asked: packing.piece(_PROGRAM, int(asked.split()[-1])))
            self.interrupt()
        raise Failure(bad_line(self.path))

    def _asked(self, program: str, answer: Callable[[str], bytes]) -> None:
        with self._connected():
            self._transported.exec_raw_no_follow(sealed(program))
        self._answer_questions(answer)

    def _execute(self, program: str) -> bytes:
        with self._connected():
            output, fault = self._transported.exec_raw(sealed(program), timeout=_PATIENCE)
        if fault:
            raise judged(fault.decode(errors="replace"))
        return bytes(output)

    def _repeated(self, work: Callable[[], T]) -> T:
        for _ in range(_TRIES):
            try:
                return work()
            except Garbled:
                self._mend()
        raise Failure(bad_line(self.path))

    def _mend(self) -> None:
        self.interrupt()
        self._load()

    def _answer_questions(self, answer: Callable[[str], bytes]) -> None:
        heard, silent = b"", 0.0
        while heard.count(b"\x04") < 2:
            if news := self.read_some(_SILENCE):
                heard, silent = heard + news, 0.0
            elif (silent := silent + _SILENCE) >= _PATIENCE:
                raise Garbled
            else:
                self.write(b"\n")  # whatever got lost: it asks again
            *lines, rest = heard.split(b"\n")
            heard = rest if b"\x04" not in heard else heard
            for text in lines:
                if asked := re.fullmatch(r"\? (\d+ (.+))", text.decode(errors="replace").strip()):
                    self.write(packing.line(asked[1], answer(asked[2])))
        self._prompted(b"\x01", 1.0)  # the prompt has been read already
        fault = heard.split(b"\x04")[1]
        if fault:
            raise judged(fault.decode(errors="replace"))

    def _prompted(self, key: bytes, seconds: float, *first: bytes) -> bool:
        """Whether the raw REPL says that it is there when this key is sent; its prompt is left for mpremote to read.

        first: what it says before that.
        """
        with self._connected():
            self._serial.write(key)
            for ending in (*first, _RAW):
                heard = self._transported.read_until(1, ending, timeout=seconds, timeout_overall=seconds)
                if not heard.endswith(ending):
                    return False
        return True

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            yield
        except (TransportError, struct.error) as problem:
            raise Garbled from problem
        except (OSError, TerminalFault, TypeError) as problem:  # TypeError: by pyserial, of a port that is gone
            raise Failure(
                f"The board at {self.path} went away in the middle: its cable was pulled, or it lost its power. "
                "Plug it in again and run the same command: it goes on where it stood."
            ) from problem


def bad_line(path: str) -> str:
    return (
        f"Too many bytes get lost on the way to the board at {path}. Use another cable (a short one that carries "
        "data), or another port of the computer and no hub, and run the same command again."
    )
