"""Which survey holds at a place: its own, else that of the nearest place above."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from collector.cases.tables import cases
from collector.places.queries import below
from collector.places.tables import place
from collector.surveys.definition import Definition, Texts
from collector.surveys.scale import weight
from collector.surveys.tables import answer, contact, question, survey


@dataclass(frozen=True)
class Survey:
    """One version of a place's survey."""

    id: int
    place_id: int
    version: int
    question_id: int
    #: Asked where the rating is not known yet; button 1 of `buttons` is the best.
    question: Texts
    buttons: int
    definition: Definition

    def score(self, button: int) -> float:
        """What a button of its question is worth, 0 … 100."""
        return weight(button, self.buttons)


def survey_at(connection: Connection, place_id: int) -> Survey:
    """The newest survey of the nearest place that has one.

    Raises
    ------
    sqlalchemy.exc.NoResultFound: there is none, not even at the top (see `surveys.default`).
    """
    path = select(place.c.path).where(place.c.id == place_id).scalar_subquery()
    nearest = func.array_position(path, survey.c.place_id)
    query = _surveys().where(nearest.is_not(None)).order_by(nearest.desc(), survey.c.version.desc()).limit(1)
    return _survey(connection.execute(query).one())


def visible_surveys(connection: Connection, place_id: int, *, after: int, limit: int) -> list[Survey]:
    """The surveys that are asked at a place or below it, all versions, by id."""
    above = select(func.unnest(place.c.path)).where(place.c.id == place_id)
    inside = select(place.c.id).where(below(place_id))
    query = _surveys().where(survey.c.id > after, survey.c.place_id.in_(above.union(inside)))
    return [_survey(row) for row in connection.execute(query.order_by(survey.c.id).limit(limit))]


def visible_answers(
    connection: Connection, place_id: int, *, after: int, limit: int, store_id: int | None = None
) -> Sequence[Row[Any]]:
    """Answers of a place and below, in the order in which they came; see `_answers`."""
    query = _answers().join(place, place.c.id == answer.c.store_id).where(below(place_id), answer.c.id > after)
    if store_id is not None:
        query = query.where(answer.c.store_id == store_id)
    return connection.execute(query.order_by(answer.c.id).limit(limit)).all()


def answer_row(connection: Connection, answer_id: int) -> Row[Any]:
    """One answer; see `_answers`."""
    return connection.execute(_answers().where(answer.c.id == answer_id)).one()


def _answers() -> Select[Any]:
    """Answers, each with the case that it opened and whether there is a contact."""
    return (
        select(answer, cases.c.id.label("case_id"), contact.c.answer_id.is_not(None).label("has_contact"))
        .outerjoin(cases, cases.c.answer_id == answer.c.id)
        .outerjoin(contact, contact.c.answer_id == answer.c.id)
    )


def _surveys() -> Select[Any]:
    return select(survey, question.c.text, question.c.buttons).join(question, question.c.id == survey.c.question_id)


def _survey(row: Row[Any]) -> Survey:
    definition = msgspec.convert(row.definition, Definition)
    return Survey(row.id, row.place_id, row.version, row.question_id, row.text, row.buttons, definition)
