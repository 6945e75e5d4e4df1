"""The kiosks, all in this one process: plain sockets, and each kiosk true to the protocol.

A kiosk says that it is online, and sends its first frame after the answer. It has one unconfirmed frame at most: the
next follows its `ack`, and what no `ack` has covered is sent again, after 2 s at first and then twice as long. For a
consumer that knows no `ack`, the broker's PUBACK takes its place.
"""

import contextlib
import functools
import heapq
import random
import re
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.intake import packets
from benchmarks.intake.journals import Journal
from benchmarks.intake.servers import FLEET

#: Where an `ack` says how far a kiosk's records are committed. Nothing else that is heard looks like it.
_ACK = re.compile(rb'/bench-(\d{5})/ack\{[^}]*?"seq":(\d+)[,}]')
#: When what is unconfirmed is sent again, s; and how often it is looked at.
_AGAIN, _AGAIN_MOST, _LOOK = 2.0, 300.0, 0.25
#: How long nothing may be confirmed before something must be wrong, s.
_SILENCE = 60.0
#: How often they look at their sockets, s: real kiosks are elsewhere, these leave the processor to what is measured.
_EASE = 0.001

FrameAndLast = tuple[bytes, int]


class Kiosk:
    """What one kiosk has to say, and how much of it is confirmed."""

    def __init__(self, journal: Journal, packet_id: int) -> None:
        self.journal, self._packet_id = journal, packet_id
        self._waiting: list[FrameAndLast] = []
        #: The unconfirmed packet and its last seq, when it was sent and after how long it is sent again.
        self.unconfirmed, self.last, self.sent_at, self.delay = b"", 0, 0.0, _AGAIN

    def give(self, frames: Sequence[FrameAndLast]) -> None:
        """Something to send: frames, each with its last seq."""
        topic = self.journal.topic("up")
        made = [(packets.publish(self._packet_id, topic, frame), last) for frame, last in frames]
        self._waiting = made[::-1]

    def greet(self, now: float) -> bytes:
        """Its status; an `ack` of whatever seq answers it."""
        self.unconfirmed = packets.publish(
            self._packet_id, self.journal.topic("status"), self.journal.status("online"), retain=True
        )
        self.last, self.sent_at, self.delay = 0, now, _AGAIN
        return self.unconfirmed

    def next(self, now: float) -> bytes:
        """The next packet, b"" when there is none; it is unconfirmed then."""
        if self._waiting:
            self.unconfirmed, self.last = self._waiting.pop()
            self.sent_at, self.delay = now, _AGAIN
        else:
            self.unconfirmed = b""
        return self.unconfirmed

    def again(self, now: float) -> bytes:
        """What is unconfirmed for too long."""
        if not self.unconfirmed or now - self.sent_at < self.delay:
            return b""
        self.sent_at, self.delay = now, min(2 * self.delay, _AGAIN_MOST) * random.uniform(0.8, 1.2)  # noqa: S311
        return self.unconfirmed


class LiveKiosk(Kiosk):
    """A kiosk at which somebody presses: a frame takes what was pressed since the one before."""

    def __init__(self, journal: Journal, packet_id: int, began: float) -> None:
        super().__init__(journal, packet_id)
        self._began = began
        self._presses: list[float] = []
        #: When each press was made, in order, s since 1970.
        self.pressed: list[float] = []

    def press(self) -> None:
        self._presses.append(time.time())
        self.pressed.append(self._presses[-1])

    def next(self, now: float) -> bytes:
        if self._presses:
            moment = time.time()
            self.give([self.journal.frame([moment - each for each in self._presses], at=moment - self._began)])
            self._presses.clear()
        return super().next(now)


class Connection:
    """A connection to the broker, on which one or more kiosks speak."""

    def __init__(self, kiosks: Sequence[Kiosk], hears: Sequence[str]) -> None:
        self.kiosks, self.hears = kiosks, hears
        #: Whether somebody presses there.
        self.live = False
        self.socket = socket.socket()
        self.heard, self.unsent = b"", b""
        self.by_number = {int(kiosk.journal.kiosk[-5:]): kiosk for kiosk in kiosks}


class Fleet:
    """Kiosks on connections to the broker at `port`.

    Parameters
    ----------
    acks: whether the consumer confirms; else the broker's PUBACK counts.
    """

    def __init__(self, port: int, password: str, *, acks: bool) -> None:
        self._port, self._password, self._acks = port, password, acks
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._hear: dict[int, Callable[[Connection, bytes], bytes]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._timers_made = 0
        #: Kiosks that still have something to say, but for the live ones; packets that were sent again.
        self.remaining = self.again = 0
        #: When the first message was published, s since 1970; 0 before.
        self.began = 0.0
        self._moved_at = 0.0

    def close(self) -> None:
        for connection in self._connections.values():
            connection.socket.close()
        self._poll.close()

    def join(self, connection: Connection, after: float = 0) -> None:
        """Connect after so many seconds; the kiosks then say that they are online, and what they have been given."""
        self.remaining += len(connection.kiosks)
        self._at(after, lambda: self._connect(connection))

    def _connect(self, connection: Connection) -> None:
        connection.socket.setblocking(False)
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(BlockingIOError):
            connection.socket.connect(("127.0.0.1", self._port))
        first = connection.kiosks[0].journal
        will = first.topic("status"), first.status("offline")
        connection.unsent = packets.connect(first.kiosk, FLEET, self._password, will)
        number = connection.socket.fileno()
        self._connections[number] = connection
        self._hear[number] = self._hear_connack
        self._poll.register(number, select.EPOLLIN | select.EPOLLOUT)

    def start(self) -> None:
        """Have all connected kiosks send what they were given since they fell silent."""
        self.began = time.time()
        now = time.monotonic()
        for number, connection in self._connections.items():
            self.remaining += len(connection.kiosks)
            self._send(number, b"".join([self._next(connection, kiosk, now) for kiosk in connection.kiosks]))

    def _at(self, seconds: float, do: Callable[[], None]) -> None:
        self._timers_made += 1
        heapq.heappush(self._timers, (time.monotonic() + seconds, self._timers_made, do))

    def press(self, live: Sequence[tuple[Connection, LiveKiosk]], every: float) -> None:
        """Have somebody press at each of these kiosks again and again, while `run` runs."""
        for connection, kiosk in live:
            connection.live = True
            self._at(random.uniform(0, every), functools.partial(self._press, connection, kiosk, every))  # noqa: S311

    def rest(self, connections: Sequence[Connection]) -> None:
        """Nobody presses there any more; `run` waits until what was pressed is confirmed."""
        for connection in connections:
            connection.live = False
            self.remaining += any(kiosk.unconfirmed for kiosk in connection.kiosks)

    def run(self) -> None:
        """Speak and listen until all that kiosks have to say is confirmed; where somebody presses, it never is."""
        look = 0.0
        self._moved_at = time.monotonic()
        while self.remaining:
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()
            if now >= look:
                look = now + _LOOK
                self._look(now)
            time.sleep(_EASE)
            for number, event in self._poll.poll(0.01 if self._timers else _LOOK):
                if event & select.EPOLLOUT:
                    self._flush(number)
                if event & ~select.EPOLLOUT:
                    self._receive(number)

    def _receive(self, number: int) -> None:
        connection = self._connections[number]
        data = connection.socket.recv(1 << 18)
        if not data:
            raise SystemExit("The broker ended a kiosk's connection.")
        said = self._hear[number](connection, connection.heard + data)
        if said:
            self._send(number, said)

    def _hear_connack(self, connection: Connection, data: bytes) -> bytes:
        if len(data) < 4:
            connection.heard = data
            return b""
        if data[:4] != b"\x20\x02\0\0":
            raise SystemExit("The broker does not let a kiosk in.")
        connection.heard = b""
        number = connection.socket.fileno()
        if not self._acks:
            self._hear[number] = self._hear_pubacks
            return self._greetings(connection)
        self._hear[number] = self._hear_suback
        topics = [kiosk.journal.topic(name) for kiosk in connection.kiosks for name in connection.hears]
        return packets.subscribe(1, topics)

    def _hear_suback(self, connection: Connection, data: bytes) -> bytes:
        if len(data) < 2 or len(data) < 2 + data[1]:
            connection.heard = data
            return b""
        connection.heard = b""
        self._hear[connection.socket.fileno()] = self._hear_acks
        return self._greetings(connection)

    def _greetings(self, connection: Connection) -> bytes:
        if not self.began:
            self.began = time.time()
        now = time.monotonic()
        return b"".join([kiosk.greet(now) for kiosk in connection.kiosks])

    def _hear_acks(self, connection: Connection, data: bytes) -> bytes:
        said, end, now = [], 0, time.monotonic()
        for match in _ACK.finditer(data):
            end = match.end()
            kiosk = connection.by_number[int(match[1])]
            if kiosk.unconfirmed and int(match[2]) >= kiosk.last:
                said.append(self._next(connection, kiosk, now))
        connection.heard = data[end:]
        return b"".join(said)

    def _hear_pubacks(self, connection: Connection, data: bytes) -> bytes:
        said, now = [], time.monotonic()
        whole = len(data) & ~3
        for kind, packet_id in struct.iter_unpack(">HH", data[:whole]):
            if kind == 0x4002:
                said.append(self._next(connection, connection.kiosks[packet_id - 1], now))
        connection.heard = data[whole:]
        return b"".join(said)

    def _next(self, connection: Connection, kiosk: Kiosk, now: float) -> bytes:
        self._moved_at = now
        packet = kiosk.next(now)
        if not packet and not connection.live:
            self.remaining -= 1
        return packet

    def _press(self, connection: Connection, kiosk: LiveKiosk, every: float) -> None:
        if not connection.live:
            return
        self._at(every, functools.partial(self._press, connection, kiosk, every))
        kiosk.press()
        if not kiosk.unconfirmed:
            self._send(connection.socket.fileno(), self._next(connection, kiosk, time.monotonic()))

    def _look(self, now: float) -> None:
        if now - self._moved_at > _SILENCE:
            raise SystemExit(f"Of {self.remaining} kiosks nothing was confirmed for {_SILENCE:g} s.")
        if not self._acks:
            return
        for number, connection in self._connections.items():
            for kiosk in connection.kiosks:
                if packet := kiosk.again(now):
                    self.again += 1
                    self._send(number, packet)

    def _send(self, number: int, data: bytes) -> None:
        connection = self._connections[number]
        if connection.unsent:
            connection.unsent += data
            return
        connection.unsent = data
        self._flush(number)
        if connection.unsent:
            self._poll.modify(number, select.EPOLLIN | select.EPOLLOUT)

    def _flush(self, number: int) -> None:
        connection = self._connections[number]
        with contextlib.suppress(BlockingIOError):
            connection.unsent = connection.unsent[connection.socket.send(connection.unsent) :]
        if not connection.unsent:
            self._poll.modify(number, select.EPOLLIN)


def steady_fleet(
    journals: Sequence[Journal], port: int, password: str, connections: int, *, acks: bool
) -> tuple[Fleet, list[Kiosk]]:
    """A fleet that has been online for a while: many kiosks on each connection, all of them known to the consumer."""
    fleet = Fleet(port, password, acks=acks)
    each = -(-len(journals) // connections)
    kiosks: list[Kiosk] = []
    for some in _groups(journals, each):
        group = [Kiosk(journal, packet_id) for packet_id, journal in enumerate(some, start=1)]
        fleet.join(Connection(group, ["ack"]))
        kiosks += group
    fleet.run()
    fleet.began, fleet.again = 0.0, 0
    return fleet, kiosks


def _groups(journals: Sequence[Journal], size: int) -> Iterator[Sequence[Journal]]:
    for first in range(0, len(journals), size):
        yield journals[first : first + size]
