"""A RabbitMQ as `smilepost broker rabbitmq` sets it up: who gets in, what they may, what becomes of what they say."""

import contextlib
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pika
import psycopg
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker
from psycopg.rows import TupleRow
from sqlalchemy import Engine, text

from collector.broker.client import tls_context
from collector.broker.cluster import Cluster
from collector.broker.errors import BrokerError
from collector.broker.limits import LARGEST
from collector.broker.management import Management
from collector.broker.queues import QUEUES, VHOST
from collector.broker.rabbitmq import Listeners, nodes_at, write_configuration
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.registry.enrolment import retire
from collector.settings import Settings
from tests.collector.mqtt_peer import Peer
from tests.factories import NOW
from tests.rabbitmq import Nodes
from tests.waiting import until

Database = psycopg.Connection[TupleRow]


@pytest.fixture
def users(clustered: Settings, database: Database) -> Cluster:
    """With the one kiosk of the shop, whose secret was made while the embedded broker was in use."""
    users = Cluster(clustered)
    users.refresh_users(database)
    return users


@pytest.fixture
def kiosk(rabbitmq: Nodes, users: Cluster, shop: Credentials) -> Peer:
    peer = at(rabbitmq, shop)
    assert peer.next_event() == "connected"
    return peer


def at(nodes: Nodes, known: Credentials, client_id: str = "") -> Peer:
    user = f"{known.kiosk}-{known.number}"
    return Peer(nodes.nodes[0].plain, user, known.secret, client_id=client_id or known.kiosk)


def gets_in(nodes: Nodes, known: Credentials) -> bool:
    with contextlib.closing(at(nodes, known)) as peer:
        return peer.next_event() == "connected"


def heard(settings: Settings) -> list[tuple[str, str]]:
    """What lies in the collectors' queues, (routing key, payload)."""
    body = {"count": 100, "ackmode": "ack_requeue_false", "encoding": "auto"}
    with Management(settings) as management:
        return [
            (each["routing_key"], each["payload"])
            for queue in QUEUES
            for each in management.post("queues", VHOST, queue.name, "get", body=body)
        ]


def new_kiosk(settings: Settings, engine: Engine, name: str) -> Credentials:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO kiosk (id, state) VALUES (:name, 'enrolled')"), {"name": name})
        return new_secret(connection, settings, name)


@pytest.mark.parametrize("user", ["", "guest", "exit-1-1", "collector", "manager", "exit-1-2"])
def test_nobody_gets_in_without_the_secret(rabbitmq: Nodes, users: Cluster, user: str) -> None:
    with contextlib.closing(Peer(rabbitmq.nodes[0].plain, user, "guest")) as stranger:
        assert stranger.next_event() == "refused"


def test_there_is_no_user_but_ours(rabbitmq: Nodes, users: Cluster) -> None:
    known = rabbitmq.ask(rabbitmq.nodes[0], "users")
    assert {user["name"]: user["tags"] for user in known} == {
        "collector": [],
        "manager": ["administrator"],
        "exit-1-1": ["smilepost-kiosk"],
    }


@pytest.fixture
def channel(users: Cluster, clustered: Settings) -> Iterator[BlockingChannel]:
    """Of the collector's user."""
    node, context = clustered.broker_address, tls_context(clustered)
    parameters = pika.ConnectionParameters(
        host=node.host,
        port=node.port,
        virtual_host=VHOST,
        credentials=pika.PlainCredentials(node.user, clustered.broker_password()),
        ssl_options=pika.SSLOptions(context) if context else None,
    )
    with pika.BlockingConnection(parameters) as connection:
        yield connection.channel()


def test_the_collector_s_user_has_no_business_with_the_management(clustered: Settings) -> None:
    node = clustered.nodes[0].user
    named = clustered.broker_control.replace("manager@", f"{node}@")
    collector = replace(clustered, broker_control=named, broker_control_password_file=clustered.broker_password_file)
    with Management(collector) as management:
        for what in ("overview", "whoami", "users", "queues", "definitions"):
            with pytest.raises(BrokerError, match="refuses the user in broker_control"):
                management.get(what)
        with pytest.raises(BrokerError, match="refuses the user in broker_control"):
            management.put("users", "somebody", body={"password": "x", "tags": "administrator"})


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda channel: channel.queue_declare("another"),
        lambda channel: channel.queue_delete(QUEUES[0].name),
        lambda channel: channel.queue_bind(QUEUES[0].name, "amq.topic", "#"),
        lambda channel: channel.queue_unbind(QUEUES[0].name, "amq.topic", "smilepost.v1.*.up"),
        lambda channel: channel.exchange_declare("another"),
        lambda channel: channel.basic_get("mqtt-subscription-exit-1qos0"),
        lambda channel: channel.basic_publish("amq.topic", "smilepost.v1.exit-1.up", b"in a kiosk's name"),
        lambda channel: channel.basic_publish("amq.topic", "smilepost.v1.exit-1.ack.more", b"to nobody"),
    ],
)
def test_the_collector_s_user_makes_and_ends_no_queue_reads_nobody_else_s_and_speaks_for_no_kiosk(
    kiosk: Peer, channel: BlockingChannel, forbidden: Callable[[BlockingChannel], None]
) -> None:
    assert kiosk.subscribe("smilepost/v1/exit-1/ack")
    channel.confirm_delivery()
    with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
        forbidden(channel)
    kiosk.close()


def test_too_large_a_message_ends_its_sender_s_connection_and_nothing_else(
    rabbitmq: Nodes, kiosk: Peer, users: Cluster, clustered: Settings, engine: Engine, database: Database
) -> None:
    known = new_kiosk(clustered, engine, "exit-2")
    users.refresh_users(database)
    with contextlib.closing(at(rabbitmq, known)) as large:
        assert large.next_event() == "connected"
        large.say("smilepost/v1/exit-2/up", b"x" * LARGEST)
        large.client.publish("smilepost/v1/exit-2/up", b"x" * (LARGEST + 1), qos=0)
        assert large.next_event() == "disconnected"
        assert large.next_event() == "connected"
        large.say("smilepost/v1/exit-2/up", b"its next")
    kiosk.say("smilepost/v1/exit-1/up", b"another's")
    assert [len(payload) for _, payload in heard(clustered)] == [LARGEST, len("its next"), len("another's")]
    assert kiosk.happened.empty()
    kiosk.close()


def test_node_that_falls_silent_is_missed_soon_and_a_collector_that_waits_long_is_not(rabbitmq: Nodes) -> None:
    said = "{net_kernel:get_net_ticktime(), application:get_env(rabbit, consumer_timeout)}."
    assert rabbitmq.nodes[0].control("eval", said) == "{12,{ok,604800000}}"


def test_what_a_kiosk_says_reaches_the_collectors_queues_and_what_is_for_it_the_kiosk(
    kiosk: Peer, clustered: Settings
) -> None:
    for name in ("ack", "config", "cmd", "release", "chunk", "print"):
        assert kiosk.subscribe(f"smilepost/v1/exit-1/{name}"), name
    said = {f"smilepost.v1.exit-1.{name}": name for name in ("up", "reply", "want", "printed", "status")}
    for key, name in said.items():
        kiosk.say(key.replace(".", "/"), name.encode(), retain=name == "status")
    assert dict(heard(clustered)) == said
    with Management(clustered) as management:
        message = {"routing_key": "smilepost.v1.exit-1.ack", "payload": "for it", "payload_encoding": "string"}
        management.post("exchanges", VHOST, "amq.topic", "publish", body={"properties": {}, **message})
    assert kiosk.hear() == ("smilepost/v1/exit-1/ack", b"for it", False)
    kiosk.close()


@pytest.mark.parametrize(
    "topic", ["smilepost/v1/exit-10/ack", "smilepost/v1/+/ack", "smilepost/v1/exit-1/#", "#", "smilepost/v1/exit-1/up"]
)
def test_kiosk_that_listens_to_what_is_not_for_it_is_thrown_out(kiosk: Peer, topic: str) -> None:
    kiosk.client.subscribe(topic, 0)
    assert kiosk.next_event() == "disconnected"
    kiosk.close()


@pytest.mark.parametrize(
    "topic", ["smilepost/v1/exit-10/up", "smilepost/v1/exit-1/ack", "smilepost/v1/exit-1/up/more", "other"]
)
def test_kiosk_that_says_what_it_may_not_is_thrown_out_and_not_heard(
    kiosk: Peer, clustered: Settings, topic: str
) -> None:
    kiosk.client.publish(topic, b"not its own", qos=0)
    assert kiosk.next_event() == "disconnected"
    assert kiosk.next_event() == "connected"
    kiosk.say("smilepost/v1/exit-1/up", b"its own")
    assert heard(clustered) == [("smilepost.v1.exit-1.up", "its own")]
    kiosk.close()


def test_an_id_is_meant_letter_by_letter(
    rabbitmq: Nodes, users: Cluster, clustered: Settings, engine: Engine, database: Database
) -> None:
    """A regular expression that is not escaped would let `a-b` speak for others, or for nobody."""
    known = new_kiosk(clustered, engine, "a-b")
    users.refresh_users(database)
    with contextlib.closing(at(rabbitmq, known)) as peer:
        assert peer.next_event() == "connected"
        peer.say("smilepost/v1/a-b/up", b"its own")
        assert heard(clustered) == [("smilepost.v1.a-b.up", "its own")]
        peer.client.publish("smilepost/v1/axb/up", b"another's", qos=1)
        assert peer.next_event() == "disconnected"


def test_under_another_s_client_id_a_kiosk_hears_and_says_nothing_of_its(
    rabbitmq: Nodes, users: Cluster, clustered: Settings, engine: Engine, database: Database
) -> None:
    known = new_kiosk(clustered, engine, "exit-2")
    users.refresh_users(database)
    with contextlib.closing(at(rabbitmq, known, client_id="exit-1")) as peer:
        assert peer.next_event() == "connected"
        peer.client.subscribe("smilepost/v1/exit-1/ack", 0)
        assert peer.next_event() == "disconnected"


def test_both_secrets_hold_while_one_follows_the_other(
    rabbitmq: Nodes, users: Cluster, clustered: Settings, engine: Engine, database: Database, shop: Credentials
) -> None:
    with engine.begin() as connection:
        second = new_secret(connection, clustered, "exit-1")
    users.refresh_users(database)
    assert gets_in(rabbitmq, shop)
    assert gets_in(rabbitmq, second)
    database.execute("DELETE FROM kiosk_secret WHERE number = 1")
    users.refresh_users(database)
    assert not gets_in(rabbitmq, shop)
    assert gets_in(rabbitmq, second)


def test_retired_kiosk_is_cut_off_at_once(
    rabbitmq: Nodes, users: Cluster, kiosk: Peer, engine: Engine, database: Database
) -> None:
    with engine.begin() as connection:
        retire(connection, "exit-1", NOW)
    users.refresh_users(database)
    assert kiosk.happened.get(timeout=1) == "disconnected"
    assert kiosk.next_event() == "refused"
    kiosk.close()


def test_what_somebody_changed_at_the_cluster_is_put_right_at_the_next_look(
    rabbitmq: Nodes, users: Cluster, clustered: Settings, database: Database, shop: Credentials
) -> None:
    with Management(clustered) as management:
        rule = {"exchange": "amq.topic", "write": ".*", "read": ".*"}
        management.put("topic-permissions", VHOST, "exit-1-1", body=rule)
        management.put("users", "exit-9-1", body={"password": "x", "tags": "smilepost-kiosk"})
        management.put("users", "somebody", body={"password": "x", "tags": ""})
    other = Cluster(clustered)
    assert other.differences(database) == (["exit-1-1", "exit-9-1"], [])
    other.refresh_users(database)
    assert other.differences(database) == ([], [])
    with Management(clustered) as management:
        assert "somebody" in {user["name"] for user in management.get("users")}
        management.delete("users", "somebody")


def test_secret_older_than_its_hash_is_named(users: Cluster, database: Database) -> None:
    database.execute("UPDATE kiosk_secret SET sha256 = NULL")
    assert users.differences(database)[1] == ["exit-1-1"]


def test_queues_are_not_made_before_all_nodes_are_there(clustered: Settings, database: Database) -> None:
    """They would live on fewer for good."""
    [node] = clustered.nodes
    with pytest.raises(BrokerError, match="Only 1 of 2 nodes"):
        Cluster(replace(clustered, broker=f"{clustered.broker},{node.host}:{node.port}")).refresh_users(database)


def test_queues_are_of_a_majority_and_bounded(rabbitmq: Nodes, users: Cluster) -> None:
    queues = rabbitmq.ask(rabbitmq.nodes[0], "queues", VHOST)
    assert {queue["name"] for queue in queues if queue["type"] == "quorum" and queue["durable"]} == {
        "smilepost.frames",
        "smilepost.statuses",
    }
    assert all("x-max-length-bytes" in queue["arguments"] for queue in queues)


def test_every_listener_but_the_tests_own_has_tls(rabbitmq: Nodes, clustered: Settings) -> None:
    [node] = rabbitmq.nodes
    for port in node.listeners[1:]:
        trusting = ssl.create_default_context(cafile=str(clustered.broker_ca))
        with socket.create_connection(("localhost", port)) as plain:
            trusting.wrap_socket(plain, server_hostname="localhost").close()
    listeners = rabbitmq.ask(node, "overview")["listeners"]
    plain_ports = {each["port"] for each in listeners if each["protocol"] in {"amqp", "mqtt", "http"}}
    assert plain_ports == {node.plain}


def test_hundreds_of_kiosks_are_let_in_at_once(
    rabbitmq: Nodes, users: Cluster, clustered: Settings, engine: Engine, database: Database
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO kiosk (id, state) SELECT 'many-' || n, 'enrolled' FROM generate_series(1, 1200) AS n"
        )
        known = [new_secret(connection, clustered, f"many-{number}") for number in range(1, 1201)]
    users.refresh_users(database)
    assert users.differences(database) == ([], [])
    assert gets_in(rabbitmq, known[-1])


def test_files_are_for_their_owner_s_eyes_and_hold_no_password(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "rabbitmq"
    write_configuration(settings, folder, ["rabbit@node1", "rabbit@node2"], ["broker.example"], Listeners())
    secret = settings.secret("broker-collector")
    for path in folder.iterdir():
        assert secret not in path.read_text()
        if path.suffix != ".pem":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert "nodes.2 = rabbit@node2" in (folder / "rabbitmq.conf").read_text()
    assert "USE_LONGNAME" not in (folder / "rabbitmq-env.conf").read_text()


def test_nodes_named_in_full_are_called_so(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "rabbitmq"
    write_configuration(settings, folder, ["rabbit@node1.example"], ["broker.example"], Listeners())
    assert "USE_LONGNAME=true" in (folder / "rabbitmq-env.conf").read_text()


def test_node_that_is_away_is_waited_for(rabbitmq: Nodes, clustered: Settings, database: Database) -> None:
    away = replace(clustered, broker_control=clustered.broker_control.replace("@", "@localhost:1,"))
    with Management(away) as management:
        assert until(lambda: management.get("overview"), "the other node's answer")


def test_node_that_takes_connections_and_says_nothing_is_passed_over(
    rabbitmq: Nodes, clustered: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.broker.management.SIGN_OF_LIFE", 0.5)
    with socket.create_server(("localhost", 0)) as hung:
        port = hung.getsockname()[1]
        first = replace(clustered, broker_control=clustered.broker_control.replace("@", f"@localhost:{port},"))
        with Management(first) as management:
            assert management.get("overview")


def test_nodes_are_called_by_the_names_of_their_hosts() -> None:
    assert nodes_at(["node1", "Node2", "node3"]) == ["rabbit@node1", "rabbit@node2", "rabbit@node3"]
    assert len(nodes_at([f"node{number}.shops.example" for number in range(5)])) == 5


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        (["node1", "node2", "node_3"], "'node_3' is no host name"),
        (["node1", "node2", "-node3"], "is no host name"),
        (["node1", "node2", ""], "is no host name"),
        (["node1", "node2", "rabbit@node3"], "is no host name"),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3"], "is no host name"),
        (["node1", "node2", "NODE1"], "node1 is named twice"),
        (["node1.example", "node2.example", "node3"], "in full"),
        (["node1"], "1 node: name three, five or seven"),
        (["node1", "node2"], "2 nodes: name three, five or seven"),
        (["node1", "node2", "node3", "node4"], "an even number bears no more failures"),
    ],
)
def test_nodes_that_make_no_cluster_are_refused(hosts: list[str], says: str) -> None:
    with pytest.raises(BrokerError, match=says):
        nodes_at(hosts)
