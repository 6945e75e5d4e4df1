"""In which time a clock runs: day and night, or at hours of the week in a time zone. Plain functions of plain data.

Both kinds answer the same three questions. All moments are aware; what is counted is real time, so that the night in
which clocks are put forward is an hour shorter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from collector.cases.rules import policy
from collector.places.hours import OpeningHours, periods

_DAY = timedelta(days=1)


class Running(Protocol):
    """In which time a clock runs."""

    def spent(self, since: datetime, until: datetime) -> timedelta:
        """How much of it lies between two moments."""

    def after(self, since: datetime, length: timedelta) -> datetime:
        """When `length` of it, more than none, will have passed."""

    def next(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which the clock runs."""


@dataclass(frozen=True)
class DayAndNight:
    """A clock as the customer's."""

    def spent(self, since: datetime, until: datetime) -> timedelta:
        return max(until - since, timedelta())

    def after(self, since: datetime, length: timedelta) -> datetime:
        return since + length

    def next(self, moment: datetime) -> datetime:
        return moment


@dataclass(frozen=True)
class BusinessHours:
    """A clock that runs at some hours of the week, at one at least."""

    hours: OpeningHours
    zone: ZoneInfo

    def spent(self, since: datetime, until: datetime) -> timedelta:
        total = timedelta()
        for begin, end in self._open_from(since):
            if begin >= until:
                break
            total += min(end, until) - begin
        return total

    def after(self, since: datetime, length: timedelta) -> datetime:
        for begin, end in self._open_from(since):
            if length <= end - begin:
                return begin + length
            length -= end - begin
        raise AssertionError("a week without hours")  # pragma: no cover - `running` makes none

    def next(self, moment: datetime) -> datetime:
        begin, _ = next(self._open_from(moment))
        return begin

    def _open_from(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The periods from a moment on, in order; where two overlap, the second begins when the first is over."""
        day, so_far = since.astimezone(self.zone).date() - _DAY, since  # a night's hours reach into today
        while True:
            for begin, end in periods(self.hours, day, self.zone):
                # Of the hour that is skipped in spring there is nothing.
                if begin < end and end > so_far:
                    yield max(begin, so_far), end
                    so_far = end
            day += _DAY


def running(calendar: policy.Calendar, opening_hours: OpeningHours, zone: ZoneInfo) -> Running:
    """What a policy's calendar is at a store with these hours in this time zone."""
    match calendar:
        case policy.StoreHours() if any(opening_hours.values()):
            return BusinessHours(opening_hours, zone)
        case policy.OwnHours(hours=hours, zone=own):
            as_stored: OpeningHours = {day: [list(period) for period in given] for day, given in hours.items()}
            return BusinessHours(as_stored, ZoneInfo(own) if own else zone)
    return DayAndNight()
