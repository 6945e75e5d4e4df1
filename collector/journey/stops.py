"""The touchpoints of a store in the order in which a customer meets them, and what each is like."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, or_, select, text

from collector.cases.tables import UNRESOLVED, cases
from collector.charts.gap import Pair
from collector.insights.asked import Asked
from collector.insights.compare import FEWEST
from collector.insights.heard import Cell, Heard, heard
from collector.insights.index import Index, index, widening
from collector.insights.queries import bounds
from collector.places.queries import touchpoints
from collector.surveys.gap import Gap, gap_of

WEEK = timedelta(weeks=1)
#: Steps of a pair of questions, of which the first is 1.
_STEPS = 5


@dataclass(frozen=True)
class Cases:
    """Those that were opened in the period, and how many wait now, whenever they were opened."""

    opened: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Stop:
    """One touchpoint."""

    id: int
    name: str
    heard: Heard
    cases: Cases
    #: None where nobody was asked what they had expected.
    gap: Gap | None
    #: The index week by week up to the last day; None where nobody rated.
    weeks: Sequence[float | None]

    @property
    def index(self) -> Index | None:
        return self.heard.index

    @property
    def is_few(self) -> bool:
        """Too few have rated it to be compared with others."""
        return self.index is None or self.index.count < FEWEST


@dataclass(frozen=True)
class Journey:
    stops: Sequence[Stop]
    #: Of the whole store.
    heard: Heard

    @cached_property
    def weakest(self) -> Stop | None:
        """Where it is surely worse than in the rest of the store; of several the worst."""
        enough = [stop for stop in self.stops if not stop.is_few]
        store = self.heard.tally()
        worse = [stop for stop in enough if _is_below(stop, store, len(enough))]
        return min(worse, key=lambda stop: stop.index.value if stop.index else 100.0, default=None)

    @property
    def pairs(self) -> Sequence[Pair]:
        """What was expected beside what was found, both 0 … 100."""
        return [
            Pair(stop.name, _of_100(gap.expectation), _of_100(gap.perception), gap.count, gap.margin * _of_100(2))
            for stop in self.stops
            if (gap := stop.gap)
        ]


def journey(connection: Connection, asked: Asked, zone: ZoneInfo) -> Journey:
    """The journey through the store that is asked, in the period and by the channels that are."""
    whole = heard(connection, asked)
    by_touchpoint = whole.by_touchpoint
    begin, _ = bounds(asked.first, zone)
    _, end = bounds(asked.last, zone)
    found = _cases(connection, asked, zone)
    pairs: dict[int, Counter[tuple[int, int]]] = {}
    for row in connection.execute(_PAIRS, {**asked.parameters(), "begin": begin, "end": end}):
        pairs.setdefault(row.touchpoint_id, Counter())[row.expected, row.perceived] += row.times
    stops = [
        Stop(
            each.id,
            each.name,
            by_touchpoint.get(each.id, Heard([])),
            found.get(each.id, Cases()),
            gap_of(pairs.get(each.id, {})),
            weekly(by_touchpoint.get(each.id, Heard([])).days, asked.first, asked.last),
        )
        for each in touchpoints(connection, asked.place_id)
        if each.audience == "customers"
    ]
    return Journey(stops, whole)


def weekly(days: Mapping[date, Heard], first: date, last: date) -> list[float | None]:
    """The index of each week, the last of which ends with the last day."""
    weeks: list[list[Cell]] = [[] for _ in range((last - first) // WEEK + 1)]
    for day, each in days.items():
        if first <= day <= last:
            weeks[(last - day) // WEEK].extend(each.cells)
    indexes = [Heard(cells).index for cells in reversed(weeks)]
    return [index.value if index else None for index in indexes]


def _is_below(stop: Stop, store: Counter[tuple[int, int]], picked_from: int) -> bool:
    """Whether a stop is below the rest of its store by more than chance, although it was picked from several."""
    here, rest = stop.index, index(store - stop.heard.tally())
    if here is None or rest is None:
        return False
    return rest.value - here.value > widening(picked_from) * math.hypot(here.margin, rest.margin)


def _of_100(step: float) -> float:
    """A mean of 1 … 5 as 0 … 100; what 2 is there is also what one step is."""
    return 100 * (step - 1) / (_STEPS - 1)


def _cases(connection: Connection, asked: Asked, zone: ZoneInfo) -> Mapping[int, Cases]:
    begin, _ = bounds(asked.first, zone)
    _, end = bounds(asked.last, zone)
    is_opened = cases.c.opened_at.between(begin, end)
    waits = cases.c.state.in_(UNRESOLVED)
    counts = (func.count().filter(is_opened).label("opened"), func.count().filter(waits).label("waiting"))
    query = select(cases.c.touchpoint_id, *counts).where(cases.c.store_id == asked.place_id, or_(is_opened, waits))
    rows = connection.execute(query.group_by(cases.c.touchpoint_id))
    return {row.touchpoint_id: Cases(row.opened, row.waiting) for row in rows}


_PAIRS = text("""
SELECT touchpoint_id, expected.value::integer AS expected, perceived.value::integer AS perceived, count(*) AS times
FROM answer
CROSS JOIN LATERAL jsonb_each(replies) AS expected
JOIN LATERAL jsonb_each(replies) AS perceived ON perceived.key = rtrim(expected.key, 'e') || 'p'
WHERE store_id = :place AND submitted_at >= :begin AND submitted_at < :end AND mark = 0 AND expected.key LIKE '%e'
  AND touchpoint_id IS NOT NULL AND (CAST(:channels AS integer[]) IS NULL OR channel = ANY(:channels))
GROUP BY 1, 2, 3
""")
