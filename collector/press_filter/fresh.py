"""The filter over what has just come in, by the loop of `smilepost jobs`.

1. Take the batches that the relay has given a position since the last look; several intakes commit in any order, and
   none is passed over.
2. Judge their presses together with those that came just before: the eighth of a burst marks the second, too.
3. Change the marks and move on, in one commit. So who dies in between does the same again.

Ratings that came late are judged as all others, beside what was pressed when they were. What a kiosk says of a button
that hangs comes half a minute after the press, and in no batch: for that is looked each minute.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

from collector import locks
from collector.ingest.frames import EVENT, STUCK
from collector.press_filter.presses import BACK, Ruled, judged, ruled
from collector.ratings.remark import remark_fresh

log = structlog.get_logger()

#: Batches of one look: whoever else works in the loop has their turn.
BATCHES = 100
#: So many records of a journal before the new ones are judged anew, and so many are looked at for that: more than any
#: rule counts to (`policy.Presses`).
JUDGED, SEEN = 200, 600
#: Seconds between two looks for buttons that hang, and how old their news may be.
HANGS_EVERY, HANGS_FOR = 60.0, timedelta(minutes=15)


class Fresh:
    """Looks when it is told to."""

    def __init__(self) -> None:
        self._hangs_due = 0.0

    def look(self, connection: Connection[TupleRow], now: datetime) -> int:
        """Mark what came in since the last look; returns how many batches that were."""
        if time.monotonic() >= self._hangs_due:
            look_at_hangs(connection, now)
            self._hangs_due = time.monotonic() + HANGS_EVERY
        return look(connection)

    def is_behind(self, connection: Connection[TupleRow]) -> bool:
        """Whether batches wait that nobody has looked at yet: after a restore, or while much comes in late."""
        return connection.execute(_IS_BEHIND).fetchone() == (True,)


def look(connection: Connection[TupleRow]) -> int:
    """Mark what came in since the last look; returns how many batches that were, 0 also while somebody else does."""
    with connection.transaction():
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.FILTER]).fetchone() == (False,):
            return 0
        # An installation that had no filter yet begins with what comes in from now on; the rest is for a re-run.
        connection.execute(_BEGIN)
        batches = connection.execute(_BATCHES, [BATCHES]).fetchall()
        if not batches:
            return 0
        _mark(connection, [batch_id for batch_id, _, _ in batches], [received for _, _, received in batches])
        connection.execute("UPDATE filter_position SET position = %s", [max(position for _, position, _ in batches)])
    return len(batches)


def look_at_hangs(connection: Connection[TupleRow], now: datetime) -> None:
    """Judge the presses after which a kiosk said, in the last minutes, that a button hangs."""
    with connection.transaction():
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.FILTER]).fetchone() == (False,):
            return
        about = {"event": EVENT, "stuck": STUCK, "since": now - HANGS_FOR}
        for store_id, cursor_id, seq, happened_at in connection.execute(_HANGS, about).fetchall():
            _mark_store(connection, store_id, {cursor_id: seq}, happened_at)


def _mark(connection: Connection[TupleRow], batches: list[int], received: list[datetime]) -> None:
    about = {"batches": batches, "first": min(received), "last": max(received)}
    for store_id, first, received_at, happened_at in connection.execute(_TOUCHED, about).fetchall():
        firsts = {int(cursor_id): seq for cursor_id, seq in first.items()}
        _mark_store(connection, store_id, firsts, max(happened_at, received_at - BACK))


def _mark_store(connection: Connection[TupleRow], store_id: int, firsts: Mapping[int, int], happened: datetime) -> None:
    """Judge what is new in a store: of each journal from a seq on, none of which happened before `happened`. A store
    whose presses cannot be judged holds up no other; they stay as they came."""
    try:
        with connection.transaction():
            [store] = ruled(connection, [store_id])
            _mark_journals(connection, store, firsts, happened)
    except OperationalError:
        raise  # the database is away for all of them
    except Exception:
        log.exception("presses are not judged", store=store_id)


def _mark_journals(
    connection: Connection[TupleRow], store: Ruled, firsts: Mapping[int, int], happened: datetime
) -> None:
    reach = store.policy.reach
    begin, judged_from = happened - 2 * reach, happened - reach
    since = {cursor_id: seq - SEEN for cursor_id, seq in firsts.items()}
    other = [
        each.remark
        for each in judged(connection, store, begin, datetime.max.replace(tzinfo=UTC), since)
        if each.before is not each.after
        and each.happened_at >= judged_from
        and each.seq >= firsts[each.cursor_id] - JUDGED
    ]
    if other:
        remark_fresh(connection, store.id, begin, other)


_BEGIN = """
INSERT INTO filter_position (id, position) SELECT 1, (SELECT coalesce(max(position), 0) FROM batch)
WHERE NOT EXISTS (SELECT FROM filter_position)
"""

_BATCHES = """
SELECT id, position, received_at FROM batch WHERE position > (SELECT position FROM filter_position)
ORDER BY position LIMIT %s
"""

_IS_BEHIND = """
SELECT EXISTS (SELECT FROM batch WHERE position > (SELECT position FROM filter_position))
"""

_TOUCHED = """
SELECT store_id, jsonb_object_agg(cursor_id, seq), min(received_at), min(happened_at)
FROM (SELECT store_id, cursor_id, min(seq) AS seq, min(received_at) AS received_at, min(happened_at) AS happened_at
      FROM rating
      WHERE batch_id = ANY(%(batches)s) AND received_at >= %(first)s AND received_at <= %(last)s AND cursor_id > 0
      GROUP BY store_id, cursor_id) AS journal
GROUP BY store_id ORDER BY store_id
"""

_HANGS = """
SELECT store_id, cursor.id, hang.seq, hang.happened_at
FROM cursor
JOIN kiosk_placement ON kiosk_placement.kiosk_id = cursor.kiosk_id AND until IS NULL
JOIN touchpoint ON touchpoint.id = touchpoint_id
CROSS JOIN LATERAL (
    SELECT kiosk_record.seq, happened_at FROM kiosk_record
    WHERE cursor_id = cursor.id AND kind = %(event)s AND value = %(stuck)s AND happened_at >= %(since)s) AS hang
ORDER BY 1, 2, 3
"""
