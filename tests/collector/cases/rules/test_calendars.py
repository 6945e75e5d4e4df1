"""In which time a clock runs: nights, daylight saving, weeks in which it hardly runs at all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from collector.cases.rules.calendars import BusinessHours, DayAndNight, Running, running
from collector.cases.rules.policy import OwnHours, StoreHours, WallTime
from collector.places.hours import WEEKDAYS

KYIV = ZoneInfo("Europe/Kyiv")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SHOP = BusinessHours({day: [["09:00", "21:00"]] for day in WEEKDAYS[:6]}, KYIV)  # closed on Sundays


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV, fold=fold)


def test_a_night_and_a_sunday_do_not_count() -> None:
    saturday, monday = local("2026-11-21T20:00"), local("2026-11-23T10:00")
    assert SHOP.spent(saturday, monday) == 2 * HOUR
    assert SHOP.after(saturday, 90 * MINUTE) == local("2026-11-23T09:30")
    assert SHOP.next(local("2026-11-22T12:00")) == local("2026-11-23T09:00")
    assert SHOP.next(saturday) == saturday


def test_a_time_that_ends_with_closing_ends_then_and_not_next_morning() -> None:
    assert SHOP.after(local("2026-11-21T20:00"), HOUR) == local("2026-11-21T21:00")


def test_hours_past_midnight() -> None:
    bar = BusinessHours({"fri": [["18:00", "02:00"]], "sat": [["01:00", "03:00"]]}, KYIV)
    assert bar.spent(local("2026-11-20T12:00"), local("2026-11-22T12:00")) == 9 * HOUR  # the overlap counts once
    assert bar.after(local("2026-11-21T01:30"), HOUR) == local("2026-11-21T02:30")


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-22", 24)],  # forward, back, and an ordinary Sunday
)
def test_the_nights_in_which_clocks_change(day: str, hours: int) -> None:
    always = BusinessHours({each: [["00:00", "24:00"]] for each in WEEKDAYS}, KYIV)
    midnight = local(f"{day}T00:00")
    next_one = (midnight + timedelta(days=1)).astimezone(KYIV)
    assert always.spent(midnight, next_one) == hours * HOUR == next_one.astimezone(UTC) - midnight.astimezone(UTC)


def test_hours_that_are_skipped_in_spring_are_none() -> None:
    night = BusinessHours({"sun": [["03:30", "04:00"]], "mon": [["09:00", "10:00"]]}, KYIV)
    assert night.spent(local("2026-03-28T12:00"), local("2026-03-30T12:00")) == HOUR
    assert night.after(local("2026-03-28T12:00"), HOUR) == local("2026-03-30T10:00")
    assert night.next(local("2026-03-29T00:00")) == local("2026-03-30T09:00")


def test_a_working_day_is_as_long_whatever_the_night_was() -> None:
    sunday_too = BusinessHours({day: [["09:00", "18:00"]] for day in WEEKDAYS}, KYIV)
    for begin in ("2026-03-28T12:00", "2026-10-24T12:00"):  # 6 h that day, and 3 h of the next one
        end = sunday_too.after(local(begin), 9 * HOUR)
        assert end.astimezone(KYIV).strftime("%H:%M") == "12:00"


def test_which_calendar() -> None:
    hours = {"mon": [["09:00", "21:00"]]}
    assert running(WallTime(), hours, KYIV) == DayAndNight()
    assert running(StoreHours(), hours, KYIV) == BusinessHours(hours, KYIV)
    assert running(StoreHours(), {}, KYIV) == DayAndNight()
    assert running(StoreHours(), {"mon": []}, KYIV) == DayAndNight()
    berlin = OwnHours({"mon": [("08:00", "16:00")]}, "Europe/Berlin")
    assert running(berlin, hours, KYIV) == BusinessHours({"mon": [["08:00", "16:00"]]}, ZoneInfo("Europe/Berlin"))
    assert running(OwnHours({"mon": [("08:00", "16:00")]}), hours, KYIV).next(local("2026-11-22T12:00")) == local(
        "2026-11-23T08:00"
    )


def test_hours_that_never_come_are_no_hours() -> None:
    with pytest.raises(ValueError, match="an hour at least"):
        OwnHours({"mon": []})
    with pytest.raises(ValueError, match="no such time zone"):
        OwnHours({"mon": [("08:00", "16:00")]}, "Mars/Base")


clocks = some.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
weeks = some.dictionaries(
    some.sampled_from(WEEKDAYS),
    some.lists(some.tuples(clocks, clocks | some.just("24:00")).map(list), min_size=1, max_size=2),
    min_size=1,
    max_size=7,
)
#: Around both changes of the clocks, and in an ordinary week.
moments = some.sampled_from(["2026-03-26", "2026-10-22", "2026-07-06"]).flatmap(
    lambda day: some.integers(0, 7 * 24 * 60).map(
        lambda minute: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minute)
    )
)
kinds = weeks.map(lambda hours: BusinessHours(hours, KYIV)) | some.just(DayAndNight())
lengths = some.integers(1, 60 * 24 * 20).map(lambda minutes: timedelta(minutes=minutes))


@given(runs=kinds, since=moments, length=lengths)
@settings(max_examples=150)
def test_what_is_spent_until_its_end_is_all_of_it(runs: Running, since: datetime, length: timedelta) -> None:
    end = runs.after(since, length)
    assert runs.spent(since, end) == length
    assert runs.spent(since, end - timedelta(seconds=1)) < length
    begin = runs.next(since)
    assert begin >= since
    assert runs.spent(since, begin) == timedelta()
    assert runs.spent(begin, begin + timedelta(seconds=1)) == timedelta(seconds=1)


@given(runs=kinds, since=moments, first=lengths, then=lengths)
@settings(max_examples=100)
def test_a_time_in_two_pieces_is_as_long(runs: Running, since: datetime, first: timedelta, then: timedelta) -> None:
    middle, end = since + first, since + first + then
    assert runs.spent(since, middle) + runs.spent(middle, end) == runs.spent(since, end)
    assert timedelta() <= runs.spent(since, end) <= end - since


@given(hours=weeks, since=moments, minutes=some.integers(0, 60 * 24 * 3))
@settings(max_examples=60)
def test_minute_by_minute(hours: dict[str, list[list[str]]], since: datetime, minutes: int) -> None:
    """Against the plainest way: look at the clock on the wall each quarter of an hour. (In the nights in which clocks
    change, what hours mean is `places.hours`' business.)"""
    if since.month != 7:
        return
    count, quarter = 0, 15 * MINUTE
    start = since.replace(minute=since.minute // 15 * 15)
    end = start + minutes // 15 * quarter
    at = start
    while at < end:
        count += _is_open(hours, at.astimezone(KYIV))
        at += quarter
    assert BusinessHours(hours, KYIV).spent(start, end) == count * quarter


def _is_open(hours: dict[str, list[list[str]]], at: datetime) -> bool:
    clock = f"{at:%H:%M}"
    today, yesterday = (hours.get(WEEKDAYS[day.weekday()], []) for day in (at, at - timedelta(days=1)))
    return any(begin <= clock and (clock < end or end <= begin) for begin, end in today) or any(
        end <= begin and clock < end for begin, end in yesterday
    )
