"""The intake at a RabbitMQ: what it confirms and when, and what becomes of it when either of them is gone."""

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector.broker.cluster import Cluster
from collector.broker.management import Management
from collector.broker.queues import QUEUES, VHOST
from collector.broker.rabbitmq import COLLECTOR
from collector.fleet.commands import order
from collector.fleet.credentials import Credentials
from collector.ingest.amqp_source import AmqpSource
from collector.ingest.intake import Intake
from collector.ingest.source import Batch, Said
from collector.settings import Settings
from tests.collector.mqtt_peer import Peer
from tests.rabbitmq import Nodes
from tests.waiting import until

Database = psycopg.Connection[TupleRow]
UP, STATUS, REPLY = (f"smilepost/v1/exit-1/{name}" for name in ("up", "status", "reply"))


@pytest.fixture
def ready(clustered: Settings, database: Database, shop: Credentials) -> Settings:
    """Settings of an installation whose users and queues are there."""
    Cluster(clustered).refresh_users(database)
    return clustered


@pytest.fixture
def kiosk(rabbitmq: Nodes, ready: Settings, shop: Credentials) -> Iterator[Peer]:
    peer = Peer(rabbitmq.nodes[0].plain, "exit-1-1", shop.secret, client_id="exit-1")
    assert peer.next_event() == "connected"
    assert peer.subscribe("smilepost/v1/exit-1/ack")
    yield peer
    peer.close()


@contextlib.contextmanager
def at_work(source: AmqpSource | Intake) -> Iterator[None]:
    thread = threading.Thread(target=source.run)
    thread.start()
    try:
        yield
    finally:
        source.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def source(ready: Settings) -> Iterator[AmqpSource]:
    source = AmqpSource(ready)
    with at_work(source):
        until(lambda: not source.trouble, "the connection")
        yield source


def frame(first: int, *buttons: int) -> bytes:
    body: dict[str, Any] = {"v": 1, "epoch": 77, "held": 1, "first": first, "boot": 1, "uptime": 60_000}
    body["utc"] = round(datetime.now(UTC).timestamp() * 1000)
    body["records"] = [[1, button, 0, 1, 50_000, 1, 1] for button in buttons]
    return json.dumps(body).encode()


def status(**more: Any) -> bytes:
    body = {"v": 1, "boot": 1, "connection": 1, "state": "online", "epoch": 77, "seq": 0, "confirmed": 0, "settings": 1}
    return json.dumps({**body, "health": {"board": "virtual"}, **more}).encode()


def take(source: AmqpSource, count: int) -> list[Batch]:
    """Batches with so many messages in all."""
    batches = []
    while sum(len(batch.deliveries) for batch in batches) < count:
        batches.append(source.backlog.take(1))
        source.backlog.done()
    return batches


def left(settings: Settings) -> int:
    """Messages that the broker has and nobody has confirmed."""
    with Management(settings) as management:
        queues = [
            management.post("queues", VHOST, each.name, "get", body={**GET, "ackmode": "reject_requeue_true"})
            for each in QUEUES
        ]
    return sum(map(len, queues))


GET = {"count": 100, "encoding": "auto"}


def cut(settings: Settings, source: AmqpSource) -> None:
    """Have the broker end the collector's connections, and wait until it is back."""
    with Management(settings) as management:

        def is_cut() -> bool:  # it lists them late
            for connection in management.get("connections", columns="name,user"):
                if connection.get("user") == COLLECTOR:
                    management.delete("connections", connection["name"])
            return bool(source.trouble)

        until(is_cut, "the cut")
    until(lambda: not source.trouble, "the connection")


def test_frame_is_committed_before_it_is_acked_and_then_the_broker_forgets_it(
    kiosk: Peer, ready: Settings, database: Database
) -> None:
    with at_work(Intake(ready)):
        kiosk.say(UP, frame(1, 4, 1))
        assert json.loads(kiosk.hear()[1])["seq"] == 2
        assert database.execute("SELECT button FROM rating ORDER BY seq").fetchall() == [(4,), (1,)]
    assert left(ready) == 0


def test_what_is_said_while_no_collector_is_there_waits(kiosk: Peer, ready: Settings, database: Database) -> None:
    kiosk.say(STATUS, status(), retain=True)
    kiosk.say(UP, frame(1, 3))
    with at_work(Intake(ready)):
        assert {json.loads(kiosk.hear()[1])["seq"] for _ in range(2)} == {0, 1} or until(
            lambda: database.execute("SELECT button FROM rating").fetchall() == [(3,)], "the rating"
        )
    assert database.execute("SELECT state FROM kiosk_status").fetchall() == [("online",)]


def test_status_is_answered_and_brings_what_the_kiosk_has_not_taken(
    kiosk: Peer, ready: Settings, engine: Engine
) -> None:
    assert kiosk.subscribe("smilepost/v1/exit-1/cmd")
    with at_work(Intake(ready)):
        kiosk.say(STATUS, status(), retain=True)
        assert json.loads(kiosk.hear()[1])["seq"] == 0
        with engine.begin() as connection:
            order(connection, ready, "exit-1", "identify", "Olha", datetime.now(UTC), None)
        topic, payload, _ = kiosk.hear()
    assert (topic, json.loads(payload)["do"]) == ("smilepost/v1/exit-1/cmd", "identify")


def test_last_will_is_heard(rabbitmq: Nodes, ready: Settings, shop: Credentials, database: Database) -> None:
    peer = Peer(rabbitmq.nodes[0].plain, "exit-1-1", shop.secret, client_id="exit-1", will=STATUS)
    assert peer.next_event() == "connected"
    with at_work(Intake(ready)):
        peer.client.socket().shutdown(2)  # type: ignore[union-attr]
        until(lambda: database.execute("SELECT payload FROM put_aside").fetchall() == [(b"gone",)], "the will")
    peer.close()


def test_what_a_collector_has_not_confirmed_comes_to_another(kiosk: Peer, ready: Settings) -> None:
    first, second = AmqpSource(ready), AmqpSource(ready)
    with at_work(first):
        until(lambda: not first.trouble, "the connection")
        for number in range(3):
            kiosk.say(REPLY, b"%d" % number)
        batches = take(first, 3)
        first.confirm(batches[0].deliveries, [])
        confirmed = [each.message.payload for each in batches[0].deliveries]
    with at_work(second):
        again = [each.message.payload for batch in take(second, 3 - len(confirmed)) for each in batch.deliveries]
    assert sorted(again + confirmed) == [b"0", b"1", b"2"]


def test_batch_confirmed_before_an_earlier_one_does_not_confirm_that(
    kiosk: Peer, ready: Settings, source: AmqpSource
) -> None:
    batches = []
    for number in range(3):
        kiosk.say(REPLY, b"%d" % number)
        batches += take(source, 1)
    source.confirm(batches[2].deliveries, [])
    source.confirm(batches[1].deliveries, [])
    source.stop()
    other = AmqpSource(ready)
    with at_work(other):
        [again] = take(other, 1)
        assert [each.message.payload for each in again.deliveries] == [b"0"]
        other.confirm(again.deliveries, [])
    assert left(ready) == 0


def test_confirmation_of_an_earlier_session_confirms_nothing(kiosk: Peer, ready: Settings, source: AmqpSource) -> None:
    """Its tag is another message's by now."""
    kiosk.say(REPLY, b"real")
    [old] = take(source, 1)
    cut(ready, source)
    [new] = take(source, 1)
    assert [each.message.payload for each in new.deliveries] == [b"real"]
    source.confirm(old.deliveries, [])
    source.stop()
    assert until(lambda: left(ready), "the message in its queue") == 1


def test_broker_that_comes_and_goes_while_nobody_takes_anything_fills_no_memory(
    kiosk: Peer, ready: Settings, source: AmqpSource
) -> None:
    """As while the database is away: all that was not confirmed comes again with each connection."""
    for number in range(5):
        kiosk.say(REPLY, b"%d" % number)
    until(lambda: source.backlog.waiting == 5, "the messages")
    for _ in range(2):
        cut(ready, source)
    until(lambda: source.backlog.waiting >= 5, "the messages again")
    [batch] = [source.backlog.take(1000)]
    assert sorted(each.message.payload for each in batch.deliveries) == [b"0", b"1", b"2", b"3", b"4"]
    source.confirm(batch.deliveries, [])
    source.stop()
    assert left(ready) == 0


def test_node_that_is_short_of_memory_is_named_and_what_it_has_is_still_confirmed(
    rabbitmq: Nodes, kiosk: Peer, ready: Settings, source: AmqpSource
) -> None:
    kiosk.say(REPLY, b"before")
    [batch] = take(source, 1)
    [node] = rabbitmq.nodes
    node.control("set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        ack = [Said("exit-1", "ack", b"x")]
        until(lambda: source.confirm([], ack) or "is short of memory" in source.trouble, "the reason")
        source.confirm(batch.deliveries, [])
    finally:
        node.control("set_vm_memory_high_watermark", "0.6")
    until(lambda: not source.trouble, "the end of it")
    source.stop()
    assert left(ready) == 0


def test_collector_that_is_told_to_end_confirms_first(kiosk: Peer, ready: Settings) -> None:
    source = AmqpSource(ready)
    with at_work(source):
        until(lambda: not source.trouble, "the connection")
        kiosk.say(REPLY, b"x")
        [batch] = take(source, 1)
        source.confirm(batch.deliveries, [Said("exit-1", "ack", b"last words")])
    assert kiosk.hear()[1] == b"last words"
    assert left(ready) == 0


def test_what_no_kiosk_says_is_passed_over(kiosk: Peer, ready: Settings, source: AmqpSource) -> None:
    with Management(ready) as management:
        message = {"routing_key": "smilepost.v1.No Kiosk.up", "payload": "x", "payload_encoding": "string"}
        management.post("exchanges", VHOST, "amq.topic", "publish", body={"properties": {}, **message})
    kiosk.say(UP, b"real")
    assert [each.message.payload for batch in take(source, 1) for each in batch.deliveries] == [b"real"]


def test_other_nodes_are_tried_where_one_is_away(ready: Settings) -> None:
    away = replace(ready, broker=ready.broker.replace("localhost", "localhost:1,localhost:2,localhost", 1))
    source = AmqpSource(away)
    with at_work(source):
        until(lambda: not source.trouble, "the connection")


def test_what_keeps_it_from_the_broker_is_said(ready: Settings, tmp_path: Any) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("wrong")
    source = AmqpSource(replace(ready, broker_password_file=wrong))
    with at_work(source):
        until(lambda: "user or password is wrong" in source.trouble, "the reason")
    source = AmqpSource(replace(ready, broker_ca=None))
    with at_work(source):
        until(lambda: "certificate does not hold" in source.trouble, "the reason")


def test_queues_that_are_not_there_yet_are_waited_for(
    clustered: Settings, shop: Credentials, database: Database
) -> None:
    source = AmqpSource(clustered)
    with at_work(source):
        until(lambda: "no queue" in source.trouble, "the reason")
        Cluster(clustered).refresh_users(database)
        until(lambda: not source.trouble, "the connection")


def test_kiosk_that_says_more_than_one_may_is_held_off(kiosk: Peer, ready: Settings, database: Database) -> None:
    with at_work(Intake(ready)):
        for _ in range(600):
            kiosk.client.publish(UP, b"x", qos=1)
        waits = []

        def waited() -> bool:
            with contextlib.suppress(queue.Empty):
                while True:
                    waits.append(json.loads(kiosk.heard.get_nowait()[1]).get("wait"))
            return any(waits)

        kiosk.say(UP, frame(1, 1))
        database.execute("INSERT INTO cursor (kiosk_id, epoch) VALUES ('exit-1', 77) ON CONFLICT DO NOTHING")
        until(waited, "a word to wait")
        until(lambda: left(ready) == 0, "everything to be confirmed")
