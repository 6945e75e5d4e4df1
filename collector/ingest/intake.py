"""The intake's loop: receive from the broker, write, commit; then confirm to the broker and answer the kiosks.

Nothing is confirmed that is not committed. While the database is away the loop waits with the batch in its hands: the
queue behind it fills, the broker gets no confirmations and stops delivering, and the kiosks keep what they have.
"""

import contextlib
import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import paho.mqtt.client as mqtt
import psycopg
import structlog
from psycopg.rows import TupleRow

from collector.broker.client import mqtt_client
from collector.database import connect
from collector.fleet.credentials import derived_secret
from collector.ingest.answers import Answer
from collector.ingest.frames import Ack, Command
from collector.ingest.press_codes import PressCodes
from collector.ingest.push import Push
from collector.ingest.writer import Message, put_aside, write
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from collector.topics import ROOT, SAYS, parse_topic, topic_of

log = structlog.get_logger()

#: Messages in one transaction at most, and messages received but not yet written at most.
BATCH, BACKLOG = 1000, 4000
#: Codes made for one batch at most: some milliseconds each. In a flood kiosks show their touchpoint's own.
CODES = 10
#: The database's own trouble, in which no message has a part: it is away or full; it has not the shape we expect.
AWAY, REFUSES = psycopg.OperationalError, (psycopg.ProgrammingError, psycopg.InternalError)


class Delivery(NamedTuple):
    """A message with what the broker wants back for it. Packet ids count anew in each session."""

    message: Message
    session: int
    packet: int
    qos: int


class Intake:
    """Takes ratings in until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._deliveries: queue.Queue[Delivery | None] = queue.Queue(BACKLOG)
        self._stopping = threading.Event()
        self._session = 0
        self._database: psycopg.Connection[TupleRow] | None = None
        self._partitions_of: tuple[int, int] | None = None
        self._codes = PressCodes(settings)
        self._push = Push(settings, self._say)
        # A random client id: no kiosk can push the collector out by taking its name.
        self._client = mqtt_client(settings, client_id=f"collector-{secrets.token_hex(8)}", manual_ack=True)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = lambda _client, _userdata: log.warning("broker away")
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def run(self) -> None:
        """Receive and write until stopped; broker and database may come and go meanwhile."""
        address = self._settings.broker_address
        self._client.reconnect_delay_set(1, 10)
        self._client.connect_async(address.host, address.port, keepalive=30)
        self._client.loop_start()
        push = threading.Thread(target=self._push.run, name="push")
        push.start()
        try:
            while not self._stopping.is_set():
                self._work(self._next_batch())
        finally:
            self._push.stop()
            push.join()
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
        self._session += 1
        client.subscribe([(f"{ROOT}/+/{name}", 1) for name in SAYS])
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
        self._deliveries.put(Delivery(message, self._session, received.mid, received.qos))

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
            if delivery.session == self._session:
                self._client.ack(delivery.packet, delivery.qos)
        made = 0
        for answer in answers:
            if isinstance(answer.body, Ack) and answer.press and made < CODES:
                body = msgspec.structs.replace(answer.body, qr=self._codes.code(answer.press))
                answer = answer._replace(body=body)  # noqa: PLW2901 - the same, with its code
                made += 1
            self._say(answer)

    def _say(self, answer: Answer) -> None:
        body = answer.body
        if isinstance(body, Command) and isinstance(body.n, int) and answer.salt:
            secret = derived_secret(self._settings, answer.kiosk, body.n, answer.salt)
            body = msgspec.structs.replace(body, secret=secret)
        self._client.publish(topic_of(answer.kiosk, body.topic), msgspec.json.encode(body), qos=0)

    def _write(self, messages: Sequence[Message]) -> list[Answer] | None:
        """Commit the messages, however long the database is away; None when stopped meanwhile."""
        try:
            return self._committed(lambda database, now: write(database, messages, now))
        except Exception:
            if len(messages) > 1:
                # One of them spoils the batch: each goes by itself, in order.
                log.warning("batch failed, writing its messages one by one", messages=len(messages), exc_info=True)
                return self._write_singly(messages)
            # Our own fault, not the message's: whoever sent it keeps it and sends it again.
            log.exception("message failed", kiosk=messages[0].kiosk)
            reason = "The collector could not store this message, and has not taken it; its log says why."
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
                self._codes.renew_key(database)
                return write(database, now)
            except (AWAY, *REFUSES) as problem:
                event = (
                    "database away, waiting" if isinstance(problem, AWAY) else "database refuses; see smilepost doctor"
                )
                log.warning(event, problem=str(problem).strip(), seconds=wait)
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
