"""The index before a case and after its resolution, in the same hours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, update

from collector.database import driver
from collector.insights import days
from collector.insights.same_hours import BeforeAndAfter, before_and_after
from collector.places.tables import touchpoint
from collector.ratings.kinds import Mark
from collector.surveys.tables import question
from tests.factories import Shop, add_up, make_kiosk, make_ratings

KYIV = ZoneInfo("Europe/Kyiv")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
#: A Wednesday in Kyiv, 17:30: the case was opened; two hours later it was resolved.
OPENED = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
RESOLVED = OPENED + 2 * HOUR


@pytest.fixture
def press(engine: Engine, riverside: Shop) -> Callable[..., None]:
    with engine.begin() as connection:
        cursors = {
            each: make_kiosk(connection, riverside, touchpoint=each) for each in (riverside.checkout, riverside.exit)
        }

    def presses(at: datetime, *buttons: int, touchpoint_id: int | None = None, **how: Any) -> None:
        with engine.begin() as connection:
            make_ratings(connection, cursors[touchpoint_id or riverside.exit], buttons, happened=at, **how)

    return presses


@pytest.fixture
def compare(engine: Engine, riverside: Shop) -> Callable[..., BeforeAndAfter | None]:
    def asked(
        now: datetime,
        resolved: datetime | None = RESOLVED,
        *,
        here: int | None = riverside.exit,
        opened: datetime = OPENED,
    ) -> Any:
        with engine.begin() as connection:
            add_up(connection)
            return before_and_after(connection, riverside.store, here, opened, resolved, now, KYIV)

    return asked


def test_the_same_hours_of_the_week_and_no_others(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None]
) -> None:
    evening = RESOLVED + 90 * timedelta(minutes=1)  # Wednesday, 21:00
    for ago in (1, 2, 3, 4):
        press(evening - ago * WEEK - HOUR, *[4] * 6)
        press(evening - ago * WEEK - 12 * HOUR, *[1] * 20)  # in the morning all are happy
        press(evening - ago * WEEK - DAY, *[1] * 20)  # and on other days
    press(evening - 5 * WEEK - HOUR, *[1] * 20)  # longer ago
    press(evening - HOUR, *[1] * 20, *[2] * 4)
    found = compare(evening)
    assert found
    assert (found.before.value, found.before.count) == (0, 24)
    assert (round(found.after.value, 1), found.after.count) == (94.4, 24)
    assert round(found.change, 1) == 94.4
    assert found.is_sure
    assert found.before_until == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def test_the_hour_of_the_resolution_is_left_out(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None]
) -> None:
    for ago in (1, 2):
        press(RESOLVED - ago * WEEK + HOUR, *[3] * 12)
        press(RESOLVED - ago * WEEK, *[1] * 12)
    press(RESOLVED + timedelta(minutes=1), *[4] * 30)
    assert compare(RESOLVED + timedelta(minutes=10)) is None
    press(RESOLVED + HOUR, *[1] * 24)
    found = compare(RESOLVED + 2 * HOUR)
    assert found
    assert (found.before.count, found.before.value) == (24, pytest.approx(100 / 3))
    assert (found.after.count, found.after.value) == (24, 100)
    assert found.after_from == datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def test_what_led_to_the_case_is_no_measure_of_the_place(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None]
) -> None:
    press(OPENED - timedelta(minutes=5), *[4] * 30)
    press(OPENED - WEEK, *[2] * 24)
    press(OPENED + WEEK, *[2] * 24)
    found = compare(RESOLVED + WEEK)
    assert found
    assert found.before.count == 24
    assert found.change == 0
    assert not found.is_sure


def test_whole_weeks_after_the_first(press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None]) -> None:
    for ago in (1, 2, 3, 4):
        press(OPENED - ago * WEEK + DAY, *[3] * 6)
    press(RESOLVED + DAY, *[1] * 24)
    press(RESOLVED + 8 * DAY, *[4] * 24)  # the second Thursday would weigh twice
    found = compare(RESOLVED + 9 * DAY)
    assert found
    assert found.after.count == 24
    later = compare(RESOLVED + 100 * DAY)
    assert later
    assert later.after.count == 48


def test_hours_are_the_stores_own_when_its_clock_has_changed(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None]
) -> None:
    # Until 25 October Kyiv was an hour further ahead: its 20:00 was 17:00 UTC.
    press(datetime(2026, 10, 21, 17, 10, tzinfo=UTC), *[4] * 24)
    press(datetime(2026, 10, 21, 16, 10, tzinfo=UTC), *[1] * 24)
    press(datetime(2026, 11, 4, 18, 10, tzinfo=UTC), *[1] * 24)
    resolved = datetime(2026, 11, 4, 17, 30, tzinfo=UTC)
    found = compare(resolved + HOUR, resolved, opened=resolved - 2 * HOUR)
    assert found
    assert (found.before.value, found.before.count) == (0, 24)


@pytest.mark.parametrize(("before", "after"), [(19, 24), (24, 19), (0, 24), (24, 0)])
def test_too_few_say_nothing(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None], before: int, after: int
) -> None:
    for at, count in ((RESOLVED - WEEK + HOUR, before), (RESOLVED + HOUR, after)):
        if count:
            press(at, *[1] * count)
    assert compare(RESOLVED + 2 * HOUR) is None


def test_without_a_resolution_there_is_no_after(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None]
) -> None:
    press(OPENED - WEEK, *[1] * 24)
    press(OPENED + HOUR, *[1] * 24)
    assert compare(RESOLVED + HOUR, None) is None
    assert compare(RESOLVED, RESOLVED + HOUR) is None


def test_one_touchpoint_or_the_whole_store(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None], riverside: Shop
) -> None:
    for at in (RESOLVED - WEEK + HOUR, RESOLVED + HOUR):
        press(at, *[1] * 24)
        press(at, *[4] * 24, touchpoint_id=riverside.checkout)
    here, everywhere = compare(RESOLVED + 2 * HOUR), compare(RESOLVED + 2 * HOUR, here=None)
    assert here
    assert everywhere
    assert (here.before.value, here.before.count) == (100, 24)
    assert (everywhere.before.value, everywhere.before.count) == (50, 48)


@pytest.mark.parametrize("how", [{"mark": Mark.TEST}, {"earliest": RESOLVED - 2 * WEEK}])
def test_what_is_not_counted_is_no_proof(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None], how: dict[str, Any]
) -> None:
    press(RESOLVED - WEEK + HOUR, *[1] * 24)
    press(RESOLVED + HOUR, *[1] * 24, **how)
    assert compare(RESOLVED + 2 * HOUR) is None


@pytest.mark.parametrize("change", ["staff", "stars"])
def test_only_the_customers_smileys_count(
    press: Callable[..., None], compare: Callable[..., BeforeAndAfter | None], engine: Engine, change: str
) -> None:
    for at in (RESOLVED - WEEK + HOUR, RESOLVED + HOUR):
        press(at, *[1] * 24)
    assert compare(RESOLVED + 2 * HOUR)
    with engine.begin() as connection:
        if change == "staff":
            connection.execute(update(touchpoint).values(audience="staff"))
        else:
            connection.execute(update(question).values(kind="stars"))
        days.note_all(driver(connection))
    assert compare(RESOLVED + 2 * HOUR) is None
