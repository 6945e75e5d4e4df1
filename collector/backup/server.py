"""The database, also while the installation rests: then the embedded server runs for as long as it is needed."""

import contextlib
import subprocess
import time
from collections.abc import Iterator

import psycopg

from collector.database import connect
from collector.failure import Failure
from collector.settings import Settings
from collector.up.postgres import EmbeddedPostgres
from collector.up.supervisor import READY_WITHIN, end_with_parent


class NoDatabase(Failure):
    """The database cannot be reached; the message says why and what to do."""


def reach(settings: Settings) -> psycopg.Connection[psycopg.rows.TupleRow]:
    """A connection in autocommit.

    Raises
    ------
    NoDatabase: it does not answer.
    """
    try:
        return connect(settings, autocommit=True)
    except psycopg.OperationalError as problem:
        raise NoDatabase(
            f"The database does not answer: {str(problem).strip()}. Check the setting `database`, and whether that "
            "server runs."
        ) from problem


@contextlib.contextmanager
def embedded(settings: Settings) -> Iterator[EmbeddedPostgres]:
    """The embedded server, running; whoever calls holds the installation's lock.

    Raises
    ------
    NoDatabase: it does not start.
    """
    postgres = EmbeddedPostgres(settings)
    postgres.prepare()
    logs = settings.data / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "database.log").open("ab") as log:
        server = subprocess.Popen(
            postgres.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no other thread runs here
            cwd="/",
            **postgres.run_as,
        )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not postgres.is_ready():
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoDatabase(f"The embedded database does not start. Why, its log says: {logs / 'database.log'}")
            time.sleep(0.05)
        yield postgres
    finally:
        server.send_signal(2)  # PostgreSQL's "fast"
        server.wait()
