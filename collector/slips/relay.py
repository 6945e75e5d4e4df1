"""Print jobs for printers behind kiosks: queued → sending → done, failed, unknown.

A slip waits while its kiosk is away. It is sent when it is made and again with each *online* status, until the kiosk
has said what became of it. The kiosk prints an id once at most, so that sending it again harms nothing. A slip that was
sent and of which nothing was heard until its time was over is unknown; for a day the kiosk is asked about it, without
the slip, and may still say.

Which job a kiosk was given is written into the job's payload: only that kiosk's answer counts, whatever becomes of the
printer.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from psycopg import Connection as Driver
from psycopg.rows import TupleRow
from sqlalchemy import Connection, func, select

from collector import changes
from collector.slips import state
from printer.condition import CONDITIONS

#: The kind of these jobs.
KIND = "relay"
#: How the address of a printer behind a kiosk begins; the kiosk's id follows.
SCHEME = "kiosk://"
#: For how long a kiosk is asked what became of a slip that it was sent.
ASK_FOR = timedelta(days=1)
#: Of slips whose time is over: the kiosk was never there, it had no printer, it was sent and has said nothing.
AWAY = "The kiosk was away until the slip's time was over."
NO_PRINTER = "The kiosk has no printer that works: see its printer.json and its log."
UNHEARD = "The kiosk has not said in time what became of it. It will be asked when it is back."

State = Literal["waiting", "done", "failed", "unknown"]


class Sent(NamedTuple):
    """A slip as its kiosk is sent it, or (without payload) the question what became of it."""

    kiosk_id: str
    id: int
    expires_at: datetime
    #: Of the job.
    payload: dict[str, Any] | None
    profile: str | None
    code_page: str | None
    #: It may have been sent before.
    again: bool


def announce(connection: Connection, address: str) -> None:
    """Have a kiosk told at once, at the commit of the caller's transaction, that there is a slip for its printer.

    Parameters
    ----------
    address: of the printer.
    """
    connection.execute(select(func.pg_notify(changes.NEWS, address.removeprefix(SCHEME))))


def hold(connection: Driver[TupleRow], kiosk_ids: Collection[str]) -> list[int]:
    """Lock the printers behind these kiosks, so that each sends its slips one by one; returns their ids.

    Without it two collectors could each see another slip as the next one.
    """
    rows = connection.execute(
        "SELECT id FROM printer WHERE address = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [_addresses(kiosk_ids)]
    )
    return [printer_id for (printer_id,) in rows]


def send_next(connection: Driver[TupleRow], kiosk_ids: Collection[str], now: datetime) -> list[Sent]:
    """What these kiosks, which are online, are to be sent: each printer's oldest slip, and what they never answered."""
    if not kiosk_ids or not (printers := hold(connection, kiosk_ids)):
        return []
    about = {"printers": printers, "now": now, "since": now - ASK_FOR, "scheme": SCHEME}
    _end(connection, f"{_OVERDUE} AND job.target = ANY(SELECT 'printer/' || unnest(%(printers)s::int[]))", about)
    sent = connection.execute(_SEND, about).fetchall()
    asked = connection.execute(_ASK, about).fetchall()
    return [Sent(*row) for row in (*sent, *asked)]


def conclude(connection: Driver[TupleRow], kiosk_id: str, job_id: int, state: State, text: str, now: datetime) -> bool:
    """Write down what a kiosk says of a slip; whether it was ever given one of this number.

    It may say so late: then the job was unknown for a while. What a person has decided meanwhile stands.
    """
    about = {"id": job_id, "kiosk": kiosk_id, "state": state, "text": text or None, "now": now}
    if connection.execute(_KNOWN, about).fetchone() is None:
        return False
    if state == "waiting":
        changed = connection.execute(_WAITING, about).fetchall()
    else:
        changed = connection.execute(_CONCLUDE, about).fetchall()
    _tell(connection, changed)
    return True


def expire(connection: Driver[TupleRow], now: datetime) -> None:
    """End every slip whose time is over."""
    about = {"now": now, "scheme": SCHEME}
    with connection.transaction():
        # The printers first, as everybody does who changes several jobs: two that meet wait for each other one way.
        connection.execute(_HOLD_OVERDUE.encode(), about)
        _end(connection, _OVERDUE, about)


def note(connection: Driver[TupleRow], states: Mapping[str, str], now: datetime) -> None:
    """Write down how kiosks say that their printers are; `hold` them before.

    Parameters
    ----------
    states: by kiosk, `state` of a `printer.condition.Condition`; others are passed over.
    """
    known = {f"{SCHEME}{kiosk_id}": said for kiosk_id, said in states.items() if said in CONDITIONS}
    behind = "SELECT id, address FROM printer WHERE address = ANY(%s) AND retired_at IS NULL"
    rows = connection.execute(behind, [list(known)]).fetchall() if known else []
    state.note(connection, {printer_id: known[address] for printer_id, address in rows}, now)


def keep_receipts(
    connection: Driver[TupleRow], kiosk_id: str, signer_id: int, receipts: Iterable[tuple[date, int, str | None]]
) -> bool:
    """Keep which receipts a kiosk has printed by itself, each with day, serial number and reference; whether the
    signer is the kiosk's.

    One that is told again changes nothing.
    """
    # Locked, so that there is a commit that waits for the standby even where all of it was told before: a primary may
    # have kept it and crashed before the standby had it.
    own = "SELECT FROM signer WHERE id = %s AND kiosk_id = %s AND kind = 'pi' FOR NO KEY UPDATE"
    if connection.execute(own, [signer_id, kiosk_id]).fetchone() is None:
        return False
    references = {(day, serial): reference for day, serial, reference in receipts}
    days, serials = zip(*references, strict=True)
    connection.execute(_KEEP, [signer_id, list(days), list(serials), list(references.values())])
    return True


def _end(connection: Driver[TupleRow], where: str, about: Mapping[str, Any]) -> None:
    texts = {"away": AWAY, "no_printer": NO_PRINTER, "unheard": UNHEARD}
    _tell(connection, connection.execute(f"{_END} {where} {_STORE}".encode(), {**about, **texts}).fetchall())


def _tell(connection: Driver[TupleRow], changed: Iterable[TupleRow]) -> None:
    """Tell the open pages of the stores in these rows."""
    if stores := {store_id for (store_id,) in changed}:
        changes.tell(connection, changes.STORES, stores)


def _addresses(kiosk_ids: Iterable[str]) -> list[str]:
    return [f"{SCHEME}{kiosk_id}" for kiosk_id in kiosk_ids]


_SEND = """
WITH next AS (
    SELECT DISTINCT ON (job.target) job.id, job.state, printer.profile, printer.code_page,
           substr(printer.address, length(%(scheme)s) + 1) AS kiosk
    FROM printer JOIN job ON job.target = 'printer/' || printer.id
    WHERE printer.id = ANY(%(printers)s) AND printer.retired_at IS NULL
      AND job.kind = 'relay' AND job.state IN ('queued', 'sending') AND job.expires_at > %(now)s
    ORDER BY job.target, job.state = 'sending' DESC, job.id)
UPDATE job SET state = 'sending', attempts = attempts + 1,
    payload = job.payload || jsonb_build_object('kiosk', next.kiosk)
FROM next
WHERE job.id = next.id AND job.kind = 'relay' AND job.state IN ('queued', 'sending')
  AND coalesce(job.payload->>'kiosk', next.kiosk) = next.kiosk
RETURNING next.kiosk, job.id, job.expires_at, job.payload, next.profile, next.code_page, next.state = 'sending'
"""

# One that was in the queue when the collector was restored from a backup may have been sent since.
_ASK = """
SELECT substr(printer.address, length(%(scheme)s) + 1), job.id, job.expires_at, NULL, NULL, NULL, true
FROM printer JOIN job ON job.target = 'printer/' || printer.id
WHERE printer.id = ANY(%(printers)s) AND job.kind = 'relay' AND job.state = 'unknown'
  AND job.finished_at > %(since)s AND job.expires_at <= %(now)s AND NOT job.payload ? 'answered'
  AND coalesce(%(scheme)s || (job.payload->>'kiosk'), printer.address) = printer.address
ORDER BY job.id LIMIT 100
"""

_END = """
UPDATE job SET finished_at = %(now)s, state = CASE job.state WHEN 'queued' THEN 'failed' ELSE 'unknown' END,
    outcome = CASE WHEN job.state = 'sending' THEN %(unheard)s
                   WHEN EXISTS (SELECT FROM kiosk_status AS said
                                WHERE %(scheme)s || said.kiosk_id = printer.address AND said.state = 'online'
                                AND NOT said.health ? 'printer') THEN %(no_printer)s
                   ELSE %(away)s END
FROM printer WHERE job.target = 'printer/' || printer.id
"""
_OVERDUE = "AND job.kind = 'relay' AND job.state IN ('queued', 'sending') AND job.expires_at <= %(now)s"
_STORE = "RETURNING printer.store_id"
_HOLD_OVERDUE = f"""
SELECT FROM printer WHERE EXISTS (SELECT FROM job WHERE job.target = 'printer/' || printer.id {_OVERDUE})
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - our own names

_KNOWN = """
SELECT FROM job JOIN printer ON job.target = 'printer/' || printer.id
WHERE job.id = %(id)s AND kind = 'relay' AND coalesce(%(kiosk)s = payload->>'kiosk', address = 'kiosk://' || %(kiosk)s)
"""

_WAITING = """
UPDATE job SET outcome = %(text)s FROM printer
WHERE job.id = %(id)s AND job.state = 'sending' AND job.target = 'printer/' || printer.id
RETURNING printer.store_id
"""

_CONCLUDE = """
UPDATE job SET state = %(state)s, outcome = %(text)s, finished_at = %(now)s, payload = payload || '{"answered": true}'
FROM printer
WHERE job.id = %(id)s AND job.state IN ('sending', 'unknown') AND job.target = 'printer/' || printer.id
RETURNING printer.store_id
"""

_KEEP = """
INSERT INTO receipt AS known (signer_id, day, serial, reference)
SELECT %s, * FROM unnest(%s::date[], %s::int[], %s::text[])
ON CONFLICT (signer_id, day, serial) DO UPDATE SET reference = coalesce(known.reference, excluded.reference)
"""
