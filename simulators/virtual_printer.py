"""A receipt printer without paper: it listens on a TCP port, prints into pictures, and can be made to misbehave.

Like real ones it serves one connection at a time, answers real-time commands as they come in, even in the middle of a
picture or without paper, and carries out everything else in order, when it has paper.
"""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from simulators.escpos_reader import Reader
from simulators.paper import Strip

#: How many strips are kept; the newest is the last.
KEPT = 12
_REAL_TIME_STATUS, _REAL_TIME_DRAWER = b"\x10\x04", b"\x10\x14\x01"


@dataclass
class Faults:
    """What is wrong with it; set by `VirtualPrinter.set`."""

    paper_out: bool = False
    cover_open: bool = False
    #: It prints and says nothing.
    mute: bool = False
    #: It prints and never says that it has.
    lose_proof: bool = False
    #: Once: after so many bytes of a connection it loses its power for a moment, and all that is not on paper yet.
    reset_after: int | None = None


class VirtualPrinter:
    """One printer on the shop floor.

    Parameters
    ----------
    on_change: called when a strip comes out or a fault changes.
    width: of the paper, dots; 576 for 80 mm, 384 for 58 mm.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None, width: int = 576) -> None:
        self.faults = Faults()
        self.strips: deque[Strip] = deque(maxlen=KEPT)
        #: How often the till's drawer was opened.
        self.drawer = 0
        self._on_change = on_change
        self._reader = Reader(width, self._strip, self._confirm, self._open_drawer)
        self._held = bytearray()
        self._newest = bytes(3)
        self._server: asyncio.Server | None = None
        self._serving = asyncio.Lock()
        self._peer: asyncio.StreamWriter | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on this machine; returns the port, a free one for 0."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        if self._peer:
            self._peer.close()

    def set(self, **faults: bool | int | None) -> None:
        """Change faults; what waited for paper is printed when there is some again."""
        for name, value in faults.items():
            setattr(self.faults, name, value)
        self._print()
        self._on_change()

    def tear(self) -> None:
        """Tear the paper off, where there is no blade."""
        self._reader.tear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._serving:
            self._peer = writer
            received = 0
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(4096):
                    fatal = self.faults.reset_after
                    if fatal is not None and received + len(data) >= fatal:
                        self._lose_power(data[: fatal - received])
                        break
                    received += len(data)
                    self._take(data)
            self._peer = None
            writer.close()

    def _take(self, data: bytes) -> None:
        for byte in data:
            self._newest = self._newest[-2:] + bytes([byte])
            if self._newest[:2] == _REAL_TIME_STATUS:
                self._answer(bytes([self._status(byte)]))
            elif self._newest == _REAL_TIME_DRAWER:
                self._open_drawer()
        self._held += data
        self._print()

    def _print(self) -> None:
        if not (self.faults.paper_out or self.faults.cover_open):
            data, self._held = bytes(self._held), bytearray()
            self._reader.feed(data)

    def _lose_power(self, last: bytes) -> None:
        assert self._peer is not None  # noqa: S101 - whose bytes these are
        peer, self._peer = self._peer, None  # nothing more is answered
        self._take(last)
        self._held.clear()
        self._reader.restart()
        self.faults.reset_after = None
        connection: socket.socket = peer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # say so at once
        peer.transport.abort()
        self._on_change()

    def _status(self, question: int) -> int:
        """The answer to `DLE EOT` 1 … 4."""
        paper_out, cover_open = self.faults.paper_out, self.faults.cover_open
        trouble = {
            1: 0x08 * (paper_out or cover_open),
            2: 0x04 * cover_open | 0x20 * paper_out,
            4: 0x6C * paper_out,
        }
        return 0x12 | trouble.get(question, 0)

    def _confirm(self, answer: bytes) -> None:
        if not self.faults.lose_proof:
            self._answer(answer)

    def _answer(self, answer: bytes) -> None:
        if self._peer and not self.faults.mute:
            self._peer.write(answer)

    def _strip(self, strip: Strip) -> None:
        self.strips.append(strip)
        self._on_change()

    def _open_drawer(self) -> None:
        self.drawer += 1
        self._on_change()
