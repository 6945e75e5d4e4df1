"""A partition for each month, made before it is needed, and once."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from collector import locks
from collector.database import connect
from collector.ratings.partitions import Month, attach, ensure_partitions, make_apart, partitioned_months
from collector.settings import Settings


@pytest.mark.parametrize(
    ("moment", "months"),
    [
        (datetime(2026, 11, 22, tzinfo=UTC), [(2026, 11), (2026, 12)]),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), [(2026, 12), (2027, 1)]),
        # Somewhere it is February already.
        (datetime(2027, 2, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))), [(2027, 1), (2027, 2)]),
    ],
)
def test_this_month_and_the_next(settings: Settings, moment: datetime, months: list[tuple[int, int]]) -> None:
    with connect(settings, autocommit=True) as connection:
        for _ in range(2):
            ensure_partitions(connection, moment)
        assert partitioned_months(connection) == months


def test_many_at_once_make_each_once(settings: Settings) -> None:
    def make() -> None:
        with connect(settings, autocommit=True) as connection:
            ensure_partitions(connection, datetime(2026, 11, 22, tzinfo=UTC))

    makers = [threading.Thread(target=make) for _ in range(5)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    with connect(settings) as connection:
        assert len(partitioned_months(connection)) == 2


def test_nobody_is_waited_for_and_nobody_waits(settings: Settings) -> None:
    """A long look at the ratings, as a backup takes one, and an insert that has not ended."""
    first, later = datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 1, 22, tzinfo=UTC)
    with connect(settings, autocommit=True) as maker, connect(settings) as reader, connect(settings) as writer:
        ensure_partitions(maker, first)
        reader.execute("SELECT FROM rating")
        writer.execute("LOCK TABLE rating IN ROW EXCLUSIVE MODE")
        maker.execute("SET lock_timeout = '1ms'")
        ensure_partitions(maker, later)
        assert partitioned_months(maker) == [(2026, 11), (2026, 12), (2027, 1), (2027, 2)]


def test_what_is_there_is_not_waited_for(settings: Settings) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with connect(settings, autocommit=True) as connection, connect(settings) as other:
        ensure_partitions(connection, now)
        other.execute("SELECT pg_advisory_xact_lock(%s)", [locks.PARTITION])
        connection.execute("SET lock_timeout = '1ms'")
        ensure_partitions(connection, now)


def test_a_table_that_was_filled_apart_is_like_the_others(settings: Settings) -> None:
    shape = "SELECT column_name, is_nullable, column_default FROM information_schema.columns WHERE table_name = %s"
    indexes = "SELECT replace(indexdef, %s, '') FROM pg_indexes WHERE tablename = %s ORDER BY 1"
    apart, beside = Month(2026, 9), Month(2026, 10)
    with connect(settings, autocommit=True) as connection:
        ensure_partitions(connection, beside.begin)
        with connection.transaction():
            make_apart(connection, apart)
            attach(connection, apart)
        columns, definitions = ([], [])
        for month in (apart, beside):
            columns.append(connection.execute(shape, [month.table]).fetchall())
            definitions.append(connection.execute(indexes, [month.table, month.table]).fetchall())
        assert columns[0] == columns[1]
        assert definitions[0] == definitions[1]
        assert len(definitions[0]) == 4
        assert partitioned_months(connection) == [apart, beside, beside.plus(1)]


@pytest.mark.parametrize(
    ("month", "by", "there"),
    [((2026, 12), 1, (2027, 1)), ((2026, 1), -1, (2025, 12)), ((2026, 5), -24, (2024, 5)), ((2026, 5), 0, (2026, 5))],
)
def test_months_count_on_over_the_year(month: tuple[int, int], by: int, there: tuple[int, int]) -> None:
    assert Month(*month).plus(by) == there
    assert Month(*month).end == Month(*month).plus(1).begin
