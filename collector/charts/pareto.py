"""Which few reasons are most of all: bars from zero, and how much they are together (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

#: px from one bar to the next.
ROW = 48
#: Shown; the rest are in the table.
MOST = 8
#: Those that make up so much, per cent, are the few that matter.
VITAL = 80


@dataclass(frozen=True)
class Reason:
    label: str
    count: int
    #: Per cent of all; and together with all those before it.
    share: float
    together: float
    #: One of the few that make up most.
    vital: bool
    #: px from the top.
    y: float


@dataclass(frozen=True)
class Pareto:
    reasons: Sequence[Reason]
    #: All that were given.
    count: int

    @property
    def shown(self) -> Sequence[Reason]:
        return self.reasons[:MOST]

    @property
    def vital(self) -> Sequence[Reason]:
        return [reason for reason in self.reasons if reason.vital]

    @property
    def height(self) -> float:
        return ROW * len(self.shown)


def pareto(counts: Sequence[tuple[str, int]]) -> Pareto | None:
    """The most frequent first; None where nothing was given."""
    total = sum(count for _, count in counts)
    if not total:
        return None
    reasons, sum_before = [], 0
    for place, (label, count) in enumerate(sorted(counts, key=lambda each: (-each[1], each[0]))):
        vital = 100 * sum_before < VITAL * total
        sum_before += count
        reasons.append(Reason(label, count, 100 * count / total, 100 * sum_before / total, vital, place * ROW))
    return Pareto(reasons, total)
