"""What a report says: plain data, before it becomes a mail, a sheet of paper or a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from collector.insights.compare import Comparison, TooFew
from collector.insights.faces import Share
from collector.insights.measures import Measure
from collector.insights.trust import Trust
from collector.reports.days import Days


@dataclass(frozen=True)
class Point:
    """One day of the chart."""

    day: date
    #: None: nobody rated.
    index: Measure | None
    #: The doors were shut: no bad day.
    is_closed: bool
    #: The report is about it; the others are there to compare.
    is_reported: bool


@dataclass(frozen=True)
class Row:
    """One touchpoint of a store, or one store of a place above."""

    name: str
    index: Measure | None
    change: Comparison | TooFew
    #: Of a store: it was shut on all these days.
    is_closed: bool = False

    @property
    def is_worse(self) -> bool:
        """Whether its index fell by more than chance."""
        return isinstance(self.change, Comparison) and self.change.is_sure and self.change.change < 0


@dataclass(frozen=True)
class Cases:
    """What became of customers' problems in these days."""

    opened: int
    resolved: int
    #: Of those that were opened: nobody took care of them before the ladder moved them on.
    late: int
    #: Still wait for somebody, now.
    waiting: int


@dataclass(frozen=True)
class Report:
    place: str
    #: organisation, region or store.
    kind: str
    #: The place above, as far as there is one.
    above: str
    zone: ZoneInfo
    days: Days
    made_at: datetime
    #: Of customers' faces; None: nobody rated.
    index: Measure | None
    change: Comparison | TooFew
    #: From the best.
    shares: Sequence[Share]
    trust: Trust
    trend: Sequence[Point]
    #: The worst first.
    rows: Sequence[Row]
    #: What unhappy customers named, the most frequent first.
    reasons: Sequence[tuple[str, int]]
    cases: Cases
    #: "You said, we did".
    improvements: Sequence[str]
    #: Days on which no door was open.
    closed_days: int

    @property
    def is_closed(self) -> bool:
        """Whether nobody could rate, because it was shut all the time."""
        return self.closed_days == self.days.count and not self.trust.counted
