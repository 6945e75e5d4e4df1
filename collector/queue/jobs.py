"""A job's way through the queue. Each change of state is one conditional UPDATE: whoever changed the row has won.

What is due is judged by the database's clock; when a job was put there and finished is for people, by this
installation's (`collector.clock`).
"""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow, class_row
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from collector.queue.executor import Done, Executor, Failed, Job, Later, Outcome, Unknown
from collector.queue.tables import job

#: On this channel the workers hear that there is a new job; the payload is its kind.
CHANNEL = "jobs"
#: Of a job that waited until its time was over. What it waited for follows.
TOO_LATE = "It waited until its time was over."
#: Of a job whose worker died after the first byte may have left.
CUT_OFF = "The program ended while it was being sent."

#: Of the jobs in hand, so many at most have failed before: targets that are dead leave room for those that are well.
#: What must not be repeated and is under way has not failed: its target was well when it began.
REPEATS = 16

Database = psycopg.Connection[TupleRow]


def enqueue(
    connection: Connection,
    *,
    kind: str,
    target: str,
    key: str,
    payload: dict[str, Any],
    expires_at: datetime,
    due_at: datetime | None = None,
    created_at: datetime | None = None,
) -> int:
    """Put a job into the queue, at the commit of the caller's transaction; returns its id.

    Parameters
    ----------
    target: the printer or receiver; its jobs go one by one.
    key: what makes the job one: with a key that is known, nothing is written and the job it belongs to is returned.
    expires_at: when nobody wants it any more.
    due_at: not before; None for at once.
    created_at: the time as people see it; None: the database's.
    """
    values = {"kind": kind, "target": target, "key": key, "payload": payload, "expires_at": expires_at}
    if due_at:
        values["due_at"] = due_at
    if created_at:
        values["created_at"] = created_at
    written = insert(job).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(job.c.id)
    job_id = connection.scalar(written)
    if job_id is None:
        return int(connection.execute(select(job.c.id).where(job.c.key == key)).scalar_one())
    connection.execute(select(func.pg_notify(CHANNEL, kind)))
    return int(job_id)


def claim(database: Database, executor: Executor, worker: int) -> Job | None:
    """queued → claimed: take the job that has been due for longest, of a target that has none in hand."""
    while True:
        try:
            with database.cursor(row_factory=class_row(Job)) as cursor:
                return cursor.execute(
                    """
                    UPDATE job SET state = 'claimed', worker = %(worker)s, attempts = attempts + 1
                    WHERE id = (
                        SELECT id FROM job AS next
                        WHERE kind = %(kind)s AND state = 'queued' AND due_at <= now() AND expires_at > now()
                        AND (attempts = 0 OR (
                            SELECT count(*) FROM job WHERE kind = %(kind)s AND attempts > 1
                            AND (state = 'claimed' OR state = 'sending' AND %(repeatable)s)) < %(repeats)s)
                        AND NOT EXISTS (
                            SELECT FROM job AS other WHERE other.kind = next.kind AND other.target = next.target
                            AND (other.state IN ('claimed', 'sending')
                                 OR %(in_order)s AND other.state = 'queued' AND other.id < next.id)
                        )
                        ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
                    )
                    -- Not waited for until it is on disk: that is what `begin` does, and before it nothing has left.
                    AND set_config('synchronous_commit', 'off', true) = 'off'
                    RETURNING id, target, key, payload, attempts, expires_at
                    """,
                    {
                        "worker": worker,
                        "kind": executor.kind,
                        "in_order": executor.in_order,
                        "repeatable": executor.repeatable,
                        "repeats": REPEATS,
                    },
                ).fetchone()
        except psycopg.errors.UniqueViolation:
            # Two workers found the target free at the same moment; the index of jobs in hand let the other one through.
            continue


def begin(database: Database, claimed: Job, worker: int) -> bool:
    """claimed → sending: from here on the first byte may have left; whether the job was still the worker's."""
    # The attempt belongs to it: the same worker may have claimed the job anew, in another thread.
    begun = "UPDATE job SET state = 'sending' WHERE id = %s AND worker = %s AND attempts = %s AND state = 'claimed'"
    return database.execute(begun, [claimed.id, worker, claimed.attempts]).rowcount == 1


def finish(database: Database, claimed: Job, worker: int, outcome: Outcome, now: datetime) -> bool:
    """claimed or sending → done, failed, unknown, or queued again; whether the job was still the worker's."""
    match outcome:
        case Done(reason):
            state, seconds = "done", None
        case Failed(reason):
            state, seconds = "failed", None
        case Unknown(reason):
            state, seconds = "unknown", None
        case Later(reason, seconds):
            state = "queued"
    finished = database.execute(
        """
        UPDATE job SET state = %(state)s, outcome = %(reason)s, worker = NULL,
            finished_at = CASE WHEN %(state)s <> 'queued' THEN %(now)s::timestamptz END,
            due_at = coalesce(now() + %(seconds)s * interval '1 second', due_at)
        WHERE id = %(id)s AND worker = %(worker)s AND attempts = %(attempts)s AND state IN ('claimed', 'sending')
        """,
        {
            "id": claimed.id,
            "worker": worker,
            "attempts": claimed.attempts,
            "state": state,
            "reason": reason,
            "seconds": seconds,
            "now": now,
        },
    )
    return finished.rowcount == 1


def expire(database: Database, kind: str, now: datetime) -> int:
    """queued → failed, for those that nobody wants any more; returns how many."""
    expired = """
        UPDATE job SET state = 'failed', finished_at = %s, outcome = concat_ws(' ', %s::text, outcome)
        WHERE kind = %s AND state = 'queued' AND expires_at <= now()
    """
    return database.execute(expired, [now, TOO_LATE, kind]).rowcount


def recover(database: Database, executor: Executor, worker: int, now: datetime) -> int:
    """Put back what dead workers had in hand: claimed → queued, sending → unknown (or queued, if repeatable).

    A worker is dead when the advisory lock of its number is free. Returns how many jobs were put back.
    """
    in_hand = "SELECT DISTINCT worker FROM job WHERE kind = %s AND state IN ('claimed', 'sending') AND worker <> %s"
    put_back = 0
    for (holder,) in database.execute(in_hand, [executor.kind, worker]).fetchall():
        [(is_dead,)] = database.execute("SELECT pg_try_advisory_lock(%s)", [holder]).fetchall()
        if is_dead:
            put_back += _put_back(database, executor, holder, now)
            database.execute("SELECT pg_advisory_unlock(%s)", [holder])
    return put_back


def _put_back(database: Database, executor: Executor, dead: int, now: datetime) -> int:
    harmless = """
        UPDATE job SET state = 'queued', worker = NULL
        WHERE kind = %s AND worker = %s AND (state = 'claimed' OR state = 'sending' AND %s)
    """
    unsure = """
        UPDATE job SET state = 'unknown', worker = NULL, outcome = %s, finished_at = %s
        WHERE kind = %s AND worker = %s AND state = 'sending'
    """
    queued = database.execute(harmless, [executor.kind, dead, executor.repeatable]).rowcount
    return queued + database.execute(unsure, [CUT_OFF, now, executor.kind, dead]).rowcount
