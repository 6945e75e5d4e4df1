"""Where the bars of a chart stand: numbers for the drawing, in per cent of its width and height."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Bar:
    """One hour. `x` and `width` are in per cent of the chart's width, `height` in per cent of the highest bar."""

    hour: datetime
    until: datetime
    count: int
    x: float
    width: float
    height: float
    highest: bool


def hour_bars(counts: Mapping[datetime, int], opened: Sequence[tuple[datetime, datetime]], zone: ZoneInfo) -> list[Bar]:
    """A bar for every hour from the first to the last that was open or has ratings.

    Parameters
    ----------
    counts: ratings by the start of the hour.
    opened: when the store is open on that day, as (from, to).
    zone: the store's, in which hours begin.
    """
    hours = _hours(counts, opened, zone)
    most = max(counts.values(), default=0)
    slot = 100 / len(hours) if hours else 0
    highest = max(hours, key=lambda hour: counts.get(hour, 0)) if most else None
    return [
        Bar(
            hour=hour,
            until=hour + HOUR,
            count=counts.get(hour, 0),
            x=place * slot + slot * 0.1,
            width=slot * 0.8,
            height=100 * counts.get(hour, 0) / most if most else 0,
            highest=hour == highest,
        )
        for place, hour in enumerate(hours)
    ]


def _hours(
    counts: Mapping[datetime, int], opened: Sequence[tuple[datetime, datetime]], zone: ZoneInfo
) -> list[datetime]:
    heard = [hour for hour, count in counts.items() if count]
    begins = [*heard, *(begin - timedelta(minutes=begin.astimezone(zone).minute) for begin, _ in opened)]
    ends = [*(hour + HOUR for hour in heard), *(end for _, end in opened)]
    if not begins:
        return []
    first, last = min(begins), max(ends)
    hours = []
    while first < last:
        hours.append(first)
        first += HOUR
    return hours
