"""How a kiosk was over time, and when its battery will end (pure: plain functions of what was kept of each hour)."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import combinations, pairwise
from statistics import median
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
#: dBm: below the first a kiosk loses messages now and then, below the second somebody has to do something about it.
WEAK_SIGNAL, LOST_SIGNAL = -75, -80
#: What a page may show, and into how long pieces that is cut, h.
PERIODS = {7: 3, 30: 12, 90: 24}
#: The battery is reckoned from so many days at most, and not from fewer than so many.
MOST_DAYS, FEWEST_DAYS = 28, 7
#: A rise of so many mV within a week is no weather: somebody has charged or changed it.
CHARGED = 150
#: Fewer mV are no battery's: nothing is measured, or the wire is off.
LEAST = 500
#: What was last measured longer ago than this says nothing of now; what is further away than this nobody knows.
STALE, HORIZON = timedelta(days=7), timedelta(days=730)
#: Standard deviations within which nine of ten lie.
_Z = 1.645


@dataclass(frozen=True)
class Hour:
    """What was kept of an hour (fleet.tables.kiosk_health); what the kiosk did not say is None."""

    hour: datetime
    battery: int | None = None
    signal: int | None = None
    depth: int | None = None
    oldest: int | None = None
    clock: int | None = None
    firmware: str | None = None
    release: int | None = None
    boots: int = 0
    reset: int | None = None

    @property
    def is_heard(self) -> bool:
        """Whether it said something in this hour; else only its starts are known, from its journal."""
        said = (self.battery, self.signal, self.depth, self.clock, self.firmware)
        return any(each is not None for each in said)


@dataclass(frozen=True)
class Piece:
    """A stretch of time, and the one number that stands for it; None: nothing was heard."""

    begin: datetime
    until: datetime
    value: float | None


Pick = Callable[[Hour], float | None]


def pieces(
    hours: Iterable[Hour],
    pick: Pick,
    stand: Callable[[Sequence[float]], float],
    days: int,
    now: datetime,
    zone: ZoneInfo,
) -> list[Piece]:
    """The last days of the store, cut into pieces, up to now.

    Parameters
    ----------
    pick: what is shown of an hour.
    stand: the one number that stands for all those of a piece: median, max, sum …
    days: one of PERIODS.
    """
    cuts = _cuts(days, now, zone)
    found: defaultdict[int, list[float]] = defaultdict(list)
    place = 0
    for hour in sorted(hours, key=lambda each: each.hour):
        while place < len(cuts) - 1 and hour.hour >= cuts[place + 1]:
            place += 1
        value = pick(hour)
        if value is not None and cuts[place] <= hour.hour < cuts[-1]:
            found[place].append(value)
    return [
        Piece(begin, until, stand(found[at]) if at in found else None)
        for at, (begin, until) in enumerate(pairwise(cuts))
    ]


def _cuts(days: int, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """Where the pieces meet: at each midnight of the store, and so many hours after it."""
    today, step = now.astimezone(zone).date(), PERIODS[days]
    cuts = [
        _midnight(today - timedelta(days=ago), zone) + timedelta(hours=hours)
        for ago in reversed(range(days))
        for hours in range(0, 24, step)
    ]
    return [*(cut for cut in cuts if cut < now), now]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


class Unknown(StrEnum):
    """Why nothing can be said of a battery's end."""

    #: It measures none, or has not for long enough since it was charged.
    TOO_LITTLE = "too little"
    #: Nothing was heard of it lately.
    STALE = "stale"
    #: It does not fall, as far as anybody can tell.
    STEADY = "steady"


@dataclass(frozen=True)
class Forecast:
    """When a battery will be as good as empty. Never in the past: what should have ended by now ends now."""

    ends: datetime
    #: Nine times of ten between these two; no latest: it may as well last.
    earliest: datetime
    latest: datetime | None
    #: As of now, mV, and by how many mV it changes a day.
    level: float
    a_day: float
    #: Since when it has not been charged, as far as was looked back.
    since: datetime


def battery_forecast(readings: Iterable[tuple[datetime, float]], empty: float, now: datetime) -> Forecast | Unknown:
    """When a battery will be empty, by how it fell since it was last charged: Theil–Sen on the days' medians, so that
    a cold night or a wild reading moves nothing.

    Parameters
    ----------
    readings: when, and mV.
    empty: as good as empty, mV.
    """
    days = _since_charged(_daily(readings, now))
    if not days:
        return Unknown.TOO_LITTLE
    if now - days[-1][0] > STALE:
        return Unknown.STALE
    if len(days) < FEWEST_DAYS:
        return Unknown.TOO_LITTLE
    points = [((at - now) / DAY, level) for at, level in days]
    slopes = sorted((later[1] - sooner[1]) / (later[0] - sooner[0]) for sooner, later in combinations(points, 2))
    slope = median(slopes)
    level = median(value - slope * at for at, value in points)
    steepest, flattest = _bounds(slopes, len(points))
    left = _days_left(level - empty, slope)
    if left is None:
        return Unknown.STEADY
    soonest, longest = _days_left(level - empty, steepest), _days_left(level - empty, flattest)
    return Forecast(
        ends=now + left,
        earliest=now + min(left, left if soonest is None else soonest),
        latest=None if longest is None else now + max(left, longest),
        level=level,
        a_day=slope,
        since=days[0][0],
    )


def _daily(readings: Iterable[tuple[datetime, float]], now: datetime) -> list[tuple[datetime, float]]:
    """The median of each day, at the middle of its readings; the oldest first."""
    days: defaultdict[int, list[tuple[datetime, float]]] = defaultdict(list)
    for at, value in readings:
        ago = (now - at) // DAY
        if 0 <= ago < MOST_DAYS and value >= LEAST:
            days[ago].append((at, value))
    return [
        (sorted(at for at, _ in found)[len(found) // 2], median(value for _, value in found))
        for _, found in sorted(days.items(), reverse=True)
    ]


def _since_charged(days: Sequence[tuple[datetime, float]]) -> Sequence[tuple[datetime, float]]:
    begin = 0
    for place in range(1, len(days)):
        lowest = min(level for _, level in days[max(begin, place - 7) : place])
        if days[place][1] - lowest >= CHARGED:
            begin = place
    return days[begin:]


def _bounds(slopes: Sequence[float], count: int) -> tuple[float, float]:
    """Between which slopes the true one lies, nine times of ten (Sen 1968, by the variance of Kendall's S)."""
    spread = _Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = math.floor((len(slopes) - spread) / 2)
    high = math.ceil((len(slopes) + spread) / 2)
    return slopes[max(0, low)], slopes[min(len(slopes) - 1, high)]


def _days_left(above: float, slope: float) -> timedelta | None:
    if above <= 0:
        return timedelta()
    if slope >= 0 or above / -slope > HORIZON / DAY:
        return None
    return (above / -slope) * DAY


def versions(hours: Iterable[Hour]) -> list[tuple[datetime, str, int | None]]:
    """Since when it ran which firmware and release, the newest first."""
    found: list[tuple[datetime, str, int | None]] = []
    for hour in sorted(hours, key=lambda each: each.hour):
        if hour.firmware is not None and (not found or found[-1][1:] != (hour.firmware, hour.release)):
            found.append((hour.hour, hour.firmware, hour.release))
    return found[::-1]
