"""Which stores need somebody, and why (pure): the worst change first.

The last seven days are compared with the four weeks before them. A change counts where it is more than chance and there
are enough ratings to say so; a store that is merely lower on the list than others needs nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collector.insights.compare import Comparison, TooFew, compare
from collector.insights.index import Tally
from collector.insights.measures import Measure, smiley_index, total


class Why(StrEnum):
    """The worst first."""

    #: Its index fell, and that is more than chance.
    WORSE = "worse"
    #: Nobody acted on a case in time, and it has gone up.
    LATE = "late"
    #: Nobody looks after an alert.
    ALERT = "alert"


@dataclass(frozen=True)
class StoreFacts:
    id: int
    name: str
    #: Smileys of the last weeks, seven days each, the newest first.
    weeks: Sequence[Tally]
    #: Cases that are not resolved, and those of them that have gone up because nobody acted in time.
    cases: int = 0
    late: int = 0
    #: Alerts that nobody looks after.
    alerts: int = 0


@dataclass(frozen=True)
class Standing:
    """How a store stands."""

    facts: StoreFacts
    week: Measure | None
    before: Measure | None
    change: Comparison | TooFew

    @property
    def drop(self) -> float:
        """By how much it fell, if that is more than chance."""
        return max(0.0, -self.change.change) if isinstance(self.change, Comparison) and self.change.is_sure else 0.0

    @property
    def why(self) -> list[Why]:
        reasons = {Why.WORSE: self.drop, Why.LATE: self.facts.late, Why.ALERT: self.facts.alerts}
        return [why for why, much in reasons.items() if much]

    @property
    def spark(self) -> list[float | None]:
        """The index week by week, the oldest first."""
        found = [smiley_index(week) for week in reversed(self.facts.weeks)]
        return [each.value if each else None for each in found]


def standing(facts: StoreFacts) -> Standing:
    week, before = smiley_index(facts.weeks[0]), smiley_index(total(facts.weeks[1:]))
    return Standing(facts, week, before, compare(before, week))


def in_need(stores: Iterable[StoreFacts]) -> list[Standing]:
    """The stores that need somebody, the worst change first."""
    needy = [each for each in map(standing, stores) if each.why]
    return sorted(needy, key=lambda each: (-each.drop, -each.facts.late, -each.facts.alerts, each.facts.name))
