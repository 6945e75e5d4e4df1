"""The database under test: the embedded PostgreSQL, on a small disk of its own where the machine allows that."""

import asyncio
import contextlib
import signal
import subprocess
from pathlib import Path

import psutil
from psycopg.rows import TupleRow

from collector.database import connect
from collector.settings import Settings
from collector.up.postgres import EmbeddedPostgres
from tests.chaos.part import WITH_PARENT, Part
from tests.chaos.small_disk import SmallDisk, why_not

#: What the disk holds, and how much of it PostgreSQL's own log may take, which would otherwise grow to 1 GB.
MEGABYTES = 384
_SMALL_LOG = ("-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB")
#: So that it can say when a press was in the table for good.
_COMMITS = ("-c", "track_commit_timestamp=on")


class Database:
    """`part` is the server's process; `no_small_disk` says why its disk cannot be filled, if it cannot."""

    def __init__(self, settings: Settings, logs: Path) -> None:
        self.no_small_disk = why_not()
        self._settings = settings
        self._server = EmbeddedPostgres(settings)
        self._disk: SmallDisk | None = None
        command, options = self._prepared()
        self.part = Part(lambda: command, logs / "postgres.log", cwd="/", **options)

    async def start(self) -> None:
        """Start it and see to it from now on."""
        await self.part.start()

    async def end(self) -> None:
        """End it in order."""
        await self.part.end(signal.SIGINT)

    @property
    def parts(self) -> dict[str, Part]:
        """The processes that are seen to."""
        return {"postgres": self.part}

    def is_ready(self) -> bool:
        """Whether it answers."""
        return self._server.is_ready()

    async def kill_connection(self) -> None:
        """`kill -9` one of the server's processes for a collector: it ends all others and recovers."""
        while True:
            await self.part.running()
            assert self.part.process is not None
            with contextlib.suppress(psutil.Error):
                for server in psutil.Process(self.part.process.pid).children():
                    if "smilepost smilepost" in " ".join(server.cmdline()):
                        server.kill()
                        return
            await asyncio.sleep(0.1)

    async def fill_disk(self, seconds: float) -> None:
        """Leave it no byte for so long."""
        if self._disk:
            await asyncio.to_thread(self._disk.fill)
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.to_thread(self._disk.free)

    def rows(self, query: str) -> list[TupleRow]:
        """What a query finds.

        Raises
        ------
        psycopg.OperationalError: the database is away.
        """
        with connect(self._settings) as connection:
            return connection.execute(query.encode()).fetchall()

    def close(self) -> None:
        """Forget its disk."""
        if self._disk:
            self._disk.close()

    def _prepared(self) -> tuple[list[str], dict]:
        server = self._server
        command = [*server.command(), *_SMALL_LOG, *_COMMITS]
        if self.no_small_disk:
            server.prepare()
            return command, server.run_as
        self._disk = SmallDisk(server.cluster, MEGABYTES)
        server.socket_dir.mkdir(mode=0o700, exist_ok=True)  # nobody else gets at it, so that its users need no password
        made = ("--username=smilepost", "--auth=trust", "--locale=C", "--encoding=UTF8", "--data-checksums")
        initdb = [str(server.binaries / "initdb"), "--pgdata", str(server.cluster), *made]
        subprocess.run(self._disk.inside(initdb), check=True, cwd="/", capture_output=True)
        # Again, because to enter a namespace is to forget whose end is one's own.
        return self._disk.inside([*WITH_PARENT, *command]), {}
