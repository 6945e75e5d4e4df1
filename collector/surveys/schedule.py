"""When a survey is asked: between two days, on some weekdays, at some hours; the place's own time."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from collector.places.hours import WEEKDAYS

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class Schedule(msgspec.Struct, frozen=True, omit_defaults=True):
    """As it is stored; what is not said does not matter."""

    #: First and last day.
    since: date | None = None
    until: date | None = None
    #: None: all.
    weekdays: tuple[Weekday, ...] = ()
    #: From and to, "HH:MM"; a period may pass midnight.
    hours: tuple[Clock, Clock] | None = None


def holds(schedule: Schedule, now: datetime, time_zone: str) -> bool:
    """Whether a survey with this schedule is asked at `now`, at a place in that time zone."""
    local = now.astimezone(ZoneInfo(time_zone))
    day = local.date()
    if (schedule.since and day < schedule.since) or (schedule.until and day > schedule.until):
        return False
    if schedule.weekdays and WEEKDAYS[day.weekday()] not in schedule.weekdays:
        return False
    if schedule.hours is None:
        return True
    begin, end = schedule.hours
    clock = f"{local:%H:%M}"
    return begin <= clock < end if begin < end else clock >= begin or clock < end
