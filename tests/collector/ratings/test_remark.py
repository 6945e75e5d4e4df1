"""Marks of the past change together with the roll-up, once, and only where they should."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from collector.changes import STORES
from collector.database import connect
from collector.insights.queries import store_day
from collector.places.queries import visible_store
from collector.ratings.kinds import Mark
from collector.ratings.past import IsArchived
from collector.ratings.reading import ratings_of
from collector.ratings.remark import Remark, remark
from collector.ratings.rollup import differences
from collector.settings import Settings
from tests.factories import NOW, Shop, make_kiosk, make_ratings

BEGIN, END = NOW - timedelta(days=3), NOW + timedelta(days=1)
Database = psycopg.Connection[Any]


@pytest.fixture
def kiosk(engine: Engine, riverside: Shop) -> int:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        make_ratings(connection, kiosk, [1, 1, 1, 4], happened=NOW - timedelta(days=1))
        make_ratings(connection, kiosk, [1, 2, 3, 4], happened=NOW)
    return kiosk


def marks_of(connection: Database, store: int) -> dict[int, Mark]:
    with connection.transaction():
        return {each.seq: Mark(each.mark) for each in ratings_of(connection, store, BEGIN, END)}


def marks(kiosk: int, seqs: Sequence[int], mark: Mark) -> list[Remark]:
    return [Remark(kiosk, seq, mark) for seq in seqs]


def test_marks_and_roll_up_change_together(
    engine: Engine, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    assert remark(empty_database, riverside.store, BEGIN, END, marks(kiosk, [2, 3, 8], Mark.REPEAT)) == 3
    repeats = {seq for seq, mark in marks_of(empty_database, riverside.store).items() if mark is Mark.REPEAT}
    assert repeats == {2, 3, 8}
    assert differences(empty_database, BEGIN, END) == []
    with engine.connect() as connection:
        store = visible_store(connection, riverside.store, riverside.store)
        assert store
        day = store_day(connection, store.id, NOW.date(), store.zone)
    assert day.tally.total() == 3
    assert day.not_counted == 1


def test_a_second_time_changes_nothing_and_back_is_as_before(
    empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    before = empty_database.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall()
    repeats = marks(kiosk, [1, 2, 8], Mark.REPEAT)
    assert [remark(empty_database, riverside.store, BEGIN, END, repeats) for _ in range(2)] == [3, 0]
    assert remark(empty_database, riverside.store, BEGIN, END, marks(kiosk, [1, 2, 8], Mark.TEST)) == 3
    assert differences(empty_database, BEGIN, END) == []
    assert remark(empty_database, riverside.store, BEGIN, END, marks(kiosk, range(1, 9), Mark.COUNTED)) == 3
    assert empty_database.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall() == before


def test_only_the_place_and_the_time_that_are_named(empty_database: Database, riverside: Shop, kiosk: int) -> None:
    every = marks(kiosk, range(1, 9), Mark.REPEAT)
    assert remark(empty_database, riverside.region, BEGIN, END, every) == 0
    assert remark(empty_database, riverside.store, NOW - timedelta(hours=1), END, every) == 4
    assert remark(empty_database, riverside.store, BEGIN, END, []) == 0
    assert differences(empty_database, BEGIN, END) == []


def test_pages_hear_of_it_when_something_changed(
    settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    with connect(settings, autocommit=True) as page:
        page.execute(f"LISTEN {STORES}".encode())
        for _ in range(2):
            remark(empty_database, riverside.store, BEGIN, END, marks(kiosk, [1], Mark.REPEAT))
        empty_database.execute(f"NOTIFY {STORES}, 'the end'".encode())
        heard = []
        for notify in page.notifies(timeout=20):
            heard.append(notify.payload)
            if notify.payload == "the end":
                break
    assert len(heard) == 2
    assert str(riverside.store) in heard[0]


def test_what_is_archived_says_so(empty_database: Database, riverside: Shop, kiosk: int) -> None:
    empty_database.execute("INSERT INTO rating_archive VALUES ('2026-10-01', 'ratings-2026-10.gz', 1, '', now())")
    with pytest.raises(IsArchived, match="2026-10"):
        remark(empty_database, riverside.store, NOW - timedelta(days=40), END, marks(kiosk, [1], Mark.TEST))
    assert marks_of(empty_database, riverside.store)[1] is Mark.COUNTED
