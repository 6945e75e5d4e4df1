"""The load: kiosks in one process, each on a connection of its own and true to the protocol.

A kiosk subscribes to what is for it, says that it is online, and sends a frame after the answer; the next one follows
its `ack`. What has none after a while, or whose connection is gone, it says again, on a new connection to any node.
"""

import contextlib
import random
import re
import selectors
import socket
import ssl
import time
from collections.abc import Sequence

from benchmarks.intake import packets
from benchmarks.intake.journals import Journal
from collector.fleet.credentials import Credentials
from collector.ingest.packets import CONNACK, Other, Publish, Reader

_SEQ = re.compile(rb'"seq":(\d+)')
#: What a kiosk without a printer listens to.
_HEARS = ("ack", "config", "cmd", "release", "chunk")
#: Seconds for which a kiosk stays away from a node that refused it, and between two looks at who should come.
_AWAY, _LOOK = 0.5, 0.01


class Kiosk:
    """One of them."""

    def __init__(self, journal: Journal, known: Credentials) -> None:
        self.journal, self.known = journal, known
        self.socket: socket.socket | None = None
        self.reader = Reader()
        self.frame, self.last = b"", 0
        self.said_at = self.back_at = 0.0
        self.greeting = self.ready = False  # in the midst of the TLS handshake; answered by a collector
        #: When it may press next, s of the monotonic clock.
        self.press_at = 0.0


class Fleet:
    """Kiosks that press as fast as they are answered, or at a pace.

    Parameters
    ----------
    ports: of the nodes.
    trusted: what their certificates are checked with; None: without TLS.
    at_once: kiosks that are on their way in at the same time.
    patience: seconds after which what has no answer is said again.
    """

    def __init__(
        self,
        known: Sequence[Credentials],
        ports: Sequence[int],
        began: float,
        trusted: ssl.SSLContext | None = None,
        at_once: int = 100,
        patience: float = 5.0,
    ) -> None:
        self._began, self._ports, self._trusted = began, list(ports), trusted
        self._at_once, self._patience = at_once, patience
        self._look_at = 0.0
        #: Connections that were tried.
        self.tries = 0
        self._selector = selectors.EpollSelector()
        self.kiosks = [Kiosk(Journal(number, began), each) for number, each in enumerate(known)]

    def press(self, seconds: float, pause: float = 0.0, ratings: int = 1) -> None:
        """Press for so long.

        Parameters
        ----------
        pause: between two presses of one kiosk; 0: as soon as the last is stored.
        ratings: in a frame.
        """
        begun = time.monotonic()
        for kiosk in self.kiosks:
            kiosk.press_at = begun + random.uniform(0, pause)  # noqa: S311 - so that they do not press as one
        while (now := time.monotonic()) < begun + seconds:
            self.turn(now)
            for kiosk in self.kiosks:
                if kiosk.ready and not kiosk.frame and now >= kiosk.press_at:
                    kiosk.press_at = now + pause
                    ages = [index / 1000 for index in range(ratings, 0, -1)]
                    kiosk.frame, kiosk.last = kiosk.journal.frame(ages, time.time() - self._began)
                    self._say(kiosk, now)

    def settle(self) -> None:
        """Wait until all that was said is stored, and all are connected."""
        while any(kiosk.frame or not kiosk.ready for kiosk in self.kiosks):
            self.turn(time.monotonic())

    def close(self) -> None:
        for kiosk in self.kiosks:
            self._leave(kiosk)

    def turn(self, now: float) -> None:
        """Hear what has come, come back, and say again what has no answer."""
        for key, _ in self._selector.select(0.001):
            kiosk: Kiosk = key.data
            if kiosk.greeting:
                self._greet(kiosk, now)
            else:
                self._receive(kiosk, now)
        if now < self._look_at:
            return
        self._look_at = now + _LOOK
        coming = sum(kiosk.socket is not None and not kiosk.ready for kiosk in self.kiosks)
        for kiosk in self.kiosks:
            if kiosk.socket is None and now >= kiosk.back_at and coming < self._at_once:
                self._come(kiosk, now)
                coming += 1
            elif kiosk.socket and now - kiosk.said_at > self._patience and (kiosk.frame or not kiosk.ready):
                self._leave(kiosk)
                kiosk.back_at = now

    def _receive(self, kiosk: Kiosk, now: float) -> None:
        try:
            data = kiosk.socket.recv(65_536) if kiosk.socket else b""
            while isinstance(kiosk.socket, ssl.SSLSocket) and kiosk.socket.pending():
                data += kiosk.socket.recv(65_536)
        except ssl.SSLWantReadError:
            return  # what came was TLS's own
        except OSError:
            data = b""
        if data:
            self._hear(kiosk, data, now)
        else:
            self._lose(kiosk, now)

    def _hear(self, kiosk: Kiosk, data: bytes, now: float) -> None:
        for packet in kiosk.reader.feed(data):
            if isinstance(packet, Other) and packet.kind == CONNACK:
                topic, status = kiosk.journal.topic("status"), kiosk.journal.status("online")
                self._send(kiosk, packets.subscribe(1, [kiosk.journal.topic(name) for name in _HEARS]), now)
                self._send(kiosk, packets.publish(2, topic, status, retain=True), now)
            elif isinstance(packet, Publish) and (found := _SEQ.search(packet.payload)):
                kiosk.ready = True
                if int(found[1]) >= kiosk.last:
                    kiosk.frame = b""
                elif now - kiosk.said_at > 1:
                    self._say(kiosk, now)

    def _come(self, kiosk: Kiosk, now: float) -> None:
        kiosk.back_at = now + _AWAY
        self.tries += 1
        with contextlib.suppress(OSError):
            port = random.choice(self._ports)  # noqa: S311
            kiosk.socket = socket.create_connection(("127.0.0.1", port), 1)
            kiosk.reader, kiosk.ready, kiosk.said_at = Reader(), False, now
            if self._trusted:
                kiosk.socket = self._trusted.wrap_socket(
                    kiosk.socket, server_hostname="localhost", do_handshake_on_connect=False
                )
                kiosk.socket.setblocking(False)
                kiosk.greeting = True
            self._selector.register(kiosk.socket, selectors.EVENT_READ, kiosk)
            if kiosk.greeting:
                self._greet(kiosk, now)
            else:
                self._sign_in(kiosk, now)

    def _greet(self, kiosk: Kiosk, now: float) -> None:
        assert isinstance(kiosk.socket, ssl.SSLSocket)  # noqa: S101 - no other greets
        try:
            kiosk.socket.do_handshake()
        except ssl.SSLWantReadError:
            return
        except OSError:
            self._lose(kiosk, now)
        else:
            kiosk.greeting = False
            self._sign_in(kiosk, now)

    def _sign_in(self, kiosk: Kiosk, now: float) -> None:
        user = f"{kiosk.known.kiosk}-{kiosk.known.number}"
        self._send(kiosk, packets.connect(kiosk.known.kiosk, user, kiosk.known.secret), now)

    def _say(self, kiosk: Kiosk, now: float) -> None:
        self._send(kiosk, packets.publish(3, kiosk.journal.topic("up"), kiosk.frame), now)

    def _send(self, kiosk: Kiosk, packet: bytes, now: float) -> None:
        kiosk.said_at = now
        with contextlib.suppress(OSError):
            if kiosk.socket:
                kiosk.socket.sendall(packet)

    def _lose(self, kiosk: Kiosk, now: float) -> None:
        self._leave(kiosk)
        kiosk.back_at = now + _AWAY

    def _leave(self, kiosk: Kiosk) -> None:
        if kiosk.socket:
            self._selector.unregister(kiosk.socket)
            kiosk.socket.close()
            kiosk.socket, kiosk.ready, kiosk.greeting = None, False, False
