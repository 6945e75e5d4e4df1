"""Bars from zero, one below the other (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.charts.apart import apart
from collector.charts.scale import from_zero
from collector.charts.units import Unit

#: px from one bar to the next.
ROW = 48


@dataclass(frozen=True)
class Item:
    """What a bar says."""

    label: str
    #: None: nothing was measured.
    value: float | None
    low: float | None
    high: float | None
    count: int
    #: Too few to say anything.
    few: bool = False
    #: Where more is said about it; the table leads there.
    url: str | None = None


@dataclass(frozen=True)
class Bar:
    """In per cent of the width; `y` is px from the top to the row."""

    item: Item
    y: float
    width: float
    #: The interval, as a band over the bar's end: from, and how wide.
    band: tuple[float, float] | None


@dataclass(frozen=True)
class Bars:
    bars: Sequence[Bar]
    unit: Unit

    @property
    def height(self) -> float:
        return ROW * len(self.bars)

    @property
    def count(self) -> int:
        return sum(bar.item.count for bar in self.bars)

    @property
    def compared(self) -> Sequence[Item]:
        """Those with enough answers to be compared."""
        return [bar.item for bar in self.bars if bar.item.value is not None and not bar.item.few]

    @property
    def extremes(self) -> tuple[Item, Item] | None:
        """A lower and a higher one (`charts.apart`); None where chance may have made any two so."""
        return apart(self.compared)


def bars(items: Sequence[Item], unit: Unit = "index") -> Bars | None:
    """A bar for each, in the order in which they come; None where there is none.

    The full width is 100 where that is the most there can be, else the largest value.
    """
    if not items:
        return None
    ends = [end for item in items for end in (item.value, item.high) if end is not None]
    scale = from_zero(ends, least=100 if unit in {"index", "percent"} else 1)
    drawn = []
    for place, item in enumerate(items):
        band = None
        if item.low is not None and item.high is not None:
            low, high = scale.part(item.low), scale.part(item.high)
            band = (100 * low, 100 * (high - low))
        drawn.append(Bar(item, place * ROW, 100 * scale.part(item.value or 0), band))
    return Bars(drawn, unit)
