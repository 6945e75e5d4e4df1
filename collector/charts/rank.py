"""Places in order: a dot with its interval for each, all on one scale (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.charts.scale import Scale, zoomed
from collector.insights.compare import Comparison
from collector.insights.index import margin_of


@dataclass(frozen=True)
class Standing:
    """One place. `value` is drawn toward the mean of all where it has few ratings; `raw` is what it heard."""

    place_id: int
    name: str
    position: int
    value: float
    low: float
    high: float
    raw: float
    count: int
    #: What it heard before, and by how much it differs; None: too few then, or now.
    was: float | None = None
    url: str | None = None
    change: Comparison | None = None

    @property
    def margin(self) -> float:
        """What stands after "±", as of any measure."""
        return margin_of(self.value, self.low, self.high)


@dataclass(frozen=True)
class Row:
    """All in per cent of the width."""

    standing: Standing
    value: float
    low: float
    width: float
    raw: float


@dataclass(frozen=True)
class Rank:
    rows: Sequence[Row]
    scale: Scale
    #: The mean of all places: its value, and where it stands in per cent.
    mean: tuple[float, float]


def rank(standings: Sequence[Standing], mean: float) -> Rank | None:
    """In the order in which they come; None where there is none."""
    if not standings:
        return None
    ends = [end for each in standings for end in (each.value, each.low, each.high, each.raw)]
    scale = zoomed([*ends, mean], least=20, within=(0, 100))
    rows = []
    for each in standings:
        low, high = 100 * scale.part(each.low), 100 * scale.part(each.high)
        rows.append(Row(each, 100 * scale.part(each.value), low, high - low, 100 * scale.part(each.raw)))
    return Rank(rows, scale, (mean, 100 * scale.part(mean)))
