"""Packed columns are to PostgreSQL what lists are."""

import psycopg
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from collector.arrays import ints, longs

small = st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20)
large = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(small, large)
def test_the_server_reads_what_was_packed(
    database: psycopg.Connection[TupleRow], small: list[int], large: list[int]
) -> None:
    [row] = database.execute("SELECT %b, %b", [ints(small), longs(large)]).fetchall()
    assert row == (small, large)
