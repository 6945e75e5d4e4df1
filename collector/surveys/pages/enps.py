"""eNPS, in a way that nobody's answer can be told from: only whole groups of five answers count.

The figure moves five answers at a time. Whoever looks before and after somebody has answered learns nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from collector.insights.index import Z95

#: Answers in a group. Fewer than this are never shown.
GROUP = 5
#: Who recommends working here, and who does not, 0 … 10.
_PROMOTER, _DETRACTOR = 9, 6


@dataclass(frozen=True)
class Enps:
    """The share of promoters less that of detractors, -100 … 100, with the half-width of its 95 % interval."""

    value: float
    margin: float
    promoters: int
    passives: int
    detractors: int

    @property
    def count(self) -> int:
        return self.promoters + self.passives + self.detractors


def whole_groups(count: int) -> int:
    """How many of so many answers may be shown."""
    return count - count % GROUP


def enps(replies: Sequence[int]) -> Enps | None:
    """The eNPS of answers that may all be shown; None where there are none.

    The half-width is that of a mean of 100, 0 and -100, with two invented answers at each end, as the index has it.

    Parameters
    ----------
    replies: 0 … 10, of each store whole groups.
    """
    if not replies:
        return None
    promoters = sum(reply >= _PROMOTER for reply in replies)
    detractors = sum(reply <= _DETRACTOR for reply in replies)
    count = len(replies)
    share = (promoters - detractors) / count
    held = count + 4
    mean = (promoters - detractors) / held
    variance = (promoters + detractors + 4) / held - mean**2
    return Enps(
        100 * share, 100 * Z95 * math.sqrt(variance / held), promoters, count - promoters - detractors, detractors
    )
