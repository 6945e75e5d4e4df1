"""Two PostgreSQL servers that keep house on one machine as `db1.example` and `db2.example` do on two.

Each has a folder, a home and a port of its own. They are started and changed by the document's commands alone; of
these, only what says where and over which network is put in other words (`_here`). Debian's PostgreSQL speaks TLS; the
embedded one, which is newer, is built without.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg.rows import TupleRow

from collector.database import connect
from collector.settings import Settings
from collector.up.postgres import EmbeddedPostgres
from tests.conftest import free_ports
from tests.standby.document import Block, blocks

LOOPBACK = "127.0.0.1"
PASSWORD = "a password of the tests"
#: Where Debian's packages are, of any version.
_DEBIAN = Path("/usr/lib/postgresql")
#: What the document says of TLS where a server is reached.
_VERIFIED = 'sslmode=verify-full sslrootcert=$(dirname "$PGDATA")/tls/ca.pem'
_SMALL_LOG = "max_wal_size = '128MB'\nmin_wal_size = '32MB'\nwal_retrieve_retry_interval = '500ms'\n"


class Machine:
    """One of the two: what its shell knows."""

    def __init__(self, name: str, folder: Path, port: int, programs: Path, run_as: dict[str, Any]) -> None:
        self.name, self.port = name, port
        self.data, home = folder / name / "data", folder / name
        home.mkdir()
        (home / ".psqlrc").write_text("\\set ON_ERROR_STOP on\n")
        (home / ".pgpass").write_text(f"*:*:*:standby:{PASSWORD}\n")
        (home / ".pgpass").chmod(0o600)
        self.home, self._run_as = home, run_as
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(home),
            "PGPASSFILE": str(home / ".pgpass"),
            "PGDATA": str(self.data),
            "PGPORT": str(port),
            "PGHOST": str(folder),  # of its socket
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
        }
        if self._run_as:
            for path in (home, home / ".pgpass", home / ".psqlrc"):
                shutil.chown(path, self._run_as["user"], self._run_as["group"])

    def run(self, commands: str, said: str = "") -> None:
        """Type commands; the first that fails ends them, and the test.

        Parameters
        ----------
        said: to whoever asks, a line each.
        """
        words = self.home / "said"  # no pipe: the server that they start would hold its end
        with words.open("w") as file:
            ended = subprocess.run(
                ["bash", "-eu", "-c", commands],
                env=self.environment,
                cwd=self.home,
                input=said,
                text=True,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # without a terminal, passwords are asked for on standard input
                timeout=60,
                check=False,
                **self._run_as,
            )
        assert ended.returncode == 0, f"on {self.name}:\n{commands}\n{words.read_text()}"

    def query(self, query: str) -> list[TupleRow]:
        """Ask this very server, as its superuser."""
        with psycopg.connect(
            host=self.environment["PGHOST"], port=self.port, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def process(self) -> int:
        """The number of the server's process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """`kill -9` the server; its own processes notice and end."""
        os.kill(self.process, signal.SIGKILL)


class Servers:
    """Both machines; `db1` runs, with the database `smilepost` in it, as the document begins."""

    #: What `tests.chaos.run` asks of any database.
    no_small_disk, parts = "it is on two servers", MappingProxyType({})

    def __init__(self, folder: Path, *, tls: bool = False) -> None:
        folder.mkdir(parents=True)
        self._tls = tls
        server = EmbeddedPostgres(Settings.load(environ={}, data=folder / "embedded"))
        server.prepare()  # lets the database's user come to its folders
        if server.run_as:
            shutil.chown(folder, server.run_as["user"], server.run_as["group"])
        programs = _newest_of_debian() if tls else server.binaries
        self.machines = {
            name: Machine(name, folder, port, programs, server.run_as)
            for name, port in zip(("db1", "db2"), free_ports(2), strict=True)
        }
        #: Where each is found by the other one; a test may put a bad line before it.
        self.ports = {name: machine.port for name, machine in self.machines.items()}
        db1 = self.machines["db1"]
        db1.run("initdb --username=postgres --auth=trust --no-instructions --no-sync")
        (db1.data / "pg_hba.conf").write_text("local all all trust\n")  # the network is let in by the document
        with (db1.data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{folder}'\ntrack_commit_timestamp = on\n{_SMALL_LOG}")
        db1.run('pg_ctl start --log="$HOME/postgresql.log"')
        db1.run(f"psql -c \"CREATE ROLE smilepost LOGIN PASSWORD '{PASSWORD}'\"; createdb --owner=smilepost smilepost")
        #: What `SMILEPOST_DATABASE` is on the collectors' machine, and the file that `PGPASSFILE` names there.
        hosts = ",".join(f"{name}.example:{machine.port}" for name, machine in self.machines.items())
        known = {"hostaddr": f"{LOOPBACK},{LOOPBACK}", "passfile": str(folder / "pgpass")}
        if tls:
            self._certify()
            known |= {"sslmode": "verify-full", "sslrootcert": str(db1.home / "tls" / "ca.pem")}
        self.url = f"postgresql://smilepost@{hosts}/smilepost?{urlencode(known)}"
        (folder / "pgpass").write_text(f"*:*:smilepost:smilepost:{PASSWORD}\n")
        (folder / "pgpass").chmod(0o600)
        self._settings = Settings.load(environ={}, data=folder, database=self.url)

    async def start(self) -> None:
        """They run already."""

    async def end(self) -> None:
        """They end with `close`."""

    def is_ready(self) -> bool:
        """Whether one of them takes writes."""
        try:
            return bool(self.rows("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def rows(self, query: str) -> list[TupleRow]:
        """What a query finds in the collector's database.

        Raises
        ------
        psycopg.OperationalError: none of them takes writes now.
        """
        with connect(self._settings) as connection:
            return connection.execute(query.encode()).fetchall()

    def carry_out(self, block: Block) -> None:
        """Type what the document says, on the machine where it says so."""
        self.machines[block.machine].run(self._here(block.commands), f"{PASSWORD}\n" * 2)

    def close(self) -> None:
        """End what runs."""
        for machine in self.machines.values():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                machine.kill()

    def _certify(self) -> None:
        """As the document says, and what it has people carry over is carried over."""
        for block in blocks("Certificates"):
            self.carry_out(block)
        (self.machines["db1"].home / "tls-db2").rename(self.machines["db2"].home / "tls")

    def _here(self, commands: str) -> str:
        for name, port in self.ports.items():
            host = f"host={name}.example"
            commands = commands.replace(host, f"{host} hostaddr={LOOPBACK} port={port}")
        commands = commands.replace("10.0.0.0/24", f"{LOOPBACK}/32")
        return commands if self._tls else commands.replace("hostssl ", "host ").replace(_VERIFIED, "")


def _newest_of_debian() -> Path:
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name))
    assert found, "tests/system_packages installs it"
    return found[-1].parent
