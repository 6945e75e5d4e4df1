"""The intake's loop: receive from the broker, write, commit; then confirm to the broker and answer the kiosks.

Nothing is confirmed that is not committed. While the database is away the loop waits with the batch in its hands: the
queue behind it fills, the broker gets no confirmations and stops delivering, and the kiosks keep what they have.
"""

import contextlib
import queue
import secrets
import ssl
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import paho.mqtt.client as mqtt
import psycopg
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from psycopg.rows import TupleRow

from collector.database import connect
from collector.ingest.frames import ROOT, parse_topic, topic_of
from collector.ingest.writer import Answer, Message, put_aside, write
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings

log = structlog.get_logger()

#: Messages in one transaction at most, and messages received but not yet written at most.
BATCH, BACKLOG = 1000, 4000
#: The database's own trouble (away, full, not migrated), in which no message has a part: wait, and try again.
ENVIRONMENT = (psycopg.OperationalError, psycopg.ProgrammingError, psycopg.InternalError)


class Delivery(NamedTuple):
    """A message with what the broker wants back for it. Packet ids count anew on each connection."""

    message: Message
    connection: int
    packet: int
    qos: int


class Intake:
    """Takes ratings in until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._deliveries: queue.Queue[Delivery | None] = queue.Queue(BACKLOG)
        self._stopping = threading.Event()
        self._connection = 0
        self._database: psycopg.Connection[TupleRow] | None = None
        self._partitions_of: tuple[int, int] | None = None
        # A random client id: no kiosk can push the collector out by taking its name.
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"collector-{secrets.token_hex(8)}", manual_ack=True
        )
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = lambda _client, _userdata: log.warning("broker away")
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def run(self) -> None:
        """Receive and write until stopped; broker and database may come and go meanwhile."""
        address = self._settings.broker_address
        self._client.username_pw_set(address.user, self._settings.broker_password())
        if address.tls:
            ca = self._settings.broker_ca
            self._client.tls_set_context(ssl.create_default_context(cafile=str(ca) if ca else None))
        self._client.reconnect_delay_set(1, 10)
        self._client.connect_async(address.host, address.port, keepalive=30)
        self._client.loop_start()
        try:
            while not self._stopping.is_set():
                self._work(self._next_batch())
        finally:
            self._client.disconnect()
            # The network thread may stand at the full queue: let it finish.
            threading.Thread(target=self._discard_deliveries, daemon=True).start()
            self._client.loop_stop()
            if self._database:
                self._database.close()

    def stop(self) -> None:
        """End `run` after the batch in hand."""
        self._stopping.set()
        self._client.disconnect()
        with contextlib.suppress(queue.Full):  # if full, `run` is not waiting for a message
            self._deliveries.put_nowait(None)

    # What the network thread calls.

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("broker refused the collector", reason=str(reason))
            return
        self._connection += 1
        client.subscribe([(f"{ROOT}/+/up", 1), (f"{ROOT}/+/status", 1)])
        log.info("broker connected")

    def _on_disconnect(self, _client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not self._stopping.is_set():
            log.warning("broker disconnected", reason=str(reason))

    def _on_message(self, client: mqtt.Client, _userdata: Any, received: mqtt.MQTTMessage) -> None:
        parsed = parse_topic(received.topic)
        if parsed is None:
            client.ack(received.mid, received.qos)
            return
        message = Message(*parsed, bytes(received.payload), received.retain)
        self._deliveries.put(Delivery(message, self._connection, received.mid, received.qos))

    # What `run` does.

    def _next_batch(self) -> list[Delivery]:
        """Wait for a message, then take all that are there: under load batches grow by themselves."""
        deliveries = [self._deliveries.get()]
        while len(deliveries) < BATCH:
            try:
                deliveries.append(self._deliveries.get_nowait())
            except queue.Empty:
                break
        return [delivery for delivery in deliveries if delivery is not None]

    def _work(self, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        answers = self._write([delivery.message for delivery in deliveries])
        if answers is None:
            return  # stopped while the database was away: nothing is confirmed, all of it comes again
        for delivery in deliveries:
            if delivery.connection == self._connection:
                self._client.ack(delivery.packet, delivery.qos)
        for answer in answers:
            self._client.publish(topic_of(answer.kiosk, answer.name), msgspec.json.encode(answer.body), qos=0)

    def _write(self, messages: Sequence[Message]) -> list[Answer] | None:
        """Commit the messages, however long the database is away; None when stopped meanwhile."""
        try:
            return self._committed(lambda database, now: write(database, messages, now))
        except Exception:
            if len(messages) > 1:
                # One of them spoils the batch: each goes by itself, in order.
                log.warning("batch failed, writing its messages one by one", messages=len(messages), exc_info=True)
                return self._write_singly(messages)
            log.exception("message failed", kiosk=messages[0].kiosk)
            reason = "The collector could not store this message; its log says why."
            return self._committed(lambda database, now: put_aside(database, messages[0], reason, now))

    def _write_singly(self, messages: Sequence[Message]) -> list[Answer] | None:
        answers: list[Answer] = []
        for message in messages:
            more = self._write([message])
            if more is None:
                return None
            answers += more
        return answers

    def _committed(
        self, write: Callable[[psycopg.Connection[TupleRow], datetime], list[Answer]]
    ) -> list[Answer] | None:
        """Run `write` in the database, again and again while the database itself is the trouble."""
        wait = 0.1
        while True:
            try:
                database = self._connected()
                now = datetime.now(UTC)
                if self._partitions_of != (now.year, now.month):
                    ensure_partitions(database, now)
                    self._partitions_of = (now.year, now.month)
                return write(database, now)
            except ENVIRONMENT as problem:
                log.warning("database away, waiting", problem=str(problem).strip(), seconds=wait)
                self._disconnect()
                if self._stopping.wait(wait):
                    return None
                wait = min(wait * 2, 5.0)

    def _connected(self) -> psycopg.Connection[TupleRow]:
        if self._database is None:
            self._database = connect(self._settings, autocommit=True)
            log.info("database connected")
        return self._database

    def _disconnect(self) -> None:
        if self._database:
            self._database.close()
        self._database = None

    def _discard_deliveries(self) -> None:
        while True:
            self._deliveries.get()
