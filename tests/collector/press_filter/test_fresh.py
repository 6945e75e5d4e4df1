"""What comes in is marked as it comes, by whatever intake, once."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, update

from collector.alerts.policies import watched_stores
from collector.alerts.readings import bad_shares
from collector.alerts.rules import Verdict
from collector.database import connect
from collector.places.tables import place
from collector.policies.queries import give_policy
from collector.policies.tables import policy
from collector.press_filter.fresh import BATCHES, Fresh, look
from collector.press_filter.policy import Burst, FilterPolicy, Repeat
from collector.ratings.rollup import differences
from collector.settings import Settings
from tests.collector.pressing import Database, Send, marks
from tests.factories import NOW, Shop, make_kiosk, make_shop

QUICK = FilterPolicy(repeat=Repeat(3), burst=Burst(presses=4, seconds=20))


@pytest.fixture(autouse=True)
def begun(empty_database: Database) -> None:
    """The filter looks since before the first rating."""
    look(empty_database)


def test_each_rule_marks_with_its_reason_and_the_roll_up_moves_with_it(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send
) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.organisation, "filter", QUICK, "a test")
        hours = {"sun": [["09:00", "12:00"]]}
        connection.execute(update(place).where(place.c.id == riverside.store).values(opening_hours=hours))
    # A double press, four that are a burst, one at 14:52.
    send(0, 2, 60, 64, 68, 72, 3 * 3600)
    assert look(empty_database) == 1
    assert marks(empty_database) == ["counted", "repeat", "counted", "burst", "burst", "burst", "closed"]
    assert differences(empty_database, NOW - timedelta(days=1), NOW + timedelta(days=1)) == []
    assert look(empty_database) == 0


def test_the_last_press_of_a_burst_marks_those_that_came_in_before(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send
) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.store, "filter", QUICK, "a test")
    for at in (0, 4, 8):
        send(at, buttons=[4])
        look(empty_database)
    assert marks(empty_database) == ["counted"] * 3
    # Four bad ones would raise an alert; one that was told before this closes as any does.
    send(12, buttons=[4])
    with engine.connect() as connection:
        [before] = bad_shares(connection, watched_stores(connection), NOW + timedelta(seconds=13))
    look(empty_database)
    assert marks(empty_database) == ["counted", "burst", "burst", "burst"]
    with engine.connect() as connection:
        after = list(bad_shares(connection, watched_stores(connection), NOW + timedelta(seconds=13)))
    assert before.verdict is Verdict.RAISE
    assert Verdict.RAISE not in [each.verdict for each in after]


def test_late_ratings_are_judged_beside_those_of_their_time(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send
) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.store, "filter", QUICK, "a test")
        other = make_kiosk(connection, riverside)
    send(0)
    look(empty_database)
    send(1, delay=timedelta(days=2), journal=other)  # another kiosk's
    send(2, 30, delay=timedelta(days=2))  # the network was away in between
    look(empty_database)
    assert marks(empty_database) == ["counted", "repeat", "counted", "counted"]


def test_the_kiosks_own_setting_holds_where_nobody_chose(empty_database: Database, send: Send) -> None:
    send(0, 1, 3, 6, repeats=[1])
    look(empty_database)
    assert marks(empty_database) == ["counted", "repeat", "counted", "counted"]


def test_a_button_that_hangs_is_told_half_a_minute_later(empty_database: Database, send: Send) -> None:
    send(0, 40, buttons=[1, 2])
    look(empty_database)
    send(41, stuck=2)
    assert look(empty_database) == 0
    assert marks(empty_database) == ["counted", "counted"]
    Fresh().look(empty_database, NOW + timedelta(minutes=3))
    assert marks(empty_database) == ["counted", "stuck"]


def test_what_was_there_before_the_filter_is_for_a_re_run(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send
) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.store, "filter", QUICK, "a test")
    send(0, 1)
    empty_database.execute("DELETE FROM filter_position")
    empty_database.commit()
    assert look(empty_database) == 0
    send(600, 601)
    assert look(empty_database) == 1
    assert marks(empty_database) == ["counted", "counted", "counted", "repeat"]


def test_who_dies_before_the_commit_does_it_again_and_two_do_it_once(
    settings: Settings, engine: Engine, empty_database: Database, riverside: Shop, send: Send
) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.store, "filter", QUICK, "a test")
    send(0, 1)
    with connect(settings, autocommit=True) as first, first.transaction(force_rollback=True):
        assert look(first) == 1
        assert look(empty_database) == 0  # somebody else does
    assert marks(empty_database) == ["counted", "counted"]
    assert look(empty_database) == 1
    assert marks(empty_database) == ["counted", "repeat"]


def test_many_batches_are_taken_in_turns_and_a_policy_that_nobody_knows_holds_up_no_other_store(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        other = make_kiosk(connection, hillside)
        give_policy(connection, hillside.store, "filter", QUICK, "a test")
        values = {"place_id": riverside.store, "kind": "filter", "version": 1, "author": "a later version"}
        connection.execute(insert(policy).values(**values, definition={"moods": True}))
    empty_database.execute(
        "INSERT INTO batch (received_at, position) SELECT now(), number FROM generate_series(1, %s) AS number",
        [BATCHES],
    )
    empty_database.commit()
    send(0, 1)
    send(0, 1, journal=other)
    fresh = Fresh()
    assert fresh.is_behind(empty_database)
    assert look(empty_database) == BATCHES
    assert fresh.is_behind(empty_database)
    assert [look(empty_database), look(empty_database)] == [2, 0]
    assert not fresh.is_behind(empty_database)
    assert marks(empty_database) == ["counted", "counted", "counted", "repeat"]
    assert "presses are not judged" in capsys.readouterr().out


def test_answers_of_customers_are_not_its_business(
    engine: Engine, empty_database: Database, riverside: Shop, kiosk: int, send: Send
) -> None:
    send(0, 60)
    empty_database.execute("UPDATE rating SET cursor_id = 0, mark = 4 WHERE seq = 1")
    empty_database.commit()
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == riverside.store).values(opening_hours={"mon": []}))
    look(empty_database)
    assert sorted(marks(empty_database)) == ["closed", "spam"]
