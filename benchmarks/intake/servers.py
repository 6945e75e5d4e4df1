"""The servers that every alternative shares: the embedded PostgreSQL, and Mosquitto with room for everything."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from benchmarks.intake.journals import KIOSKS, LIVE, name_of
from collector import migrations
from collector.database import make_engine
from collector.fleet.registry.enrolment import enrol
from collector.places.tree import add_place, add_touchpoint
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from collector.surveys.default import ensure_default
from collector.up.postgres import running

STORES = 200
#: The database of one measurement.
DATABASE = "bench"
#: Who signs in at the broker: the consumer, and the loader on behalf of all kiosks.
CONSUMER, FLEET = "collector", "fleet"

#: Nothing is dropped and nobody is held up: as many messages under way as any of the consumers takes.
MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
persistence false
max_connections -1
max_queued_messages 0
max_inflight_messages 4000
sys_interval 0
log_dest none
{more}
"""


@dataclass(frozen=True)
class Mosquitto:
    process: subprocess.Popen[bytes]
    port: int
    password: str


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {seconds:g} s for {what}")
        time.sleep(0.02)


def installed(program: str) -> str:
    """Where one of Mosquitto's programs is."""
    found = shutil.which(program, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))
    if not found:
        raise SystemExit(f"The benchmark needs {program}. On Debian: apt-get install mosquitto")
    return found


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """A broker of its own for one measurement, so that none inherits another's leftovers."""
    program, passwords = installed("mosquitto"), installed("mosquitto_passwd")
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port = trial.getsockname()[1]
    password = secrets.token_hex(16)
    folder.mkdir()
    (folder / "passwords").write_text(f"{CONSUMER}:{password}\n{FLEET}:{password}\n")
    subprocess.run([passwords, "-U", folder / "passwords"], check=True)
    (folder / "password").write_text(password)
    more = "user root" if os.geteuid() == 0 else ""
    (folder / "mosquitto.conf").write_text(MOSQUITTO.format(port=port, folder=folder, more=more))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stderr=log)

    def answers() -> bool:
        if process.poll() is not None:
            raise SystemExit(f"Mosquitto did not start: {(folder / 'log').read_text()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        until(answers, "Mosquitto")
        yield Mosquitto(process, port, password)
    finally:
        process.kill()
        process.wait()


class Postgres:
    """The embedded PostgreSQL as the product starts it, with commit times kept: so a row says when it was committed."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings.load(environ={}, data=folder)
        self._server = contextlib.ExitStack()
        self.process = self._server.enter_context(running(self.settings, "track_commit_timestamp=on"))
        self._fill()

    def close(self) -> None:
        self._server.close()

    def configuration(self) -> dict[str, str]:
        """What a reader should know of how it runs."""
        names = "server_version", "fsync", "synchronous_commit", "full_page_writes"
        with psycopg.connect(self.settings.database_url) as connection:
            query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
            found: dict[str, str] = dict(connection.execute(query, [list(names)]).fetchall())
        return {"PostgreSQL": found.pop("server_version"), **found}

    @contextlib.contextmanager
    def database(self) -> Iterator[Settings]:
        """Settings of a fresh database with the fleet in it; checkpointed, so that all begin alike."""
        with psycopg.connect(self.settings.database_url, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE smilepost".encode())
            connection.execute("CHECKPOINT")
            try:
                yield replace(
                    self.settings, database=self.settings.database_url.replace("/smilepost?", f"/{DATABASE}?")
                )
            finally:
                connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())

    def _fill(self) -> None:
        engine = make_engine(self.settings, poolclass=NullPool)
        migrations.upgrade(engine)
        with engine.begin() as connection:
            top = add_place(connection, "organisation", "Benchmark")
            region = add_place(connection, "region", "North", top)
            question = ensure_default(connection)
            touchpoints = [
                add_touchpoint(connection, add_place(connection, "store", f"Store {number}", region), "Exit", 1)
                for number in range(STORES)
            ]
            first, *others = [name_of(number) for number in range(KIOSKS + LIVE)]
            enrol(connection, self.settings, first, touchpoints[0], question)
            # The others have the same settings; each stands in the next store.
            connection.execute(
                text("INSERT INTO kiosk (id, state) SELECT unnest(:names ::text[]), 'enrolled'"), {"names": others}
            )
            connection.execute(
                text(
                    "INSERT INTO kiosk_placement (kiosk_id, since, touchpoint_id)"
                    " SELECT unnest(:names ::text[]), now(), unnest(:touchpoints ::int[])"
                ),
                {
                    "names": others,
                    "touchpoints": [touchpoints[number % STORES] for number in range(1, len(others) + 1)],
                },
            )
            connection.execute(
                text(
                    "INSERT INTO kiosk_settings (kiosk_id, version, question_id, questions, settings)"
                    " SELECT name, version, question_id, questions, settings"
                    " FROM kiosk_settings, unnest(:names ::text[]) AS name WHERE kiosk_id = :first"
                ),
                {"names": others, "first": first},
            )
            connection.execute(text("UPDATE kiosk SET enrolled_at = now() - interval '1 day'"))
            connection.execute(text("UPDATE kiosk_placement SET since = now() - interval '1 day'"))
        engine.dispose()
        with psycopg.connect(self.settings.database_url, autocommit=True) as connection:
            ensure_partitions(connection, datetime.now(UTC))
            connection.execute("VACUUM ANALYZE")
