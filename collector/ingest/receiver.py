"""The intake's connection to the broker: one thread that reads, decodes and writes, and a bounded queue behind it.

What it has read and nobody has committed is bounded: at BACKLOG messages it stops reading. The broker then holds what
it is set to hold, and the kiosks keep the rest.
"""

import contextlib
import secrets
import select
import socket
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import structlog

from collector.broker.client import tls_context
from collector.ingest.frames import Frame
from collector.ingest.limits import Limits
from collector.ingest.messages import Excess, Message
from collector.ingest.packets import (
    CONNACK,
    DISCONNECT,
    PINGREQ,
    SUBACK,
    NotMqtt,
    Other,
    Publish,
    Reader,
    Refused,
    check_connack,
    check_suback,
    connect,
    pubacks,
    subscribe,
)
from collector.settings import Settings
from collector.topics import ROOT, SAYS, parse_topic

log = structlog.get_logger()

#: Messages received and not yet taken to be written, at most.
BACKLOG = 4000
#: Bytes to be written to a broker that does not read them: then nothing more is taken.
OUTBOX = 4_000_000
#: Seconds: keep-alive; without a sign of the broker for twice that the connection is given up.
KEEPALIVE = 15
#: Seconds in which a connection and the broker's welcome must come, and the longest pause between two attempts.
PATIENCE, LONGEST_PAUSE = 10.0, 10.0
#: Seconds for which a batch grows while another is being written.
LINGER = 0.25
#: Seconds between two looks at the socket while a batch is being written: many messages then come with one.
GATHER = 0.002
_CHUNK = 262_144


class Delivery(NamedTuple):
    """A message with what the broker wants back for it; packet ids count anew in each session."""

    message: Message
    session: int
    #: 0 where it wants nothing back.
    packet_id: int
    #: How many it brings, at least 1.
    records: int


class Batch(NamedTuple):
    deliveries: list[Delivery]
    excesses: list[Excess]


class Receiver:
    """Brings messages from the broker until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A random client id: no kiosk can push the collector out by taking its name.
        self._client_id = f"collector-{secrets.token_hex(8)}"
        self._stopping = threading.Event()
        self._closing = False
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)
        self._left = threading.Condition(self._lock)
        self._deliveries: deque[Delivery] = deque()
        self._records = 0  # that these bring
        self._taken = 0  # batches taken and not yet given back
        self._dropped: Counter[str] = Counter()
        self._limits = Limits()
        self._outbox = bytearray()
        self._session = 0
        self._moved_at = 0.0  # when the outbox was last empty, or became shorter
        #: Why there is no connection, a sentence; "" while there is one.
        self.trouble = "The broker has not answered yet."
        self._bell, self._ring = socket.socketpair()  # wakes the thread that waits for the broker
        self._bell.setblocking(False)
        self._ring.setblocking(False)

    def close(self) -> None:
        """Give out nothing more: whoever waits in `take` gets an empty batch. What is confirmed still goes out."""
        with self._lock:
            self._closing = True
            self._came.notify_all()

    def stop(self) -> None:
        """End `run`, as soon as what is to be said is said."""
        self.close()
        self._stopping.set()
        self._wake()
        with self._lock:
            self._left.notify_all()

    @property
    def waiting(self) -> int:
        """Messages that are received and not yet taken."""
        return len(self._deliveries)

    def take(self, most: int) -> Batch:
        """Wait for messages, then return all that are there, up to about `most` records; give it back by `done`.

        While another batch is being written, a full one is waited for, up to LINGER seconds: under load batches grow by
        themselves, and behind one that is stuck nobody waits.
        """
        with self._lock:
            deadline = None
            while not self._closing and self._records < most:
                if not (self._deliveries or self._dropped):
                    self._came.wait()
                    continue
                now = time.monotonic()
                deadline = deadline or now + LINGER
                if not self._taken or now >= deadline:
                    break
                self._came.wait(deadline - now)
            self._taken += 1
            if self._closing:
                return Batch([], [])
            was_full = len(self._deliveries) >= BACKLOG
            batch = []
            while self._deliveries and most > 0:
                batch.append(self._deliveries.popleft())
                most -= batch[-1].records
                self._records -= batch[-1].records
            dropped, self._dropped = self._dropped, Counter()
        if was_full:
            self._wake()
        wait = round(self._limits.remaining(time.monotonic()) * 1000)
        return Batch(batch, [Excess(kiosk, count, wait) for kiosk, count in dropped.items()])

    def done(self) -> None:
        """A batch is written, or given up."""
        with self._lock:
            self._taken -= 1
            self._came.notify()

    def confirm(self, deliveries: Sequence[Delivery], said: bytes) -> None:
        """Confirm to the broker what is committed and send what is to be said of it, in one write.

        Parameters
        ----------
        said: whole packets; lost where there is no connection, as QoS 0 allows.
        """
        with self._lock:
            while len(self._outbox) > OUTBOX and not self._stopping.is_set():
                self._left.wait()
            if self.trouble:
                return
            session = self._session
            self._outbox += pubacks(
                [each.packet_id for each in deliveries if each.session == session and each.packet_id]
            )
            self._outbox += said
        self._wake()

    def run(self) -> None:
        """Stay connected, read and write, until stopped."""
        with self._bell, self._ring:
            self._stay_connected()

    def _stay_connected(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                with self._connected() as connection:
                    self._serve(connection)
            except (OSError, NotMqtt, Refused) as problem:
                how = "refuses the collector" if isinstance(problem, Refused) else "cannot be reached"
                with self._lock:
                    self.trouble = f"The broker {how}: {problem}."
                    self._outbox.clear()
                    self._left.notify_all()
                log.warning("broker away", problem=self.trouble)
            if time.monotonic() - begun > PATIENCE:
                pause = 0.5
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        address, context = self._settings.broker_address, tls_context(self._settings)
        with socket.create_connection((address.host, address.port), PATIENCE) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                yield plain
            else:
                with context.wrap_socket(plain, server_hostname=address.host) as secure:
                    yield secure

    def _serve(self, connection: socket.socket) -> None:
        """Sign in, then read and write until the connection or the intake ends."""
        reader = Reader()
        self._sign_in(connection, reader)
        connection.setblocking(False)
        self._converse(connection, reader)
        with contextlib.suppress(OSError):
            connection.settimeout(1)
            connection.sendall(bytes(self._outbox) + DISCONNECT)

    def _sign_in(self, connection: socket.socket, reader: Reader) -> None:
        user, password = self._settings.broker_address.user, self._settings.broker_password()
        connection.sendall(connect(self._client_id, user, password, KEEPALIVE))
        self._welcome(connection, reader)
        connection.sendall(subscribe(self._filters))
        with self._lock:
            self._session += 1
            self._outbox.clear()
            self.trouble = ""
        log.info("broker connected")

    def _converse(self, connection: socket.socket, reader: Reader) -> None:
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        poll.register(connection, 0)
        spoke = heard = self._moved_at = time.monotonic()
        while not self._stopping.is_set():
            is_full = len(self._deliveries) >= BACKLOG
            poll.modify(connection, (0 if is_full else select.POLLIN) | (select.POLLOUT if self._outbox else 0))
            # What TLS has decrypted already, the socket does not announce.
            buffered = not is_full and isinstance(connection, ssl.SSLSocket) and connection.pending()
            ready = dict(poll.poll(0 if buffered else 1000))
            if self._bell.fileno() in ready:
                self._bell.recv(4096)
            happened = ready.get(connection.fileno(), 0)
            now = time.monotonic()
            if is_full:
                if happened & (select.POLLHUP | select.POLLERR):
                    raise ConnectionError("the connection broke")
                heard = now  # nobody listened
            elif (buffered or happened & ~select.POLLOUT) and self._read(connection, reader, now):
                heard = now
            if now - spoke > KEEPALIVE / 2:
                spoke = now
                with self._lock:
                    self._outbox += PINGREQ
            if now - min(heard, self._moved_at) > 2 * KEEPALIVE:
                raise ConnectionError(f"it has said nothing for {2 * KEEPALIVE} s")
            self._flush(connection)
            if self._taken:
                time.sleep(GATHER)

    def _welcome(self, connection: socket.socket, reader: Reader) -> None:
        while True:
            data = connection.recv(_CHUNK)
            if not data:
                raise ConnectionError("it closed the connection at once")
            for packet in reader.feed(data):
                if not (isinstance(packet, Other) and packet.kind == CONNACK):
                    raise NotMqtt("its first packet is no CONNACK")
                check_connack(packet.body)
                return

    @property
    def _filters(self) -> list[tuple[str, int]]:
        """What is listened to. At an outside broker the collectors share the work; each hears every `status`, because
        of a shared subscription the broker sends no retained ones."""
        share = "" if self._settings.broker == "embedded" else "$share/smilepost/"
        return [(f"{'' if name == 'status' else share}{ROOT}/+/{name}", 1) for name in SAYS]

    def _read(self, connection: socket.socket, reader: Reader, now: float) -> bool:
        """Take in what is there; whether there was anything."""
        try:
            data = connection.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        if not data:
            raise ConnectionError("it closed the connection")
        self._take_in(reader.feed(data), now)
        return True

    def _take_in(self, packets: Iterable[Publish | Other], now: float) -> None:
        deliveries: list[Delivery] = []
        unwanted: list[int] = []
        dropped: list[str] = []
        for packet in packets:
            if isinstance(packet, Other):
                if packet.kind == SUBACK:
                    check_suback(packet.body, self._filters)
                continue
            kiosk, name = _parsed(packet.topic)
            if not name:
                unwanted.append(packet.packet_id)
            elif not self._limits.allows(kiosk, now):
                unwanted.append(packet.packet_id)
                dropped.append(kiosk)
            else:
                message = Message.read(kiosk, name, packet.payload, packet.retained)
                records = len(message.content.records) if isinstance(message.content, Frame) else 1
                deliveries.append(Delivery(message, self._session, packet.packet_id, records))
        with self._lock:
            self._deliveries += deliveries
            self._records += sum([delivery.records for delivery in deliveries])
            self._dropped.update(dropped)
            self._outbox += pubacks(filter(None, unwanted))
            self._came.notify()

    def _flush(self, connection: socket.socket) -> None:
        with self._lock:
            part = bytes(self._outbox[:_CHUNK])
        if not part:
            self._moved_at = time.monotonic()
            return
        try:
            sent = connection.send(part)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        self._moved_at = time.monotonic()
        with self._lock:
            del self._outbox[:sent]
            self._left.notify_all()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it has been rung already, or all is over
            self._ring.send(b"!")


@lru_cache(maxsize=65_536)
def _parsed(topic: bytes) -> tuple[str, str]:
    """(kiosk, one of SAYS), or ("", "") where no kiosk speaks on this topic."""
    return parse_topic(topic.decode(errors="replace")) or ("", "")
