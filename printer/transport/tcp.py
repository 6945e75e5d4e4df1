"""Printers on the network, raw TCP: `tcp://192.0.2.7`, `tcp://192.0.2.7:9100`."""

import contextlib
import socket
import time

from printer.condition import UNREACHABLE
from printer.transport.link import Link, NotReady

PORT = 9100
#: How long to wait for a connection, and at the end for the printer to hang up, s.
CONNECT_WITHIN, HANG_UP_WITHIN = 3.0, 1.0


class TcpLink(Link):
    """A connection of its own for each slip: printers serve one at a time, and others wait."""

    def __init__(self, host: str, port: int = PORT) -> None:
        super().__init__()
        try:
            self._socket = socket.create_connection((host, port), timeout=CONNECT_WITHIN)
        except OSError as problem:
            raise NotReady(UNREACHABLE) from problem
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        # A socket closed with unread answers in it takes back what it has just sent.
        with self._socket, contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + HANG_UP_WITHIN
            while True:
                self.turn(b"", deadline)

    def _read(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            received = self._socket.recv(4096)
            if not received:
                raise ConnectionResetError("the printer hung up")
            return received
        return b""

    def _write(self, data: bytes | memoryview) -> int:
        with contextlib.suppress(BlockingIOError):
            return self._socket.send(data)
        return 0
