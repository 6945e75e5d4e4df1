"""The end of writing to somebody: they say stop, or their address is erased."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.addresses import NoAddress, digest, normalised
from collector.cases.tables import cases
from collector.contacts.judging import ERASED
from collector.contacts.policy import STOPPED
from collector.contacts.tables import STAFF, consent, message, refusal
from collector.links import keys
from collector.places.tables import place
from collector.queue.tables import job
from collector.settings import Settings
from collector.surveys.tables import answer, contact
from printer.codes import Case, NotACode, Receipt, decode


def unsubscribe(connection: Connection, digest: bytes, now: datetime) -> None:
    """Write nothing more to a person; works at once, also for what is held or waits in the queue."""
    said = insert(refusal).values(digest=digest, purpose=None, at=now)
    connection.execute(said.on_conflict_do_update(index_elements=["digest", "purpose"], set_={"at": now}))
    given = update(consent).where(consent.c.digest == digest, consent.c.withdrawn_at.is_(None))
    connection.execute(given.values(withdrawn_at=now))
    _end(connection, and_(message.c.digest == digest, message.c.purpose != STAFF), STOPPED, now)


def forget(connection: Connection, messages: Collection[int], now: datetime) -> int:
    """Erase whom these were for and what they said; that something was sent, and when, stays. Returns how many."""
    its = message.c.id.in_(messages)
    _end(connection, its, ERASED, now)
    known = or_(message.c.address.is_not(None), message.c.content != {})
    return connection.execute(update(message).values(address=None, content={}).where(its, known)).rowcount


def whose(connection: Connection, settings: Settings, code: str) -> bytes | None:
    """Whom a code that somebody holds was sent to, or who left an address with it; None: nobody is known.

    However old it is: a link by which somebody says stop has no end.
    """
    try:
        claim = decode(code)
    except NotACode:
        return None
    signer_id = keys.signer_of(claim.content)
    if not claim.is_signed_by(keys.key(settings, signer_id, claim.key_number)):
        return None
    match claim.content:
        case Case(case_id):
            return _of_case(connection, settings, case_id)
        case Receipt() as receipt:
            return _of_receipt(connection, settings, receipt)
        case _:
            return None


def _of_case(connection: Connection, settings: Settings, case_id: int) -> bytes | None:
    theirs = select(contact.c.address, place.c.time_zone).join(answer, answer.c.id == contact.c.answer_id)
    theirs = theirs.join(place, place.c.id == answer.c.store_id).join(cases, cases.c.answer_id == answer.c.id)
    sent = select(message.c.digest).where(message.c.case_id == case_id, message.c.purpose != STAFF).limit(1)
    return _digest(settings, connection.execute(theirs.where(cases.c.id == case_id)).first()) or connection.scalar(sent)


def _of_receipt(connection: Connection, settings: Settings, receipt: Receipt) -> bytes | None:
    sent = select(message.c.digest).where(
        message.c.signer_id == receipt.signer_id, message.c.day == receipt.day, message.c.serial == receipt.serial
    )
    left = select(contact.c.address, place.c.time_zone).join(answer, answer.c.id == contact.c.answer_id)
    left = left.join(place, place.c.id == answer.c.store_id).where(
        answer.c.signer_id == receipt.signer_id, answer.c.day == receipt.day, answer.c.serial == receipt.serial
    )
    return connection.scalar(sent.limit(1)) or _digest(settings, connection.execute(left).first())


def _digest(settings: Settings, row: Row[Any, Any] | None) -> bytes | None:
    if row is None:
        return None
    try:
        return digest(settings, normalised(row.address, ZoneInfo(row.time_zone)))
    except NoAddress:
        return None


def _end(connection: Connection, which: ColumnElement[bool], why: str, now: datetime) -> None:
    """Send no more of these: neither what is held, nor what waits in the queue."""
    waiting = update(job).where(job.c.state == "queued", job.c.id.in_(select(message.c.job_id).where(which)))
    connection.execute(waiting.values(state="failed", outcome=why, finished_at=now))
    held = update(message).where(which, message.c.held_until.is_not(None))
    connection.execute(held.values(held_until=None, refused=why))
