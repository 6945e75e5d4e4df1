"""Which days a report is about, and when it is due."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from collector.reports.days import PERIODS, Days, Period, days_with, due_at, is_closed, last_over

KYIV, LISBON, LOS_ANGELES = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Lisbon"), ZoneInfo("America/Los_Angeles")
DAYS = some.dates(date(2001, 1, 1), date(2090, 1, 1))
NINE_TO_NINE = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}


@given(some.sampled_from(PERIODS), DAYS)
def test_days_follow_each_other_without_gap_or_overlap(period: Period, day: date) -> None:
    days = days_with(period, day)
    assert days.first <= day <= days.last
    assert days.after.first == days.last + timedelta(days=1)
    assert all(days_with(period, each) == days for each in days.each())
    over = last_over(period, day)
    assert over.last < day
    assert over.after.last >= day
    # What it is compared with is as long, has the same weekdays, or is the month before.
    assert days.before.last < days.first
    assert period == "month" or (days.first - days.before.first, days.before.count) == (timedelta(7), days.count)


def test_days_by_name() -> None:
    assert last_over("week", date(2026, 11, 23)) == Days("week", date(2026, 11, 16), date(2026, 11, 22))
    assert last_over("month", date(2026, 3, 1)) == Days("month", date(2026, 2, 1), date(2026, 2, 28))
    assert days_with("month", date(2028, 2, 3)).count == 29


@given(DAYS, some.sampled_from([KYIV, LISBON, LOS_ANGELES]), some.lists(some.sampled_from([KYIV, LOS_ANGELES])))
def test_nothing_is_due_before_its_days_are_over(day: date, zone: ZoneInfo, below: list[ZoneInfo]) -> None:
    due = due_at(day, zone, {}, below)
    for each in (zone, *below):
        assert due.astimezone(each).date() > day
    assert due - datetime.combine(day, datetime.min.time(), zone) < timedelta(days=3)


def test_it_comes_at_seven_or_before_the_doors_open() -> None:
    friday = date(2026, 11, 20)
    assert due_at(friday, KYIV, NINE_TO_NINE) == datetime(2026, 11, 21, 5, tzinfo=UTC)
    early = {"sat": [["06:30", "12:00"], ["13:00", "20:00"]]}
    assert due_at(friday, KYIV, early) == datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    # Whoever opens at midnight reads at seven, too.
    assert due_at(friday, KYIV, {"sat": [["00:00", "24:00"]]}) == datetime(2026, 11, 21, 5, tzinfo=UTC)
    # In Kyiv it is morning when in Los Angeles it is still yesterday.
    assert due_at(friday, KYIV, {}, [LOS_ANGELES]) == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_a_day_is_closed_only_where_hours_are_known() -> None:
    sunday = date(2026, 11, 22)
    assert is_closed(NINE_TO_NINE, sunday)
    assert not is_closed(NINE_TO_NINE, date(2026, 11, 21))
    assert not is_closed({}, sunday)
