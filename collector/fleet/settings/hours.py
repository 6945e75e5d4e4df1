"""A store's hours as a kiosk reads them, which knows no time zones: minutes of the day, and the clock's next shifts."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from collector.places.hours import WEEKDAYS, OpeningHours

MIDNIGHT = 24 * 60
#: For how many years a kiosk knows the clock's shifts in advance.
YEARS = 4

Week = list[list[list[int]]]


def week(hours: OpeningHours) -> Week | None:
    """For each day of the week, Monday first, its periods as [from, to], minutes after midnight, 0 … 1440.

    A period that goes on beyond midnight ends there, and another begins the next day. None where hours are not known.
    """
    if not hours:
        return None
    days: Week = [[] for _ in WEEKDAYS]
    for number, name in enumerate(WEEKDAYS):
        for begin, end in ((_minutes(begin), _minutes(end)) for begin, end in hours.get(name, ())):
            if begin < end:
                days[number].append([begin, end])
            else:
                days[number].append([begin, MIDNIGHT])
                if end:
                    days[(number + 1) % 7].append([0, end])
    return [sorted(day) for day in days]


@lru_cache
def offsets(zone: ZoneInfo, year: int) -> list[list[int]]:
    """How far the zone's clock is ahead of UTC, as [since, minutes] with `since` in ms since 1970, ascending: from the
    first of January of `year` on, and whenever it changes in the years that follow."""
    found: list[list[int]] = []
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + YEARS, 1, 1, tzinfo=UTC)
    while moment < end:
        ahead = _ahead(zone, moment)
        if not found or found[-1][1] != ahead:
            begin = _shift(zone, moment - timedelta(days=1), moment) if found else moment
            found.append([round(begin.timestamp() * 1000), ahead])
        moment += timedelta(days=1)
    return found


def _shift(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute at which the clock was shifted, between two moments with one shift between them."""
    ahead = _ahead(zone, after)
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=1) // 2)
        before, after = (before, middle) if _ahead(zone, middle) == ahead else (middle, after)
    return after


def _ahead(zone: ZoneInfo, moment: datetime) -> int:
    return round((moment.astimezone(zone).utcoffset() or timedelta()) / timedelta(minutes=1))


def _minutes(clock: str) -> int:
    if clock == "24:00":
        return MIDNIGHT
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute
