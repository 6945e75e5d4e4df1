"""A kiosk that nobody presses, though people do at this hour."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from collector.alerts.chart import chart_of
from collector.alerts.queries import visible_alert
from collector.fleet.tables import kiosk_placement, kiosk_status
from collector.ingest.tables import cursor
from collector.places.tables import place
from tests.collector.alerts.conftest import Look
from tests.factories import Shop, make_kiosk, make_ratings

MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
#: A Monday in Kyiv, 14:00, eight days after its clocks went back.
AFTERNOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def at_the_exit(engine: Engine, riverside: Shop) -> Callable[..., int]:
    """A kiosk that has stood at the exit for ten weeks, pressed each week between 13:00 and 14:00 of Kyiv."""

    def stands(name: str, presses: int, weeks: int = 8, until: datetime = AFTERNOON) -> int:
        with engine.begin() as connection:
            cursor_id = make_kiosk(connection, riverside, name, heard=until)
            stood = update(kiosk_placement).where(kiosk_placement.c.kiosk_id == name)
            connection.execute(stood.values(since=until - 10 * WEEK))
            for ago in range(weeks, 0, -1):
                # By the clock on the wall: in summer an hour earlier by UTC.
                summer = HOUR if until - ago * WEEK < datetime(2026, 10, 25, tzinfo=UTC) else timedelta()
                for part in range(presses):
                    at = until - ago * WEEK - summer - HOUR + (part + 0.5) * HOUR / presses
                    make_ratings(connection, cursor_id, [1], happened=at)
            make_ratings(connection, cursor_id, [1], happened=until - HOUR)
        return cursor_id

    return stands


@pytest.fixture
def heard(engine: Engine) -> Callable[..., None]:
    """All kiosks say something at a time."""

    def say(at: datetime, **values: Any) -> None:
        with engine.begin() as connection:
            connection.execute(update(kiosk_status).values(received_at=at, **values))

    return say


def test_an_hour_without_a_press_where_twenty_are_usual(
    at_the_exit: Callable[..., int], look: Look, engine: Engine, riverside: Shop
) -> None:
    at_the_exit("exit-1", 20)
    [opened] = look(AFTERNOON, "silence")
    assert (opened.subject, opened.touchpoint_id) == ("kiosk/exit-1", riverside.exit)
    assert (opened.data["usual"], opened.data["weeks"]) == (20.0, 8)
    with engine.connect() as connection:
        alert = visible_alert(connection, riverside.store, opened.id)
        assert alert
        chart = chart_of(connection, alert, AFTERNOON)
    assert [(round(bar.other), bar.count) for bar in chart][-1] == (20, 1)
    assert chart[-1].is_opening


def test_it_ends_with_the_next_press_and_not_before(
    at_the_exit: Callable[..., int], look: Look, engine: Engine, heard: Callable[..., None]
) -> None:
    cursor_id = at_the_exit("exit-1", 20)
    look(AFTERNOON, "silence")
    evening = AFTERNOON + 10 * HOUR
    heard(evening, state="offline")
    assert look(evening, "silence")[0].closed_at is None
    with engine.begin() as connection:
        make_ratings(connection, cursor_id, [4], happened=evening + MINUTE)
    heard(evening + MINUTE, state="online")
    assert look(evening + MINUTE, "silence")[0].closed_at == evening + MINUTE


@pytest.mark.parametrize("presses", [0, 7])
def test_where_few_press_silence_is_nothing(at_the_exit: Callable[..., int], look: Look, presses: int) -> None:
    at_the_exit("exit-1", presses)
    assert look(AFTERNOON, "silence") == []


def test_two_weeks_are_no_habit(at_the_exit: Callable[..., int], look: Look, engine: Engine) -> None:
    at_the_exit("exit-1", 30, weeks=2)
    with engine.begin() as connection:
        connection.execute(update(kiosk_placement).values(since=AFTERNOON - timedelta(days=15)))
    assert look(AFTERNOON, "silence") == []


def test_each_kiosk_is_compared_with_itself(at_the_exit: Callable[..., int], look: Look) -> None:
    at_the_exit("busy", 20)
    at_the_exit("quiet", 1)  # at the same touchpoint
    assert [each.subject for each in look(AFTERNOON, "silence")] == ["kiosk/busy"]


@pytest.mark.parametrize(
    "values",
    [
        {"state": "offline"},
        {"state": "asleep", "asleep_until": AFTERNOON + HOUR},
        {"received_at": AFTERNOON - 5 * MINUTE},
    ],
    ids=["offline", "asleep", "silent itself"],
)
def test_a_kiosk_that_is_not_online_is_not_judged(
    at_the_exit: Callable[..., int], look: Look, engine: Engine, values: dict[str, Any]
) -> None:
    at_the_exit("exit-1", 20)
    with engine.begin() as connection:
        connection.execute(update(kiosk_status).values(**values))
    assert look(AFTERNOON, "silence") == []


def test_presses_that_are_still_on_their_way_are_no_silence(
    at_the_exit: Callable[..., int], look: Look, engine: Engine, heard: Callable[..., None]
) -> None:
    cursor_id = at_the_exit("exit-1", 20)
    with engine.connect() as connection:
        committed = connection.execute(select(cursor.c.seq).where(cursor.c.id == cursor_id)).scalar_one()
    heard(AFTERNOON, seq=committed + 3)
    assert look(AFTERNOON, "silence") == []


@pytest.mark.parametrize(
    ("hours", "alerts"),
    [
        ({"mon": [["09:00", "14:00"]]}, 0),  # closed
        ({"sun": [["09:00", "21:00"]]}, 0),
        ({"mon": [["13:50", "21:00"]]}, 0),  # opened ten minutes ago
        ({"mon": [["09:00", "21:00"]]}, 1),
        ({}, 1),  # not known
    ],
)
def test_only_while_the_store_is_open(
    at_the_exit: Callable[..., int], look: Look, engine: Engine, hours: dict[str, Any], alerts: int
) -> None:
    at_the_exit("exit-1", 20)
    with engine.begin() as connection:
        connection.execute(update(place).values(opening_hours=hours))
    assert len(look(AFTERNOON, "silence")) == alerts
