"""A complete configuration for a Mosquitto (2.0 or newer): `smilepost broker mosquitto`.

Its defaults drop messages, keep what they acknowledged in memory, and know neither users nor TLS. Here nobody gets in
without a secret, queues do not drop, and users come and go while it runs, through its dynamic-security plugin.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.broker.certificates import make_certificates
from collector.broker.dynamic_security import COLLECTOR_ROLE, collector_rules, kiosk_rules, role_of
from collector.broker.errors import BrokerError
from collector.broker.limits import CONNECTIONS, LARGEST, UNCONFIRMED
from collector.fleet.credentials import Pbkdf2
from collector.settings import Settings

COLLECTOR = "collector"
PLUGIN = "mosquitto_dynamic_security.so"
#: Where distributions put it.
PLUGIN_FOLDERS = ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")
#: Bytes that wait for a client behind what it has not confirmed. A kiosk has one unconfirmed frame of 4 KiB at most:
#: this is room for those of 60,000 kiosks while the collector is busy.
WAITING = 256 * 2**20


class Listeners(NamedTuple):
    """Where it listens: for kiosks with TLS, and for collectors on the same machine without."""

    host: str
    port: int
    local_port: int


class Written(NamedTuple):
    """What was done with a folder."""

    made: list[Path]
    kept: list[Path]
    #: Kiosks whose secrets are older than what is kept for a Mosquitto.
    unknown: list[str]


def write_configuration(
    settings: Settings,
    database: Connection[TupleRow],
    folder: Path,
    names: Sequence[str],
    listeners: Listeners,
    plugin: Path | None = None,
) -> Written:
    """Write what is not there yet; a file that is there stays as it is.

    Parameters
    ----------
    folder: from which Mosquitto is to run.
    names: under which kiosks reach it; they go into its certificate.
    plugin: its dynamic-security plugin; by default where distributions put it.

    Raises
    ------
    BrokerError: the folder cannot be written to, the plugin is not there, or a name is none.
    """
    plugin = plugin or _find_plugin()
    users, unknown = _users(settings, database)
    files: dict[Path, str] = {
        folder / "mosquitto.conf": _configuration(folder, listeners, plugin),
        folder / "dynamic-security.json": json.dumps(users, indent=1),
        folder / "smilepost-mosquitto.service": _unit(folder),
    }
    try:
        (folder / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        made = [path for path in files if not path.exists()]
        for path in made:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(files[path])
        certificate = folder / "broker.pem"
        if not certificate.exists():
            make_certificates(settings.certificates, folder, names)
            made.append(certificate)
    except OSError as problem:
        raise BrokerError(f"{folder} cannot be written to: {problem.strerror}.") from problem
    return Written(made, [path for path in (*files, certificate) if path not in made], unknown)


def next_steps(settings: Settings, folder: Path, name: str, listeners: Listeners, written: Written) -> str:
    """What was done, and what to do now, for a person."""
    lines = [f"  written  {path}" for path in written.made]
    lines += [f"  as it was  {path}  (delete it to have it written anew)" for path in written.kept]
    if written.unknown:
        lines += [
            "",
            f"The secrets of {len(written.unknown)} kiosks were made before a Mosquitto could know them: "
            f"{', '.join(written.unknown[:10])}{' …' if len(written.unknown) > 10 else ''}",
            "Give each a new one while it still reaches the broker it has (its page, New secret), then delete "
            f"{folder / 'dynamic-security.json'} and run this again.",
        ]
    unit = folder / "smilepost-mosquitto.service"
    password = settings.secret_file("broker-collector")
    lines += [
        "",
        "Now start it, with systemd:",
        f"  chown -R mosquitto: {folder}",
        f"  systemctl enable --now {unit}",
        "",
        "and tell the collector, in smilepost.toml (here on the same machine; from another one, mqtts://"
        f"{COLLECTOR}@{name}:{listeners.port}, broker_ca, and a copy of the password's file):",
        f'  broker = "mqtt://{COLLECTOR}@127.0.0.1:{listeners.local_port}"',
        f'  broker_password_file = "{password}"',
        f'  broker_ca = "{settings.certificates / "ca.pem"}"',
        f'  kiosk_broker = "mqtts://{name}:{listeners.port}"',
        '  broker_control = "dynamic-security"',
        "",
        "`smilepost doctor` then says whether all of it works.",
    ]
    return "\n".join(lines)


def _find_plugin() -> Path:
    for folder in PLUGIN_FOLDERS:
        for found in sorted(Path("/").glob(f"{folder[1:]}/{PLUGIN}")):
            return found
    raise BrokerError(
        f"Mosquitto's {PLUGIN} is not on this machine. Install Mosquitto (on Debian: apt-get install mosquitto), or "
        "say where it will be: --plugin PATH."
    )


def _configuration(folder: Path, listeners: Listeners, plugin: Path) -> str:
    return f"""\
# Written by `smilepost broker mosquitto`. Yours to change; delete it and run that again for a new one.

# Users and rules; collectors keep them in step with the registry of kiosks while this runs.
per_listener_settings false
allow_anonymous false
plugin {plugin}
plugin_opt_config_file {folder / "dynamic-security.json"}

# Kiosks, from anywhere, with TLS.
listener {listeners.port} {listeners.host}
max_connections {CONNECTIONS}
certfile {folder / "broker.pem"}
keyfile {folder / "broker.key"}
tls_version tlsv1.2

# Collectors on this machine.
listener {listeners.local_port} 127.0.0.1
max_connections 100

# Queues that do not drop: by number (0: no limit; the default is 1,000, and what comes then is dropped without a word),
# but by bytes, so that a collector that hangs does not fill the memory. What is dropped then comes again: a kiosk
# forgets nothing before the collector has said that it is stored.
max_queued_messages 0
max_queued_bytes {WAITING}
max_inflight_messages {UNCONFIRMED}
message_size_limit {LARGEST}
set_tcp_nodelay true

# What is kept across a restart: the last status of each kiosk. Sessions are clean.
persistence true
persistence_location {folder / "data"}/
autosave_interval 300
persistent_client_expiration 1d

log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
"""


def _unit(folder: Path) -> str:
    return f"""\
[Unit]
Description=Mosquitto, the MQTT broker of Smilepost
After=network-online.target
Wants=network-online.target

[Service]
User=mosquitto
ExecStart=/usr/sbin/mosquitto -c {folder / "mosquitto.conf"}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1
# One connection a kiosk, and some.
LimitNOFILE={CONNECTIONS + 1_000}
NoNewPrivileges=true
ProtectSystem=full
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""


def _users(settings: Settings, database: Connection[TupleRow]) -> tuple[dict[str, Any], list[str]]:
    """The plugin's file with all that the registry knows; and the users of whom too little is known."""
    rows = database.execute(
        "SELECT kiosk_id, number, pbkdf2 FROM kiosk_secret JOIN kiosk ON kiosk.id = kiosk_id"
        " WHERE kiosk.state = 'enrolled' ORDER BY kiosk_id, number"
    ).fetchall()
    collector = Pbkdf2.of(settings.secret("broker-collector"))
    clients = [_client(COLLECTOR, collector, COLLECTOR_ROLE)]
    roles = [{"rolename": COLLECTOR_ROLE, "acls": collector_rules()}]
    for kiosk, number, kept in rows:
        if kept:
            client = _client(f"{kiosk}-{number}", Pbkdf2.parse(kept), role_of(kiosk))
            clients.append(client | {"clientid": kiosk})
    for kiosk in sorted({row[0] for row in rows}):
        roles.append({"rolename": role_of(kiosk), "acls": kiosk_rules(kiosk)})
    users = {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": True,  # what somebody hears is what they could subscribe to
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": clients,
        "groups": [],
        "roles": roles,
    }
    return users, [f"{kiosk}-{number}" for kiosk, number, kept in rows if not kept]


def _client(user: str, kept: Pbkdf2, role: str) -> dict[str, Any]:
    return {
        "username": user,
        "password": kept.hash,
        "salt": kept.salt,
        "iterations": kept.iterations,
        "roles": [{"rolename": role}],
    }
