"""A RabbitMQ cluster's queues, users and rules, kept in step with the registry while it runs.

Each of a kiosk's secrets is a user `<kiosk>-<number>` with rules of its own, in the cluster's own database: its nodes
let kiosks in by themselves, and no collector stands in the way of a connection or a message. Whoever ends a user here
ends its connections with it.
"""

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.broker.errors import BrokerError
from collector.broker.management import Management
from collector.broker.queues import EXCHANGE, QUEUES, VHOST, key_of
from collector.fleet.credentials import HASHING
from collector.settings import Settings
from collector.topics import HEARS, SAYS

log = structlog.get_logger()

#: Users with this tag are ours; nobody else's are touched.
TAG = "smilepost-kiosk"
#: Users in one message.
AT_ONCE = 500
#: Seconds after which the cluster is looked at again though we have heard of no change: all users are a long list.
LOOK = 3600.0


class Rules(NamedTuple):
    """What a user may, by regular expressions: of resources, and of topics."""

    configure: str
    write: str
    read: str
    says: str
    hears: str


class Cluster:
    """The users and rules of kiosks at a RabbitMQ cluster."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        #: Hashes that the cluster has, by user, as far as we know; None: look first.
        self._known: dict[str, str] | None = None
        self._look_at = 0.0

    def refresh_users(self, database: Connection[TupleRow]) -> None:
        """Bring the users in step with the registry: a new kiosk can sign in, a retired one is cut off at once.

        Raises
        ------
        BrokerError: it could not be done; as much as was done stays, and the next time begins with a look.
        """
        known, self._known = self._known, None
        with Management(self._settings) as management:
            if known is None or time.monotonic() >= self._look_at:
                make_queues(management, len(self._settings.nodes))
                known = _present(management)
                self._look_at = time.monotonic() + LOOK
            wanted, strangers = secrets_of(database)
            for user in sorted(known.keys() - wanted.keys()):
                management.delete("users", user)
            new = sorted(user for user, kept in wanted.items() if known.get(user) != kept)
            for begin in range(0, len(new), AT_ONCE):
                some = {user: wanted[user] for user in new[begin : begin + AT_ONCE]}
                management.post("definitions", body=definitions(some))
        self._known = wanted
        if strangers:
            log.error(
                "kiosks that RabbitMQ cannot know; see smilepost doctor", users=strangers[:20], all=len(strangers)
            )

    def differences(self, database: Connection[TupleRow]) -> tuple[list[str], list[str]]:
        """Users in which cluster and registry differ, and those whose secrets nobody can tell it.

        Raises
        ------
        BrokerError: the cluster does not say.
        """
        with Management(self._settings) as management:
            known = _present(management)
        wanted, strangers = secrets_of(database)
        return sorted({user for user, _ in known.items() ^ wanted.items()}), strangers


def make_queues(management: Management, nodes: int) -> None:
    """Make the collectors' queues, where they are not there.

    Parameters
    ----------
    nodes: how many must be there: a quorum queue lives on those that are when it is made.

    Raises
    ------
    BrokerError: some are missing.
    """
    there = {queue["name"] for queue in management.get("queues", VHOST, columns="name")}
    for queue in QUEUES:
        if queue.name not in there:
            members = [node["name"] for node in management.get("nodes", columns="name,running") if node["running"]]
            if len(members) < nodes:
                raise BrokerError(
                    f"Only {len(members)} of {nodes} nodes run in one cluster ({', '.join(members)}). Start the "
                    "others: the queues are made once all of them are there."
                )
            body = {"durable": True, "auto_delete": False, "arguments": queue.arguments}
            management.put("queues", VHOST, queue.name, body=body)
        for name in queue.says:
            management.post("bindings", VHOST, "e", EXCHANGE, "q", queue.name, body={"routing_key": key_of("*", name)})


def secrets_of(database: Connection[TupleRow]) -> tuple[dict[str, str], list[str]]:
    """The hashes of all secrets that kiosks may sign in with, by user; and the users of whom none is kept."""
    rows = database.execute(
        "SELECT kiosk_id || '-' || number, sha256 FROM kiosk_secret JOIN kiosk ON kiosk.id = kiosk_id"
        " WHERE kiosk.state = 'enrolled' ORDER BY kiosk_id, number"
    ).fetchall()
    return {user: kept for user, kept in rows if kept}, [user for user, kept in rows if not kept]


def rules_of(user: str) -> Rules:
    """What a kiosk may: speak and listen under its own name, and nothing else."""
    kiosk = user.rpartition("-")[0]
    queue = f"mqtt-subscription-{re.escape(kiosk)}qos[01]"  # the plugin's, for what it listens to
    return Rules(
        f"^{queue}$",
        f"^({queue}|{re.escape(EXCHANGE)})$",
        f"^({queue}|{re.escape(EXCHANGE)})$",
        _one_of(key_of(kiosk, name) for name in SAYS),
        _one_of(key_of(kiosk, name) for name in HEARS),
    )


def definitions(users: Mapping[str, str]) -> dict[str, Any]:
    """These users, hashes by name, with their rules, as the management imports them."""
    made: dict[str, list[dict[str, Any]]] = {"users": [], "permissions": [], "topic_permissions": []}
    for user, kept in users.items():
        rules = rules_of(user)
        made["users"].append({"name": user, "password_hash": kept, "hashing_algorithm": HASHING, "tags": TAG})
        where = {"user": user, "vhost": VHOST}
        made["permissions"].append(where | {"configure": rules.configure, "write": rules.write, "read": rules.read})
        made["topic_permissions"].append(where | {"exchange": EXCHANGE, "write": rules.says, "read": rules.hears})
    return made


def _present(management: Management) -> dict[str, str]:
    """The hashes of our users that the cluster has, by user; "" for one whose rules are not as they should be."""
    rules = {each["user"]: each for each in management.get("permissions") if each["vhost"] == VHOST}
    topics = {each["user"]: each for each in management.get("topic-permissions") if each["exchange"] == EXCHANGE}
    found = {}
    for each in management.get("users", columns="name,password_hash,tags"):
        user = each["name"]
        if TAG in each["tags"]:
            own, topic = rules.get(user, {}), topics.get(user, {})
            has = (own.get("configure"), own.get("write"), own.get("read"), topic.get("write"), topic.get("read"))
            found[user] = each["password_hash"] if has == rules_of(user) else ""
    return found


def _one_of(keys: Iterable[str]) -> str:
    return f"^({'|'.join(re.escape(key) for key in keys)})$"
