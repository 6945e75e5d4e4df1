"""A complete configuration for a RabbitMQ cluster (3.10 or newer): `smilepost broker rabbitmq`.

Its defaults know a user `guest`, no TLS and no users of ours. Here nobody gets in without a secret, everything that
leaves a machine is encrypted, and a minority that is cut off stops, so that nothing is taken in two places.
"""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from collector.broker.certificates import make_certificates
from collector.broker.errors import BrokerError
from collector.broker.limits import CONNECTIONS
from collector.broker.queues import EXCHANGE, QUEUES, VHOST
from collector.fleet.credentials import HASHING, sha256_of
from collector.settings import Settings

COLLECTOR = "collector"
#: Where the files are on each node.
INSTALLED = Path("/etc/rabbitmq")
UNIT = Path("/etc/systemd/system/rabbitmq-server.service.d")
#: Where Debian's package looks for what nodes know each other by.
COOKIE = Path("/var/lib/rabbitmq/.erlang.cookie")


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
        f"  mv erlang.cookie {COOKIE}; chown -R rabbitmq: {INSTALLED} {COOKIE}; chmod 400 {COOKIE}",
        f"  mkdir -p {UNIT}; mv limits.conf {UNIT}",
        "  systemctl daemon-reload; systemctl start rabbitmq-server",
        f"  its ports: {listeners.kiosks} for kiosks, {listeners.collectors} and {listeners.management} for collectors "
        "alone, 4369 and 25672 for the other nodes alone",
        "",
        f"{name} is what stands before the nodes for kiosks: a balancer that passes TCP on to port {listeners.kiosks} "
        "of any node that answers.",
        "",
        "and tell the collector, in smilepost.toml:",
        f'  broker = "amqps://{COLLECTOR}@{_listed(hosts, listeners.collectors)}"',
        f'  broker_control = "https://{_listed(hosts, listeners.management)}"',
        f'  broker_password_file = "{settings.data / "secrets" / "broker-collector"}"',
        f'  broker_ca = "{settings.certificates / "ca.pem"}"',
        f'  kiosk_broker = "mqtts://{name}:{listeners.kiosks}"',
        "",
        "`smilepost jobs` makes queues and users as soon as all nodes run; `smilepost doctor` then says whether all "
        "of it works.",
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

# The collector's user; there is no guest. Kiosks' users and the queues come from the collector while this runs.
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
    """The collector's user: it hears and answers all kiosks, makes the queues, and keeps the kiosks' users."""
    queues = "|".join(queue.name.replace(".", "\\.") for queue in QUEUES)
    exchange = EXCHANGE.replace(".", "\\.")
    kept = sha256_of(settings.secret("broker-collector"))
    return {
        "vhosts": [{"name": VHOST}],
        "users": [{"name": COLLECTOR, "password_hash": kept, "hashing_algorithm": HASHING, "tags": "administrator"}],
        "permissions": [
            {
                "user": COLLECTOR,
                "vhost": VHOST,
                "configure": f"^({queues})$",
                "write": f"^({exchange}|{queues})$",
                "read": f"^({exchange}|{queues})$",
            }
        ],
    }
