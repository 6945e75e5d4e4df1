"""Answers as other systems see them: each with the case that it opened. What staff said is anonymous, and not among
them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from collector.cases.tables import cases
from collector.places.queries import ever_below
from collector.places.tables import place, touchpoint
from collector.surveys.tables import answer, contact, survey_version


def visible_answers(
    connection: Connection, place_id: int, *, after: int, limit: int, store_id: int | None = None
) -> Sequence[Row[Any]]:
    """Answers of a place and below, by position: what was completed or marked later comes again."""
    query = _answers().where(ever_below(place_id), answer.c.position > after)
    if store_id is not None:
        query = query.where(answer.c.store_id == store_id)
    return connection.execute(query.order_by(answer.c.position).limit(limit)).all()


def visible_answer(connection: Connection, place_id: int, answer_id: int) -> Row[Any] | None:
    """One answer; None where there is none with this id, or the people of the place do not see it."""
    return connection.execute(_answers().where(ever_below(place_id), answer.c.id == answer_id)).first()


def _answers() -> Select[Any]:
    """Customers' answers, each with its survey, its case, and whether there is a contact."""
    first = (
        select(cases.c.id).where(cases.c.answer_id == answer.c.id).order_by(cases.c.id).limit(1).correlate(answer)
    ).scalar_subquery()
    return (
        select(
            answer,
            survey_version.c.survey_id,
            first.label("case_id"),
            contact.c.answer_id.is_not(None).label("has_contact"),
        )
        .join(place, place.c.id == answer.c.store_id)
        .join(survey_version, survey_version.c.id == answer.c.version_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .outerjoin(contact, contact.c.answer_id == answer.c.id)
        .where(or_(answer.c.touchpoint_id.is_(None), touchpoint.c.audience == "customers"))
    )
