"""The ratings' table has one partition a month of receipt."""

from datetime import UTC, datetime
from typing import NamedTuple, Self

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from collector import locks


class Month(NamedTuple):
    """A month, in UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The month in which this moment lies."""
        there = moment.astimezone(UTC)
        return cls(there.year, there.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    def plus(self, months: int) -> "Month":
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    @property
    def begin(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return self.plus(1).begin

    @property
    def table(self) -> str:
        """Name of its partition."""
        return f"rating_{self.year}_{self.month:02}"


def ensure_partitions(connection: Connection[TupleRow], now: datetime) -> None:
    """Make the partitions of this month and the next, where they are not there yet."""
    month = Month.of(now)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.PARTITION])
        for needed in (month, month.plus(1)):
            if not is_there(connection, needed):
                connection.execute(_named(_CREATE, needed))


def is_there(connection: Connection[TupleRow], month: Month) -> bool:
    """Whether there is a partition of this month."""
    return connection.execute("SELECT to_regclass(%s)", [month.table]).fetchone() != (None,)


def partitioned_months(connection: Connection[TupleRow]) -> list[Month]:
    """The months that have a partition, the oldest first."""
    tables = connection.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'rating'::regclass"
    )
    return sorted(Month(int(name[7:11]), int(name[12:])) for (name,) in tables)


def make_apart(connection: Connection[TupleRow], month: Month) -> None:
    """Make a month's table without the ratings' table seeing it yet: it can be filled while the intake goes on."""
    connection.execute(_named("CREATE TABLE {table} (LIKE rating INCLUDING DEFAULTS INCLUDING COMMENTS)", month))


def attach(connection: Connection[TupleRow], month: Month) -> None:
    """Make the table a partition, with the indexes of all partitions; nobody waits for it."""
    connection.execute(
        _named("ALTER TABLE rating ATTACH PARTITION {table} FOR VALUES FROM ({begin}) TO ({end})", month)
    )


_CREATE = "CREATE TABLE {table} PARTITION OF rating FOR VALUES FROM ({begin}) TO ({end})"


def _named(statement: str, month: Month) -> sql.Composed:
    return sql.SQL(statement).format(
        table=sql.Identifier(month.table), begin=sql.Literal(month.begin), end=sql.Literal(month.end)
    )
