"""What the pages of answers and of the staff's survey read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from collector.cases.tables import cases
from collector.insights.faces import Face, face
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel, Mark
from collector.ratings.scale import reply_of
from collector.ratings.tables import rating
from collector.surveys.definition import Definition, in_language
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, contact, question, survey, survey_version

#: Of a staff member's answer nobody sees more than the figures of many.
_IS_CUSTOMERS = or_(answer.c.touchpoint_id.is_(None), touchpoint.c.audience == "customers")


@dataclass(frozen=True)
class Given:
    """One answer, as the list shows it."""

    id: int
    store_id: int
    store: str
    zone: ZoneInfo
    touchpoint: str | None
    channel: Channel
    submitted_at: datetime
    is_partial: bool
    mark: AnswerMark
    face: Face | None
    #: What was said to the scales that are not the first faces.
    replies: Sequence["Said"]
    reasons: Sequence[str]
    comment: str | None
    has_contact: bool
    reference: str | None
    author: str | None
    case_id: int | None


class Said(NamedTuple):
    """What was said to one scale."""

    kind: str
    text: str
    reply: int
    most: int


@dataclass(frozen=True)
class Filter:
    """Which answers to show; None: all."""

    store_id: int | None = None
    channel: Channel | None = None
    mark: AnswerMark | None = None
    is_partial: bool | None = None


def answers(connection: Connection, place_id: int, wanted: Filter, *, limit: int, offset: int) -> list[Given]:
    """Customers' answers of a place and below, the newest first."""
    query = (
        select(
            answer,
            place.c.name.label("store"),
            place.c.time_zone,
            touchpoint.c.name.label("touchpoint"),
            survey_version.c.definition,
            question.c.buttons,
            cases.c.id.label("case_id"),
            contact.c.answer_id.is_not(None).label("has_contact"),
        )
        .join(place, place.c.id == answer.c.store_id)
        .join(survey_version, survey_version.c.id == answer.c.version_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .outerjoin(question, question.c.id == answer.c.question_id)
        .outerjoin(cases, cases.c.answer_id == answer.c.id)
        .outerjoin(contact, contact.c.answer_id == answer.c.id)
        .where(below(place_id), _IS_CUSTOMERS, *_conditions(wanted))
        .order_by(answer.c.submitted_at.desc(), answer.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_given(row) for row in connection.execute(query)]


def visible_answer(connection: Connection, place_id: int, answer_id: int) -> bool:
    """Whether there is such an answer of a customer, and the people of a place see it."""
    found = (
        select(answer.c.id)
        .join(place, place.c.id == answer.c.store_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(answer.c.id == answer_id, below(place_id), _IS_CUSTOMERS)
    )
    return connection.execute(found).first() is not None


def staff_replies(
    connection: Connection, store_ids: Sequence[int], since: datetime
) -> Mapping[int, list[tuple[datetime, int]]]:
    """How staff replied to the eNPS question since then: by store, in the order in which it came."""
    query = (
        select(rating.c.store_id, rating.c.received_at, rating.c.button, question.c.buttons)
        .join(question, question.c.id == rating.c.question_id)
        .join(touchpoint, touchpoint.c.id == rating.c.touchpoint_id)
        .where(
            rating.c.store_id.in_(store_ids),
            rating.c.received_at >= since,
            rating.c.mark == Mark.COUNTED,
            question.c.kind == "enps",
            touchpoint.c.audience == "staff",
        )
        .order_by(rating.c.received_at, rating.c.seq)
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.store_id, []).append((row.received_at, reply_of("enps", row.button, row.buttons)))
    return found


def staff_comments(connection: Connection, store_id: int, since: datetime) -> list[str]:
    """What staff of a store wrote since then, without a day, and in an order that tells none."""
    query = (
        select(answer.c.comment)
        .join(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(
            answer.c.store_id == store_id,
            answer.c.submitted_at >= since,
            answer.c.comment.is_not(None),
            answer.c.mark == AnswerMark.NONE,
            touchpoint.c.audience == "staff",
        )
        .order_by(answer.c.submitted_at)
    )
    return list(connection.scalars(query))


def has_staff_survey(connection: Connection, store_id: int) -> bool:
    """Whether anything is asked of a store's staff, by its own survey or one from above."""
    path = select(func.unnest(place.c.path)).where(place.c.id == store_id)
    published = exists().where(survey_version.c.survey_id == survey.c.id, survey_version.c.published_at.is_not(None))
    asked = and_(survey.c.audience == "staff", survey.c.retired_at.is_(None), published)
    found = select(survey.c.id).where(survey.c.place_id.in_(path), asked, survey.c.touchpoint_id.is_(None))
    return connection.execute(found.limit(1)).first() is not None


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found = []
    if wanted.store_id is not None:
        found.append(answer.c.store_id == wanted.store_id)
    if wanted.channel is not None:
        found.append(answer.c.channel == wanted.channel)
    if wanted.mark is not None:
        found.append(answer.c.mark == wanted.mark)
    if wanted.is_partial is not None:
        found.append(answer.c.completed_at.is_(None) if wanted.is_partial else answer.c.completed_at.is_not(None))
    return found


def _given(row: Any) -> Given:
    definition = msgspec.convert(row.definition, Definition)
    replies = [
        Said(scale.kind, in_language(scale.text, "en"), row.replies[scale.key], max(scale.replies))
        for scale in definition.scales
        if scale.key in row.replies and (scale != definition.first or scale.kind != "smileys")
    ]
    return Given(
        id=row.id,
        store_id=row.store_id,
        store=row.store,
        zone=ZoneInfo(row.time_zone),
        touchpoint=row.touchpoint,
        channel=Channel(row.channel),
        submitted_at=row.submitted_at,
        is_partial=row.completed_at is None,
        mark=AnswerMark(row.mark),
        face=face(row.button, row.buttons) if row.button is not None else None,
        replies=replies,
        reasons=[in_language(each.text, "en") for each in definition.reasons(None) if each.number in row.reasons],
        comment=row.comment,
        has_contact=row.has_contact,
        reference=row.reference,
        author=row.author,
        case_id=row.case_id,
    )
