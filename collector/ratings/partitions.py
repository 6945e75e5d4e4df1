"""The ratings' table has one partition a month of receipt."""

from datetime import UTC, date, datetime
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

    @classmethod
    def of_day(cls, day: date) -> Self:
        """The month of this day."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month that is written `2024-01`."""
        return cls(*map(int, text.split("-")))

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    def plus(self, months: int) -> "Month":
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

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
    """Make the partitions of this month and the next, where they are not there yet; nobody waits for it.

    `CREATE TABLE … PARTITION OF` would wait for whoever reads ratings, and everybody else behind it.
    """
    month = Month.of(now)
    needed = {month, month.plus(1)}
    with connection.transaction():
        if needed <= set(partitioned_months(connection)):
            return
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.PARTITION])
        for missing in sorted(needed - set(partitioned_months(connection))):  # perhaps another was quicker
            make_apart(connection, missing)
            attach(connection, missing)


def is_there(connection: Connection[TupleRow], month: Month) -> bool:
    """Whether there is a partition of this month."""
    return month in partitioned_months(connection)


def partitioned_months(connection: Connection[TupleRow]) -> list[Month]:
    """The months that have a partition, the oldest first."""
    tables = connection.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'rating'::regclass"
    )
    return sorted(Month.parse(name.removeprefix("rating_").replace("_", "-")) for (name,) in tables)


def make_apart(connection: Connection[TupleRow], month: Month) -> None:
    """Make a month's table without the ratings' table seeing it yet: it can be filled while the intake goes on."""
    connection.execute(named("CREATE TABLE {table} (LIKE rating INCLUDING DEFAULTS INCLUDING COMMENTS)", month))


def attach(connection: Connection[TupleRow], month: Month) -> None:
    """Make the table a partition, with the indexes of all partitions; nobody waits for it."""
    connection.execute(named("ALTER TABLE rating ATTACH PARTITION {table} FOR VALUES FROM ({begin}) TO ({end})", month))


def named(statement: str, month: Month) -> sql.Composed:
    """A statement with a month's `{table}`, `{begin}` and `{end}` filled in."""
    return sql.SQL(statement).format(
        table=sql.Identifier(month.table), begin=sql.Literal(month.begin), end=sql.Literal(month.end)
    )
