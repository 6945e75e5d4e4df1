"""The ratings' table has one partition a month of receipt."""

from datetime import UTC, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

#: Key of the advisory lock under which a partition is made.
PARTITION_LOCK = 0x5312


def ensure_partitions(connection: Connection[TupleRow], now: datetime) -> None:
    """Make the partitions of this month and the next, where they are not there yet."""
    months = [(now.year, now.month), _following(now.year, now.month)]
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [PARTITION_LOCK])
        for year, month in months:
            name = f"rating_{year}_{month:02}"
            if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() == (None,):
                start = datetime(year, month, 1, tzinfo=UTC)
                end = datetime(*_following(year, month), 1, tzinfo=UTC)
                connection.execute(
                    f"CREATE TABLE {name} PARTITION OF rating FOR VALUES FROM ('{start}') TO ('{end}')".encode()
                )


def _following(year: int, month: int) -> tuple[int, int]:
    return (year + month // 12, month % 12 + 1)
