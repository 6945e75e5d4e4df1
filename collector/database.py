"""The one database: where every capability's tables meet, and how to reach it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import Column, Connection, DateTime, Engine, MetaData, create_engine, func
from sqlalchemy.engine import make_url

from collector.settings import Settings

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


def make_engine(settings: Settings, **options: Any) -> Engine:
    """SQLAlchemy's engine, for everything but the intake's hot path."""
    url = make_url(settings.database_url).set(drivername="postgresql+psycopg")
    # The server takes our pages for dear, and would compile them for longer than it needs to run them.
    connect_args: Mapping[str, Any] = {"options": "-c timezone=UTC -c jit=off", "connect_timeout": 10}
    # What is bound to a query may be a password's hash: it stays out of tracebacks.
    return create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=connect_args, **options)


#: How the server notices that we are gone.
_NOTICE = (
    "-c client_connection_check_interval=5s"
    " -c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)


def connect(
    settings: Settings, *, autocommit: bool = False, name: str = "smilepost", options: str = ""
) -> psycopg.Connection[TupleRow]:
    """A plain psycopg connection, for the intake and for LISTEN. Either side notices within a minute when the other is
    gone, be it by a cut cable.

    Parameters
    ----------
    name: what it calls itself to others at the server.
    options: further settings of the session, `-c name=value` each.

    Raises
    ------
    psycopg.OperationalError: the server cannot be reached.
    """
    return psycopg.connect(
        settings.database_url,
        autocommit=autocommit,
        application_name=name,
        options=f"-c timezone=UTC {_NOTICE} {options}",
        connect_timeout=10,
        keepalives_idle=15,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=30_000,
    )


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
