"""Answers and cases beside the simulated ratings, for the pages that show them: drawn in the database."""

from datetime import datetime

from collector.database import connect
from collector.settings import Settings

#: One in so many ratings has a customer behind it who says why; one in so many of these becomes a case.
ANSWER_PER, CASE_PER = 250, 40

#: What customers write, in their languages.
COMMENTS = (
    "Черга на касі, працювала тільки одна",
    "Дуже привітний персонал, дякую!",
    "Брудно в примірочній",
    "Очередь как в мавзолей",
    "Спасибо, всё хорошо",
    "Цена на полке не та, что в чеке",
    "Only one till open, waited ten minutes",
    "Friendly staff, quick checkout",
    "Could not find my size, nobody to ask",
    "Kolejka do kasy za długa",
    "Bardzo miła obsługa",
    "Nur eine Kasse offen",
)


def load_answers(settings: Settings, count: int, since: datetime, until: datetime) -> int:
    """Load `count` answers with their cases where there are none yet; returns how many came in."""
    with connect(settings) as connection:
        if connection.execute("SELECT 1 FROM answer WHERE identity = 'past-1'").fetchone():
            return 0
        drawn = {"count": count, "since": since, "until": until, "comments": list(COMMENTS), "case": CASE_PER}
        connection.execute(_ANSWERS, drawn)
        connection.execute(_CASES, drawn)
        connection.execute(_EVENTS)
    with connect(settings, autocommit=True) as connection:
        connection.execute('VACUUM (ANALYZE) answer, "case", case_event')
    return count


# Of `chance`, bits of a hash of the answer's number: where, when, how content and whether words were written.
_ANSWERS = """
WITH doors AS (
    SELECT row_number() OVER (ORDER BY touchpoint.id) - 1 AS number, count(*) OVER () AS many, touchpoint.id, store_id
    FROM touchpoint JOIN place ON place.id = store_id WHERE audience = 'customers'),
drawn AS (
    SELECT number, abs(hashint8extended(number, 1)) AS chance, abs(hashint8extended(number, 2)) AS other
    FROM generate_series(1, %(count)s::integer) AS number)
INSERT INTO answer (
    identity, version_id, channel, store_id, touchpoint_id, question_id, button, score, replies, reasons, comment,
    language, submitted_at, completed_at, examined_at)
SELECT 'past-' || drawn.number, (SELECT max(id) FROM survey_version WHERE published_at IS NOT NULL), 2 + chance %% 4,
       store_id, doors.id, (SELECT question_id FROM kiosk_settings LIMIT 1), 1 + worse, 100 - 100.0 / 3 * worse,
       jsonb_build_object('1', 1 + worse),
       CASE WHEN worse > 1 THEN ARRAY[1 + ((chance >> 12) %% 6)]::smallint[] ELSE '{}' END,
       CASE WHEN (chance >> 16) %% 3 = 0 THEN (%(comments)s::text[])[1 + (chance >> 20) %% 12] END,
       (ARRAY['uk', 'ru', 'en', 'pl', 'de'])[1 + (chance >> 24) %% 5], moment, moment + interval '1 minute', moment
FROM drawn JOIN doors ON doors.number = other %% doors.many
CROSS JOIN LATERAL (
    SELECT (chance >> 8) %% 4 AS worse, (other >> 20) %% 100000 / 100000.0 AS part,
           %(until)s::timestamptz - %(since)s::timestamptz AS whole) AS how
CROSS JOIN LATERAL (SELECT %(since)s::timestamptz + whole * part AS moment) AS "when"
ORDER BY moment
"""

# Those of the last week are still open, at the store or one step up.
_CASES = """
INSERT INTO "case" (
    identity, store_id, touchpoint_id, answer_id, state, step, place_id, due_at, opened_at, resolved_at, root_cause)
SELECT 'answer:' || answer.id, store_id, touchpoint_id, answer.id, CASE WHEN is_open THEN 'open' ELSE 'resolved' END,
       step, path[cardinality(path) - step], CASE WHEN is_open THEN submitted_at + interval '9 days' END,
       submitted_at, CASE WHEN NOT is_open THEN submitted_at + interval '5 hours' END, NULL
FROM answer JOIN place ON place.id = store_id
CROSS JOIN LATERAL (
    SELECT submitted_at > %(until)s::timestamptz - interval '7 days' AS is_open, answer.id %% 2 AS step) AS how
WHERE identity LIKE 'past-%%' AND score < 50 AND answer.id %% (%(case)s / 2) = 0
"""

_EVENTS = """
INSERT INTO case_event (case_id, at, kind, author, step)
SELECT id, opened_at, 'opened', 'Smilepost', 0 FROM "case" WHERE identity LIKE 'answer:%'
UNION ALL SELECT id, resolved_at, 'resolved', 'Olena', step FROM "case" WHERE resolved_at IS NOT NULL
ORDER BY 1, 2
"""
