"""Days that are unlike the place's own weeks: the index too low or too high, the shop too quiet or too busy.

A day is measured against the same weekday of the twelve weeks before it, by their median and their median distance from
it (MAD): single bad days among them do not count, as they would in a mean.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import Literal

from collector.insights.compare import FEWEST
from collector.insights.index import Z95, Index, Tally, index

#: Weeks that are looked back, and how many of them must have been heard of.
WEEKS, FEWEST_WEEKS = 12, 6
#: So many times the usual distance is odd (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
FAR = 3.5
#: Not more than this share of the usual number: the shop is closed, and somebody presses all the same.
_HARDLY_ANY = 0.05
#: MAD · this is the standard deviation of what is normally distributed.
_TO_DEVIATION = 1.4826
#: A shop's number of ratings goes up and down by this share in any case.
_USUAL_SHARE = 0.1


@dataclass(frozen=True)
class Anomaly:
    """A day that is unlike the weeks before it."""

    day: date
    #: away: there were fewer ratings than usual, and the kiosks were away. silent: they were there, and nobody came all
    #: day, or hardly anybody, as on a holiday; whatever is pressed then says nothing of the place.
    what: Literal["index", "count", "away", "silent"]
    value: float
    #: The median of the same weekday in the weeks before.
    usual: float
    #: How many times the usual distance it lies from that; below 0 where it is less than usual.
    distance: float


def anomalies(
    days: Mapping[date, Tally],
    first: date,
    last: date,
    away: Container[date] = frozenset(),
    closed: Container[int] = frozenset(),
) -> list[Anomaly]:
    """What was odd from `first` to `last`, the oddest first.

    Parameters
    ----------
    days: what was heard, also in the WEEKS before `first`; a day that is not there was silent. The day that is
        running is better left out: it is quiet because it is not over.
    away: days on which kiosks were away: few ratings say nothing of the shop then.
    closed: weekdays (Monday is 0) on which the shop does not open: whatever is pressed then says nothing of it.
    """
    indexes = {day: index(tally) for day, tally in days.items()}
    totals = {day: float(sum(tally.values())) for day, tally in days.items()}
    found = []
    for day in (first + timedelta(number) for number in range((last - first).days + 1)):
        if day.weekday() in closed:
            continue
        before = [each for week in range(1, WEEKS + 1) if (each := day - timedelta(weeks=week)) in days]
        counts = [totals[each] for each in before]
        if sum(1 for count in counts if count) < FEWEST_WEEKS:
            continue  # a new place, or a weekday on which it is closed
        usual = [was for each in before if (was := indexes[each]) and was.count >= FEWEST]
        count = _count_of(day, totals.get(day, 0.0), counts)
        if count and count.distance < 0 and day in away:
            count = replace(count, what="away")
        elif count and count.value <= _HARDLY_ANY * count.usual:
            count = replace(count, what="silent")
        if count is None or count.what != "silent":
            found.append(_index_of(day, indexes.get(day), usual))
        found.append(count)
    return sorted((each for each in found if each), key=lambda each: (-abs(each.distance), each.day))


def _index_of(day: date, now: Index | None, before: list[Index]) -> Anomaly | None:
    """By its index; chance has a part in that, the larger, the fewer ratings the day has."""
    if now is None or now.count < FEWEST or len(before) < FEWEST_WEEKS:
        return None
    return _judged(day, "index", now.value, [each.value for each in before], now.margin / Z95)


def _count_of(day: date, count: float, before: list[float]) -> Anomaly | None:
    usual = median(before)
    # Those who come by chance alone vary by the root of their number.
    return _judged(day, "count", count, before, max(usual**0.5, usual * _USUAL_SHARE))


def _judged(
    day: date, what: Literal["index", "count"], value: float, before: list[float], by_chance: float
) -> Anomaly | None:
    usual = median(before)
    spread = _TO_DEVIATION * median(abs(each - usual) for each in before)
    distance = (value - usual) / max((spread**2 + by_chance**2) ** 0.5, 1e-9)
    return Anomaly(day, what, value, usual, distance) if abs(distance) >= FAR else None
