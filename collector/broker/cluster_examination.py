"""What `smilepost doctor` looks at in a RabbitMQ cluster: what its nodes say of themselves, and what can be tried."""

import re
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

import pika
import psycopg
from pika.exceptions import ChannelClosedByBroker

from collector.broker.amqp import AWAY, REFUSED, cause, parameters, reason
from collector.broker.cluster import Cluster
from collector.broker.errors import BrokerError
from collector.broker.management import Management
from collector.broker.queues import QUEUES, VHOST
from collector.database import connect
from collector.finding import Finding
from collector.settings import BrokerAddress, Settings

#: Seconds for an answer.
PATIENCE = 5.0
#: The oldest that is known to do what we need: quorum queues with a time to live.
OLDEST = (3, 10)
_WRITE = "`smilepost broker rabbitmq` writes a complete configuration."
_MAKE = "Start `smilepost jobs` while all nodes run: it makes it."


def examine_cluster(settings: Settings) -> Iterator[Finding]:
    """Look at the installation's cluster."""
    if settings.broker_control_password_file is None:
        yield from _from_outside(settings)
        return
    said: list[dict[str, Any]] = []
    for address, node in zip(settings.managers, settings.nodes, strict=True):
        try:
            _connection(settings, node).close()
            with Management(settings, address) as management:
                overview = management.get("overview")
                nodes = management.get("nodes", columns="name,running,partitions,mem_alarm,disk_free_alarm")
        except AWAY as problem:
            yield _away(node, problem)
        except BrokerError as problem:
            yield Finding(f"{_name(node)}: {problem}", "Look at the settings broker_control and those beside it.")
        else:
            said.append({"overview": overview, "nodes": nodes})
            yield Finding(f"{_name(node)}: RabbitMQ {overview['rabbitmq_version']}")
    if not said:
        return
    yield from _nodes(said, len(settings.nodes))
    try:
        with Management(settings) as management:
            yield _listeners(settings, management)
            yield from _queues(management, len(settings.nodes))
            yield from _users(settings, management)
    except BrokerError as problem:
        yield Finding("what else there is, the cluster does not say", str(problem))


def _from_outside(settings: Settings) -> Iterator[Finding]:
    """What can be seen as the collector, on a machine that has no business with the management."""
    queues: list[Finding] = []
    for node in settings.nodes:
        try:
            with _connection(settings, node) as connection:
                queues = queues or [_queue(connection, queue.name) for queue in QUEUES]
        except AWAY as problem:
            yield _away(node, problem)
        else:
            yield Finding(f"{_name(node)}: the collector can sign in")
    yield from queues
    yield Finding(
        "the rest of the cluster is for `smilepost doctor` where `smilepost jobs` runs: no broker_control_password_file"
        " here"
    )


def _queue(connection: pika.BlockingConnection, name: str) -> Finding:
    try:
        connection.channel().queue_declare(name, passive=True)
    except ChannelClosedByBroker as problem:
        return Finding(f"the queue {name} cannot be used: {problem.reply_text}", _MAKE)
    return Finding(f"the queue {name} is there")


def _connection(settings: Settings, node: BrokerAddress) -> pika.BlockingConnection:
    """As the collector; what it raises is among AWAY."""
    return pika.BlockingConnection(parameters(settings, node, PATIENCE))


def _away(node: BrokerAddress, problem: BaseException) -> Finding:
    """What it means that the collector cannot sign in."""
    problem = cause(problem)
    if isinstance(problem, REFUSED):
        return Finding(f"{_name(node)} refuses the collector", "Check user and password (broker_password_file).")
    remedy = "Start it again; kiosks and collectors go on with the others while a majority runs."
    if isinstance(problem, ssl.SSLCertVerificationError):
        remedy = "Check the setting broker_ca, and broker.pem on that node."
    return Finding(f"{_name(node)} does not answer: {reason(problem)}", remedy)


def _name(node: BrokerAddress) -> str:
    return f"node {node.host}:{node.port}"


def _nodes(said: Sequence[dict[str, Any]], count: int) -> Iterator[Finding]:
    """Whether all that answer belong to one whole cluster, and are well."""
    views = [frozenset(node["name"] for node in each["nodes"] if node["running"]) for each in said]
    apart = any(node.get("partitions") for each in said for node in each["nodes"]) or len(set(views)) > 1
    if apart:
        yield Finding(
            "the nodes do not all see each other",
            "Look at the network between them (ports 4369 and 25672); a minority waits until it is back.",
        )
    elif len(views[0]) < count:
        yield Finding(
            f"{len(views[0])} of {count} nodes are in the cluster",
            "Start the others. One that runs and belongs to none was started with another erlang.cookie or names.",
        )
    else:
        yield Finding(f"all {count} nodes are in one cluster")
    versions = {each["overview"]["rabbitmq_version"] for each in said}
    if len(versions) > 1:
        yield Finding(f"the nodes have different versions: {', '.join(sorted(versions))}", "Bring the others up to it.")
    elif _version(min(versions)) < OLDEST:
        yield Finding(f"RabbitMQ {min(versions)} is too old", "3.10 is the oldest that is known to work.")
    for what, alarm in (("memory", "mem_alarm"), ("disk", "disk_free_alarm")):
        if short := sorted({node["name"] for each in said for node in each["nodes"] if node.get(alarm)}):
            yield Finding(
                f"short of {what}, and takes nothing from kiosks: {', '.join(short)}", f"Give them more {what}."
            )


def _listeners(settings: Settings, management: Management) -> Finding:
    listeners = management.get("overview")["listeners"]
    protocols = {each["protocol"] for each in listeners}
    if not protocols & {"mqtt", "mqtt/ssl"}:
        return Finding("the cluster does not speak MQTT", f"rabbitmq-plugins enable rabbitmq_mqtt. {_WRITE}")
    plain = sorted(
        {
            f"{each['protocol']} at port {each['port']}"
            for each in listeners
            if each["protocol"] in {"amqp", "mqtt", "http"} and not each["ip_address"].startswith("127.")
        }
    )
    if plain or not settings.broker_address.tls:
        return Finding(f"without TLS: {', '.join(plain) or 'the collector'}", f"Only what is encrypted. {_WRITE}")
    return Finding("it speaks MQTT, and everything that leaves a machine has TLS")


def _queues(management: Management, count: int) -> Iterator[Finding]:
    found = {queue["name"]: queue for queue in management.get("queues", VHOST)}
    for name in (queue.name for queue in QUEUES):
        queue = found.get(name)
        if queue is None:
            yield Finding(f"the queue {name} is not there", _MAKE)
        elif queue["type"] != "quorum":
            yield Finding(
                f"the queue {name} is no quorum queue: a node that dies takes its messages along",
                f"Delete it (rabbitmqctl delete_queue --vhost {VHOST} {name}); `smilepost jobs` makes it anew.",
            )
        elif len(queue["members"]) < count:
            yield Finding(
                f"the queue {name} lives on {len(queue['members'])} of {count} nodes",
                f"rabbitmq-queues grow NODE all --vhost-pattern {VHOST}, for each node that is missing.",
            )
        elif 2 * len(queue["online"]) <= len(queue["members"]):
            yield Finding(f"the queue {name} has no majority, and takes nothing", "Start the nodes that are down.")
        elif len(queue["online"]) < len(queue["members"]):
            yield Finding(
                f"the queue {name} is on {len(queue['online'])} of its {len(queue['members'])} nodes now",
                "Wait, or start the node that is down. Restart no other before.",
            )
        elif not queue.get("consumers"):
            yield Finding(f"no collector takes from the queue {name}", "Start `smilepost ingest`.")
        else:
            yield Finding(
                f"the queue {name}: {len(queue['online'])} of {len(queue['members'])} nodes have it, "
                f"{queue['consumers']} collectors take from it"
            )


def _users(settings: Settings, management: Management) -> Iterator[Finding]:
    tags = {user["name"]: user["tags"] for user in management.get("users", columns="name,tags")}
    if "guest" in tags:
        yield Finding("there is a user guest", "rabbitmqctl delete_user guest")
    collector = settings.broker_address.user
    if tags.get(collector):
        yield Finding(
            f"the collectors' user {collector} may manage the cluster",
            f"rabbitmqctl set_user_tags {collector}, and take the tags from its line in definitions.json on each node.",
        )
    try:
        with connect(settings) as database:
            different, strangers = Cluster(settings).differences(database)
    except psycopg.OperationalError:
        yield Finding("whether RabbitMQ knows all kiosks, the database must tell", "Mend the database first.")
        return
    if strangers:
        yield Finding(
            f"RabbitMQ cannot know {len(strangers)} kiosks: {_some(strangers)}",
            "Their secrets are older than what is kept for it. Give each a new one while it still reaches the broker "
            "it has (its page, New secret).",
        )
    if different:
        yield Finding(
            f"users are not in step with the registry: {_some(different)}",
            "`smilepost jobs` brings them in step: start it, or start it anew.",
        )
    if not (strangers or different):
        yield Finding("RabbitMQ knows all kiosks, and keeps each to its own topics")


def _some(users: Sequence[str]) -> str:
    return f"{', '.join(users[:5])}{' …' if len(users) > 5 else ''}"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
