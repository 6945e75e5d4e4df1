"""What customers expected beside what they found: two dots on a line for each question (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.charts.scale import Scale
from collector.charts.units import WITHIN, Unit
from collector.insights.compare import FEWEST

#: px from one line to the next.
ROW = 52


@dataclass(frozen=True)
class Pair:
    label: str
    expected: float
    found: float
    count: int
    #: Half-width of the interval of the difference.
    margin: float | None = None

    @property
    def gap(self) -> float:
        """Points by which more was found than expected."""
        return self.found - self.expected

    @property
    def is_sure(self) -> bool:
        """Whether enough have answered, and the difference is more than chance."""
        return self.count >= FEWEST and self.margin is not None and abs(self.gap) > self.margin


@dataclass(frozen=True)
class Line:
    """In per cent of the width; `y` px from the top."""

    pair: Pair
    y: float
    expected: float
    found: float


@dataclass(frozen=True)
class GapChart:
    lines: Sequence[Line]
    scale: Scale
    unit: Unit

    @property
    def height(self) -> float:
        return ROW * len(self.lines)

    @property
    def worst(self) -> Pair | None:
        """What falls shortest of what was expected; None where nothing does by more than chance."""
        short = [line.pair for line in self.lines if line.pair.gap < 0 and line.pair.is_sure]
        return min(short, key=lambda pair: pair.gap, default=None)


def gap_chart(pairs: Sequence[Pair], unit: Unit = "index") -> GapChart | None:
    """A line for each, what falls shortest first; None where there is none.

    All of the scale is drawn: how large a gap is, is read against it.
    """
    if not pairs:
        return None
    foot, top = WITHIN[unit]
    scale = Scale(foot, top, (top - foot) / 4)
    lines = [
        Line(pair, place * ROW, 100 * scale.part(pair.expected), 100 * scale.part(pair.found))
        for place, pair in enumerate(sorted(pairs, key=lambda pair: pair.gap))
    ]
    return GapChart(lines, scale, unit)
