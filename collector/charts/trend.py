"""A line over time: what was measured, and how sure it is (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from collector.charts.apart import apart
from collector.charts.scale import Scale, zoomed
from collector.charts.units import WITHIN, Unit

#: Of the drawing between its labels: its own units from left to right, px from the top.
WIDTH, HEIGHT = 1000, 144
#: Days named below it, on a wide screen; a phone shows the first, the middle and the last.
NAMED = 5


@dataclass(frozen=True)
class Point:
    """A stretch of days, and what was measured in it."""

    first: date
    last: date
    #: None: nothing was measured.
    value: float | None
    low: float | None
    high: float | None
    count: int
    #: Too few to say anything by themselves.
    few: bool = False
    #: Unlike this place's own rhythm.
    odd: bool = False


@dataclass(frozen=True)
class Spot:
    """Where a point with a value stands: `x` in per cent, the others px from the top."""

    point: Point
    value: float
    x: float
    y: float
    top: float
    foot: float


@dataclass(frozen=True)
class Trend:
    points: Sequence[Point]
    unit: Unit
    scale: Scale
    spots: Sequence[Spot]
    #: Paths, one for each stretch without a gap.
    lines: Sequence[str]
    bands: Sequence[str]
    #: Days to be named, with x in per cent, and whether a phone has room for them.
    named: Sequence[tuple[date, float, bool]]
    #: Width of a point, per cent.
    slot: float
    #: Where something was changed, per cent.
    split: float | None = None
    height: int = HEIGHT

    @property
    def last(self) -> Spot:
        return self.spots[-1]

    @property
    def compared(self) -> Sequence[Point]:
        """The points with enough ratings to be compared."""
        return [point for point in self.points if _drawn(point)]

    @property
    def extremes(self) -> tuple[Point, Point] | None:
        """A lower point and a higher one (`charts.apart`); None where chance may have made any two so."""
        return apart(self.compared)

    @property
    def count(self) -> int:
        return sum(point.count for point in self.points)


def trend(
    points: Sequence[Point], unit: Unit = "index", *, split: date | None = None, least: float = 20
) -> Trend | None:
    """A line of points that follow each other; None where nothing was measured.

    Parameters
    ----------
    split: a day on which something was changed; marked where it lies between the first and the last.
    least: the drawing spans at least so much, so that small changes look small.
    """
    if not any(point.value is not None for point in points):
        return None
    # Where there are enough to say something, the few that are not sure of anything do not flatten the rest.
    sure = [point for point in points if not point.few] if any(_drawn(point) for point in points) else points
    ends = [end for point in sure for end in (point.value, point.low, point.high) if end is not None]
    scale = zoomed(ends, least=least, within=WITHIN[unit])
    slot = 100 / len(points)
    spots = [_spot(point, (place + 0.5) * slot, scale) for place, point in enumerate(points) if point.value is not None]
    by_first = {spot.point.first: spot for spot in spots}
    stretches = [[by_first[point.first] for point in stretch] for drawn, stretch in groupby(points, _drawn) if drawn]
    begin, end = points[0].first, points[-1].last
    return Trend(
        points=points,
        unit=unit,
        scale=scale,
        spots=spots,
        lines=[_line(stretch, slot) for stretch in stretches],
        bands=[_band(stretch, slot) for stretch in stretches],
        named=_named(points),
        slot=slot,
        split=100 * (split - begin).days / ((end - begin).days + 1) if split and begin < split <= end else None,
    )


def _drawn(point: Point) -> bool:
    return point.value is not None and not point.few


def _spot(point: Point, x: float, scale: Scale) -> Spot:
    assert point.value is not None  # noqa: S101 - for the checker of types; the caller asked
    low, high = (point.value if end is None else end for end in (point.low, point.high))
    return Spot(point, point.value, x, *(scale.down(each, HEIGHT) for each in (point.value, high, low)))


def _line(stretch: Sequence[Spot], slot: float) -> str:
    if len(stretch) == 1:
        spot = stretch[0]
        return _path([(spot.x - slot / 4, spot.y), (spot.x + slot / 4, spot.y)])
    return _path([(spot.x, spot.y) for spot in stretch])


def _band(stretch: Sequence[Spot], slot: float) -> str:
    if len(stretch) == 1:
        spot = stretch[0]
        sides = (spot.x - slot / 4, spot.x + slot / 4)
        return _path([*((x, spot.top) for x in sides), *((x, spot.foot) for x in sides[::-1])]) + "Z"
    return _path([*((spot.x, spot.top) for spot in stretch), *((spot.x, spot.foot) for spot in stretch[::-1])]) + "Z"


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x * WIDTH / 100:.1f} {y:.1f}" for x, y in corners)


def _named(points: Sequence[Point]) -> list[tuple[date, float, bool]]:
    last, slot = len(points) - 1, 100 / len(points)
    count = min(NAMED, len(points))
    places = sorted({round(number * last / max(1, count - 1)) for number in range(count)})
    on_phones = {places[0], places[-1], places[len(places) // 2] if len(places) % 2 else places[0]}
    return [(points[place].first, (place + 0.5) * slot, place in on_phones) for place in places]
