"""Which reasons customers gave for bad ratings, from the answers of a period."""

from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select, text

from collector.insights.asked import Asked
from collector.surveys.definition import Definition, in_language
from collector.surveys.tables import survey_version


def bad_reasons(connection: Connection, asked: Asked, zone: ZoneInfo, language: str) -> list[tuple[str, int]]:
    """The reasons that are offered after a bad rating, and how often each was given; what is marked does not count.

    Reasons of the staff are not among them: nobody sees those of one of them.

    A reason is told by its words: what several surveys offer alike is one.
    """
    begin = datetime.combine(asked.first, time(), zone)
    end = datetime.combine(asked.last + timedelta(1), time(), zone)
    given = connection.execute(_GIVEN, {**asked.parameters(), "begin": begin, "end": end}).all()
    words = _words(connection, {row.version_id for row in given}, language)
    found = Counter[str]()
    for row in given:
        if said := words.get((row.version_id, row.number)):
            found[said] += row.times
    return list(found.items())


def _words(connection: Connection, versions: set[int], language: str) -> dict[tuple[int, int], str]:
    """The words of each reason after a bad rating, by the version that offers it and its number there."""
    asked = select(survey_version.c.id, survey_version.c.definition).where(survey_version.c.id.in_(versions))
    return {
        (row.id, reason.number): in_language(reason.text, language)
        for row in connection.execute(asked)
        if (why := msgspec.convert(row.definition, Definition).why)
        for reason in why.bad
    }


# Those who gave the same reasons are counted before these are told apart: that is a tenth of the work.
_GIVEN = text("""
SELECT version_id, number, sum(times)::integer AS times
FROM (
    SELECT version_id, reasons, count(*) AS times
    FROM place JOIN answer ON answer.store_id = place.id
    WHERE place.kind = 'store' AND place.path @> ARRAY[CAST(:place AS integer)]
      AND submitted_at >= :begin AND submitted_at < :end AND mark = 0 AND reasons <> '{}'
      AND (answer.touchpoint_id IS NULL
           OR answer.touchpoint_id NOT IN (SELECT id FROM touchpoint WHERE audience = 'staff'))
      AND (CAST(:touchpoint AS integer) IS NULL OR answer.touchpoint_id = :touchpoint)
      AND (CAST(:name AS text) IS NULL
           OR answer.touchpoint_id IN (SELECT id FROM touchpoint WHERE lower(name) = lower(:name)))
      AND (CAST(:channels AS integer[]) IS NULL OR answer.channel = ANY(:channels))
    GROUP BY version_id, reasons) AS given
CROSS JOIN LATERAL unnest(reasons) AS number
GROUP BY version_id, number
""")
