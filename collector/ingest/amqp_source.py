"""The intake's connection to a RabbitMQ cluster: it consumes the queues that all collectors share, at any node.

What it has not confirmed is bounded by its prefetch, and comes again, here or to another collector, when the connection
ends. It speaks to kiosks through a second connection: a node short of memory stops reading from whoever publishes, and
the confirmations that would make room must still get through.
"""

import contextlib
import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import pika
import structlog
from pika.adapters.select_connection import IOLoop
from pika.adapters.utils.connection_workflow import AbstractAMQPConnectionWorkflow
from pika.channel import Channel
from pika.spec import Basic, BasicProperties

from collector.broker.amqp import AWAY, parameters, reason
from collector.broker.queues import EXCHANGE, QUEUES, key_of, parse_key
from collector.ingest.source import (
    BACKLOG,
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
from collector.settings import BrokerAddress, Settings

log = structlog.get_logger()


class AmqpSource:
    """Brings messages from a RabbitMQ cluster until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._session: _Session | None = None
        self._numbers = itertools.count(1)
        self.backlog = Backlog()
        self.trouble = "The broker has not answered yet."

    def run(self) -> None:
        pause = FIRST_PAUSE
        nodes = random.sample(self._settings.nodes, len(self._settings.nodes))  # so that collectors spread over them
        for node in itertools.cycle(nodes):
            begun = time.monotonic()
            self._trouble(self._serve(node))
            if self._stopping.is_set():
                return
            log.warning("broker away", problem=self.trouble)
            if time.monotonic() - begun > PATIENCE:
                pause = FIRST_PAUSE
            self._stopping.wait(pause)
            if node == nodes[-1]:  # all were tried
                pause = min(pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        self._stopping.set()
        if session := self._session:
            session.end()

    def confirm(self, deliveries: Sequence[Delivery], said: Sequence[Said]) -> None:
        session = self._session
        if session:
            session.confirm([each.tag for each in deliveries if each.session == session.number], said)

    def _serve(self, node: BrokerAddress) -> str:
        """Consume at a node until the connection or the intake ends; returns why it ended, a sentence."""
        session = self._session = _Session(next(self._numbers), self._settings, node, self.backlog, self._trouble)
        if self._stopping.is_set():
            return ""
        try:
            return session.run()
        except AWAY as problem:
            return f"The broker {node.host}:{node.port} cannot be reached: {reason(problem)}."
        finally:
            self.backlog.forget()

    def _trouble(self, trouble: str) -> None:
        self.trouble = trouble


class _Session:
    """Two connections to one node, served by one thread.

    Parameters
    ----------
    tell: called with the trouble there is, a sentence, and with "" when messages can come.
    """

    def __init__(
        self, number: int, settings: Settings, node: BrokerAddress, backlog: Backlog, tell: Callable[[str], None]
    ) -> None:
        self.number = number
        self._settings, self._node, self._backlog, self._tell = settings, node, backlog, tell
        self._loop: Any = IOLoop()
        #: One that is being made, and those that are there: to speak, to hear.
        self._coming: AbstractAMQPConnectionWorkflow | None = None
        self._connections: list[pika.SelectConnection] = []
        self._hears: Channel | None = None
        self._speaks: Channel | None = None
        self._grants = 0
        self._is_held_up = False
        self._arrivals: list[Arrival] = []
        #: Tags of what is in somebody's hands, in order.
        self._open: dict[int, None] = {}
        self._is_ending = False
        self._why = ""

    @property
    def _where(self) -> str:
        return f"{self._node.host}:{self._node.port}"

    def run(self) -> str:
        """Serve until it ends; returns why."""
        try:
            self._connect(self._begin_to_speak)
            self._loop.call_later(2 * PATIENCE, self._expect_welcome)
            self._loop.start()
        finally:
            self._leave()
        return self._why

    def end(self) -> None:
        """End `run`, once everything confirmed before is on its way; any thread may call it."""
        self._soon(self._finish)

    def confirm(self, tags: Sequence[int], said: Sequence[Said]) -> None:
        """Any thread may call it."""
        self._soon(partial(self._confirm, tags, said))

    def _soon(self, work: Callable[[], None]) -> None:
        with contextlib.suppress(AttributeError, OSError):  # its loop is over
            self._loop.add_callback_threadsafe(work)

    def _connect(self, begin: Callable[[pika.SelectConnection], None]) -> None:
        def come(came: pika.SelectConnection | BaseException) -> None:
            self._coming = None
            if isinstance(came, BaseException):
                self._finish(reason(came))
                return
            came.add_on_close_callback(self._broken)
            self._connections.append(came)
            begin(came)

        wanted = parameters(
            self._settings,
            self._node,
            PATIENCE,
            heartbeat=KEEPALIVE,
            client_properties={"connection_name": "smilepost ingest"},
        )
        self._coming = pika.SelectConnection.create_connection([wanted], come, custom_ioloop=self._loop)

    def _begin_to_speak(self, connection: pika.SelectConnection) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._hold_up(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._hold_up(False))
        connection.channel(on_open_callback=self._speak)

    def _speak(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._broken)
        self._speaks = channel
        self._connect(lambda connection: connection.channel(on_open_callback=self._consume))

    def _consume(self, channel: Channel) -> None:
        """Nothing comes before it can be answered."""
        self._hears = channel
        channel.add_on_close_callback(self._broken)
        channel.add_on_cancel_callback(lambda _: self._finish("it took the queue away"))
        channel.basic_qos(prefetch_count=BACKLOG)  # of each queue
        for queue in QUEUES:
            channel.basic_consume(queue.name, self._came, callback=self._granted)

    def _granted(self, _frame: Any) -> None:
        self._grants += 1
        if self._grants == len(QUEUES):
            self._tell("")
            log.info("broker connected", node=self._where)

    def _expect_welcome(self) -> None:
        if self._grants < len(QUEUES):
            self._finish(f"it has not answered within {2 * PATIENCE:g} s")

    def _came(self, _channel: Channel, method: Basic.Deliver, _properties: BasicProperties, body: bytes) -> None:
        kiosk, name = _parsed(method.routing_key)
        if not name:
            self._acknowledge([method.delivery_tag])
            return
        self._open[method.delivery_tag] = None
        self._arrivals.append(Arrival(kiosk, name, body, False, method.delivery_tag))
        if len(self._arrivals) == 1:  # the others of this read come along
            if self._backlog.is_busy:
                self._loop.call_later(GATHER, self._take_in)
            else:
                self._loop.add_callback_threadsafe(self._take_in)

    def _take_in(self) -> None:
        arrivals, self._arrivals = self._arrivals, []
        self._acknowledge(self._backlog.put(arrivals, self.number))

    def _confirm(self, tags: Sequence[int], said: Sequence[Said]) -> None:
        self._acknowledge(tags)
        if self._speaks and self._speaks.is_open and not self._is_held_up and self._unread() < OUTBOX:
            for kiosk, name, payload in said:
                self._speaks.basic_publish(EXCHANGE, _key(kiosk, name), payload)

    def _unread(self) -> int:
        """Bytes said that the node has not read yet."""
        return int(self._connections[0]._transport.get_write_buffer_size())  # pika has no word for it

    def _acknowledge(self, tags: Sequence[int]) -> None:
        """With one word for all of them, where nothing before is still in somebody's hands."""
        if not tags or not self._hears or not self._hears.is_open:
            return
        for tag in tags:
            self._open.pop(tag, None)
        if next(iter(self._open), tags[-1] + 1) > tags[-1]:
            self._hears.basic_ack(tags[-1], multiple=True)
        else:
            for tag in tags:
                self._hears.basic_ack(tag)

    def _hold_up(self, held_up: bool) -> None:
        """The node is short of memory or disk: what would be said is lost, as with a broken line."""
        self._is_held_up = held_up
        trouble = f"The broker {self._where} is short of memory or disk, and takes nothing." if held_up else ""
        self._tell(trouble)
        log.warning("broker takes nothing" if held_up else "broker takes messages again", node=self._where)

    def _broken(self, _which: object, problem: BaseException) -> None:
        self._finish(reason(problem))

    def _finish(self, why: str = "") -> None:
        """Close both connections, with what was said before; or at the latest within a second."""
        if not self._is_ending:
            self._is_ending = True
            if why:
                self._why = f"The broker {self._where} does not serve the collector: {why}."
            self._loop.call_later(1, self._loop.stop)
            if self._coming:
                self._coming.abort()
            for connection in self._connections:
                if connection.is_open:
                    connection.close()
        if not self._coming and all(connection.is_closed for connection in self._connections):
            self._loop.stop()

    def _leave(self) -> None:
        """Close what is still open, without a word."""
        for connection in self._connections:
            if not connection.is_closed:
                with contextlib.suppress(Exception):  # it is broken in whatever way: its socket is all that matters
                    connection._transport.abort()  # pika has no word for it
        self._loop.close()


@lru_cache(maxsize=65_536)
def _parsed(key: str) -> tuple[str, str]:
    """(kiosk, one of SAYS), or ("", "") where no kiosk speaks with this key."""
    return parse_key(key) or ("", "")


@lru_cache(maxsize=65_536)
def _key(kiosk: str, name: str) -> str:
    return key_of(kiosk, name)
