"""Printers on the network, raw TCP: `tcp://192.0.2.7`, `tcp://192.0.2.7:9100`."""

import contextlib
import fcntl
import ipaddress
import socket
import struct
import termios
import time
from typing import Any

from printer.condition import UNREACHABLE
from printer.transport.link import Link, NoAddress, NotReady

PORT = 9100
#: How long to wait for a connection, whatever a name stands for, and at the end for the printer to hang up, s.
CONNECT_WITHIN, HANG_UP_WITHIN = 3.0, 1.0


class TcpLink(Link):
    """A connection of its own for each slip: printers serve one at a time, and others wait."""

    def __init__(self, host: str, port: int = PORT) -> None:
        super().__init__()
        try:
            self._socket = _connected(host, port)
        except OSError as problem:
            raise NotReady(UNREACHABLE) from problem
        except UnicodeError as problem:
            raise NoAddress(f"{host!r} leads to no printer: no machine can have such a name.") from problem
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def unsent(self) -> int:
        [count] = struct.unpack("i", fcntl.ioctl(self.fileno(), termios.TIOCOUTQ, bytes(4)))
        return int(count)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        # A socket closed with unread answers in it, or that gets one afterwards, takes back what it has not sent yet.
        with contextlib.suppress(OSError), self._socket:
            self._settle()
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


def _connected(host: str, port: int) -> socket.socket:
    """A connection to the first of a name's addresses that takes one.

    Raises
    ------
    OSError, UnicodeError, NoAddress
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not _is_said(host):
        found = [each for each in found if not _is_here(each[0], each[4])]
    if not found:
        raise NoAddress(f"The name {host!r} leads to this machine or to its own cable: write the printer's address.")
    deadline = time.monotonic() + CONNECT_WITHIN
    problem = OSError()
    for left, (family, kind, protocol, _, where) in zip(range(len(found), 0, -1), found, strict=True):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(0.0, deadline - time.monotonic()) / left)
            connection.connect(where)
        except OSError as fault:
            connection.close()
            problem = fault
        else:
            return connection
    raise problem


def _is_said(host: str) -> bool:
    """Who wrote it knew where it leads: no name hides it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _is_here(family: int, where: tuple[Any, ...]) -> bool:
    """Whether an address is this machine's own, or one that only its own cable knows."""
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        try:
            way.connect(where)  # nothing is sent
        except OSError:
            return False  # no way leads there
        there, here = way.getpeername()[0], way.getsockname()[0]
    address = ipaddress.ip_address(there)
    address = getattr(address, "ipv4_mapped", None) or address
    return there == here or address.is_loopback or address.is_link_local
