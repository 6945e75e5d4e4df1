"""Printers on a serial port: `serial:///dev/ttyUSB0?baud=19200&flow=rtscts`."""

import contextlib
import errno
import fcntl
import os
import struct
import termios

import serial

from printer.condition import SILENT, UNREACHABLE
from printer.transport.link import Link, NotReady

BAUD = 9600
#: Who tells whom to pause: nobody, by the wires RTS and CTS, or by the signs XON and XOFF.
FLOWS = ("", "rtscts", "xonxoff")
#: Room for Linux's `serial_struct`, and where in it stands how long closing waits for what is unsent, 1/100 s.
_SETTINGS, _CLOSING_WAIT = 72, 40
_TIOCGSERIAL, _TIOCSSERIAL = 0x541E, 0x541F


class SerialLink(Link):
    """A serial port, 8 bits, no parity, of which nobody else has hold."""

    def __init__(self, device: str, baud: int = BAUD, flow: str = "") -> None:
        super().__init__()
        handshake = {name: name == flow for name in FLOWS[1:]}
        try:
            self._port = serial.Serial(device, baud, timeout=0, write_timeout=0, exclusive=True, **handshake)
        except (OSError, termios.error) as problem:
            is_taken = isinstance(problem, OSError) and problem.errno == errno.EWOULDBLOCK
            raise NotReady(SILENT if is_taken else UNREACHABLE) from problem

    @property
    def unsent(self) -> int:
        [count] = struct.unpack("i", fcntl.ioctl(self.fileno(), termios.TIOCOUTQ, bytes(4)))
        return int(count)

    def fileno(self) -> int:
        return int(self._port.fileno())

    def close(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            self._settle()
            if self.unsent:
                # What a paused printer does not take would hold up the closing, for half a minute.
                self._port.reset_output_buffer()
                self._hasten()
        with contextlib.suppress(OSError, termios.error):
            self._port.close()

    def _hasten(self) -> None:
        """Have closing not wait, where a driver passes over the reset. Only root may say so."""
        settings = bytearray(_SETTINGS)
        fcntl.ioctl(self.fileno(), _TIOCGSERIAL, settings)
        struct.pack_into("H", settings, _CLOSING_WAIT, 1)
        fcntl.ioctl(self.fileno(), _TIOCSSERIAL, settings)

    def _read(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            received = os.read(self.fileno(), 4096)
            if not received:
                raise ConnectionResetError("the port is gone")
            return received
        return b""

    def _write(self, data: bytes | memoryview) -> int:
        with contextlib.suppress(BlockingIOError):
            return os.write(self.fileno(), data)
        return 0
