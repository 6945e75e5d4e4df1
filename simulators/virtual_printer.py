"""A receipt printer without paper: it listens on a TCP port, prints into pictures, and can be made to misbehave.

Like real ones it serves one connection at a time, answers real-time commands as they come in, even in the middle of a
picture or without paper, and carries out everything else in order, when it can. It may also be at the other end of a
cable (`serial_printer`).
"""

import asyncio
import contextlib
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulators.escpos_reader import Machine, Reader
from simulators.paper import Strip
from simulators.printer_models import EPSON, Model

#: How many strips are kept; the newest is the last.
KEPT = 12
#: Between two beats of a printer that has a pace, s.
_BEAT = 0.02
#: What is carried out as it comes in: questions, recovery, the drawer, switching off, forgetting.
_REAL_TIME = re.compile(
    rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14(?:\x01[\x00\x01][\x01-\x08]|\x02\x01\x08|\x08\x01\x03\x14\x01\x06\x02\x08))"
)
#: The longest of them, bytes.
_LONGEST = 10


@dataclass
class Faults:
    """What is wrong with it; set by `VirtualPrinter.set`."""

    paper_low: bool = False
    paper_out: bool = False
    #: Once: the paper ends after so many bytes have been carried out.
    paper_ends_after: int | None = None
    cover_open: bool = False
    #: By the switch on its panel.
    offline: bool = False
    #: The blade does not move; it stops until somebody has freed it.
    cutter_stuck: bool = False
    #: Once: the next cut gets stuck.
    cutter_jams: bool = False
    #: It prints and says nothing.
    mute: bool = False
    #: It prints and never says that it has.
    lose_proof: bool = False
    #: A clone: it passes over `GS ( H`.
    no_process_id: bool = False
    #: Once: after so many bytes of a connection it loses its power for a moment, and all that is not on paper yet.
    reset_after: int | None = None
    #: No power: nothing answers until it comes back.
    off: bool = False
    #: Who comes while somebody else is connected is turned away, and does not wait.
    refuses_others: bool = False
    #: How quickly it prints; None: at once.
    bytes_a_second: int | None = None
    #: How many bytes it holds that it has not carried out; then it takes no more.
    buffer: int = 65_536

    @property
    def stops(self) -> bool:
        return self.paper_out or self.cover_open or self.offline or self.cutter_stuck or self.off


class Wire(Protocol):
    """Leads to one computer."""

    def write(self, data: bytes) -> None:
        """Bring an answer there."""


class Socket(Protocol):
    """A socket in the printer's back: network, serial or USB."""

    def power(self, on: bool) -> None:
        """The printer's power has gone or come; what does the computer notice?"""


class VirtualPrinter(Machine):
    """One printer on the shop floor.

    Parameters
    ----------
    on_change: called when a strip comes out or a fault changes.
    width: of the paper, dots; 576 for 80 mm, 384 for 58 mm.
    model: whose printer it is.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None, width: int = 576, model: Model = EPSON) -> None:
        self.faults = Faults()
        self.strips: deque[Strip] = deque(maxlen=KEPT)
        #: How often the till's drawer was opened.
        self.drawer = 0
        #: How many bytes have come in.
        self.received = 0
        self._on_change = on_change
        self._held = bytearray()
        self._newest = b""
        self._reports = 0
        self._reported = b""
        self._proof = b""
        self._uncut = False
        self._tick: asyncio.TimerHandle | None = None
        self._space = asyncio.Event()
        self._speaks: Wire | None = None
        self._network = _Network(self)
        self._sockets: list[Socket] = [self._network]
        self._reader = Reader(width, self._strip, self._say, self._open_drawer, model, self)

    async def start(self, port: int = 0) -> int:
        """Listen on this machine; returns the port, a free one for 0."""
        return self._network.listen(port)

    async def stop(self) -> None:
        if self._tick:
            self._tick.cancel()
        await self._network.close()

    def set(self, **faults: bool | int | None) -> None:
        """Change faults; what waited for paper is printed when there is some again."""
        was_off = self.faults.off
        for name, value in faults.items():
            if not hasattr(self.faults, name):
                raise AttributeError(name)
            setattr(self.faults, name, value)
        if self.faults.off != was_off:
            if not was_off:
                self._forget()
            self._tell_sockets(was_off)
        if self._uncut and not self.faults.stops:
            self._uncut = False
            self._reader.cut()
        self._changed()
        self._print()

    def power_cycle(self) -> None:
        """Off and on again: what is not on paper is forgotten, and connections break."""
        self._forget()
        self._tell_sockets(False)
        self._tell_sockets(True)
        self._on_change()

    def tear(self) -> None:
        """Tear the paper off, where there is no blade."""
        self._reader.tear()

    def connect(self, socket: Socket) -> None:
        """Give it another socket than the network's."""
        self._sockets.append(socket)

    def disconnect(self, wire: Wire) -> None:
        """Nothing more is said over this wire."""
        if self._speaks is wire:
            self._speaks = None

    async def room(self, least: int = 1) -> int:
        """Wait until it takes so many bytes; returns how many it takes."""
        while (left := self.faults.buffer - len(self._held)) < least or self.faults.off:
            self._space.clear()
            await self._space.wait()
        return left

    @property
    def waits(self) -> int:
        """How many bytes it holds that it has not carried out."""
        return len(self._held)

    def receive(self, data: bytes, wire: Wire) -> None:
        """Bytes from a computer, which from now on is the one that hears the answers."""
        self._speaks = wire
        self._take(data)

    def lose_power_after(self, last: bytes) -> None:
        """`reset_after`: these bytes still come in, and nothing more is answered."""
        self.faults.reset_after = None
        self._speaks = None
        self._take(last)
        self.power_cycle()

    # What its reader asks of it.

    def may_cut(self) -> bool:
        if self.faults.cutter_jams:
            self.faults.cutter_jams, self.faults.cutter_stuck, self._uncut = False, True, True
        return not self.faults.cutter_stuck

    def paper_sensor(self) -> int:
        return 0x0C * self.faults.paper_out | 0x03 * (self.faults.paper_low or self.faults.paper_out)

    def automatic_status(self, which: int) -> None:
        self._reports, self._reported = which, b""
        self._report()

    def _take(self, data: bytes) -> None:
        self.received += len(data)
        window, done = self._newest + data, 0
        seen = len(self._newest)
        for command in _REAL_TIME.finditer(window):
            self._held += window[max(seen, done) : command.end()]
            done = command.end()
            self._at_once(command[0])
            if self.faults.off:
                return
        self._held += window[max(seen, done) :]
        self._newest = window[max(done, len(window) - _LONGEST + 1) :]
        self._print()

    def _at_once(self, command: bytes) -> None:
        match command[1], command[2]:
            case 0x04, question:
                self._answer(bytes([self._status(question)]))
            case (0x05, 0x02) if self.faults.cutter_stuck:
                self._clear()
            case 0x14, 0x01:
                self._open_drawer()
            case 0x14, 0x02:
                self.set(off=True)
            case 0x14, 0x08:
                self._clear()
                self._answer(b"\x37\x25\x00")

    def _print(self) -> None:
        if not self.faults.bytes_a_second:
            self._carry_out(len(self._held))
        elif self._held and not self.faults.stops and self._tick is None:
            self._tick = asyncio.get_running_loop().call_later(_BEAT, self._beat)

    def _beat(self) -> None:
        self._tick = None
        pace = self.faults.bytes_a_second
        self._carry_out(max(1, int(pace * _BEAT)) if pace else len(self._held))
        self._print()

    def _carry_out(self, most: int) -> None:
        while most and self._held and not self.faults.stops:
            left = self.faults.paper_ends_after
            piece = bytes(self._held[: most if left is None else min(most, left)])
            done = self._reader.feed(piece)
            del self._held[:done]
            most -= done
            if left is not None:
                self._use_paper(left - done)
            if self.faults.stops:
                self._changed()
        proof, self._proof = self._proof, b""
        if not (self.faults.lose_proof or self.faults.no_process_id):
            self._answer(proof)
        self._space.set()

    def _use_paper(self, left: int) -> None:
        self.faults.paper_ends_after = left or None
        self.faults.paper_out = not left

    def _forget(self) -> None:
        """What power does when it goes."""
        self._clear()
        self._newest, self._speaks = b"", None

    def _clear(self) -> None:
        self._held.clear()
        self._proof, self._uncut = b"", False
        self._reader.restart()

    def _tell_sockets(self, on: bool) -> None:
        for each in self._sockets:
            each.power(on)

    def _status(self, question: int) -> int:
        """The answer to `DLE EOT` 1 … 4."""
        faults = self.faults
        trouble = {
            1: 0x08 * faults.stops,
            2: 0x04 * faults.cover_open | 0x20 * faults.paper_out | 0x40 * faults.cutter_stuck,
            3: 0x08 * faults.cutter_stuck,
            4: 0x60 * faults.paper_out | 0x0C * (faults.paper_low or faults.paper_out),
        }
        return 0x12 | trouble[question]

    def _report(self) -> None:
        """Automatic status, where it is wanted and another than before."""
        faults = self.faults
        status = bytes(
            [
                0x10 | 0x08 * faults.stops | 0x20 * faults.cover_open,
                0x08 * faults.cutter_stuck,
                self.paper_sensor(),
                0x0F,
            ]
        )
        if self._reports and status != self._reported:
            self._reported = status
            self._answer(status)

    def _changed(self) -> None:
        self._report()
        self._on_change()

    def _say(self, answer: bytes) -> None:
        if answer.startswith(b"\x37\x22"):
            self._proof = answer  # of several that wait for paper, the last is said
        elif not self.faults.lose_proof:
            self._answer(answer)

    def _answer(self, answer: bytes) -> None:
        if answer and self._speaks and not self.faults.mute:
            self._speaks.write(answer)

    def _strip(self, strip: Strip) -> None:
        self.strips.append(strip)
        self._on_change()

    def _open_drawer(self) -> None:
        self.drawer += 1
        self._on_change()


class _Network:
    """The printer's network board: one connection is served, the others wait."""

    def __init__(self, printer: VirtualPrinter) -> None:
        self._printer = printer
        self._address = ("127.0.0.1", 0)
        self._listener: socket.socket | None = None
        self._serving = asyncio.Lock()
        self._connections: dict[socket.socket, asyncio.Task[None]] = {}
        #: Holds the port while nothing listens there.
        self._placeholder: socket.socket | None = None

    def listen(self, port: int) -> int:
        listener = socket.create_server((self._address[0], port))
        listener.setblocking(False)
        self._listener, self._address = listener, listener.getsockname()
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)
        return self._address[1]

    async def close(self) -> None:
        self._stop_listening()
        if self._placeholder:
            self._placeholder.close()
        tasks = list(self._connections.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._drop()

    def power(self, on: bool) -> None:
        """Without power nobody listens and connections are silent; with it, they turn out to be broken."""
        if on:
            self._drop()
            if self._placeholder:
                self._placeholder.close()
                self._placeholder = None
                self.listen(self._address[1])
        elif self._printer.faults.off and self._listener:
            self._stop_listening()
            self._placeholder = socket.socket()
            self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._placeholder.bind(self._address)
        for task in self._connections.values():
            task.cancel()

    def _stop_listening(self) -> None:
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _drop(self) -> None:
        """Say at once that a connection is no more."""
        for connection, task in self._connections.items():
            task.cancel()
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        self._connections.clear()

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        if self._connections and self._printer.faults.refuses_others:
            connection.close()
            return
        connection.setblocking(False)
        self._connections[connection] = asyncio.get_running_loop().create_task(self._serve(connection))

    async def _serve(self, connection: socket.socket) -> None:
        wire = _Connection(connection)
        async with self._serving:
            try:
                await self._hear(connection, wire)
            except ConnectionError:
                pass
            finally:
                self._printer.disconnect(wire)
        del self._connections[connection]
        connection.close()

    async def _hear(self, connection: socket.socket, wire: "_Connection") -> None:
        loop, received = asyncio.get_running_loop(), 0
        while data := await loop.sock_recv(connection, min(4096, await self._printer.room())):
            fatal = self._printer.faults.reset_after
            if fatal is not None and received + len(data) >= fatal:
                self._printer.lose_power_after(data[: max(0, fatal - received)])
                await asyncio.sleep(0)  # this connection ends here
            else:
                received += len(data)
                self._printer.receive(data, wire)


class _Connection:
    """One computer on the network."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        # A printer has room for some hundred bytes of answers; what nobody fetches is lost.
        with contextlib.suppress(OSError):
            self._connection.send(data)
