"""The intake's connection to an MQTT broker: one thread that reads, decodes and writes.

While the backlog is full it stops reading. The broker then holds what it is set to hold, and the kiosks keep the rest.
"""

import contextlib
import secrets
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import structlog

from collector.broker.client import tls_context
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
    publish,
    subscribe,
)
from collector.ingest.source import (
    FIRST_PAUSE,
    GATHER,
    KEEPALIVE,
    LONGEST_PAUSE,
    OUTBOX,
    PATIENCE,
    Arrival,
    Backlog,
    Delivery,
    Said,
)
from collector.settings import Settings
from collector.topics import ROOT, SAYS, parse_topic, topic_of

log = structlog.get_logger()

_CHUNK = 262_144


class MqttSource:
    """Brings messages from an MQTT broker until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A random client id: no kiosk can push the collector out by taking its name.
        self._client_id = f"collector-{secrets.token_hex(8)}"
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._outbox = bytearray()
        self._session = 0
        self._moved_at = 0.0  # when the outbox was last empty, or became shorter
        self.backlog = Backlog(on_room=self._wake)
        self.trouble = "The broker has not answered yet."
        self._bell, self._ring = socket.socketpair()  # wakes the thread that waits for the broker
        self._bell.setblocking(False)
        self._ring.setblocking(False)

    def stop(self) -> None:
        self._stopping.set()
        self._wake()
        with self._lock:
            self._left.notify_all()

    def confirm(self, deliveries: Sequence[Delivery], said: Sequence[Said]) -> None:
        """In one write, with that of whoever else confirms now."""
        packets = b"".join([publish(_topic(kiosk, name), payload) for kiosk, name, payload in said])
        with self._lock:
            while len(self._outbox) > OUTBOX and not self._stopping.is_set():
                self._left.wait()
            if self.trouble:
                return
            session = self._session
            self._outbox += pubacks([each.tag for each in deliveries if each.session == session and each.tag])
            self._outbox += packets
        self._wake()

    def run(self) -> None:
        with self._bell, self._ring:
            self._stay_connected()

    def _stay_connected(self) -> None:
        pause = FIRST_PAUSE
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
                pause = FIRST_PAUSE
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
            is_full = self.backlog.is_full
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
            elif (buffered or happened & ~select.POLLOUT) and self._read(connection, reader):
                heard = now
            if now - spoke > KEEPALIVE / 2:
                spoke = now
                with self._lock:
                    self._outbox += PINGREQ
            if now - min(heard, self._moved_at) > 2 * KEEPALIVE:
                raise ConnectionError(f"it has said nothing for {2 * KEEPALIVE} s")
            self._flush(connection)
            if self.backlog.is_busy:
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

    def _read(self, connection: socket.socket, reader: Reader) -> bool:
        """Take in what is there; whether there was anything."""
        try:
            data = connection.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        if not data:
            raise ConnectionError("it closed the connection")
        self._take_in(reader.feed(data))
        return True

    def _take_in(self, packets: Iterable[Publish | Other]) -> None:
        arrivals: list[Arrival] = []
        unwanted: list[int] = []
        for packet in packets:
            if isinstance(packet, Other):
                if packet.kind == SUBACK:
                    check_suback(packet.body, self._filters)
                continue
            kiosk, name = _parsed(packet.topic)
            if name:
                arrivals.append(Arrival(kiosk, name, packet.payload, packet.retained, packet.packet_id))
            else:
                unwanted.append(packet.packet_id)
        unwanted += self.backlog.put(arrivals, self._session)
        with self._lock:
            self._outbox += pubacks(filter(None, unwanted))

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


@lru_cache(maxsize=65_536)
def _topic(kiosk: str, name: str) -> bytes:
    return topic_of(kiosk, name).encode()
