"""The roll-up says what the ratings say; where it does not, that is found and mended, while the intake goes on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from collector.database import connect
from collector.ratings.kinds import Mark
from collector.ratings.past import IsArchived, first_in_table
from collector.ratings.remark import Remark, remark
from collector.ratings.rollup import differences, mend
from collector.settings import Settings
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop
from tests.waiting import until

BEGIN, END = NOW - timedelta(days=3), NOW + timedelta(days=1)
Database = psycopg.Connection[Any]


@pytest.fixture
def kiosk(engine: Engine, riverside: Shop) -> int:
    """A kiosk of Riverside after three days of presses."""
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        for days in (2, 1, 0):
            make_ratings(connection, kiosk, [1, 1, 2, 4], happened=NOW - timedelta(days=days))
        make_ratings(connection, kiosk, [3, 3], happened=NOW, mark=Mark.TEST)
        make_ratings(connection, kiosk, [2], happened=NOW - timedelta(days=2), delay=timedelta(days=2))
        make_ratings(connection, kiosk, [2], happened=NOW, earliest=NOW - timedelta(hours=5))
    return kiosk


def cells(connection: Database) -> list[Any]:
    return connection.execute("SELECT * FROM rating_hour ORDER BY store_id, hour, button, timed").fetchall()


def test_a_roll_up_that_moved_with_the_ratings_is_right(empty_database: Database, kiosk: int) -> None:
    assert differences(empty_database, BEGIN, END) == []
    before = cells(empty_database)
    assert mend(empty_database, BEGIN, END) == 0
    assert cells(empty_database) == before


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM rating_hour",
        "UPDATE rating_hour SET counted = counted + 7, marked = 3",
        "INSERT INTO rating_hour (store_id, hour, touchpoint_id, question_id, button, timed, counted, marked)"
        " SELECT store_id, hour, touchpoint_id, question_id, 9, timed, 5, 0 FROM rating_hour GROUP BY 1, 2, 3, 4, 6",
        "UPDATE rating_hour SET hour = hour + interval '15 minutes' WHERE button = 1",
    ],
)
def test_whatever_is_wrong_is_found_and_mended(empty_database: Database, kiosk: int, damage: str) -> None:
    right = cells(empty_database)
    empty_database.execute(damage.encode())
    wrong = differences(empty_database, BEGIN, END)
    assert wrong
    assert mend(empty_database, BEGIN, END) == len(wrong)
    assert cells(empty_database) == right
    assert differences(empty_database, BEGIN, END) == []


def test_other_hours_are_left_alone(empty_database: Database, kiosk: int) -> None:
    empty_database.execute("UPDATE rating_hour SET counted = 0")
    begin = NOW - timedelta(days=1, hours=1)
    assert mend(empty_database, begin, begin + timedelta(days=1)) == 3
    assert len(differences(empty_database, BEGIN, END)) == 7


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/New_York"])
def test_hours_are_the_stores_own(engine: Engine, empty_database: Database, riverside: Shop, zone: str) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, make_shop(connection, "Far", time_zone=zone, beside=riverside))
        for minutes in range(0, 120, 10):
            make_ratings(connection, kiosk, [1], happened=NOW - timedelta(minutes=minutes))
    assert differences(empty_database, BEGIN, END) == []


def test_a_store_that_changes_its_half_hour_is_mended(empty_database: Database, kiosk: int) -> None:
    empty_database.execute("UPDATE place SET time_zone = 'Asia/Kathmandu'")
    assert mend(empty_database, BEGIN, END) > 0
    assert {hour.minute for (hour,) in empty_database.execute("SELECT hour FROM rating_hour")} == {15}
    assert differences(empty_database, BEGIN, END) == []


def test_ratings_that_come_in_meanwhile_are_counted_once(
    engine: Engine, settings: Settings, empty_database: Database, kiosk: int
) -> None:
    empty_database.execute("UPDATE rating_hour SET counted = 40")
    with engine.begin() as intake:
        make_ratings(intake, kiosk, [1, 1, 4], happened=NOW)  # not committed: its cells are locked
        mending = threading.Thread(target=mend, args=(empty_database, BEGIN, END))
        mending.start()
        with connect(settings, autocommit=True) as third:
            until(lambda: third.execute(_WAITING, [empty_database.info.backend_pid]).fetchone(), "the mending to wait")
    mending.join()
    assert differences(empty_database, BEGIN, END) == []


_WAITING = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"


def test_what_is_archived_cannot_be_checked_against(empty_database: Database, kiosk: int) -> None:
    empty_database.execute("INSERT INTO rating_archive VALUES ('2026-10-01', 'ratings-2026-10.gz', 1, '', now())")
    with pytest.raises(IsArchived, match=r"smilepost archive restore ratings-2026-10\.gz"):
        mend(empty_database, datetime(2026, 10, 31, 23, tzinfo=UTC), END)
    assert first_in_table(empty_database, datetime(2020, 1, 1, tzinfo=UTC)) == datetime(2026, 11, 1, tzinfo=UTC)
    assert mend(empty_database, datetime(2026, 11, 1, tzinfo=UTC), END) == 0
    empty_database.execute("UPDATE rating_archive SET brought_back_at = now()")
    assert first_in_table(empty_database, BEGIN) == BEGIN
    assert mend(empty_database, datetime(2026, 10, 31, 23, tzinfo=UTC), END) == 0


def test_intake_remarks_and_mending_all_at_once(
    engine: Engine, settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    with engine.begin() as connection:
        kiosks = [make_kiosk(connection, riverside) for _ in range(2)]
    before = empty_database.execute("SELECT count(*) FROM rating").fetchone()
    assert before

    def press(at: int) -> None:
        for number in range(40):
            with engine.begin() as connection:
                make_ratings(connection, at, [1, 2, 4], happened=NOW + timedelta(minutes=number))

    def change(mark: Mark) -> None:
        with connect(settings, autocommit=True) as connection:
            for seq in range(1, 41):
                marks = [Remark(each, seq, mark) for each in (kiosk, *kiosks)]
                remark(connection, riverside.store, BEGIN, END, marks)
                mend(connection, BEGIN, END)

    acts = [*((press, (at,)) for at in kiosks), (change, (Mark.REPEAT,)), (change, (Mark.COUNTED,))]
    with ThreadPoolExecutor(len(acts)) as pool:
        for act in [pool.submit(do, *arguments) for do, arguments in acts]:
            act.result()
    assert empty_database.execute("SELECT count(*) FROM rating").fetchone() == (before[0] + 2 * 40 * 3,)
    assert differences(empty_database, BEGIN, END) == []
