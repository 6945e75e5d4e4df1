"""A complete configuration for a RabbitMQ cluster (3.10 or newer): `smilepost broker rabbitmq`.

Its defaults know a user `guest`, no TLS and no users of ours. Here nobody gets in without a secret, everything that
leaves a machine is encrypted, and a minority that is cut off stops, so that nothing is taken in two places.
"""

import json
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from collector.broker.certificates import make_certificates
from collector.broker.errors import BrokerError
from collector.broker.limits import CONNECTIONS, LARGEST
from collector.broker.queues import EXCHANGE, QUEUES, VHOST
from collector.fleet.credentials import HASHING, sha256_of
from collector.settings import Settings
from collector.topics import HEARS, KIOSK_ID, ROOT

#: Hears and answers kiosks; every machine with `smilepost ingest` has its password.
COLLECTOR = "collector"
#: Makes queues and keeps kiosks' users: the cluster is its.
MANAGER = "manager"
#: Where the files are on each node.
INSTALLED = Path("/etc/rabbitmq")
UNIT = Path("/etc/systemd/system/rabbitmq-server.service.d")
#: Where Debian's package looks for what nodes know each other by.
COOKIE = Path("/var/lib/rabbitmq/.erlang.cookie")


#: After so many ms a node takes its channel from a collector that has not confirmed a message, by default half an hour:
#: less than a database may be away. A collector that is gone is noticed by its heartbeat.
CONFIRMED_WITHIN = 7 * 24 * 3600 * 1000
#: Seconds: a node of which the others hear nothing is gone for them after this, give or take a quarter. The default is
#: 60: so long a cut that nobody is told of would keep kiosks waiting.
HEARD_WITHIN = 12
#: Of each part of a node's host name.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Listeners(NamedTuple):
    """Where each node listens, all with TLS: for kiosks, for collectors, and for whoever manages it."""

    host: str = "0.0.0.0"  # noqa: S104 - with TLS and passwords
    kiosks: int = 8883
    collectors: int = 5671
    management: int = 15671


class Written(NamedTuple):
    """What was done with a folder."""

    made: list[Path]
    kept: list[Path]


def nodes_at(hosts: Sequence[str]) -> list[str]:
    """The names of a cluster's nodes, `rabbit@node1`.

    Raises
    ------
    BrokerError: these hosts make no cluster that goes on without one of them.
    """
    nodes = [host.lower() for host in hosts]
    for node in nodes:
        labels = node.split(".")
        if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
            raise BrokerError(f"{node!r} is no host name: nodes know each other by names, like node1 or node1.example.")
        if nodes.count(node) > 1:
            raise BrokerError(f"{node} is named twice: each node is a machine of its own.")
    if len({"." in node for node in nodes}) > 1:
        raise BrokerError("Name all nodes in full, like node1.example, or none: else they cannot talk to each other.")
    if len(nodes) < 3 or len(nodes) % 2 == 0:
        raise BrokerError(
            f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}: name three, five or seven. A majority must be left "
            "when one is gone, and an even number bears no more failures than one node less."
        )
    return [f"rabbit@{node}" for node in nodes]


def write_configuration(
    settings: Settings,
    folder: Path,
    nodes: Sequence[str],
    names: Sequence[str],
    listeners: Listeners,
    installed: Path = INSTALLED,
) -> Written:
    """Write what is not there yet; a file that is there stays as it is. All nodes have the same files.

    Parameters
    ----------
    nodes: their names, `rabbit@node1`.
    names: under which kiosks reach what stands before the nodes; with those of the nodes they go into the certificate.
    installed: where the files will be on each node.

    Raises
    ------
    BrokerError: the folder cannot be written to, or a name is none.
    """
    files: dict[Path, str] = {
        folder / "rabbitmq.conf": _configuration(installed, nodes, listeners),
        folder / "rabbitmq-env.conf": _environment(installed, nodes),
        folder / "inter_node_tls.config": _between_nodes(installed),
        folder / "enabled_plugins": "[rabbitmq_management,rabbitmq_mqtt].\n",
        folder / "definitions.json": json.dumps(_definitions(settings), indent=1),
        folder / "erlang.cookie": secrets.token_hex(32),
        folder / "limits.conf": _limits(),
    }
    hosts = [node.partition("@")[2] for node in nodes]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        made = [path for path in files if not path.exists()]
        for path in made:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(files[path])
        certificate = folder / "broker.pem"
        if not certificate.exists():
            make_certificates(settings.certificates, folder, [*names, *hosts])
            made.append(certificate)
    except OSError as problem:
        raise BrokerError(f"{folder} cannot be written to: {problem.strerror}.") from problem
    return Written(made, [path for path in (*files, certificate) if path not in made])


def next_steps(
    settings: Settings, folder: Path, nodes: Sequence[str], name: str, listeners: Listeners, written: Written
) -> str:
    """What was done, and what to do now, for a person."""
    hosts = [node.partition("@")[2] for node in nodes]
    lines = [f"  written  {path}" for path in written.made]
    lines += [f"  as it was  {path}  (delete it to have it written anew)" for path in written.kept]
    lines += [
        "",
        "On each node, with RabbitMQ installed and stopped:",
        f"  copy everything in {folder} to {INSTALLED}, and there",
        f"  mkdir -p {UNIT}; mv limits.conf {UNIT}",  # before RabbitMQ owns it: systemd does as root what stands there
        f"  mv erlang.cookie {COOKIE}; chown -R rabbitmq: {INSTALLED} {COOKIE}; chmod 400 {COOKIE}",
        "  systemctl daemon-reload; systemctl start rabbitmq-server",
        f"  its firewall: {listeners.kiosks} for kiosks, {listeners.collectors} for collectors alone, "
        f"{listeners.management} for the machine of `smilepost jobs` alone, 4369 and 25672 for the other nodes alone",
        f"  (a kiosk that reached {listeners.collectors} could speak to others: docs/security.md)",
        "",
        f"{name} is what stands before the nodes for kiosks: a balancer that passes TCP on to port {listeners.kiosks} "
        "of any node that answers.",
        "",
        "In smilepost.toml, on each machine of ours:",
        f'  broker = "amqps://{COLLECTOR}@{_listed(hosts, listeners.collectors)}"',
        f'  broker_control = "https://{MANAGER}@{_listed(hosts, listeners.management)}"',
        f'  broker_password_file = "{settings.secret_file("broker-collector")}"',
        f'  broker_ca = "{settings.certificates / "ca.pem"}"',
        f'  kiosk_broker = "mqtts://{name}:{listeners.kiosks}"',
        "",
        "and where `smilepost jobs` runs, there alone, as it lets in whoever rules the cluster:",
        f'  broker_control_password_file = "{settings.secret_file("broker-manager")}"',
        "",
        "`smilepost jobs` makes queues and users as soon as all nodes run; `smilepost doctor` on that machine then "
        "says whether all of it works.",
    ]
    return "\n".join(lines)


def _listed(hosts: Sequence[str], port: int) -> str:
    return ",".join(f"{host}:{port}" for host in hosts)


def _configuration(installed: Path, nodes: Sequence[str], listeners: Listeners) -> str:
    def secure(prefix: str) -> str:
        return "\n".join(
            [
                f"{prefix}.cacertfile = {installed / 'ca.pem'}",
                f"{prefix}.certfile = {installed / 'broker.pem'}",
                f"{prefix}.keyfile = {installed / 'broker.key'}",
                f"{prefix}.versions.1 = tlsv1.3",
                f"{prefix}.versions.2 = tlsv1.2",
            ]
        )

    formed = "\n".join(
        f"cluster_formation.classic_config.nodes.{number} = {node}" for number, node in enumerate(nodes, 1)
    )
    return f"""\
# Written by `smilepost broker rabbitmq`, the same for all nodes. Yours to change; delete it and run that again for a
# new one.

# The nodes find each other by these names. A minority that is cut off stops until it is back.
cluster_name = smilepost
cluster_formation.peer_discovery_backend = classic_config
{formed}
cluster_partition_handling = pause_minority
# Seconds, give or take a quarter, after which a node that falls silent is gone for the others.
net_ticktime = {HEARD_WITHIN}

# The users `collector` and `manager`; there is no `guest`. `smilepost jobs` adds the queues and the kiosks' users.
load_definitions = {installed / "definitions.json"}

# Collectors.
listeners.tcp = none
listeners.ssl.1 = {listeners.host}:{listeners.collectors}
{secure("ssl_options")}
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
management.ssl.ip = {listeners.host}
management.ssl.port = {listeners.management}
{secure("management.ssl")}

# Kiosks. Of retained messages each node has its own, so nothing depends on them, and none are kept.
mqtt.listeners.tcp = none
mqtt.listeners.ssl.1 = {listeners.host}:{listeners.kiosks}
mqtt.tcp_listen_options.backlog = 4096
mqtt.tcp_listen_options.nodelay = true
mqtt.vhost = {VHOST}
mqtt.exchange = {EXCHANGE}
mqtt.allow_anonymous = false
mqtt.retained_message_store = rabbit_mqtt_retained_msg_store_noop

# A larger message is refused.
max_message_size = {LARGEST}

# A collector keeps what it has not confirmed for as long as its connection lives, however long the database is away.
# In ms: a week.
consumer_timeout = {CONFIRMED_WITHIN}

# Short of these, a node takes no more: kiosks keep what they have.
vm_memory_high_watermark.relative = 0.6
disk_free_limit.absolute = 2GB

# Rates of each connection are not worth what they cost with many kiosks.
management.rates_mode = none
collect_statistics_interval = 30000
"""


def _environment(installed: Path, nodes: Sequence[str]) -> str:
    long_names = "USE_LONGNAME=true\n" if any("." in node for node in nodes) else ""
    return f"""\
# Written by `smilepost broker rabbitmq`: nodes speak to each other with TLS, too.
{long_names}ERL_SSL_PATH="$(erl -noinput -boot no_dot_erlang \\
    -eval 'io:format("~s~n", [filename:dirname(code:which(inet_tls_dist))])' -s init stop)"
SERVER_ADDITIONAL_ERL_ARGS="-pa $ERL_SSL_PATH -proto_dist inet_tls -ssl_dist_optfile {installed}/inter_node_tls.config"
RABBITMQ_CTL_ERL_ARGS="$SERVER_ADDITIONAL_ERL_ARGS"
"""


def _between_nodes(installed: Path) -> str:
    """Each node checks the other's certificate as a client; as a server it knows the other by the cookie."""
    files = ", ".join(
        f'{{{name}, "{installed / path}"}}'
        for name, path in (("cacertfile", "ca.pem"), ("certfile", "broker.pem"), ("keyfile", "broker.key"))
    )
    return f"""\
[{{server, [{files}, {{secure_renegotiate, true}}]}},
 {{client, [{files}, {{verify, verify_peer}}, {{secure_renegotiate, true}}]}}].
"""


def _limits() -> str:
    # A connection is a socket, and its queue some files.
    return f"[Service]\nLimitNOFILE={4 * CONNECTIONS}\n"


def _definitions(settings: Settings) -> dict[str, Any]:
    """The collector's user, which hears and answers kiosks and nothing else, and the one that rules the cluster."""
    queues = "|".join(re.escape(queue.name) for queue in QUEUES)
    exchange = re.escape(EXCHANGE)
    to_kiosks = rf"^{re.escape(ROOT.replace('/', '.'))}\.{KIOSK_ID}\.({'|'.join(HEARS)})$"
    return {
        "vhosts": [{"name": VHOST}],
        "users": [
            _user(COLLECTOR, settings.secret("broker-collector"), ""),
            _user(MANAGER, settings.secret("broker-manager"), "administrator"),
        ],
        "permissions": [
            _permission(COLLECTOR, configure="", write=f"^{exchange}$", read=f"^({queues})$"),
            _permission(
                MANAGER,
                configure=f"^({queues})$",
                write=f"^({exchange}|{queues})$",
                read=f"^({exchange}|{queues})$",
            ),
        ],
        "topic_permissions": [
            {"user": COLLECTOR, "vhost": VHOST, "exchange": EXCHANGE, "write": to_kiosks, "read": "^$"}
        ],
    }


def _user(name: str, password: str, tags: str) -> dict[str, str]:
    return {"name": name, "password_hash": sha256_of(password), "hashing_algorithm": HASHING, "tags": tags}


def _permission(user: str, *, configure: str, write: str, read: str) -> dict[str, str]:
    return {"user": user, "vhost": VHOST, "configure": configure, "write": write, "read": read}
