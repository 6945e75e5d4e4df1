"""The way of a slip that is fetched. Each change of state is one conditional UPDATE, as in `collector.queue.jobs`.

A job is offered under a token, which is its id and a number that grows with each offer: only the newest counts, so of
two printers that call under one secret one gets the slip. `worker` is who was offered it, for printers that name no
token; `due_at` of a job that was fetched is when its confirmation is overdue.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from collector.queue.executor import Done, Failed, Later, Outcome, Unknown
from collector.queue.jobs import Database

KIND = "fetch"
#: How long a printer may take from fetching a slip to confirming it, and after each sign that it is printing.
CONFIRMED_WITHIN = timedelta(minutes=2)
#: How long, once it calls as if nothing were: its confirmation may be on its way again.
STILL_CONFIRMED_WITHIN = timedelta(seconds=30)

_TOKEN = re.compile(r"([1-9]\d{0,9})a(\d{1,6})", re.ASCII)


@dataclass(frozen=True)
class Offered:
    """A job that was offered to a printer."""

    id: int
    #: The number of the offer.
    attempts: int
    payload: dict[str, Any]

    @property
    def token(self) -> str:
        return f"{self.id}a{self.attempts}"


def offer(database: Database, target: str, client: int) -> Offered | None:
    """The oldest job that waits for a printer, if it has none in hand; from now on only this offer counts.

    Parameters
    ----------
    target: the printer's line in the queue.
    client: who calls, see `client_of`.
    """
    with database.cursor(row_factory=class_row(Offered)) as cursor:
        return cursor.execute(
            """
            UPDATE job SET attempts = attempts + 1, worker = %(client)s
            WHERE id = (
                SELECT id FROM job AS next
                WHERE kind = 'fetch' AND target = %(target)s AND state = 'queued'
                AND due_at <= now() AND expires_at > now()
                AND NOT EXISTS (
                    SELECT FROM job AS other
                    WHERE other.kind = 'fetch' AND other.target = next.target AND other.state = 'sending'
                )
                ORDER BY id LIMIT 1 FOR UPDATE
            ) AND state = 'queued'
            RETURNING id, attempts, payload
            """,
            {"target": target, "client": client},
        ).fetchone()


def find(database: Database, target: str, token: str, client: int) -> Offered | None:
    """The job that a printer speaks of.

    Parameters
    ----------
    token: as it was offered; empty from older printers, who speak of what was last offered to them.
    """
    columns = "SELECT id, attempts, payload FROM job WHERE kind = 'fetch' AND target = %(target)s"
    named = _TOKEN.fullmatch(token)
    values = {"target": target, "client": client, "id": named and int(named[1]), "number": named and int(named[2])}
    if token:
        query = f"{columns} AND id = %(id)s AND attempts = %(number)s"
    else:
        query = f"""
            {columns} AND worker = %(client)s AND attempts > 0 AND state IN ('queued', 'sending')
            ORDER BY state = 'sending' DESC, id LIMIT 1
        """
    with database.cursor(row_factory=class_row(Offered)) as cursor:
        return cursor.execute(query.encode(), values).fetchone()


def begin(database: Database, job: Offered) -> bool:
    """queued → sending: from here on it may be printed. Or it is sending, and the printer fetches it once more.

    False: the offer counts no more, or the job's time is over.
    """
    begun = """
        UPDATE job SET state = 'sending', due_at = now() + %s,
            outcome = CASE WHEN state = 'sending' THEN outcome END
        WHERE id = %s AND kind = 'fetch' AND attempts = %s
        AND (state = 'sending' OR state = 'queued' AND expires_at > now())
    """
    try:
        return database.execute(begun, [CONFIRMED_WITHIN, job.id, job.attempts]).rowcount == 1
    except psycopg.errors.UniqueViolation:  # the printer has another one in hand
        return False


def finish(database: Database, job: Offered, outcome: Outcome, now: datetime) -> bool:
    """sending → done, failed, unknown, or queued again; whether anything changed.

    A word that comes late is still a word: it counts as long as no person has said what they found. What a printer
    refuses before it has fetched it, it would refuse each time: queued → failed.
    """
    match outcome:
        case Done(reason):
            state, seconds = "done", None
        case Failed(reason):
            state, seconds = "failed", None
        case Unknown(reason):
            state, seconds = "unknown", None
        case Later(reason, seconds):
            state = "queued"
    finished = """
        UPDATE job SET state = %(state)s, outcome = %(reason)s,
            finished_at = CASE WHEN %(state)s <> 'queued' THEN %(now)s::timestamptz END,
            due_at = coalesce(now() + %(seconds)s * interval '1 second', due_at)
        WHERE id = %(id)s AND kind = 'fetch' AND attempts = %(number)s AND state <> %(state)s
        AND (state = 'sending' OR state = 'unknown' AND %(state)s IN ('done', 'failed')
             -- one that is put off could not be sent, which says nothing of the printer
             OR state = 'queued' AND %(state)s = 'failed' AND due_at <= now())
    """
    values = {"id": job.id, "number": job.attempts, "state": state, "reason": reason, "seconds": seconds, "now": now}
    return database.execute(finished, values).rowcount == 1


def put_off(database: Database, job: Offered, outcome: Failed | Later, now: datetime) -> None:
    """queued → failed, or still queued: it could not be sent, and nothing has left."""
    seconds = outcome.seconds if isinstance(outcome, Later) else None
    put = """
        UPDATE job SET outcome = %(reason)s, due_at = coalesce(now() + %(seconds)s * interval '1 second', due_at),
            state = CASE WHEN %(seconds)s IS NULL THEN 'failed' ELSE 'queued' END,
            finished_at = CASE WHEN %(seconds)s IS NULL THEN %(now)s::timestamptz END
        WHERE id = %(id)s AND kind = 'fetch' AND attempts = %(number)s AND state = 'queued'
    """
    values = {"id": job.id, "number": job.attempts, "reason": outcome.reason, "seconds": seconds, "now": now}
    database.execute(put, values)


def in_hand(database: Database, target: str) -> Offered | None:
    """The job that a printer has fetched and not confirmed."""
    query = "SELECT id, attempts, payload FROM job WHERE kind = 'fetch' AND target = %s AND state = 'sending'"
    with database.cursor(row_factory=class_row(Offered)) as cursor:
        return cursor.execute(query, [target]).fetchone()


def wait(database: Database, target: str, why: str) -> None:
    """What waits for a printer that cannot print says why."""
    said = """
        UPDATE job SET outcome = %s WHERE kind = 'fetch' AND target = %s AND state = 'queued'
        AND outcome IS DISTINCT FROM %s
    """
    database.execute(said, [why, target, why])


def heard_while_sending(database: Database, target: str, *, busy: bool, why: str | None) -> None:
    """A printer that has fetched a slip calls: it is printing it, or does as if nothing were.

    Parameters
    ----------
    why: what keeps it from printing, for the slip that is perhaps printed.
    """
    if busy:
        # Written anew each quarter of a minute, not at each call.
        printing = """
            UPDATE job SET due_at = now() + %(within)s
            WHERE kind = 'fetch' AND target = %(target)s AND state = 'sending'
            AND due_at < now() + %(within)s - interval '15 seconds'
        """
        database.execute(printing, {"target": target, "within": CONFIRMED_WITHIN})
    else:
        idle = """
            UPDATE job SET due_at = least(due_at, now() + %(within)s), outcome = coalesce(%(why)s, outcome)
            WHERE kind = 'fetch' AND target = %(target)s AND state = 'sending'
            AND (due_at > now() + %(within)s OR outcome IS DISTINCT FROM coalesce(%(why)s, outcome))
        """
        database.execute(idle, {"target": target, "within": STILL_CONFIRMED_WITHIN, "why": why})


def client_of(mac: str) -> int:
    """Who calls, as a number: of the printer's network address, however it is written."""
    plain = re.sub(r"[^0-9a-f]", "", mac.lower())
    return int.from_bytes(hashlib.sha256(plain.encode()).digest()[:8]) >> 1
