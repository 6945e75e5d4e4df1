"""The relay: gives batches their position after their commit.

Row numbers are drawn before the commit and become visible out of order; a reader that went on from the highest number
it saw would miss what commits late. Positions are given by one relay at a time to what is already committed, so
whoever reads on from a position misses nothing and meets nothing twice.

Nor is a position given twice after a promotion, however far the standby had come: a server's timeline goes on by one
then, and positions go on with it (`ERA`).
"""

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from collector import locks

#: So many positions belong to one timeline of the server, far more than there will be. Above them stands which one it
#: is, of 64.
ERA = 2**40


def advance(connection: Connection[TupleRow]) -> int:
    """Give positions to the committed batches that have none; returns how many, 0 also while another relay works."""
    return give_positions(connection, "batch")


def give_positions(connection: Connection[TupleRow], table: str) -> int:
    """The same for any table with an `id` that is drawn in order, and a `position` that is null at first."""
    with connection.transaction():
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.RELAY]).fetchone() == (False,):
            return 0
        return connection.execute(_GIVE.format(table=sql.Identifier(table), era=sql.Literal(ERA))).rowcount


# PostgreSQL names its timeline where everybody may read it in the names of its log's files alone.
_GIVE = sql.SQL(
    """
    WITH last AS (SELECT coalesce(max(position), 0) AS position FROM {table}),
    server AS (SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int8 - 1 AS timeline),
    begin AS (
        SELECT CASE WHEN (timeline - position / {era}) & 63 = 0 THEN position
               ELSE (position / {era} + ((timeline - position / {era}) & 63)) * {era} END AS position
        FROM last, server),
    fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS number FROM {table} WHERE position IS NULL)
    UPDATE {table} AS late SET position = begin.position + fresh.number
    FROM fresh, begin WHERE late.id = fresh.id
    """
)
