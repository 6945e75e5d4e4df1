"""Cases as people see them: those of their place and below, whose turn each is, and what the customer may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, select

from collector.cases.changes import OPEN, UNRESOLVED
from collector.cases.rules import ladder
from collector.cases.tables import case_event, cases
from collector.insights.faces import Face, face
from collector.links.tables import receipt
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel
from collector.surveys.answers import NO_CURSOR
from collector.surveys.definition import Definition, in_language
from collector.surveys.tables import answer, contact, question, survey

_turn = place.alias("turn")


@dataclass(frozen=True)
class Case:
    """One case, with what its customer said."""

    id: int
    state: str
    step: int
    #: Whose turn it is.
    place_id: int
    place: str
    due_at: datetime | None
    taken_by: str | None
    opened_at: datetime
    resolved_at: datetime | None
    store_id: int
    store: str
    zone: ZoneInfo
    touchpoint: str | None
    channel: Channel
    #: Which rating it belongs to, as `insights.queries.LatestRating` has it.
    rating_key: str
    face: Face | None
    score: float | None
    comment: str | None
    reasons: Sequence[str]


@dataclass(frozen=True)
class Details:
    """What the page of one case shows besides."""

    #: From the lowest, as (step, place's name).
    ladder: Sequence[tuple[int, str]]
    #: Receipt number of the till, or number in the system that it came from.
    reference: str | None
    #: For signed-in people of the place, and for nobody else.
    contact: Row[Any] | None
    events: Sequence[Row[Any]]


def visible_cases(
    connection: Connection,
    place_id: int,
    *,
    store_id: int | None = None,
    step: int | None = None,
    states: Sequence[str] = UNRESOLVED,
    limit: int,
    offset: int = 0,
) -> list[Case]:
    """Cases of a place and below: those that nobody has taken first, then by when they are due."""
    query = _cases(place_id).where(cases.c.state.in_(states))
    if store_id is not None:
        query = query.where(cases.c.store_id == store_id)
    if step is not None:
        query = query.where(cases.c.step == step)
    order = cases.c.resolved_at.desc(), cases.c.state != OPEN, cases.c.due_at.nulls_last(), cases.c.id
    return [_case(row) for row in connection.execute(query.order_by(*order).limit(limit).offset(offset))]


def cases_in_order(connection: Connection, place_id: int, *, after: int, limit: int, **equals: Any) -> list[Case]:
    """Cases of a place and below, by id; `equals`: only those with these values in these columns."""
    query = _cases(place_id).where(cases.c.id > after, *(cases.c[name] == value for name, value in equals.items()))
    return [_case(row) for row in connection.execute(query.order_by(cases.c.id).limit(limit))]


def visible_case(connection: Connection, place_id: int, case_id: int) -> Case | None:
    """One case; None where there is none with this id, or the people of the place do not see it."""
    row = connection.execute(_cases(place_id).where(cases.c.id == case_id)).first()
    return _case(row) if row else None


def count_by_step(connection: Connection, place_id: int) -> Mapping[int, int]:
    """How many unresolved cases of a place and below stand on each step."""
    counts = (
        select(cases.c.step, func.count().label("number"))
        .join(place, place.c.id == cases.c.store_id)
        .where(below(place_id), cases.c.state.in_(UNRESOLVED))
        .group_by(cases.c.step)
    )
    return {row.step: row.number for row in connection.execute(counts)}


def count_turns(connection: Connection, place_id: int) -> int:
    """How many unresolved cases wait for the people of this very place."""
    waiting = select(func.count()).where(cases.c.place_id == place_id, cases.c.state.in_(UNRESOLVED))
    return connection.execute(waiting).scalar_one()


def details(connection: Connection, case: Case) -> Details:
    """What belongs to a case that somebody may see."""
    path = connection.execute(select(place.c.path).where(place.c.id == case.store_id)).scalar_one()
    above = connection.execute(select(place.c.id, place.c.name).where(place.c.id.in_(path)))
    names = {row.id: row.name for row in above}
    said = connection.execute(
        select(func.coalesce(receipt.c.reference, answer.c.reference).label("reference"), answer.c.id)
        .join(cases, cases.c.answer_id == answer.c.id)
        .outerjoin(
            receipt,
            and_(
                receipt.c.signer_id == answer.c.signer_id,
                receipt.c.day == answer.c.day,
                receipt.c.serial == answer.c.serial,
            ),
        )
        .where(cases.c.id == case.id)
    ).one()
    return Details(
        ladder=[(step, names[place_id]) for step, place_id in ladder(path)],
        reference=said.reference,
        contact=connection.execute(select(contact).where(contact.c.answer_id == said.id)).first(),
        events=events(connection, case.id),
    )


def events(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    """What happened to a case, from the beginning."""
    return connection.execute(select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)).all()


@dataclass(frozen=True)
class Progress:
    """A case as its customer may see it: no names of people."""

    store: str
    zone: ZoneInfo
    comment: str | None
    events: Sequence[Row[Any]]
    is_resolved: bool


def progress(connection: Connection, case_id: int) -> Progress:
    """How far a case is, for whoever holds its link."""
    row = connection.execute(
        select(place.c.name, place.c.time_zone, answer.c.comment, cases.c.state)
        .join(cases, cases.c.store_id == place.c.id)
        .join(answer, answer.c.id == cases.c.answer_id)
        .where(cases.c.id == case_id)
    ).one()
    steps = [event for event in events(connection, case_id) if event.kind != "commented"]
    return Progress(row.name, ZoneInfo(row.time_zone), row.comment, steps, row.state not in UNRESOLVED)


def _cases(place_id: int) -> Select[Any]:
    return (
        select(
            cases,
            answer.c.id.label("answer"),
            answer.c.cursor_id,
            answer.c.seq,
            answer.c.channel,
            answer.c.button,
            answer.c.score,
            answer.c.comment,
            answer.c.reasons,
            question.c.buttons,
            survey.c.definition,
            place.c.name.label("store"),
            place.c.time_zone,
            _turn.c.name.label("place"),
            touchpoint.c.name.label("touchpoint"),
        )
        .join(place, place.c.id == cases.c.store_id)
        .join(_turn, _turn.c.id == cases.c.place_id)
        .join(answer, answer.c.id == cases.c.answer_id)
        .join(survey, survey.c.id == answer.c.survey_id)
        .outerjoin(question, question.c.id == answer.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(below(place_id))
    )


def _case(row: Row[Any]) -> Case:
    reasons = msgspec.convert(row.definition, Definition).reasons(row.score)
    return Case(
        id=row.id,
        state=row.state,
        step=row.step,
        place_id=row.place_id,
        place=row.place,
        due_at=row.due_at,
        taken_by=row.taken_by,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        store_id=row.store_id,
        store=row.store,
        zone=ZoneInfo(row.time_zone),
        touchpoint=row.touchpoint,
        channel=Channel(row.channel),
        rating_key=f"{row.cursor_id or NO_CURSOR}-{row.seq or row.answer}",
        face=face(row.button, row.buttons) if row.button else None,
        score=row.score,
        comment=row.comment,
        reasons=[in_language(each.text, "en") for each in reasons if each.number in row.reasons],
    )
