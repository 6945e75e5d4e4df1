"""The hours of the week: when customers are content, and when there are many (pure)."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from collector.charts.apart import apart
from collector.insights.compare import FEWEST
from collector.insights.faces import Face
from collector.insights.index import Index

#: px from one weekday to the next, and of the largest cell.
ROW, CELL = 32, 28
#: The smallest cell, of the largest: it can still be seen.
SMALLEST = 0.36
#: An index above the first is drawn as the second; a mean of many lies nearer to the middle than one press does.
SHADES = ((80, Face.VERY_GOOD), (60, Face.GOOD), (40, Face.BAD), (-1, Face.VERY_BAD))

#: (weekday, hour); Monday is 0.
Slot: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Cell:
    """`x`, `width` in per cent; `y`, `height` in px."""

    weekday: int
    hour: int
    value: float
    #: Half-width of its 95 % interval.
    margin: float
    count: int
    #: None: too few to say.
    face: Face | None
    x: float
    y: float
    width: float
    height: float

    @property
    def low(self) -> float:
        return self.value - self.margin

    @property
    def high(self) -> float:
        return self.value + self.margin


@dataclass(frozen=True)
class HeatMap:
    cells: Sequence[Cell]
    hours: Sequence[int]
    #: Width of an hour, per cent.
    slot: float
    #: Ratings outside the opening hours, which are not drawn.
    outside: int = 0
    height: int = 7 * ROW

    @property
    def count(self) -> int:
        return sum(cell.count for cell in self.cells)

    @property
    def compared(self) -> Sequence[Cell]:
        """The hours with enough ratings to be compared, from the worst on."""
        return sorted((cell for cell in self.cells if cell.count >= FEWEST), key=lambda cell: cell.value)

    @property
    def extremes(self) -> tuple[Cell, Cell] | None:
        """A worse hour and a better one (`charts.apart`); None where chance may have made any two so."""
        return apart(self.compared)


def shade(index: float) -> Face:
    """The face whose colour an index has."""
    return next(face for above, face in SHADES if index > above)


def heat_map(heard: Mapping[Slot, Index], opened: Collection[Slot], fewest: int) -> HeatMap | None:
    """A cell for each hour in which something was heard; None where nothing was.

    Parameters
    ----------
    heard: index of an hour of the week.
    opened: the hours in which the store is open: they have a column even where nothing was heard, and what was heard in
        others is not drawn. Empty: nobody knows.
    fewest: an hour with fewer ratings than this is not coloured.
    """
    within = {slot: index for slot, index in heard.items() if index.count and (not opened or slot in opened)}
    if not within:
        return None
    wanted = {hour for _, hour in (opened or within)}
    hours = range(min(wanted), max(wanted) + 1)
    slot, most = 100 / len(hours), max(index.count for index in within.values())
    cells = []
    for (weekday, hour), index in sorted(within.items(), key=lambda each: each[0]):
        size = max(SMALLEST, math.sqrt(index.count / most))
        width, height = 0.92 * slot * size, CELL * size
        cells.append(
            Cell(
                weekday=weekday,
                hour=hour,
                value=index.value,
                margin=index.margin,
                count=index.count,
                face=shade(index.value) if index.count >= fewest else None,
                x=(hour - hours[0] + 0.5) * slot - width / 2,
                y=(weekday + 0.5) * ROW - height / 2,
                width=width,
                height=height,
            )
        )
    return HeatMap(cells, hours, slot, sum(index.count for index in heard.values()) - sum(cell.count for cell in cells))
