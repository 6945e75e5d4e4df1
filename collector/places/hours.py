"""Opening hours: when a store is open, told in the store's own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

#: By weekday: periods as ["HH:MM", "HH:MM"], "24:00" for midnight. A day that is not there is closed;
#: no days at all means that the hours are not known.
OpeningHours = Mapping[str, list[list[str]]]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Opening:
    """Whether a store is open, and when that changes next; None: open day and night."""

    is_open: bool
    changes_at: datetime | None


def opening(hours: OpeningHours, now: datetime) -> Opening | None:
    """What the door says at `now`; None where opening hours are not known or the store never opens.

    Parameters
    ----------
    now: aware, in the store's time zone.
    """
    open_until = None
    for ahead in range(-1, 8):  # from yesterday: a night's opening reaches into today
        for begin, end in periods(hours, now.date() + timedelta(days=ahead), now.tzinfo):
            if open_until and begin > open_until:
                return Opening(True, open_until)
            if open_until or begin <= now < end:
                open_until = end
            elif now < begin:
                return Opening(False, begin)
    if open_until and open_until - now < timedelta(days=6):
        return Opening(True, open_until)
    return Opening(True, None) if open_until else None


def periods(hours: OpeningHours, day: date, zone: tzinfo | None) -> list[tuple[datetime, datetime]]:
    """When the store is open on `day`, from first to last, in UTC; `zone` is the store's."""
    return [
        (_at(day, begin, zone), _at(day if end > begin else day + timedelta(days=1), end, zone))
        for begin, end in sorted(hours.get(WEEKDAYS[day.weekday()], ()))
    ]


def open_slots(hours: OpeningHours) -> frozenset[tuple[int, int]]:
    """The hours of the week in which a store is open, in whole or in part, as (weekday, hour); Monday is 0."""
    slots = set()
    for weekday, name in enumerate(WEEKDAYS):
        for begin, end in hours.get(name, ()):
            first, last = int(begin[:2]), int(end[:2]) - (end[3:] == "00")
            # One that goes on after midnight reaches into the next day.
            last += 24 if end <= begin else 0
            slots |= {((weekday + hour // 24) % 7, hour % 24) for hour in range(first, last + 1)}
    return frozenset(slots)


def _at(day: date, clock: str, zone: tzinfo | None) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)
