"""The one database: where every capability's tables meet, and how to reach it."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from sqlalchemy import Column, Connection, DateTime, Engine, MetaData, create_engine, event, func

from collector.settings import Settings

T = TypeVar("T")

#: All tables. Constraints are named by rule, so that migrations can speak of them.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


def moment(name: str, *, default: bool = False, nullable: bool = False, primary_key: bool = False) -> Column[Any]:
    """A column for a point in time; with `default`, the time of the transaction."""
    return Column(
        name,
        DateTime(timezone=True),
        nullable=nullable,
        primary_key=primary_key,
        server_default=func.now() if default else None,
    )


class Unreplicated(psycopg.OperationalError):
    """The wait for the standby was broken off: committed here, and perhaps nowhere else. Whoever is told so must not
    count on it."""


class Database(psycopg.Connection[Any]):
    """A connection on which "committed" means what it says.

    When somebody breaks off a commit's wait for a synchronous standby (`pg_cancel_backend`), PostgreSQL answers
    "committed", with a warning that nobody reads. Here that is an error.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._warnings: list[str] = []
        self.add_notice_handler(partial(_keep_warning, self._warnings))

    def wait(self, gen: PQGen[T], *arguments: Any, **named: Any) -> T:
        result = super().wait(gen, *arguments, **named)
        if self._warnings:
            raise Unreplicated(self._warnings.pop())
        return result


def _keep_warning(warnings: list[str], notice: psycopg.errors.Diagnostic) -> None:
    if notice.source_function == "SyncRepWaitForLSN":  # the text is in the server's language
        warnings.append(notice.message_primary or "")


#: How the server notices that we are gone.
_NOTICE = (
    "-c client_connection_check_interval=5s"
    " -c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)


def parameters(settings: Settings, *, name: str = "smilepost", options: str = "") -> dict[str, Any]:
    """How to connect, for psycopg. Of several hosts it is the one that takes writes, so that everybody finds the new
    primary after a promotion. Either side notices within a minute when the other is gone, be it by a cut cable.

    Parameters
    ----------
    name: what it calls itself to others at the server.
    options: further settings of the session, `-c name=value` each.
    """
    return {
        "conninfo": settings.database_url,
        "target_session_attrs": "read-write",
        "application_name": name,
        # The server takes our pages for dear, and would compile them for longer than it needs to run them.
        "options": f"-c timezone=UTC -c jit=off {_NOTICE} {options}",
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }


def make_engine(settings: Settings, **options: Any) -> Engine:
    """SQLAlchemy's engine, for everything but the intake's hot path."""
    # Its own address has no room for several hosts, so libpq is given ours.
    engine = create_engine(
        "postgresql+psycopg://",
        pool_pre_ping=True,
        # What is bound to a query may be a password's hash: it stays out of tracebacks.
        hide_parameters=True,
        connect_args=parameters(settings),
        **options,
    )
    event.listen(engine, "do_connect", _connect)
    return engine


def _connect(_dialect: object, _record: object, _empty: object, named: dict[str, Any]) -> psycopg.Connection[Any]:
    return Database.connect(**named)


def connect(
    settings: Settings, *, autocommit: bool = False, name: str = "smilepost", options: str = ""
) -> psycopg.Connection[TupleRow]:
    """A plain psycopg connection, for the intake and for LISTEN; see `parameters`.

    Raises
    ------
    psycopg.OperationalError: the server cannot be reached.
    """
    return Database.connect(autocommit=autocommit, **parameters(settings, name=name, options=options))


def gathered(rows: Iterable[bytes | bytearray | memoryview], size: int) -> Iterator[bytes]:
    """The rows of a `COPY`, in pieces of at least `size` bytes: row by row all further work would take far longer."""
    held = bytearray()
    for row in rows:
        held += row
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def driver(connection: Connection) -> psycopg.Connection[TupleRow]:
    """The psycopg connection below SQLAlchemy's, in the same transaction."""
    below = connection.connection.driver_connection
    assert isinstance(below, psycopg.Connection)  # noqa: S101 - make_engine names no other driver
    return below
