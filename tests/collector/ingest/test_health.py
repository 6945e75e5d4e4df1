"""How each kiosk was, hour by hour, as the intake writes it down."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.fleet.credentials import Credentials
from collector.ingest import health
from collector.ingest.messages import Message
from collector.ratings.partitions import ensure_partitions
from tests.factories import write

Database = psycopg.Connection[TupleRow]
NOW = datetime(2026, 11, 21, 12, 20, tzinfo=UTC)
NOON = NOW.replace(minute=0)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def opened(database: Database, shop: Credentials) -> None:
    ensure_partitions(database, NOW)
    database.execute("UPDATE kiosk SET enrolled_at = %s", [NOW - timedelta(days=9)])


def status(*, boot: int = 1, connection: int = 1, retained: bool = False, **said: Any) -> Message:
    body = {"v": 1, "boot": boot, "connection": connection, "state": "online", "epoch": 77, "seq": 0, "confirmed": 0}
    return Message.read("exit-1", "status", json.dumps({**body, "settings": 1, "health": said}).encode(), retained)


def started(first: int, *causes_and_times: tuple[int, datetime]) -> Message:
    """Events of starts, of which the kiosk knew the time."""
    records, anchors = [], []
    for boot, (cause, at) in enumerate(causes_and_times, 1):
        records.append([4, 1, cause, boot, 1_000, 1, 1])
        anchors.append([boot, 1_000, round(at.timestamp() * 1000)])
    body = {"v": 1, "epoch": 77, "held": 1, "first": first, "boot": 99, "uptime": 5, "records": records}
    return Message.read("exit-1", "up", json.dumps({**body, "anchors": anchors}).encode())


def kept(database: Database) -> list[tuple[Any, ...]]:
    return database.execute(
        "SELECT hour, battery, signal, depth, clock, firmware, boots, reset FROM kiosk_health ORDER BY hour"
    ).fetchall()


def test_one_row_an_hour_by_its_last_status(database: Database) -> None:
    write(database, [status(battery=3900, signal=-60, depth=3, clock_error=12, firmware="0.7.0")], NOW)
    write(database, [status(battery=3890, depth=0, firmware="0.7.0")], NOW + timedelta(minutes=30))
    write(database, [status(battery=3880, depth=1)], NOW + timedelta(minutes=41))
    assert kept(database) == [
        (NOON, 3890, -60, 0, 12, "0.7.0", 0, None),
        (NOON + HOUR, 3880, None, 1, None, None, 0, None),
    ]


def test_of_several_in_a_batch_the_last_counts(database: Database) -> None:
    write(database, [status(depth=3), status(depth=2), status(depth=1)], NOW)
    assert [row[3] for row in kept(database)] == [1]


def test_what_is_older_than_what_is_known_changes_nothing(database: Database) -> None:
    write(database, [status(boot=7, depth=5)], NOW)
    write(database, [status(boot=6, depth=900)], NOW + timedelta(minutes=1))
    assert [row[3] for row in kept(database)] == [5]


def test_neither_the_brokers_copy_nor_a_will_says_how_it_is_now(database: Database) -> None:
    write(database, [status(depth=5, retained=True)], NOW)
    write(database, [status(connection=2)], NOW)
    assert kept(database) == []


@pytest.mark.parametrize(
    "said",
    [
        {"battery": "full", "signal": [1], "depth": True},
        {"battery": -5, "signal": 10**30, "depth": 2**31, "clock_error": 1e300, "firmware": 7, "release": -1},
        {"battery": 10**400},
    ],
)
def test_what_cannot_be_true_is_not_kept(database: Database, said: dict[str, Any]) -> None:
    write(database, [status(**said)], NOW)
    assert kept(database) == [(NOON, None, None, None, None, None, 0, None)]


def test_starts_count_in_the_hours_in_which_they_happened(database: Database) -> None:
    early = NOON - 3 * HOUR
    starts = [(1, early), (2, early + timedelta(minutes=5)), (2, NOON + timedelta(minutes=2))]
    message = started(1, *starts)
    write(database, [message, status(depth=4)], NOW)
    write(database, [message], NOW)  # a repeat
    assert [(row[0], row[3], row[6], row[7]) for row in kept(database)] == [
        (early, None, 2, 2),
        (NOON, 4, 1, 2),
    ]


def test_it_is_forgotten_after_four_hundred_days(database: Database) -> None:
    for days in (0, 399, 401, 500):
        database.execute(
            "INSERT INTO kiosk_health (kiosk_id, hour, depth) VALUES ('exit-1', %s, %s)",
            [NOON - timedelta(days=days), days],
        )
    health.forget(database, NOW)
    assert [row[3] for row in kept(database)] == [399, 0]
