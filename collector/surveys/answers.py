"""One customer's reply: written once, whatever comes twice, together with its rating, its contact and its case."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from collector import changes, locks
from collector.cases.changes import open_case
from collector.cases.rules import opens
from collector.cases.tables import cases
from collector.database import driver
from collector.links.tables import receipt
from collector.moments import to_ms
from collector.places.tables import place
from collector.ratings.insert import NewRatings
from collector.ratings.kinds import Channel, Mark, TimeQuality
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from collector.surveys.erasure import COMMENT_KEPT
from collector.surveys.queries import Survey, survey_at
from collector.surveys.tables import answer, contact
from printer.codes import Press, Receipt

LONGEST_COMMENT = 1000
LONGEST_CONTACT = 200
#: What a contact is given for, where nothing else is said.
PURPOSE = "answer"
#: How long a contact is kept.
CONTACT_KEPT = timedelta(days=90)
#: Of a rating that came by no kiosk.
NO_CURSOR = 0
#: Of a rating of which only the store is known.
NO_TOUCHPOINT = 0


@dataclass(frozen=True)
class Contact:
    """An address for one purpose, until one day, with the words that were agreed to."""

    address: str
    purpose: str
    consent: str
    erase_on: date


@dataclass(frozen=True)
class Rated:
    """The rating of a press."""

    question_id: int
    button: int
    buttons: int
    score: float


@dataclass(frozen=True)
class Source:
    """Where an answer comes from."""

    #: What makes it one: `press:7:43`, `receipt:2:2026-11-22:19`, `poster:<form>`, `api:<place>:<key>`.
    identity: str
    channel: Channel
    store_id: int
    touchpoint_id: int | None = None
    #: With `rated`: the press that it belongs to.
    press: Press | None = None
    rated: Rated | None = None
    receipt: Receipt | None = None
    #: Its number in another system.
    reference: str | None = None


@dataclass(frozen=True)
class Reply:
    """What the customer said."""

    language: str
    #: On the scale of the survey's question; not for a press, which has its rating already.
    button: int | None = None
    reasons: Collection[int] = field(default=())
    comment: str | None = None
    contact: Contact | None = None


@dataclass(frozen=True)
class Submitted:
    """What became of it."""

    answer_id: int
    #: False: it was here already.
    is_new: bool
    #: False: what was here already says something else.
    is_same: bool = True
    case_id: int | None = None


def submit(engine: Engine, settings: Settings, source: Source, reply: Reply, now: datetime) -> Submitted:
    """Write an answer and all that follows from it, in one transaction.

    1. Insert it under its identity; where that is taken, look at what is there, and change nothing.
    2. A rating that was given here goes into the ratings' table, and counts in the store's index at once.
    3. The contact, with its consent and its end.
    4. A case, if the rules say so.
    """
    if source.press is None and reply.button is not None:
        with engine.begin() as connection:
            ensure_partitions(driver(connection), now)  # beforehand: its locks are free again at once
    with engine.begin() as connection:
        survey = survey_at(connection, source.store_id)
        rated = source.rated or _rated(survey, reply)
        # Numbers become visible in order, so that whoever pages through them misses nothing.
        connection.execute(select(func.pg_advisory_xact_lock(locks.ANSWERS)))
        answer_id = _insert(connection, survey, source, reply, rated, now)
        if answer_id is None:
            return _known(connection, source, reply, now)
        if rated and source.press is None:
            _insert_rating(connection, source, rated, answer_id, now)
        if reply.contact:
            _insert_contact(connection, reply.contact, answer_id, now)
        case_id = None
        score, has_words = rated.score if rated else None, bool(reply.comment or reply.contact)
        if opens(score, has_words=has_words, threshold=survey.definition.threshold):
            path = connection.execute(select(place.c.path).where(place.c.id == source.store_id)).scalar_one()
            case_id = open_case(connection, settings, answer_id, source.store_id, path, now)
    return Submitted(answer_id, is_new=True, case_id=case_id)


def is_answered(connection: Connection, identity: str) -> bool:
    """Whether there is an answer under this identity."""
    return connection.execute(select(answer.c.id).where(answer.c.identity == identity)).first() is not None


def _rated(survey: Survey, reply: Reply) -> Rated | None:
    if reply.button is None:
        return None
    return Rated(survey.question_id, reply.button, survey.buttons, survey.score(reply.button))


def _insert(
    connection: Connection, survey: Survey, source: Source, reply: Reply, rated: Rated | None, now: datetime
) -> int | None:
    values: dict[str, Any] = {
        "identity": source.identity,
        "survey_id": survey.id,
        "channel": source.channel,
        "store_id": source.store_id,
        "touchpoint_id": source.touchpoint_id,
        "reference": source.reference,
        "reasons": sorted(set(reply.reasons)),
        "comment": reply.comment,
        "language": reply.language,
        "submitted_at": now,
    }
    if rated:
        values |= {"question_id": rated.question_id, "button": rated.button, "score": rated.score}
    if source.press:
        values |= {"cursor_id": source.press.cursor_id, "seq": source.press.seq}
    if source.receipt:
        key = {"signer_id": source.receipt.signer_id, "day": source.receipt.day, "serial": source.receipt.serial}
        # Its signer may tell us later what else belongs to it.
        connection.execute(upsert(receipt).values(key).on_conflict_do_nothing())
        values |= key
    inserted = upsert(answer).values(values).on_conflict_do_nothing(index_elements=["identity"])
    return connection.execute(inserted.returning(answer.c.id)).scalar_one_or_none()


def _known(connection: Connection, source: Source, reply: Reply, now: datetime) -> Submitted:
    row = connection.execute(
        select(answer, contact.c.address, contact.c.purpose, contact.c.consent, cases.c.id.label("case_id"))
        .outerjoin(contact, contact.c.answer_id == answer.c.id)
        .outerjoin(cases, cases.c.answer_id == answer.c.id)
        .where(answer.c.identity == source.identity)
    ).one()
    return Submitted(row.id, is_new=False, is_same=_is_same(row, source, reply, now), case_id=row.case_id)


def _is_same(row: Row[Any], source: Source, reply: Reply, now: datetime) -> bool:
    """Whether what is here already says what is sent now; what was erased since is no difference."""
    there = row.store_id, row.touchpoint_id, row.channel, row.reference, row.language, row.reasons
    reasons = sorted(set(reply.reasons))
    said = source.store_id, source.touchpoint_id, source.channel, source.reference, reply.language, reasons
    if there != said or (source.press is None and row.button != reply.button):
        return False
    age = now.date() - row.submitted_at.date()
    is_comment_erased = row.comment is None and age > COMMENT_KEPT
    if row.comment != reply.comment and not is_comment_erased:
        return False
    is_contact_erased = row.address is None and age >= CONTACT_KEPT
    given = reply.contact and (reply.contact.address, reply.contact.purpose, reply.contact.consent)
    return is_contact_erased or (row.address, row.purpose, row.consent) == (given or (None, None, None))


def _insert_rating(connection: Connection, source: Source, rated: Rated, answer_id: int, now: datetime) -> None:
    below = driver(connection)
    new = NewRatings()
    new.add(
        cursor_id=NO_CURSOR,
        seq=answer_id,
        channel=source.channel,
        happened=to_ms(now),
        earliest=None,
        quality=TimeQuality.EXACT,
        store_id=source.store_id,
        touchpoint_id=source.touchpoint_id or NO_TOUCHPOINT,
        question_id=rated.question_id,
        button=rated.button,
        score=rated.score,
        mark=Mark.COUNTED,
        boot=0,
        uptime=0,
        settings_version=0,
    )
    new.insert(below, now)
    changes.tell(below, changes.STORES, [source.store_id])


def _insert_contact(connection: Connection, given: Contact, answer_id: int, now: datetime) -> None:
    connection.execute(insert(contact).values(answer_id=answer_id, consented_at=now, **vars(given)))
