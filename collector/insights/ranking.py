"""Places in order, fairly: a place with few ratings is not first because three customers were happy.

Each place's index is drawn toward the mean of all, the more, the fewer ratings it has and the less the places differ
(shrinkage; Efron and Morris, "Stein's paradox in statistics", Scientific American, May 1977).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.insights.index import Z95, Index, Tally, index
from collector.ratings.scale import weight as worth


@dataclass(frozen=True)
class Ranked:
    """A place in the ranking."""

    place_id: int
    #: 1 is the best; places with the same value share one.
    rank: int
    #: The index, drawn toward the mean, and its 95 % interval.
    value: float
    low: float
    high: float
    #: As it was heard.
    index: Index


@dataclass(frozen=True)
class Ranking:
    """Places from the best on; those of which nothing was heard are not among them."""

    places: list[Ranked]
    #: The index of all ratings, toward which each is drawn.
    mean: float
    #: By how many ratings' weight. None: the places differ no more than chance has it, so that each is the mean.
    weight: float | None


def ranking(tallies: Mapping[int, Tally]) -> Ranking:
    """Rank places by (mean · W + I · R) / (W + R).

    I is a place's index, R its ratings. W is how much ratings of one place differ (their variance), in proportion to
    how much the places do: that many ratings tell as much of a place as knowing that it is one of them.

    Parameters
    ----------
    tallies: by place.
    """
    found = {place: each for place, tally in tallies.items() if (each := index(tally))}
    count = sum(each.count for each in found.values())
    if not count:
        return Ranking([], 0.0, None)
    mean = math.fsum(each.value * each.count for each in found.values()) / count
    indices = list(found.values())
    within = _within([tallies[place] for place in found], indices)
    between = _between(indices, mean, within)
    weight = within / between if between else None
    drawn = {place: weight / (weight + each.count) if weight is not None else 1.0 for place, each in found.items()}
    values = {place: drawn[place] * mean + (1 - drawn[place]) * each.value for place, each in found.items()}
    halves = _halves(found, drawn, mean, between)
    order = sorted(found, key=lambda place: (-values[place], place))
    places: list[Ranked] = []
    for at, place in enumerate(order, start=1):
        tied = places and values[place] == places[-1].value
        value, half = values[place], halves[place]
        rank = places[-1].rank if tied else at
        places.append(Ranked(place, rank, value, max(0.0, value - half), min(100.0, value + half), found[place]))
    return Ranking(places, mean, weight)


def _within(tallies: Sequence[Tally], indices: Sequence[Index]) -> float:
    """Variance of ratings within a place; with two invented ratings at each end of the scale, as for the index."""
    squares = math.fsum(
        times * (worth(button, buttons) - each.value) ** 2
        for tally, each in zip(tallies, indices, strict=True)
        for (button, buttons), times in tally.items()
    )
    return (squares + 4 * 50**2) / (sum(each.count for each in indices) + 4)


def _between(indices: Sequence[Index], mean: float, within: float) -> float:
    """Variance of the places themselves: what is left of their indices' when that of chance is taken away, or 0
    (DerSimonian and Laird, Controlled Clinical Trials 7, 1986).
    """
    count = sum(each.count for each in indices)
    scale = count - math.fsum(each.count**2 for each in indices) / count
    squares = math.fsum(each.count * (each.value - mean) ** 2 for each in indices)
    return max(0.0, (squares - (len(indices) - 1) * within) / scale) if scale else 0.0


def _halves(found: Mapping[int, Index], drawn: Mapping[int, float], mean: float, between: float) -> dict[int, float]:
    """Half of each interval's width.

    A value is off by what chance made of its place's own ratings, by how far the place is from the mean, and by how far
    the mean that was found is from the true one; the place has a part in that, too. With few places nobody knows well
    how much they differ, hence how far to draw: that is the last term (Morris, Journal of the American Statistical
    Association 78, 1983).
    """
    count = sum(each.count for each in found.values())
    parts = {place: each.count / count for place, each in found.items()}
    chance = {place: (each.margin / Z95) ** 2 for place, each in found.items()}
    of_mean = {place: parts[place] ** 2 * (between + chance[place]) for place in found}
    of_all = math.fsum(of_mean.values())
    freedom = max(1, len(found) - 3)
    return {
        place: Z95
        * math.sqrt(
            (1 - drawn[place] * (1 - parts[place])) ** 2 * chance[place]
            + (drawn[place] * (1 - parts[place])) ** 2 * between
            + drawn[place] ** 2 * (of_all - of_mean[place])
            + 2 / freedom * (drawn[place] * (each.value - mean)) ** 2
        )
        for place, each in found.items()
    }
