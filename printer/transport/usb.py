"""Printers on USB, as the kernel's device file: `usb:///dev/usb/lp0`."""

import contextlib
import errno
import os
import select

from printer.condition import SILENT, UNREACHABLE
from printer.transport.link import Link, NotReady


class UsbLink(Link):
    """The device file, which one program at a time can open. One that only writes is never heard."""

    def __init__(self, device: str) -> None:
        super().__init__()
        try:
            self._file = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as problem:
            raise NotReady(SILENT if problem.errno == errno.EBUSY else UNREACHABLE) from problem

    @property
    def unsent(self) -> int:
        # How much the kernel still holds it does not say; when there is room again, it holds nothing.
        waiting = select.poll()
        waiting.register(self, select.POLLOUT)
        return not waiting.poll(0)

    def fileno(self) -> int:
        return self._file

    def close(self) -> None:
        # Closing takes back what the kernel still holds.
        with contextlib.suppress(OSError):
            self._settle()
        with contextlib.suppress(OSError):
            os.close(self._file)

    def _read(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._file, 4096)  # nothing, where the printer answered with an empty packet
        return b""

    def _write(self, data: bytes | memoryview) -> int:
        with contextlib.suppress(BlockingIOError):
            return os.write(self._file, data)
        return 0
