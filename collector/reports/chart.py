"""The chart of a report on paper: the index by day, each with its interval (pure).

Days that were shut are named, not drawn: nothing was bad about them. A dot with few ratings behind it is hollow.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from collector.insights.compare import FEWEST
from collector.posters.faces import INK
from collector.posters.layout import Item, Line, Text
from collector.posters.letters import width
from collector.reports.report import Point
from collector.reports.words import Speech

_RULE, _BAND, _QUIET, _PAPER = "#dcd7d0", "#d9e6f5", "#a8a39d", "#ffffff"
_LINK = "#0b5cad"
#: Room for the axis on the left, and for the days below.
_LEFT, _BELOW = 9.0, 10.0
_TYPE, _SMALL = 8.0, 7.0
#: Stands for a day that was shut, where the word has no room.
CLOSED = "×"


def chart(points: Sequence[Point], speech: Speech, x: float, y: float, across: float, down: float) -> list[Item]:
    """Items of a drawing with its upper left corner at (x, y)."""
    shown = [point.index for point in points if point.index]
    step = 10 if min(each.low for each in shown) >= 50 else 20
    low = min(80, int(min(each.low for each in shown) // step) * step)
    floor, slot = y + down - _BELOW, (across - _LEFT) / len(points)

    def at(value: float) -> float:
        return floor - (value - low) / (100 - low) * (down - _BELOW)

    items: list[Item] = []
    for value in range(low, 101, step):
        items.append(Line(((x + _LEFT, at(value)), (x + across, at(value))), _RULE, 0.2))
        items.append(Text(x + _LEFT - 2, at(value) + 1, str(value), _TYPE, quiet=True, is_right=True))
    centres = [x + _LEFT + (place + 0.5) * slot for place in range(len(points))]
    items += _bands(points, centres, slot, at)
    for (one, here), (other, there) in pairwise(zip(points, centres, strict=True)):
        if one.index and other.index:
            colour = INK if one.is_reported and other.is_reported else _QUIET
            items.append(Line(((here, at(one.index.value)), (there, at(other.index.value))), colour, 0.5))
    for point, centre in zip(points, centres, strict=True):
        if point.index:
            items += _dot(centre, at(point.index.value), point.index.count, is_reported=point.is_reported)
    return items + _days(points, centres, slot, floor, speech)


def _bands(points: Sequence[Point], centres: Sequence[float], slot: float, at: Callable[[float], float]) -> list[Item]:
    half = min(slot * 0.36, 5)
    bands: list[Item] = []
    for point, centre in zip(points, centres, strict=True):
        if point.index:
            top, foot = at(point.index.high), at(point.index.low)
            corners = ((centre - half, top), (centre + half, top), (centre + half, foot), (centre - half, foot))
            bands.append(Line(corners, _BAND if point.is_reported else "#efece7", is_filled=True))
    return bands


def _dot(x: float, y: float, count: int, *, is_reported: bool) -> list[Item]:
    """A dot is a line of no length with round ends."""
    dot: list[Item] = [Line(((x, y), (x, y + 0.001)), _LINK if is_reported else _QUIET, 1.9)]
    if count < FEWEST:
        dot.append(Line(((x, y), (x, y + 0.001)), _PAPER, 1.1))
    return dot


def _days(points: Sequence[Point], centres: Sequence[float], slot: float, floor: float, speech: Speech) -> list[Item]:
    """Names of days below, as many as there is room for; what was shut says so."""
    every = max(1, round(14 / slot)) if slot < 11 else 1
    items: list[Item] = []
    for place, (point, centre) in enumerate(zip(points, centres, strict=True)):
        if (len(points) - 1 - place) % every == 0:
            items.append(_centred(centre, floor + 4.2, speech.day(point.day), quiet=not point.is_reported))
            if every == 1:
                items.append(_centred(centre, floor + 7.8, speech.weekday(point.day), quiet=True))
        if point.is_closed:
            said = speech.words.closed
            fits = width(said, _SMALL, bold=False) <= slot
            items.append(_centred(centre, floor - 2, said if fits else CLOSED, quiet=True))
    return items


def _centred(x: float, y: float, text: str, *, quiet: bool) -> Text:
    return Text(x - width(text, _SMALL, bold=False) / 2, y, text, _SMALL, quiet=quiet)
