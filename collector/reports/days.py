"""Which days a report is about, and when it is due: pure.

A report comes in the morning after its last day, at the place where it is about: at seven, or an hour before the doors
open where that is earlier; but not before the day is over in every store below.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from collector.places.hours import WEEKDAYS, OpeningHours, periods

Period: TypeAlias = Literal["day", "week", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)

DAY = timedelta(days=1)
#: When reports come at the latest, and how long before the doors open.
MORNING, BEFORE = time(7), timedelta(hours=1)
#: How long after it was due a report is still worth sending: somebody's machine may have been off.
WORTH: dict[Period, timedelta] = {"day": timedelta(hours=12), "week": timedelta(days=2), "month": timedelta(days=5)}


@dataclass(frozen=True)
class Days:
    """What a report is about: whole days, the last included."""

    period: Period
    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Days":
        """What it is compared with: the same weekday a week before, the week before, the month before."""
        if self.period == "day":
            return Days("day", self.first - 7 * DAY, self.last - 7 * DAY)
        return days_with(self.period, self.first - DAY)

    @property
    def after(self) -> "Days":
        if self.period == "day":
            return Days("day", self.first + DAY, self.last + DAY)
        return days_with(self.period, self.last + DAY)

    def each(self) -> list[date]:
        return [self.first + at * DAY for at in range(self.count)]


def days_with(period: Period, day: date) -> Days:
    """The day itself, its week from Monday to Sunday, or its month."""
    if period == "day":
        return Days("day", day, day)
    if period == "week":
        monday = day - day.weekday() * DAY
        return Days("week", monday, monday + 6 * DAY)
    return Days("month", day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def last_over(period: Period, today: date) -> Days:
    """The last day, week or month that is over."""
    if period == "day":
        return days_with(period, today - DAY)
    return days_with(period, days_with(period, today).first - DAY)


def is_closed(hours: OpeningHours, day: date) -> bool:
    """Whether the doors stay shut that day; where opening hours are not known, nobody says so."""
    return bool(hours) and not hours.get(WEEKDAYS[day.weekday()])


def due_at(last: date, zone: ZoneInfo, hours: OpeningHours, zones_below: Iterable[ZoneInfo] = ()) -> datetime:
    """When the report of days that end with `last` is due, in UTC.

    Parameters
    ----------
    zone, hours: of the place; it has hours where it is a store.
    zones_below: of all stores that it is about.
    """
    morning = last + DAY
    due = datetime.combine(morning, MORNING, zone).astimezone(UTC)
    opened = [begin for begin, _ in periods(hours, morning, zone)]
    # A night's opening begins at midnight: whoever works then reads at seven.
    early = [begin - BEFORE for begin in opened if (begin - BEFORE).astimezone(zone).date() == morning]
    over = [datetime.combine(morning, time(), each).astimezone(UTC) for each in zones_below]
    return max([min([due, *early]), *over])
