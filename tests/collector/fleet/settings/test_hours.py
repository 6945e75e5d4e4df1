"""Hours for a device that knows no time zones say the same as the time zone does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.fleet.settings.hours import YEARS, offsets, week


def test_week_begins_on_monday_and_a_day_that_is_not_there_is_closed() -> None:
    hours = {"mon": [["13:00", "21:30"], ["08:00", "12:00"]], "sun": [["00:00", "24:00"]]}
    assert week(hours) == [[[480, 720], [780, 1290]], [], [], [], [], [], [[0, 1440]]]


def test_a_night_is_two_periods() -> None:
    hours = {"sat": [["20:00", "02:30"]], "sun": [["10:00", "00:00"]]}
    assert week(hours) == [[], [], [], [], [], [[1200, 1440]], [[0, 150], [600, 1440]]]


def test_unknown_hours_are_none() -> None:
    assert week({}) is None


@pytest.mark.parametrize(
    "name", ["Europe/Kyiv", "Pacific/Kiritimati", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
def test_offsets_say_what_the_clock_of_the_zone_shows(name: str) -> None:
    zone = ZoneInfo(name)
    found = offsets(zone, 2026)
    assert found == sorted(found)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert found[0][0] == begin.timestamp() * 1000
    for hours in range(0, YEARS * 365 * 24, 7):
        moment = begin + timedelta(hours=hours)
        minutes = next(minutes for since, minutes in reversed(found) if since <= moment.timestamp() * 1000)
        assert timedelta(minutes=minutes) == moment.astimezone(zone).utcoffset(), moment


def test_a_shift_is_known_to_the_minute() -> None:
    assert offsets(ZoneInfo("Europe/Kyiv"), 2026)[1] == [datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp() * 1000, 180]
