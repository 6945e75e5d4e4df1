"""Where the intake's messages come from: the same for every protocol that brokers speak.

A source fills its backlog. A committer takes batches out of it, commits them, and has the source confirm them:

    batch = source.backlog.take(1000)
    …                                        # committed
    source.confirm(batch.deliveries, said)   # to the broker, and `said` to the kiosks
    source.backlog.done()
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from collector.ingest.frames import Frame
from collector.ingest.limits import Limits
from collector.ingest.messages import Excess, Message

#: Messages received and not yet taken to be written, at most.
BACKLOG = 4000
#: Seconds for which a batch grows while another is being written.
LINGER = 0.25
#: Seconds between two looks at the socket while a batch is being written: many messages then come with one.
GATHER = 0.002
#: Bytes to be written to a broker that does not read them: then nothing more is taken.
OUTBOX = 4_000_000
#: Seconds: keep-alive; without a sign of the broker for twice that the connection is given up.
KEEPALIVE = 15
#: Seconds in which a connection and the broker's welcome must come, and the pause between two attempts, at first and
#: at most.
PATIENCE, FIRST_PAUSE, LONGEST_PAUSE = 10.0, 0.5, 10.0


class Arrival(NamedTuple):
    """A message as the broker brought it, unread."""

    kiosk: str
    #: One of topics.SAYS.
    name: str
    payload: bytes
    retained: bool
    #: By what it is confirmed; 0 where the broker wants nothing back.
    tag: int


class Delivery(NamedTuple):
    """A message with what the broker wants back for it; tags count anew in each session."""

    message: Message
    session: int
    tag: int
    #: How many it brings, at least 1.
    records: int


class Batch(NamedTuple):
    deliveries: list[Delivery]
    excesses: list[Excess]


class Said(NamedTuple):
    """A message to a kiosk."""

    kiosk: str
    #: One of topics.HEARS.
    name: str
    payload: bytes


class Source(Protocol):
    """A connection to the broker, kept up by `run` in a thread of its own."""

    backlog: "Backlog"

    @property
    def trouble(self) -> str:
        """Why nothing comes, a sentence: there is no connection, or the broker is unwell; "" while all is well."""

    def run(self) -> None:
        """Stay connected and fill the backlog until stopped; a broker that is away is waited for."""

    def stop(self) -> None:
        """End `run`, as soon as what is to be said is said."""

    def confirm(self, deliveries: Sequence[Delivery], said: Sequence[Said]) -> None:
        """Confirm to the broker what is committed, and say what is to be said of it; lost where there is no connection.
        Any thread may call it."""


class Backlog:
    """What has come and nobody has taken yet; bounded: a source that sees it full reads no further, or its broker gives
    no more.

    Parameters
    ----------
    on_room: called when it is no longer full.
    """

    def __init__(self, on_room: Callable[[], None] = lambda: None) -> None:
        self._on_room = on_room
        self._came = threading.Condition()
        self._closing = False
        self._deliveries: deque[Delivery] = deque()
        self._records = 0  # that these bring
        self._taken = 0  # batches taken and not yet given back
        self._dropped: Counter[str] = Counter()
        self._limits = Limits()

    @property
    def waiting(self) -> int:
        """Messages that are received and not yet taken."""
        return len(self._deliveries)

    @property
    def is_full(self) -> bool:
        return len(self._deliveries) >= BACKLOG

    @property
    def is_busy(self) -> bool:
        """Whether a batch is being written."""
        return self._taken > 0

    def put(self, arrivals: Iterable[Arrival], session: int) -> list[int]:
        """Take in what came; returns the tags of what is not taken, because their kiosks say more than one may."""
        deliveries: list[Delivery] = []
        unwanted: list[int] = []
        dropped: list[str] = []
        now = time.monotonic()
        for kiosk, name, payload, retained, tag in arrivals:
            if not self._limits.allows(kiosk, now):
                unwanted.append(tag)
                dropped.append(kiosk)
                continue
            message = Message.read(kiosk, name, payload, retained)
            records = len(message.content.records) if isinstance(message.content, Frame) else 1
            deliveries.append(Delivery(message, session, tag, records))
        with self._came:
            self._deliveries += deliveries
            self._records += sum([delivery.records for delivery in deliveries])
            self._dropped.update(dropped)
            self._came.notify()
        return unwanted

    def take(self, most: int) -> Batch:
        """Wait for messages, then return all that are there, up to about `most` records; give it back by `done`.

        While another batch is being written, a full one is waited for, up to LINGER seconds: under load batches grow by
        themselves, and behind one that is stuck nobody waits.
        """
        with self._came:
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
            was_full = self.is_full
            batch = []
            while self._deliveries and most > 0:
                batch.append(self._deliveries.popleft())
                most -= batch[-1].records
                self._records -= batch[-1].records
            dropped, self._dropped = self._dropped, Counter()
        if was_full:
            self._on_room()
        wait = round(self._limits.remaining(time.monotonic()) * 1000)
        return Batch(batch, [Excess(kiosk, count, wait) for kiosk, count in dropped.items()])

    def done(self) -> None:
        """A batch is written, or given up."""
        with self._came:
            self._taken -= 1
            self._came.notify()

    def forget(self) -> None:
        """Drop what nobody has taken: the session is over, and the broker gives it out again."""
        with self._came:
            self._deliveries.clear()
            self._records = 0

    def close(self) -> None:
        """Give out nothing more: whoever waits in `take` gets an empty batch."""
        with self._came:
            self._closing = True
            self._came.notify_all()
