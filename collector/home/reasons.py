"""What unhappy customers said was wrong: the reasons that they tapped, by store."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, text

from collector.surveys.definition import Definition, Texts
from collector.surveys.tables import survey_version


@dataclass(frozen=True)
class Said:
    """One reason. The same words in two versions of a survey are one."""

    text: Texts
    count: int
    #: Unhappy customers who gave any reason.
    of: int


def reasons_of(connection: Connection, store_ids: Collection[int], since: datetime) -> Mapping[int, Sequence[Said]]:
    """What was said most, by store, the most frequent first; stores of which nothing was said are not there."""
    if not store_ids:
        return {}
    rows = connection.execute(text(_SAID), {"stores": list(store_ids), "since": since}).all()
    versions = select(survey_version.c.id, survey_version.c.definition)
    found = (
        connection.execute(versions.where(survey_version.c.id.in_({row.version_id for row in rows}))) if rows else ()
    )
    words = {row.id: _words(row.definition) for row in found}
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    texts: dict[str, Texts] = {}
    people: Counter[int] = Counter()
    for row in rows:
        if row.reason is None:
            people[row.store_id] += row.times
        elif said := words[row.version_id].get(row.reason):
            key = said.get("en") or next(iter(said.values()))
            texts.setdefault(key, said)
            counts[row.store_id][key] += row.times
    return {
        store_id: [Said(texts[key], count, people[store_id]) for key, count in said.most_common()]
        for store_id, said in counts.items()
    }


def _words(definition: object) -> dict[int, Texts]:
    return {each.number: each.text for each in msgspec.convert(definition, Definition).reasons(None)}


#: Each reason of each version, and once more, without a reason, how many customers gave any.
_SAID = """
    WITH unhappy AS (
        SELECT id, store_id, version_id, reasons FROM answer
        WHERE store_id = ANY(CAST(:stores AS int[])) AND submitted_at >= :since
          AND score < 50 AND mark = 0 AND reasons <> '{}'
          AND (touchpoint_id IS NULL
               OR touchpoint_id NOT IN (SELECT id FROM touchpoint WHERE audience = 'staff')))
    SELECT store_id, version_id, reason, count(*)::int AS times
    FROM unhappy CROSS JOIN LATERAL unnest(reasons) AS reason
    GROUP BY store_id, version_id, reason
    UNION ALL
    SELECT store_id, version_id, NULL, count(*)::int FROM unhappy GROUP BY store_id, version_id
"""
