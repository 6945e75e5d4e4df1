from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collector.places.hours import WEEKDAYS, Opening, opening, periods

KYIV = ZoneInfo("Europe/Kyiv")
HOURS = {
    "mon": [["09:00", "13:00"], ["14:00", "21:00"]],
    "fri": [["20:00", "02:00"]],
    "sat": [["10:00", "24:00"]],
}


@pytest.mark.parametrize(
    ("now", "is_open", "changes"),
    [
        ("2026-11-23T08:59", False, "2026-11-23T09:00"),  # a Monday
        ("2026-11-23T09:00", True, "2026-11-23T13:00"),
        ("2026-11-23T13:00", False, "2026-11-23T14:00"),
        ("2026-11-23T21:00", False, "2026-11-27T20:00"),
        ("2026-11-28T01:59", True, "2026-11-28T02:00"),  # Friday's night
        ("2026-11-28T02:00", False, "2026-11-28T10:00"),
        ("2026-11-28T23:59", True, "2026-11-29T00:00"),
        ("2026-11-29T00:00", False, "2026-11-30T09:00"),
    ],
)
def test_the_door(now: str, is_open: bool, changes: str) -> None:
    found = opening(HOURS, datetime.fromisoformat(now).replace(tzinfo=KYIV))
    assert found
    assert found.is_open is is_open
    assert found.changes_at == datetime.fromisoformat(changes).replace(tzinfo=KYIV)


def test_nothing_is_known() -> None:
    assert opening({}, datetime(2026, 11, 23, tzinfo=KYIV)) is None


def test_an_opening_over_the_change_of_the_clocks_has_its_real_length() -> None:
    now = datetime(2026, 10, 25, 12, tzinfo=KYIV)
    ((begin, end),) = periods({"sun": [["00:00", "24:00"]]}, now.date(), KYIV)
    assert (end - begin).total_seconds() == 25 * 3600
    assert begin.tzinfo is UTC


def test_open_day_and_night() -> None:
    hours = {day: [["00:00", "24:00"]] for day in WEEKDAYS}
    assert opening(hours, datetime(2026, 11, 22, 3, tzinfo=KYIV)) == Opening(True, None)


def test_open_beyond_midnight_into_the_next_period() -> None:
    hours = {"fri": [["20:00", "24:00"]], "sat": [["00:00", "04:00"]]}
    found = opening(hours, datetime(2026, 11, 20, 21, tzinfo=KYIV))
    assert found == Opening(True, datetime(2026, 11, 21, 4, tzinfo=KYIV).astimezone(UTC))
