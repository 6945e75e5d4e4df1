"""Packed columns are to PostgreSQL what lists are."""

from datetime import UTC, datetime

import psycopg
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from collector.arrays import ints, longs, moments
from collector.moments import to_datetime, to_ms

small = st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20)
large = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)
ms = st.lists(st.integers(0, 2**42), max_size=20)


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(small, large, ms)
def test_the_server_reads_what_was_packed(
    database: psycopg.Connection[TupleRow], small: list[int], large: list[int], ms: list[int]
) -> None:
    [row] = database.execute("SELECT %b, %b, %b", [ints(small), longs(large), moments(ms)]).fetchall()
    assert row == (small, large, [to_datetime(each) for each in ms])


def test_they_are_columns(database: psycopg.Connection[TupleRow]) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    columns = [ints([1, 2]), moments([to_ms(noon)] * 2)]
    rows = database.execute("SELECT * FROM unnest(%b, %b) AS new (number, moment)", columns).fetchall()
    assert rows == [(1, noon), (2, noon)]
