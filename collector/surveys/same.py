"""Whether what comes under a known identity says the same as what is there."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from collector.ratings.kinds import Channel
from collector.ratings.scale import reply_of
from collector.surveys.answers import CONTACT_KEPT, Reply, Source
from collector.surveys.queries import Survey
from collector.surveys.rated import replies_of


def is_same(
    row: Row[Any],
    contact: Row[Any] | None,
    survey: Survey,
    source: Source,
    reply: Reply,
    now: datetime,
    *,
    is_tap: bool,
) -> bool:
    """Whether an answer already says what is sent now; what was erased since is no difference.

    Parameters
    ----------
    contact: of the answer.
    survey: the version that it answers.
    """
    said, there = replies_of(survey, reply, is_pressed=row.cursor_id is not None), _replies(row, survey)
    if is_tap:
        return row.completed_at is None and said.items() <= there.items()
    return (
        _stands(row, source)
        and said == there
        and (row.language, row.reasons) == (reply.language, sorted(set(reply.reasons)))
        and _has_comment(row, reply)
        and _has_contact(row, contact, reply, now)
    )


def _stands(row: Row[Any], source: Source) -> bool:
    # An invitation's answer came by a receipt's code.
    channels = {row.channel, Channel.RECEIPT_QR} if source.receipt else {row.channel}
    there = row.store_id, row.touchpoint_id, row.reference
    return there == (source.store_id, source.touchpoint_id, source.reference) and source.channel in channels


def _replies(row: Row[Any], survey: Survey) -> dict[str, int]:
    """An answer of before surveys had several scales has only its button."""
    first = survey.first
    is_old = row.button is not None and not row.replies and row.cursor_id is None
    return {first.key: reply_of(first.kind, row.button, first.buttons)} if is_old else row.replies


def _has_comment(row: Row[Any], reply: Reply) -> bool:
    is_erased = row.comment is None and row.comment_erase_on is not None
    return is_erased or row.comment == reply.comment


def _has_contact(row: Row[Any], contact: Row[Any] | None, reply: Reply, now: datetime) -> bool:
    if contact is None:
        return reply.contact is None or now.date() - row.submitted_at.date() >= CONTACT_KEPT
    given = reply.contact
    there = contact.address, contact.purpose, contact.consent
    return given is not None and there == (given.address, given.purpose, given.consent)
