"""Days put together to days, weeks or months, so that most points of a line are of enough ratings to say something."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from collector.charts.trend import Point
from collector.insights.compare import FEWEST
from collector.insights.index import Tally
from collector.insights.measures import smiley_index

Step: TypeAlias = Literal["day", "week", "month"]

#: Points in a line at most; and how many there have to be, or finer ones are shown though they say little.
MOST, LEAST = 62, 4
#: So many of the points that were heard of have enough ratings.
ENOUGH = 0.7


#: Each with the days that it has at least.
_STEPS: Sequence[tuple[Step, int]] = (("day", 1), ("week", 7), ("month", 28))


@dataclass(frozen=True)
class Steps:
    step: Step
    points: Sequence[Point]


def steps(days: Mapping[date, Tally], first: date, last: date, odd: Collection[date] = ()) -> Steps:
    """The index from the first day to the last.

    Parameters
    ----------
    days: what was heard of customers' smileys, by day; those that are not there were silent.
    odd: days that are unlike this place's own weeks; marked where points are days.
    """
    shown, count = None, (last - first).days + 1
    for step, least in _STEPS:
        if step != "month" and count > MOST * least:
            continue
        points = _points(days, first, last, step, odd)
        if shown and len(points) < LEAST:
            break
        shown = Steps(step, points)
        heard = [point for point in points if point.count]
        if len(points) <= MOST and sum(not point.few for point in heard) >= ENOUGH * len(heard):
            break
    assert shown  # noqa: S101 - there is a step
    return shown


def _points(days: Mapping[date, Tally], first: date, last: date, step: Step, odd: Collection[date]) -> list[Point]:
    points = []
    while first <= last:
        end = min(_end(first, step), last)
        tally = Counter[tuple[int, int]]()
        for number in range((end - first).days + 1):
            tally.update(days.get(first + timedelta(number), {}))
        measure = smiley_index(tally)
        points.append(
            Point(
                first=first,
                last=end,
                value=measure.value if measure else None,
                low=measure.low if measure else None,
                high=measure.high if measure else None,
                count=tally.total(),
                few=tally.total() < FEWEST,
                odd=step == "day" and first in odd,
            )
        )
        first = end + timedelta(1)
    return points


def _end(day: date, step: Step) -> date:
    """The last day of the day's week or month."""
    if step == "day":
        return day
    if step == "week":
        return day + timedelta(6 - day.weekday())
    return (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
