"""When a survey is asked."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from collector.surveys.schedule import Schedule, holds

#: A Sunday, 11:52 in Kyiv.
NOON = datetime(2026, 11, 22, 9, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "is_asked"),
    [
        (Schedule(), True),
        (Schedule(since=date(2026, 11, 22), until=date(2026, 11, 22)), True),
        (Schedule(since=date(2026, 11, 23)), False),
        (Schedule(until=date(2026, 11, 21)), False),
        (Schedule(weekdays=("sat", "sun")), True),
        (Schedule(weekdays=("mon",)), False),
        (Schedule(hours=("11:00", "12:00")), True),
        (Schedule(hours=("09:00", "11:52")), False),
        (Schedule(hours=("11:52", "24:00")), True),
        (Schedule(hours=("22:00", "06:00")), False),
        (Schedule(hours=("22:00", "12:00")), True),
    ],
)
def test_days_weekdays_and_hours_of_the_place(schedule: Schedule, is_asked: bool) -> None:
    assert holds(schedule, NOON, "Europe/Kyiv") is is_asked
    stored = msgspec.convert(msgspec.to_builtins(schedule), Schedule)
    assert stored == schedule


def test_a_day_is_the_places_own() -> None:
    monday = Schedule(weekdays=("mon",))
    evening = NOON.replace(hour=20)
    assert holds(monday, evening, "Pacific/Auckland")
    assert not holds(monday, evening, "Europe/Kyiv")


@pytest.mark.parametrize("stored", [{"weekdays": ["monday"]}, {"hours": ["9:00", "17:00"]}, {"hours": ["09:00"]}])
def test_what_is_no_schedule(stored: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stored, Schedule)
