"""Whether one figure is really higher than another, or whether that is chance; under FEWEST answers nobody says."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from collector.insights.distributions import t_quantile, t_two_sided
from collector.insights.index import Tally, index
from collector.insights.measures import Measure
from collector.ratings.scale import weight

#: With fewer answers than this on either side a comparison is refused.
FEWEST = 20


@dataclass(frozen=True)
class TooFew:
    """A comparison that is refused: one of the two has fewer than FEWEST answers."""

    before: int
    after: int

    @property
    def missing(self) -> int:
        """How many answers more the smaller of the two needs."""
        return FEWEST - min(self.before, self.after)


@dataclass(frozen=True)
class Comparison:
    """By how much the second is higher, with the 95 % interval of that."""

    change: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        return (self.high - self.low) / 2

    @property
    def is_sure(self) -> bool:
        """Whether it is more than chance: the interval does not hold 0."""
        return self.low > 0 or self.high < 0


def compare(before: Measure | None, after: Measure | None) -> Comparison | TooFew:
    """How two independent measures of the same kind differ.

    The interval is put together from the two intervals, each with its own two sides (MOVER: Zou and Donner, Statistics
    in Medicine 27, 2008): so it does for shares, NPS and means alike.
    """
    if before is None or after is None or min(before.count, after.count) < FEWEST:
        return TooFew(before.count if before else 0, after.count if after else 0)
    change = after.value - before.value
    return Comparison(
        change,
        change - math.hypot(after.value - after.low, before.high - before.value),
        change + math.hypot(after.high - after.value, before.value - before.low),
    )


@dataclass(frozen=True)
class BeforeAfter(Comparison):
    """What became of the index after a day, and how sure that is."""

    #: How likely so large a change would be by chance alone.
    p: float
    #: Of 100 pairs of one customer before and one after, in how many the later one is the happier; ties are halved.
    happier: float


def before_after(before: Collection[Tally], after: Collection[Tally]) -> BeforeAfter | TooFew:
    """Whether the index of some days is higher than that of other days: the tallies of the days, one a day.

    The index is a mean, so means are compared: Welch's test. On a few ordered steps with 20 and more answers it keeps
    its level as well as the test of Mann and Whitney does (de Winter and Dodou, Practical Assessment, Research and
    Evaluation 15, 2010), and it tests what is shown; theirs would be sure of a change of spread, too. A permutation
    test says the same here but for chance, which a page that is asked twice must not have. Mann and Whitney's own
    figure, how many of the pairs went up, is shown beside it, as it is easily understood.

    Customers of a day are not independent: they stood in the same queue. So the unit is the day, not the press: the
    standard error is that of a ratio of sums over the days (Cochran, Sampling Techniques, 1977, 6.3), or the plain one
    where that is the larger, and there are as many degrees of freedom as days, less one. Where one side is a single
    day, the plain one has to do.
    """
    sides = [_side(before), _side(after)]
    counts = [side.count for side in sides]
    if min(counts) < FEWEST:
        return TooFew(*counts)
    was, became = sides
    change = became.mean - was.mean
    variance = was.variance + became.variance
    # Welch and Satterthwaite's.
    freedom = variance**2 / (was.variance**2 / was.freedom + became.variance**2 / became.freedom)
    error = math.sqrt(variance)
    half = t_quantile(0.975, freedom) * error
    return BeforeAfter(
        change, change - half, change + half, t_two_sided(change / error, freedom), 100 * _happier(was, became)
    )


@dataclass(frozen=True)
class _Side:
    count: int
    mean: float
    #: Of the mean.
    variance: float
    freedom: float
    #: Ratings by what they are worth.
    weights: dict[float, int]


def _side(days: Collection[Tally]) -> _Side:
    heard = [day for day in days if sum(day.values())]
    weights: dict[float, int] = {}
    for day in heard:
        for (button, buttons), times in day.items():
            worth = weight(button, buttons)
            weights[worth] = weights.get(worth, 0) + times
    count = sum(weights.values())
    if not count:
        return _Side(0, 0, 0, 1, {})
    mean = math.fsum(worth * times for worth, times in weights.items()) / count
    # As for the index's interval, with two invented ratings at each end of the scale.
    with_ends = [*weights.items(), (0.0, 2), (100.0, 2)]
    plain = math.fsum(times * (worth - mean) ** 2 for worth, times in with_ends) / (count + 4) / (count + 4)
    if len(heard) < 2:
        return _Side(count, mean, plain, count - 1, weights)
    found = [each for day in heard if (each := index(day))]
    by_day = math.fsum((each.count * (each.value - mean)) ** 2 for each in found)
    clustered = by_day / count**2 * len(found) / (len(found) - 1)
    if clustered > plain:
        return _Side(count, mean, clustered, len(found) - 1, weights)
    return _Side(count, mean, plain, count - 1, weights)


def _happier(before: _Side, after: _Side) -> float:
    pairs = math.fsum(
        was_times * times * (1.0 if worth > was else 0.5 if worth == was else 0.0)
        for was, was_times in before.weights.items()
        for worth, times in after.weights.items()
    )
    return pairs / (before.count * after.count)
