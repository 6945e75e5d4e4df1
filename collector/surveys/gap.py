"""Service quality: perception − expectation, question by question (Parasuraman, Zeithaml and Berry, SERVQUAL, 1988).

An answer counts where both halves of a pair were answered; its gap lies between −4 and +4. Below 0 the place is less
than customers expected of it.
"""

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, text

from collector.insights.compare import FEWEST
from collector.insights.index import Z95
from collector.surveys.definition import Definition, Texts
from collector.surveys.definition import Gap as Pair
from collector.surveys.tables import survey_version

#: How often each pair was answered, by (expectation, perception), each 1 … 5.
Pairs = Mapping[tuple[int, int], int]

#: Steps of each half.
_STEPS = 5


@dataclass(frozen=True)
class Gap:
    """What `count` customers expected, what it was like, and the difference with its 95 % interval."""

    expectation: float
    perception: float
    value: float
    #: Half-width of the interval.
    margin: float
    count: int

    @property
    def is_sure(self) -> bool:
        """Whether enough have answered, and the interval lies on one side of 0."""
        return self.count >= FEWEST and abs(self.value) > self.margin


@dataclass(frozen=True)
class QuestionGap:
    """The gap of one question."""

    text: Texts
    gap: Gap


def gap_of(pairs: Pairs) -> Gap | None:
    """The gap of some pairs; None where there are none.

    The half-width is that of a mean, z · s / √n, with one invented pair at each end of the scale: for the half-width
    alone, not for the mean (as for the index). So a few customers who agree make no "0.0 ± 0".
    """
    count = sum(pairs.values())
    if not count:
        return None
    expectation = math.fsum(expected * times for (expected, _), times in pairs.items()) / count
    perception = math.fsum(perceived * times for (_, perceived), times in pairs.items()) / count
    ends = {(_STEPS, 1): 1, (1, _STEPS): 1}
    differences = [(got - expected, times) for each in (pairs, ends) for (expected, got), times in each.items()]
    return Gap(expectation, perception, perception - expectation, _margin(differences), count)


def _margin(differences: list[tuple[int, int]]) -> float:
    count = sum(times for _, times in differences)
    mean = sum(value * times for value, times in differences) / count
    variance = math.fsum(times * (value - mean) ** 2 for value, times in differences) / count
    return Z95 * math.sqrt(variance / count)


def gaps(connection: Connection, place_id: int, begin: datetime, end: datetime) -> list[QuestionGap]:
    """The gaps of all pairs that were answered at a place and below in [begin, end), the one below 0 most first.

    A pair is told by its words, so what several surveys or versions ask is one. What is marked does not count, and
    what the staff answered is not here.
    """
    rows = connection.execute(_PAIRS, {"place": [place_id], "begin": begin, "end": end}).all()
    texts = _texts(connection, {row.version_id for row in rows})
    found: dict[str, tuple[Texts, Counter[tuple[int, int]]]] = {}
    for row in rows:
        words = texts[row.version_id, row.number]
        pairs = found.setdefault(json.dumps(words, sort_keys=True), (words, Counter()))[1]
        pairs[row.expected, row.perceived] += row.times
    every = [QuestionGap(words, gap) for words, pairs in found.values() if (gap := gap_of(pairs))]
    return sorted(every, key=lambda each: each.gap.value)


def _texts(connection: Connection, versions: Collection[int]) -> dict[tuple[int, int], Texts]:
    """The words of each pair, by the version that asks it and its number there."""
    asked = select(survey_version.c.id, survey_version.c.definition).where(survey_version.c.id.in_(versions))
    return {
        (row.id, question.number): question.text
        for row in connection.execute(asked)
        for question in msgspec.convert(row.definition, Definition).questions
        if isinstance(question, Pair)
    }


_PAIRS = text("""
SELECT version_id, rtrim(expected.key, 'e')::integer AS number, expected.value::integer AS expected,
       perceived.value::integer AS perceived, count(*) AS times
FROM place JOIN answer ON answer.store_id = place.id, jsonb_each(replies) AS expected
JOIN LATERAL jsonb_each(replies) AS perceived ON perceived.key = rtrim(expected.key, 'e') || 'p'
WHERE place.path @> CAST(:place AS integer[]) AND submitted_at >= :begin AND submitted_at < :end AND mark = 0
  AND expected.key LIKE '%e'
  AND (touchpoint_id IS NULL OR touchpoint_id NOT IN (SELECT id FROM touchpoint WHERE audience = 'staff'))
GROUP BY 1, 2, 3, 4
""")
