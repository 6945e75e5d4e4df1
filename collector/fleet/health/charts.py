"""The charts of a kiosk's health: numbers for the drawing, 1000 wide and 96 high, from left and top (pure).

One idea a chart: its title is the question that it answers. A line where something is measured, with a gap where
nothing was heard; bars from zero where something is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collector.fleet.health.rules import Forecast, Piece

WIDTH, HEIGHT = 1000, 96


@dataclass(frozen=True)
class Bar:
    """In per cent of the chart's width and in px of its height."""

    x: float
    width: float
    height: float
    highest: bool


@dataclass(frozen=True)
class Chart:
    #: What it shows: battery, signal, depth, clock, heard, starts, arrived.
    name: str
    pieces: Sequence[Piece]
    #: The values at the top and at the foot.
    top: float
    foot: float
    #: Lines, each a path.
    paths: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    #: From here on it is trouble: the value, and how far from the top, px.
    limit: tuple[float, float] | None = None
    #: Where the line goes on, if it goes on so.
    onward: str | None = None
    #: The newest value.
    last: float | None = None

    @property
    def begin(self) -> datetime:
        return self.pieces[0].begin

    @property
    def until(self) -> datetime:
        return self.pieces[-1].until


def line(name: str, pieces: Sequence[Piece], *, foot: float, top: float, limit: float | None = None) -> Chart | None:
    """A line of what was measured; None where nothing was.

    Parameters
    ----------
    foot, top: what the chart reaches at least; it is widened where something lies beyond.
    limit: where trouble begins.
    """
    values = [piece.value for piece in pieces if piece.value is not None]
    if not values:
        return None
    marks = [] if limit is None else [limit]
    foot, top = min(foot, *values, *marks), max(top, *values, *marks)
    return Chart(
        name,
        pieces,
        top,
        foot,
        paths=_paths(pieces, foot, top),
        limit=None if limit is None else (limit, _down(limit, foot, top)),
        last=values[-1],
    )


def bars(name: str, pieces: Sequence[Piece], *, top: float = 1) -> Chart | None:
    """Bars from zero; None where nothing was counted at all."""
    counts = [piece.value or 0 for piece in pieces]
    if not any(piece.value is not None for piece in pieces):
        return None
    top = max(top, *counts)
    slot, highest = 100 / len(pieces), counts.index(max(counts))
    return Chart(
        name,
        pieces,
        top,
        0,
        bars=[
            Bar(place * slot + slot * 0.1, slot * 0.8, HEIGHT * count / top, place == highest and count > 0)
            for place, count in enumerate(counts)
        ],
        last=counts[-1],
    )


def with_forecast(chart: Chart, forecast: Forecast, now: datetime) -> Chart:
    """The same with the line along which the battery has fallen, from the day it was charged on."""
    begin = max(forecast.since, chart.begin)
    span = chart.until - chart.begin
    x = WIDTH * ((begin - chart.begin) / span)
    then = forecast.level + forecast.a_day * ((begin - now).total_seconds() / 86400)
    ends = (_down(min(max(value, chart.foot), chart.top), chart.foot, chart.top) for value in (then, forecast.level))
    from_y, to_y = ends
    onward = f"M{x:.1f} {from_y:.1f} L{WIDTH} {to_y:.1f}"
    return replace(chart, onward=onward)


def _paths(pieces: Sequence[Piece], foot: float, top: float) -> list[str]:
    """One path for each stretch that was heard; a single value is a short stroke."""
    begin, span = pieces[0].begin, pieces[-1].until - pieces[0].begin
    paths, points = [], list[tuple[float, float]]()
    for piece in [*pieces, None]:
        if piece is not None and piece.value is not None:
            middle = piece.begin + (piece.until - piece.begin) / 2
            points.append((WIDTH * ((middle - begin) / span), _down(piece.value, foot, top)))
        elif points:
            if len(points) == 1:
                (x, y) = points[0]
                points = [(x - 3, y), (x + 3, y)]
            paths.append("M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points))
            points = []
    return paths


def _down(value: float, foot: float, top: float) -> float:
    return HEIGHT * (top - value) / (top - foot)
