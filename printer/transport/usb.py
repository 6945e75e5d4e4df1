"""Printers on USB, as the kernel's device file: `usb:///dev/usb/lp0`."""

import contextlib
import errno
import os
import select

from printer.condition import SILENT, UNREACHABLE
from printer.transport.link import Link, NotReady

#: How long the last bytes may take at the end, s.
SENT_WITHIN = 5.0


class UsbLink(Link):
    """The device file, which one program at a time can open. One that only writes is never heard."""

    def __init__(self, device: str) -> None:
        super().__init__()
        try:
            self._file = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as problem:
            raise NotReady(SILENT if problem.errno == errno.EBUSY else UNREACHABLE) from problem

    def fileno(self) -> int:
        return self._file

    def close(self) -> None:
        # Closing takes back what the kernel still holds; when there is room again, it holds nothing.
        with contextlib.suppress(OSError):
            waiting = select.poll()
            waiting.register(self, select.POLLOUT)
            waiting.poll(SENT_WITHIN * 1000)
        os.close(self._file)

    def _read(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._file, 4096)  # nothing, where the printer answered with an empty packet
        return b""

    def _write(self, data: bytes | memoryview) -> int:
        with contextlib.suppress(BlockingIOError):
            return os.write(self._file, data)
        return 0
