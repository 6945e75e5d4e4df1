"""Writes an answer once, whatever comes twice, with its ratings and its contact.

An answer is written under its identity by whoever comes first. A first tap makes it *partial*; the first reply that is
sent after it completes it, and from then on it stays as it is. Its ratings are never changed: a face that was tapped is
the face that counts, whatever else comes under the same identity.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from collector import locks
from collector.contacts.tables import consent, message
from collector.database import driver
from collector.links.tables import receipt
from collector.ratings.kinds import Channel
from collector.ratings.remark import Remark, remark_fresh
from collector.settings import Settings
from collector.surveys import devices, marks
from collector.surveys.answers import COMMENT_KEPT, NO_CURSOR, Reply, Source
from collector.surveys.digests import digest_of
from collector.surveys.marks import AnswerMark
from collector.surveys.queries import Survey, survey_at, survey_version_of
from collector.surveys.rated import add_ratings, first_rating, replies_of
from collector.surveys.same import is_same
from collector.surveys.tables import answer, contact

#: Channels where the customer writes themselves, and anybody can.
_OPEN_TO_ALL = {Channel.KIOSK_QR, Channel.RECEIPT_QR, Channel.POSTER_QR, Channel.WEB}
#: A rating that is older is not marked with its answer any more: its month may be on its way into an archive.
_FRESH = timedelta(days=31)


class Written(NamedTuple):
    """What became of what was sent."""

    answer_id: int
    #: False: nothing was written.
    is_new: bool
    is_same: bool
    is_complete: bool
    #: Whether it can open a case, or get thanks; not one of the staff's, nor nonsense.
    is_heard: bool


def write(
    connection: Connection, settings: Settings, source: Source, reply: Reply, now: datetime, *, is_tap: bool
) -> Written:
    """Write an answer, or what is still missing of one.

    1. Look whether it is there, unless it is a tap, which is mostly the first that comes.
    2. If not, insert it under its identity. Of several at once one is first; the others wait here until it is through.
    3. Where it is there already, and partial, complete it; another tap changes nothing.
    4. Where it is complete, look at what is there, and change nothing.
    """
    survey = source.survey or survey_at(connection, source.store_id, now, source.touchpoint_id)
    if survey.audience == "staff":
        # Whoever knows who was in the staff room at 9:52 could tell whose it is: it stands under its hour.
        now = now.replace(minute=0, second=0, microsecond=0)
    there = select(answer).where(answer.c.identity == source.identity).with_for_update()
    row = None if is_tap else connection.execute(there).first()
    if row is None:
        inserted = _insert(connection, settings, survey, source, reply, now, is_tap=is_tap)
        if inserted:
            return inserted
        row = connection.execute(there).one()
    if row.version_id != survey.id:
        survey = survey_version_of(connection, row.version_id)
    if row.completed_at is None and not is_tap:
        return _complete(connection, settings, survey, row, source, reply, now)
    known = connection.execute(select(contact).where(contact.c.answer_id == row.id)).first()
    same = is_same(row, known, survey, source, reply, now, is_tap=is_tap)
    return Written(row.id, is_new=False, is_same=same, is_complete=row.completed_at is not None, is_heard=False)


def give_position(connection: Connection, answer_id: int) -> None:
    """Give an answer that was written or changed the next position in the list of answers; the last thing before the
    commit. Positions become visible in order, so whoever pages through the list misses nothing."""
    connection.execute(select(func.pg_advisory_xact_lock(locks.ANSWERS)))
    connection.execute(update(answer).where(answer.c.id == answer_id).values(position=text("DEFAULT")))


def _insert(
    connection: Connection,
    settings: Settings,
    survey: Survey,
    source: Source,
    reply: Reply,
    now: datetime,
    *,
    is_tap: bool,
) -> Written | None:
    """The answer as a new one; None where there is one."""
    said = replies_of(survey, reply, is_pressed=source.press is not None)
    rated = source.rated or first_rating(survey, said)
    mark = _mark(connection, source, reply, now)
    is_heard = _is_heard(survey, mark, reply)
    values: dict[str, Any] = {
        "identity": source.identity,
        "version_id": survey.id,
        "channel": _channel(connection, source),
        "store_id": source.store_id,
        "touchpoint_id": source.touchpoint_id,
        "reference": source.reference,
        "mark": mark,
        "submitted_at": now,
        "examined_at": None if is_heard else now,
        **_words(reply, now),
        "replies": said,
        "completed_at": None if is_tap else now,
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
    row = connection.execute(_NEW, values).first()
    if row is None:
        return None
    if source.device:
        devices.remember(connection, row.id, source.device, now)
    _keep_contact(connection, settings, reply, row, now)
    add_ratings(connection, survey, row, said, now)
    return Written(row.id, is_new=True, is_same=True, is_complete=not is_tap, is_heard=is_heard)


_NEW = upsert(answer).on_conflict_do_nothing(index_elements=["identity"]).returning(answer)


def _complete(
    connection: Connection,
    settings: Settings,
    survey: Survey,
    row: Row[Any],
    source: Source,
    reply: Reply,
    now: datetime,
) -> Written:
    """The rest of an answer whose row is held; what was tapped stays."""
    said = replies_of(survey, reply, is_pressed=row.cursor_id is not None)
    new = {key: given for key, given in said.items() if key not in row.replies}
    mark = AnswerMark(row.mark) or _mark_of_words(source, reply)
    is_heard = _is_heard(survey, mark, reply)
    values: dict[str, Any] = {
        **_words(reply, now),
        "replies": {**new, **row.replies},
        "completed_at": now,
        "mark": mark,
        "examined_at": None if is_heard else row.examined_at or now,
    }
    first = first_rating(survey, new)
    if first and row.button is None:
        values |= {"question_id": first.question_id, "button": first.button, "score": first.score}
    after = connection.execute(_COMPLETED, {**values, "answer": row.id}).one()
    _keep_contact(connection, settings, reply, after, now)
    if mark != row.mark and now - row.submitted_at < _FRESH:
        tapped = Remark(NO_CURSOR, row.id, marks.OF_RATINGS[mark])
        remark_fresh(driver(connection), row.store_id, row.submitted_at - timedelta(seconds=1), [tapped])
    add_ratings(connection, survey, after, new, now)
    return Written(row.id, is_new=True, is_same=True, is_complete=True, is_heard=is_heard)


_COMPLETED = update(answer).where(answer.c.id == bindparam("answer")).returning(answer)


def _is_heard(survey: Survey, mark: AnswerMark, reply: Reply) -> bool:
    has_contact = reply.contact is not None
    return survey.audience == "customers" and marks.is_heard(mark, reply.comment, has_contact=has_contact)


def _words(reply: Reply, now: datetime) -> Mapping[str, Any]:
    return {
        "reasons": sorted(set(reply.reasons)),
        "comment": reply.comment,
        "comment_erase_on": (now + COMMENT_KEPT).date() if reply.comment else None,
        "language": reply.language,
        "author": reply.author,
    }


def _mark(connection: Connection, source: Source, reply: Reply, now: datetime) -> AnswerMark:
    if source.device:
        pace = marks.pace(is_kiosk=source.is_kiosk)
        since = now - pace.within
        sent = devices.count_since(connection, source.device, source.store_id, source.touchpoint_id, since)
        if sent >= pace.answers:
            return AnswerMark.MASHING
    return _mark_of_words(source, reply)


def _mark_of_words(source: Source, reply: Reply) -> AnswerMark:
    is_spam = source.channel in _OPEN_TO_ALL and marks.is_spam(reply.comment, has_contact=reply.contact is not None)
    return AnswerMark.SPAM if is_spam else AnswerMark.NONE


def _channel(connection: Connection, source: Source) -> Channel:
    """Whoever was invited by a message answers by the receipt code in it."""
    if source.receipt is None or source.channel is not Channel.RECEIPT_QR:
        return source.channel
    signer_id, day, serial = source.receipt.signer_id, source.receipt.day, source.receipt.serial
    invited = select(message.c.channel).where(
        message.c.signer_id == signer_id, message.c.day == day, message.c.serial == serial
    )
    by = connection.scalar(invited.limit(1))
    return {"sms": Channel.SMS, "email": Channel.EMAIL}.get(by or "", source.channel)


def _keep_contact(connection: Connection, settings: Settings, reply: Reply, row: Row[Any], now: datetime) -> None:
    if reply.contact is None:
        return
    known_by = digest_of(connection, settings, reply.contact.address, row.store_id)
    values = {**vars(reply.contact), "digest": known_by, "consented_at": now}
    connection.execute(insert(contact).values(answer_id=row.id, **values))
    if known_by is None:
        return
    for given in reply.consents:
        agreed = {"digest": known_by, "source": f"answer/{row.id}", "given_at": now}
        connection.execute(insert(consent).values(**agreed, **vars(given)))
