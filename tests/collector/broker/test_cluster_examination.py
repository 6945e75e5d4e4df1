"""`smilepost doctor` finds what is wrong with a RabbitMQ cluster, and says what to do."""

import socket
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import StreamLostError
from psycopg.rows import TupleRow

from collector.broker.cluster import Cluster
from collector.broker.examination import examine
from collector.broker.management import Management
from collector.broker.queues import QUEUES, VHOST
from collector.fleet.credentials import Credentials
from collector.ingest.amqp_source import AmqpSource
from collector.settings import Settings
from tests.collector.ingest.test_amqp_source import at_work
from tests.rabbitmq import Nodes
from tests.waiting import until

Database = psycopg.Connection[TupleRow]


@pytest.fixture
def ready(clustered: Settings, database: Database, shop: Credentials) -> Settings:
    Cluster(clustered).refresh_users(database)
    return clustered


def complaints(settings: Settings) -> dict[str, str]:
    return {found.what: found.remedy for found in examine(settings) if found.remedy}


def test_what_the_command_writes_is_well(rabbitmq: Nodes, ready: Settings) -> None:
    source = AmqpSource(ready)
    with at_work(source):
        until(lambda: not source.trouble, "the connection")
        until(lambda: not complaints(ready), "that nothing is wrong", seconds=60)  # it counts consumers now and then
        found = [each.what for each in examine(ready)]
    [node] = rabbitmq.nodes
    assert found[0].startswith(f"node localhost:{node.listeners.collectors}: RabbitMQ 3.")
    assert "all 1 nodes are in one cluster" in found
    assert "it speaks MQTT, and everything that leaves a machine has TLS" in found
    assert "the queue smilepost.frames: 1 of 1 nodes have it, 1 collectors take from it" in found
    assert "RabbitMQ knows all kiosks, and keeps each to its own topics" in found


def test_nodes_that_are_away_are_found(ready: Settings) -> None:
    listed = {name: getattr(ready, name).replace("@", "@localhost:1,") for name in ADDRESSES}
    found = complaints(replace(ready, **listed))
    assert any("node localhost:1 does not answer" in what for what in found)
    assert "1 of 2 nodes are in the cluster" in found
    assert "the queue smilepost.frames lives on 1 of 2 nodes" in found


ADDRESSES = ("broker", "broker_control")


def test_cluster_that_is_away_is_found(ready: Settings) -> None:
    away = replace(ready, broker="amqps://collector@localhost:1", broker_control="https://manager@localhost:1")
    assert any("node localhost:1 does not answer" in what for what in complaints(away))


def test_node_that_hangs_is_found(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.broker.cluster_examination.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"127.0.0.1:{silent.getsockname()[1]}"
        hangs = replace(ready, broker=f"amqps://collector@{at}", broker_control=f"https://manager@{at}")
        assert any(f"node {at} does not answer" in what for what in complaints(hangs))


def test_node_that_goes_while_it_is_looked_at_is_found(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise StreamLostError

    monkeypatch.setattr(BlockingChannel, "queue_declare", gone)
    found = complaints(replace(ready, broker_control_password_file=None))
    assert any("does not answer: StreamLostError" in what for what in found)


def test_a_machine_without_the_manager_s_password_sees_what_the_collector_sees(ready: Settings) -> None:
    ready = replace(ready, broker_control_password_file=None)
    assert complaints(ready) == {}
    found = [each.what for each in examine(ready)]
    assert found[0].endswith("the collector can sign in")
    assert {"the queue smilepost.frames is there", "the queue smilepost.statuses is there"} < set(found)
    assert any("no broker_control_password_file" in each for each in found)


def test_a_machine_without_the_manager_s_password_finds_what_is_missing(clustered: Settings) -> None:
    found = complaints(replace(clustered, broker_control_password_file=None))
    assert any(f"the queue {QUEUES[0].name} cannot be used: NOT_FOUND" in what for what in found)


def test_wrong_passwords_are_found(ready: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("guest")
    assert any(
        "broker_password_file" in remedy for remedy in complaints(replace(ready, broker_password_file=wrong)).values()
    )
    found = complaints(replace(ready, broker_control_password_file=wrong))
    assert any("broker_control_password_file" in what for what in found)


def test_queues_that_are_not_there_or_none_of_a_majority_are_found(ready: Settings) -> None:
    frames, statuses = QUEUES
    with Management(ready) as management:
        for queue in QUEUES:
            management.delete("queues", VHOST, queue.name)
        body = {"durable": True, "arguments": {"x-queue-type": "classic"}}
        management.put("queues", VHOST, frames.name, body=body)
    found = complaints(ready)
    assert "the queue smilepost.frames is no quorum queue: a node that dies takes its messages along" in found
    assert f"the queue {statuses.name} is not there" in found


def test_guest_is_found(ready: Settings) -> None:
    with Management(ready) as management:
        management.put("users", "guest", body={"password": "guest", "tags": "administrator"})
        assert complaints(ready)["there is a user guest"] == "rabbitmqctl delete_user guest"
        management.delete("users", "guest")


def test_a_collector_s_user_that_may_too_much_is_found(rabbitmq: Nodes, ready: Settings) -> None:
    [node] = rabbitmq.nodes
    node.control("set_user_tags", "collector", "administrator")
    remedy = complaints(ready)["the collectors' user collector may manage the cluster"]
    assert remedy.startswith("rabbitmqctl set_user_tags collector,")
    node.control("set_user_tags", "collector")
    assert "the collectors' user collector may manage the cluster" not in complaints(ready)


def test_users_that_are_not_in_step_are_found(ready: Settings, database: Database) -> None:
    with Management(ready) as management:
        management.delete("users", "exit-1-1")
    assert "users are not in step with the registry: exit-1-1" in complaints(ready)
    database.execute("UPDATE kiosk_secret SET sha256 = NULL")
    assert "RabbitMQ cannot know 1 kiosks: exit-1-1" in complaints(ready)


def test_certificate_of_a_stranger_is_found(ready: Settings) -> None:
    found = complaints(replace(ready, broker_ca=None))
    assert any("does not answer" in what and "broker_ca" in remedy for what, remedy in found.items())
