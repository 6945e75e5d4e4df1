"""What a restored collector must not do again: numbers that were given out since the backup are given to nothing else.

Codes on paper, links in mails, kiosks and other systems still hold them, and their signatures hold: a customer's link
would open somebody else's case, and a feed would pass over what is new. So every counter goes on well beyond. What may
have been done since is not repeated either.
"""

from datetime import datetime

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from collector.backup.file import Manifest

#: A counter goes on by this part of its range: far more than is drawn between two backups.
PART = 1000
#: Positions of the feeds go on by so much; settings of a kiosk; serial numbers of receipts, three bytes a day.
POSITIONS, VERSIONS, SERIALS = 2**32, 1000, 100_000


def count_on(connection: Connection[TupleRow], manifest: Manifest) -> None:
    """Have every identity column draw numbers far beyond those of the backup."""
    for counter in manifest.counters:
        connection.execute(_COUNT_ON, [counter.last, PART, counter.table, counter.column])


def go_on(connection: Connection[TupleRow], manifest: Manifest, now: datetime, restore_id: str) -> None:
    """The same for numbers of other kinds; and end what may have been done, or taken back, since the backup."""
    about = {"made": manifest.made_at, "now": now, "id": restore_id}
    connection.execute(_POSITIONS_OF_BATCHES, [now, POSITIONS])
    connection.execute(_POSITIONS_OF_EVENTS, {**about, "step": POSITIONS})
    connection.execute(_SETTINGS, [VERSIONS])
    connection.execute(_RECEIPTS, {"now": now, "step": SERIALS})
    for table in ("session", "sign_in_link"):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    connection.execute(_JOBS, about)
    connection.execute(_HELD, about)
    connection.execute(_REPORTS, about)


# Not beyond the range; a counter of 64 bits goes on as one of 32 bits does.
_COUNT_ON = """
SELECT setval(named.oid, %s::bigint + greatest(least(seqmax, 2147483647) / %s, 1))
FROM (SELECT pg_get_serial_sequence(quote_ident(%s), %s)::regclass::oid AS oid) AS named
JOIN pg_sequence ON seqrelid = named.oid
"""

# A batch without ratings.
_POSITIONS_OF_BATCHES = """
INSERT INTO batch (received_at, position) SELECT %s, coalesce(max(position), 0) + %s FROM batch
"""

# Other systems should know: what they were told since is no longer known here.
_POSITIONS_OF_EVENTS = """
INSERT INTO outbox (position, event_id, type, subject, place_id, data, at)
SELECT (SELECT coalesce(max(position), 0) + %(step)s FROM outbox),
       'collector/restored/' || %(id)s::text, 'smilepost.collector.restored', 'collector', place.id,
       jsonb_build_object('backup_of', %(made)s::timestamptz, 'restored_at', %(now)s::timestamptz), %(now)s
FROM place WHERE parent_id IS NULL ORDER BY id LIMIT 1
"""

# The same settings again: a later version may have asked something else, and a kiosk may still hold ratings of it.
_SETTINGS = """
INSERT INTO kiosk_settings (kiosk_id, version, question_id, questions, settings)
SELECT DISTINCT ON (kiosk_id) kiosk_id, version + %s, question_id, questions, settings
FROM kiosk_settings ORDER BY kiosk_id, version DESC
"""

# A receipt that was never printed. Its day is the store's, which may be yesterday's or tomorrow's.
_RECEIPTS = """
INSERT INTO receipt (signer_id, day, serial)
SELECT signer.id, day, coalesce((SELECT max(serial) FROM receipt WHERE signer_id = signer.id AND day = days.day), 0)
       + %(step)s
FROM signer, (SELECT %(now)s::date + offset_days AS day FROM generate_series(-1, 1) AS offset_days) AS days
"""

# Paper knows no repeat, and neither do people. A webhook's receiver knows an event by its id, so those are sent.
_JOBS = """
UPDATE job SET state = 'unknown', worker = NULL, finished_at = %(now)s,
    outcome = 'The collector was restored from a backup. It may have been '
        || CASE WHEN kind IN ('email', 'sms') THEN 'sent' ELSE 'printed' END || ' since.'
WHERE kind <> 'webhook' AND state IN ('queued', 'claimed', 'sending')
"""

# A message that was held may have gone, too: it becomes a job of which a person says what became of it.
_HELD = """
WITH made AS (
    INSERT INTO job (kind, target, key, payload, state, expires_at, finished_at, outcome)
    SELECT channel, channel || '/' || left(encode(digest, 'hex'), 16), 'message/' || id,
           jsonb_build_object('message', id), 'unknown', expires_at, %(now)s,
           'The collector was restored from a backup. It may have been sent since.'
    FROM message WHERE held_until IS NOT NULL
    RETURNING id, payload
)
UPDATE message SET held_until = NULL, job_id = made.id FROM made WHERE message.id = (made.payload->>'message')::integer
"""

# What was due before may have been sent since the backup.
_REPORTS = "UPDATE report SET since = greatest(since, %(now)s)"
