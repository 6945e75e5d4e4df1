"""The index: the mean of smiley weights, 0 … 100, how sure it is, and the share of each answer.

All of it is arithmetic on a *tally*: how often each button of a scale was pressed, by (button, buttons).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from collector.ratings.scale import weight

#: How often each button was pressed, by (button, number of buttons); button 1 is the best.
Tally = Mapping[tuple[int, int], int]

#: Of a standard normal: 95 % lie within ± this.
Z95 = 1.96


@dataclass(frozen=True)
class Index:
    """The mean weight of `count` ratings, 0 … 100, and the half-width of its 95 % interval."""

    value: float
    margin: float
    count: int


def index(tally: Tally) -> Index | None:
    """The index of a tally, or None where nothing was counted.

    The half-width is that of a mean, z · s / √n, with two invented ratings added at each end of the scale: for
    the half-width alone, not for the mean. Without them, three happy customers would make "100 ± 0"; with a hundred
    ratings they no longer show. (For two buttons this is the interval of Agresti and Coull.)
    """
    count = sum(tally.values())
    if not count:
        return None
    weights = [(weight(button, buttons), times) for (button, buttons), times in tally.items()]
    value = math.fsum(worth * times for worth, times in weights) / count
    return Index(value, _margin([*weights, (0.0, 2), (100.0, 2)]), count)


def _margin(weights: Sequence[tuple[float, int]]) -> float:
    count = sum(times for _, times in weights)
    mean = math.fsum(worth * times for worth, times in weights) / count
    variance = math.fsum(times * (worth - mean) ** 2 for worth, times in weights) / count
    return Z95 * math.sqrt(variance / count)


def margin_of(value: float, low: float, high: float) -> float:
    """What stands after "±": the larger side of an interval. Half of its width would be too sure of a value at the end
    of the scale, where the other side is cut off."""
    return max(high - value, value - low)


def widening(comparisons: int) -> float:
    """How many times as wide 95 % intervals are made so that all of several comparisons hold at once (Bonferroni's)."""
    return NormalDist().inv_cdf(1 - 0.025 / comparisons) / Z95


def percents(counts: Sequence[int]) -> list[int]:
    """Shares in whole per cent that add up to exactly 100: the largest remainders are rounded up.

    All are 0 where there is nothing to share.
    """
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    floors = [100 * count // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda place: (-(100 * counts[place] % total), place))
    for place in by_remainder[: 100 - sum(floors)]:
        floors[place] += 1
    return floors
