"""From a code to what it stands for: which place, which press, which receipt, which case.

A code with a wrong signature and one whose thing is not there are told apart by nobody: both are `Refusal.UNKNOWN`, and
the signature is computed and compared before anything is looked up by what the code says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, select

from collector.cases.tables import cases
from collector.fleet.tables import kiosk_placement
from collector.ingest.tables import cursor
from collector.links import keys
from collector.links.tables import receipt, signer
from collector.places.tables import place, touchpoint
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.surveys.answers import Rated
from collector.surveys.tables import question
from printer.codes import Case, Content, NotACode, Poster, Press, Receipt, decode

#: How long a press can be answered, counted from its receipt.
PRESS_LIFETIME = timedelta(minutes=10)
#: How much longer for whoever has the form open already.
WRITING_TIME = timedelta(hours=1)


class Refusal(Enum):
    """Why a code leads nowhere."""

    #: Mistyped, forged, or of something that is not there.
    UNKNOWN = auto()
    EXPIRED = auto()
    #: A press that we have not received yet.
    NOT_YET = auto()


@dataclass(frozen=True)
class Meaning:
    """What a code stands for."""

    content: Content
    store_id: int
    #: None where only the store is known.
    touchpoint_id: int | None = None
    #: Of a press.
    rated: Rated | None = None


Outcome: TypeAlias = Meaning | Refusal


def resolve(
    connection: Connection, settings: Settings, code: str, now: datetime, *, late: timedelta = timedelta()
) -> Outcome:
    """What a code stands for at `now`.

    Parameters
    ----------
    late: how much longer it holds than for a first look: `WRITING_TIME` for whoever has the form open already.
    """
    try:
        claim = decode(code)
    except NotACode:
        return Refusal.UNKNOWN
    signer_id = keys.signer_of(claim.content)
    is_signed = claim.is_signed_by(keys.key(settings, signer_id, claim.key_number))
    if not is_signed or not keys.is_valid(connection, signer_id, claim.key_number):
        return Refusal.UNKNOWN
    return _RESOLVERS[type(claim.content)](connection, claim.content, now - late)


def _poster(connection: Connection, content: Poster, _now: datetime) -> Outcome:
    alive = touchpoint.c.ended_at.is_(None), place.c.ended_at.is_(None)
    here = select(touchpoint.c.store_id).join(place, place.c.id == touchpoint.c.store_id)
    store_id = connection.scalar(here.where(touchpoint.c.id == content.touchpoint_id, *alive))
    return Meaning(content, store_id, content.touchpoint_id) if store_id else Refusal.UNKNOWN


def _press(connection: Connection, content: Press, now: datetime) -> Outcome:
    row = _rating(connection, content, now - PRESS_LIFETIME)
    if row:
        rated = Rated(row.question_id, row.button, row.buttons, row.score)
        return Meaning(content, row.store_id, row.touchpoint_id, rated)
    committed = connection.scalar(select(cursor.c.seq).where(cursor.c.id == content.cursor_id))
    if committed is None:
        return Refusal.UNKNOWN
    return Refusal.EXPIRED if content.seq <= committed else Refusal.NOT_YET


def _rating(connection: Connection, content: Press, since: datetime) -> Row[Any] | None:
    # By store and time, because that has an index; a kiosk has stood in few stores.
    stores = (
        select(touchpoint.c.store_id)
        .join(kiosk_placement, kiosk_placement.c.touchpoint_id == touchpoint.c.id)
        .join(cursor, cursor.c.kiosk_id == kiosk_placement.c.kiosk_id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(cursor.c.id == content.cursor_id, place.c.ended_at.is_(None))
    )
    return connection.execute(
        select(rating, question.c.buttons)
        .join(question, question.c.id == rating.c.question_id)
        .where(
            rating.c.store_id.in_(stores),
            rating.c.received_at > since,
            rating.c.cursor_id == content.cursor_id,
            rating.c.seq == content.seq,
        )
    ).first()


def _receipt(connection: Connection, content: Receipt, now: datetime) -> Outcome:
    printed = {"signer": content.signer_id, "day": content.day, "serial": content.serial}
    found = connection.execute(_PRINTED, printed).first()
    if found is None:
        return Refusal.UNKNOWN
    if now.astimezone(ZoneInfo(found.time_zone)).date() - content.day > keys.RECEIPT_LIFETIME:
        return Refusal.EXPIRED
    return Meaning(content, found.store_id, found.touchpoint_id)


_PRINTED = (
    select(signer.c.store_id, place.c.time_zone, receipt.c.touchpoint_id)
    .join(place, place.c.id == signer.c.store_id)
    # The signer may not have told us of the receipt yet.
    .outerjoin(
        receipt,
        and_(
            receipt.c.signer_id == signer.c.id,
            receipt.c.day == bindparam("day"),
            receipt.c.serial == bindparam("serial"),
        ),
    )
    .where(signer.c.id == bindparam("signer"), place.c.ended_at.is_(None))
)


def _case(connection: Connection, content: Case, _now: datetime) -> Outcome:
    # Also where the store was taken out since: its customer waits for an answer still.
    store_id = connection.scalar(select(cases.c.store_id).where(cases.c.id == content.case_id))
    return Meaning(content, store_id) if store_id else Refusal.UNKNOWN


_RESOLVERS: Mapping[type[Any], Callable[[Connection, Any, datetime], Outcome]] = {
    Poster: _poster,
    Press: _press,
    Receipt: _receipt,
    Case: _case,
}
