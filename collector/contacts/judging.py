"""What the contact policy needs to know of a message and of whom it is for, as the database has it now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, or_, select

from collector.addresses import Address, is_landline, zones_of
from collector.cases.tables import cases
from collector.contacts.policy import OF_THE_PROBLEM, UNASKED, ContactPolicy, Refuse, Verdict, Wish, judge
from collector.contacts.tables import consent, message, refusal
from collector.places.tables import place
from collector.policies.queries import policy_at
from collector.queue.tables import job

ERASED = "The address was erased."
REOPENED = "The case was opened again before the customer could be asked."


def verdict_on(connection: Connection, message_id: int, now: datetime, not_before: datetime | None = None) -> Verdict:
    """What becomes of a customer's message that is written, judged by what is known now."""
    row = connection.execute(
        select(message, place.c.time_zone, cases.c.state.label("case_state"), cases.c.touchpoint_id)
        .join(place, place.c.id == message.c.store_id)
        .outerjoin(cases, cases.c.id == message.c.case_id)
        .where(message.c.id == message_id)
    ).one()
    if row.address is None:
        return Refuse(ERASED)
    if row.purpose == "recovery" and row.case_state not in ("resolved", "merged") and not_before is None:
        return Refuse(REOPENED)
    to = Address(row.channel, row.address)
    wish = Wish(
        purpose=row.purpose,
        channel=to.channel,
        zones=zones_of(to, ZoneInfo(row.time_zone)),
        agreed_at=_agreed_at(connection, row, now),
        stops=_stops(connection, row.digest),
        last_unasked=_last_unasked(connection, row) if row.purpose in UNASKED else None,
        receipts=_receipts(connection, row, now) if row.purpose == "receipt" else (),
        texts=_texts(connection, row, now) if row.purpose == "receipt" else 0,
        is_landline=is_landline(to),
        not_before=not_before,
        expires_at=row.expires_at,
    )
    return judge(policy_at(connection, row.store_id, "contacts", ContactPolicy), wish, now)


def _agreed_at(connection: Connection, row: Row[Any], now: datetime) -> datetime | None:
    if row.purpose in OF_THE_PROBLEM:
        return datetime.fromisoformat(row.content["agreed"])
    valid = consent.c.withdrawn_at.is_(None), consent.c.ends_on > now.date()
    given = select(func.max(consent.c.given_at)).where(consent.c.digest == row.digest, *valid)
    at: datetime | None = connection.scalar(given.where(consent.c.purpose == row.purpose))
    return at


def _stops(connection: Connection, digest: bytes) -> list[tuple[str | None, datetime]]:
    said = connection.execute(select(refusal.c.purpose, refusal.c.at).where(refusal.c.digest == digest))
    return [(each.purpose, each.at) for each in said]


def hold_receipts(connection: Connection, digest: bytes) -> None:
    """One receipt at a time for each person, until the commit: of two at once the second is judged by the first."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"receipt/{digest.hex()}", 0))))


def _receipts(connection: Connection, row: Row[Any], now: datetime) -> Sequence[datetime]:
    told = _told_before(message.c.created_at, row, now - timedelta(days=1))
    return connection.scalars(told.where(message.c.digest == row.digest)).all()


def _texts(connection: Connection, row: Row[Any], now: datetime) -> int:
    if row.touchpoint_id is None:
        return 0
    told = _told_before(func.count(), row, now - timedelta(hours=1)).join(cases, cases.c.id == message.c.case_id)
    return connection.scalar(told.where(cases.c.touchpoint_id == row.touchpoint_id, message.c.channel == "sms")) or 0


def _told_before(what: Any, row: Row[Any], since: datetime) -> Select[Any]:
    """Receipts that were written before this one and not refused; so what was let through once stays so."""
    earlier = message.c.id < row.id, message.c.created_at > since, message.c.refused.is_(None)
    return select(what).select_from(message).where(message.c.purpose == "receipt", *earlier)


def _last_unasked(connection: Connection, row: Row[Any]) -> datetime | None:
    # One at a time for each person: two stores at once see each other's message.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"unasked/{row.digest.hex()}", 0))))
    sent = (
        select(func.max(message.c.created_at))
        .outerjoin(job, job.c.id == message.c.job_id)
        .where(message.c.digest == row.digest, message.c.purpose.in_(UNASKED), message.c.id != row.id)
        .where(message.c.refused.is_(None), or_(job.c.state.is_(None), job.c.state != "failed"))
    )
    at: datetime | None = connection.scalar(sent)
    return at
