"""Cases as people of the house see them: those of their place and below, and whose turn each is.

Those of a place that was taken out as well: its customers wait like any others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from collector.accounts.tables import account
from collector.cases.rules.policy import CaseKind
from collector.cases.tables import OPEN, RESOLVED, REVIEW, TAKEN, UNRESOLVED, case_event, cases
from collector.insights.faces import Face, face
from collector.links.tables import receipt
from collector.places.queries import ever_below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel
from collector.surveys.answers import NO_CURSOR
from collector.surveys.definition import Definition, Texts
from collector.surveys.tables import answer, contact, question, survey_version

_turn = place.alias("turn")


@dataclass(frozen=True)
class Case:
    """One case, with what its customer said."""

    id: int
    kind: CaseKind
    state: str
    step: int
    #: Whose turn it is.
    place_id: int
    place: str
    due_at: datetime | None
    taken_by: str | None
    #: Who is responsible.
    account_id: int | None
    account: str | None
    opened_at: datetime
    resolved_at: datetime | None
    #: Its customer has written since a person last did something.
    has_written: bool
    root_cause: str | None
    compensation: Decimal | None
    merged_into: int | None
    #: Its number in the system to which it was handed.
    external: str | None
    store_id: int
    store: str
    #: It was taken out: its people come no more, those above it see to the case.
    store_has_ended: bool
    zone: ZoneInfo
    touchpoint_id: int | None
    touchpoint: str | None
    #: What it is about, where somebody opened it by hand.
    subject: str | None
    alert_id: int | None
    #: None where no customer has said anything, as all that follows.
    answer_id: int | None
    channel: Channel | None
    #: Which rating it belongs to, as `insights.queries.LatestRating` has it.
    rating_key: str | None
    face: Face | None
    score: float | None
    comment: str | None
    reasons: Sequence[Texts]


@dataclass(frozen=True)
class Details:
    """What the page of one case shows besides."""

    #: Receipt number of the till, or number in the system that it came from.
    reference: str | None
    #: In which the customer was asked.
    language: str | None
    #: For signed-in people of the place, and for nobody else.
    contact: Row[Any] | None
    events: Sequence[Row[Any]]


def visible_cases(
    connection: Connection,
    place_id: int,
    *,
    store_id: int | None = None,
    step: int | None = None,
    states: Sequence[str] | None = None,
    account_id: int | None = None,
    channel: Channel | None = None,
    kind: str | None = None,
    is_overdue: bool = False,
    turn_of: int | None = None,
    limit: int,
    offset: int = 0,
) -> list[Case]:
    """Cases of a place and below: those whose customer has written first, then those that nobody has taken, then by
    when they are due.

    Parameters
    ----------
    states: None for all that wait for somebody.
    account_id: only those for which this account is responsible.
    is_overdue: only those of which a clock has run out.
    turn_of: only those whose turn is this very place's.
    """
    wanted = {"store_id": store_id, "step": step, "account_id": account_id, "kind": kind, "place_id": turn_of}
    query = _cases(place_id).where(
        _waits() if states is None else cases.c.state.in_(states),
        *(cases.c[name] == value for name, value in wanted.items() if value is not None),
    )
    if channel is not None:
        query = query.where(answer.c.channel == channel)
    if is_overdue:
        query = query.where(_was_late())
    order = cases.c.resolved_at.desc(), cases.c.state != OPEN, cases.c.due_at.nulls_last(), cases.c.id
    return [
        _case(row)
        for row in connection.execute(query.order_by(cases.c.has_written.desc(), *order).limit(limit).offset(offset))
    ]


def cases_in_order(
    connection: Connection,
    place_id: int,
    *,
    after: int,
    limit: int,
    channel: Channel | None = None,
    is_overdue: bool = False,
    **equals: Any,
) -> list[Case]:
    """Cases of a place and below, by id; `equals`: only those with these values in these columns."""
    query = _cases(place_id).where(cases.c.id > after, *(cases.c[name] == value for name, value in equals.items()))
    if channel is not None:
        query = query.where(answer.c.channel == channel)
    if is_overdue:
        query = query.where(_was_late())
    return [_case(row) for row in connection.execute(query.order_by(cases.c.id).limit(limit))]


def visible_case(connection: Connection, place_id: int, case_id: int) -> Case | None:
    """One case; None where there is none with this id, or the people of the place do not see it."""
    row = connection.execute(_cases(place_id).where(cases.c.id == case_id)).first()
    return _case(row) if row else None


def count_by_step(connection: Connection, place_id: int) -> Mapping[int, int]:
    """How many unresolved cases of a place and below stand on each step."""
    return _counts(connection, place_id, cases.c.step, cases.c.state.in_(UNRESOLVED))


def count_waiting(connection: Connection, place_id: int) -> int:
    """How many cases of a place and below wait for somebody."""
    return sum(_counts(connection, place_id, cases.c.state, _waits()).values())


def count_by_state(connection: Connection, place_id: int) -> Mapping[str, int]:
    """How many cases of a place and below are in each state."""
    return _counts(connection, place_id, cases.c.state)


def count_turns(connection: Connection, place_id: int) -> int:
    """How many cases wait for the people of this very place."""
    theirs = or_(cases.c.state.in_((OPEN, TAKEN, REVIEW)), and_(cases.c.state == RESOLVED, cases.c.has_written))
    waiting = select(func.count()).where(cases.c.place_id == place_id, theirs)
    return connection.execute(waiting).scalar_one()


def details(connection: Connection, case: Case) -> Details:
    """What belongs to a case that somebody may see."""
    said = connection.execute(
        select(func.coalesce(receipt.c.reference, answer.c.reference).label("reference"), answer.c.language)
        .select_from(answer)
        .outerjoin(
            receipt,
            and_(
                receipt.c.signer_id == answer.c.signer_id,
                receipt.c.day == answer.c.day,
                receipt.c.serial == answer.c.serial,
            ),
        )
        .where(answer.c.id == case.answer_id)
    ).first()
    return Details(
        reference=said.reference if said else None,
        language=said.language if said else None,
        contact=connection.execute(select(contact).where(contact.c.answer_id == case.answer_id)).first(),
        events=events(connection, case.id),
    )


def events(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    """What happened to a case, from the beginning."""
    return connection.execute(select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)).all()


def _counts(connection: Connection, place_id: int, by: ColumnElement[Any], *conditions: Any) -> dict[Any, int]:
    counts = (
        select(by.label("by"), func.count().label("number"))
        .select_from(cases)
        .join(place, place.c.id == cases.c.store_id)
        .where(ever_below(place_id), *conditions)
        .group_by(by)
    )
    return {row.by: row.number for row in connection.execute(counts)}


def _waits() -> ColumnElement[bool]:
    """Somebody is to do something: also where the customer has written after it was resolved."""
    return or_(cases.c.state.in_(UNRESOLVED), and_(cases.c.state == RESOLVED, cases.c.has_written))


def _was_late() -> ColumnElement[bool]:
    """A clock of it has run out: the ladder itself has moved it."""
    why = case_event.c.data["why"].as_string()
    return exists().where(case_event.c.case_id == cases.c.id, case_event.c.kind == "climbed", why.in_(("late", "idle")))


def _cases(place_id: int) -> Select[Any]:
    return (
        select(
            cases,
            answer.c.cursor_id,
            answer.c.seq,
            answer.c.channel,
            answer.c.button,
            answer.c.score,
            answer.c.comment,
            answer.c.reasons,
            question.c.buttons,
            survey_version.c.definition,
            place.c.name.label("store"),
            place.c.time_zone,
            place.c.ended_at.is_not(None).label("store_has_ended"),
            _turn.c.name.label("place"),
            touchpoint.c.name.label("touchpoint"),
            account.c.name.label("account"),
        )
        .join(place, place.c.id == cases.c.store_id)
        .join(_turn, _turn.c.id == cases.c.place_id)
        .outerjoin(answer, answer.c.id == cases.c.answer_id)
        .outerjoin(survey_version, survey_version.c.id == answer.c.version_id)
        .outerjoin(question, question.c.id == answer.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == cases.c.touchpoint_id)
        .outerjoin(account, account.c.id == cases.c.account_id)
        .where(ever_below(place_id))
    )


def _case(row: Row[Any]) -> Case:
    said = row.answer_id is not None
    reasons = msgspec.convert(row.definition, Definition).reasons(row.score) if said else ()
    return Case(
        id=row.id,
        kind=row.kind,
        state=row.state,
        step=row.step,
        place_id=row.place_id,
        place=row.place,
        due_at=row.due_at,
        taken_by=row.taken_by,
        account_id=row.account_id,
        account=row.account,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        has_written=row.has_written,
        root_cause=row.root_cause,
        compensation=row.compensation,
        merged_into=row.merged_into,
        external=row.external,
        store_id=row.store_id,
        store=row.store,
        store_has_ended=row.store_has_ended,
        zone=ZoneInfo(row.time_zone),
        touchpoint_id=row.touchpoint_id,
        touchpoint=row.touchpoint,
        subject=row.subject,
        alert_id=row.alert_id,
        answer_id=row.answer_id,
        channel=Channel(row.channel) if said else None,
        rating_key=f"{row.cursor_id or NO_CURSOR}-{row.seq or row.answer_id}" if said else None,
        face=face(row.button, row.buttons) if row.button and row.buttons <= 5 else None,
        score=row.score,
        comment=row.comment,
        reasons=[each.text for each in reasons if each.number in row.reasons],
    )
