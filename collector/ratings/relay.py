"""The relay: gives batches their position after their commit.

Row numbers are drawn before the commit and become visible out of order; a reader that went on from the highest number
it saw would miss what commits late. Positions are given by one relay at a time to what is already committed, so
whoever reads on from a position misses nothing and meets nothing twice.
"""

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from collector import locks


def advance(connection: Connection[TupleRow]) -> int:
    """Give positions to the committed batches that have none; returns how many, 0 also while another relay works."""
    return give_positions(connection, "batch")


def give_positions(connection: Connection[TupleRow], table: str) -> int:
    """The same for any table with an `id` that is drawn in order, and a `position` that is null at first."""
    with connection.transaction():
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.RELAY]).fetchone() == (False,):
            return 0
        return connection.execute(_GIVE.format(table=sql.Identifier(table))).rowcount


_GIVE = sql.SQL(
    """
    WITH last AS (SELECT coalesce(max(position), 0) AS position FROM {table}),
    fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS number FROM {table} WHERE position IS NULL)
    UPDATE {table} AS late SET position = last.position + fresh.number
    FROM fresh, last WHERE late.id = fresh.id
    """
)
