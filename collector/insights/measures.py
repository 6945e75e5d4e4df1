"""The measures of the field, each of a tally, with its 95 % interval and the number of answers behind it.

    smiley_index   0 … 100   mean of the faces' weights
    nps            −100 … 100   per cent of promoters − per cent of detractors
    nps_of_100     0 … 100   the same, moved to the range of the other measures
    csat           0 … 100   per cent of those who are satisfied
    csi            0 … 100   what was found of several things, the important ones counting more
    ces            1 … 7     mean agreement with "it was easy"
    enps           −100 … 100   NPS of the staff
    gap            −4 … 4    perception − expectation

A tally counts buttons from the best (`insights.index`); replies as customers see them are `scale.reply_of`. Each
measure is None where nothing was counted. How two of them are compared: `insights.compare`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.insights.index import Z95, Tally, index, margin_of
from collector.ratings.scale import reply_of


@dataclass(frozen=True)
class Measure:
    """A value, its 95 % interval, and how many answers it is made of."""

    value: float
    low: float
    high: float
    count: int

    @property
    def margin(self) -> float:
        """What stands after "±"."""
        return margin_of(self.value, self.low, self.high)


def smiley_index(tally: Tally) -> Measure | None:
    """The mean of the faces' weights, 100 / 66.7 / 33.3 / 0 for four of them; the interval is `insights.index`'s."""
    found = index(tally)
    return _within(found.value, found.margin, found.count, 0, 100) if found else None


def nps(tally: Tally) -> Measure | None:
    """Net Promoter Score (Reichheld, Harvard Business Review, December 2003): of 0 … 10 the per cent of 9 and 10, less
    the per cent of 0 … 6.

    A reply is worth +1, 0 or −1; the interval is that of a mean of these, the variance being that of a trinomial,
    p + d − (p − d)². It is reckoned with three invented answers, ¾ promoters, 1½ passives, ¾ detractors (the adjusted
    Wald interval of Rocks, The American Statistician 70, 2016): a few answers that agree make no "100 ± 0".
    """
    replies = _replies("nps", tally)
    count = replies.total()
    if not count:
        return None
    promoters = sum(times for reply, times in replies.items() if reply >= 9)
    detractors = sum(times for reply, times in replies.items() if reply <= 6)
    value = 100 * (promoters - detractors) / count
    more, less, of = (promoters + 0.75), (detractors + 0.75), count + 3
    variance = (more + less) / of - ((more - less) / of) ** 2
    centre, half = 100 * (more - less) / of, 100 * Z95 * math.sqrt(variance / of)
    return Measure(value, max(-100.0, min(centre - half, value)), min(100.0, max(centre + half, value)), count)


def nps_of_100(tally: Tally) -> Measure | None:
    """NPS moved to 0 … 100, (NPS + 100) / 2: 50 is as many promoters as detractors."""
    found = nps(tally)
    if found is None:
        return None
    return Measure((found.value + 100) / 2, (found.low + 100) / 2, (found.high + 100) / 2, found.count)


def enps(tally: Tally) -> Measure | None:
    """NPS of the staff: would they recommend to work here? The same arithmetic."""
    return nps(tally)


def csat(tally: Tally) -> Measure | None:
    """Customer satisfaction: the per cent who chose one of the two best of five (the top-two-box of market research),
    of other scales the better half, the middle not counted. Interval: Wilson's (1927).
    """
    count = sum(tally.values())
    satisfied = sum(times for (button, buttons), times in tally.items() if button <= buttons // 2)
    return share(satisfied, count) if count else None


def share(some: int, count: int) -> Measure:
    """`some` of `count`, in per cent, with Wilson's interval: it never leaves 0 … 100, and `some` = 0 is not ± 0."""
    part, square = some / count, Z95**2
    centre = (part + square / (2 * count)) / (1 + square / count)
    half = Z95 / (1 + square / count) * math.sqrt(part * (1 - part) / count + square / (4 * count**2))
    low, high = 100 * (centre - half), 100 * (centre + half)
    return Measure(100 * part, max(0.0, min(low, 100 * part)), min(100.0, max(high, 100 * part)), count)


@dataclass(frozen=True)
class Item:
    """One of the things that satisfaction is made of: what customers found, and how much it counts."""

    perceived: Tally
    weight: float = 1.0


def csi(items: Iterable[Item]) -> Measure | None:
    """Customer satisfaction index: the mean of what was perceived of each item, 0 … 100, weighted by how important the
    items are (Hill, Brierley and MacDougall, How to Measure Customer Satisfaction, 2003); here what was expected of
    them stands for that.

    The same customers answered several items, so their chances add up: the half-width is the weighted mean of the
    items' half-widths, as if all went up and down together. It is never too narrow. The count is that of the item
    with the fewest answers.
    """
    found = [(each, item.weight) for item in items if item.weight > 0 and (each := index(item.perceived))]
    total = math.fsum(weight for _, weight in found)
    if not total:
        return None
    value = math.fsum(each.value * weight for each, weight in found) / total
    margin = math.fsum(each.margin * weight for each, weight in found) / total
    return _within(value, margin, min(each.count for each, _ in found), 0, 100)


def ces(tally: Tally) -> Measure | None:
    """Customer Effort Score, in its second form: the mean agreement, 1 … 7, with "… made it easy" (Dixon, Freeman and
    Toman, Harvard Business Review, July 2010; Dixon and others, The Effortless Experience, 2013). High is good.
    """
    return _mean("ces", tally)


def mean_reply(tally: Tally) -> Measure | None:
    """The mean of replies that count from the worst, 1 … n, such as stars; the interval is as the index's."""
    return _mean("stars", tally)


def gap(expectation: Tally, perception: Tally) -> Measure | None:
    """Service quality: mean perception − mean expectation (SERVQUAL: Parasuraman, Zeithaml and Berry, Journal of
    Retailing, 1988). Below 0 the place is less than was expected of it.

    Both halves are looked at by themselves, as far as a tally knows them; the interval is that of a difference of two
    independent means. Mostly the same people answered both, and who expects much finds much: then it is a little too
    wide. Where the pairs themselves are at hand: `surveys.gap`. The count is that of the half with fewer answers.
    """
    expected, perceived = _mean("expectation", expectation), _mean("perception", perception)
    if expected is None or perceived is None:
        return None
    half = math.hypot(expected.margin, perceived.margin)
    value = perceived.value - expected.value
    return Measure(value, value - half, value + half, min(expected.count, perceived.count))


def _mean(kind: str, tally: Tally) -> Measure | None:
    """The mean of the replies 1 … n on one scale of n."""
    found, most = index(tally), max((buttons for _, buttons in tally), default=0)
    if found is None:
        return None
    replies = _replies(kind, tally)
    value = math.fsum(reply * times for reply, times in replies.items()) / found.count
    return _within(value, found.margin * (most - 1) / 100, found.count, 1, most)


def _replies(kind: str, tally: Tally) -> Counter[int]:
    """A tally by the numbers that customers see."""
    replies = Counter[int]()
    for (button, buttons), times in tally.items():
        replies[reply_of(kind, button, buttons)] += times
    return replies


def _within(value: float, half: float, count: int, least: float, most: float) -> Measure:
    return Measure(value, max(least, value - half), min(most, value + half), count)


def total(tallies: Sequence[Tally]) -> Counter[tuple[int, int]]:
    """Several tallies added up."""
    together = Counter[tuple[int, int]]()
    for tally in tallies:
        together.update(tally)
    return together
