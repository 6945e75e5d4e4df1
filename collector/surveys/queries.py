"""Which survey holds at a place: that of the touchpoint, else the place's own, else that of the nearest place above."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, bindparam, cast, func, insert, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import NoResultFound

from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.scale import weight
from collector.surveys.definition import Definition, Scale, Texts
from collector.surveys.schedule import Schedule, holds
from collector.surveys.tables import question, survey, survey_version


class NothingAsked(NoResultFound):
    """No survey is asked there."""


@dataclass(frozen=True)
class Survey:
    """One published version of a survey."""

    #: Of the version.
    id: int
    survey_id: int
    place_id: int
    touchpoint_id: int | None
    audience: str
    version: int
    name: str
    schedule: Schedule
    definition: Definition
    #: Which row of `question` each scale is, by its key.
    questions: Mapping[str, int]

    @property
    def first(self) -> Scale:
        """The scale that it begins with."""
        return self.definition.first

    @property
    def question_id(self) -> int:
        """Of the scale that it begins with."""
        return self.questions[self.first.key]

    @property
    def question(self) -> Texts:
        return self.first.text

    @property
    def buttons(self) -> int:
        """Of the scale that it begins with; button 1 is the best."""
        return self.first.buttons

    def score(self, button: int) -> float:
        """What a button of the first scale is worth, 0 … 100."""
        return weight(button, self.buttons)


def survey_at(
    connection: Connection, place_id: int, now: datetime | None = None, touchpoint_id: int | None = None
) -> Survey:
    """The survey that is asked at a place, or at one of its touchpoints.

    The nearest has the say: the touchpoint's own, then the place's, then that of each place above; of several at one
    place the one that was made last. One whose schedule does not hold at `now` is passed over; where that leaves a
    customer nothing, the nearest is asked all the same.

    Parameters
    ----------
    now: without it, one that is asked at any time, if there is one: for what hangs on a wall.

    Raises
    ------
    NothingAsked: there is none, not even at the top (see `surveys.default`); for staff, none at this time.
    """
    found = list(_surveys_at(connection, place_id, touchpoint_id))
    for each, time_zone in found:
        if each.schedule == Schedule() if now is None else holds(each.schedule, now, time_zone):
            return each
    if found and (now is None or found[0][0].audience == "customers"):
        return found[0][0]
    raise NothingAsked(f"no survey is asked at place {place_id}")


def faces_at(connection: Connection, place_id: int, touchpoint_id: int | None = None) -> int:
    """The question that kiosks ask at a place: that of the nearest survey that begins with faces, and is asked at any
    time.

    Raises
    ------
    NothingAsked: there is none.
    """
    for each, _ in _surveys_at(connection, place_id, touchpoint_id):
        if each.first.kind == "smileys" and each.schedule == Schedule():
            return each.question_id
    raise NothingAsked(f"no survey with faces is asked at place {place_id}")


def _surveys_at(connection: Connection, place_id: int, touchpoint_id: int | None) -> Iterator[tuple[Survey, str]]:
    """The surveys that may be asked at a place, the nearest first, each with the place's time zone."""
    for row in connection.execute(_AT_PLACE, {"place": place_id, "touchpoint": touchpoint_id}):
        yield _survey(row), row.time_zone


def survey_version_of(connection: Connection, version_id: int) -> Survey:
    """A published version, whether it is still asked or not.

    Raises
    ------
    sqlalchemy.exc.NoResultFound: there is none.
    """
    return _survey(connection.execute(_VERSION, {"version": version_id}).one())


def visible_surveys(connection: Connection, place_id: int, *, after: int, limit: int) -> list[Survey]:
    """The published versions of the surveys that are asked at a place or below it, by id."""
    above = select(func.unnest(place.c.path)).where(place.c.id == place_id)
    inside = select(place.c.id).where(below(place_id))
    query = _surveys().where(survey_version.c.id > after, survey.c.place_id.in_(above.union(inside)))
    return [_survey(row) for row in connection.execute(query.order_by(survey_version.c.id).limit(limit))]


def question_for(connection: Connection, text: Texts, buttons: int, kind: str = "smileys") -> int:
    """The question with these words on this scale, made where there is none yet; returns its id."""
    same = cast(question.c.text, JSONB) == text, question.c.buttons == buttons, question.c.kind == kind
    known = connection.scalar(select(question.c.id).where(*same).order_by(question.c.id))
    if known is None:
        made = insert(question).values(text=text, buttons=buttons, kind=kind).returning(question.c.id)
        known = connection.execute(made).scalar_one()
    return int(known)


def _surveys() -> Select[Any]:
    return (
        select(
            survey_version,
            survey.c.place_id,
            survey.c.touchpoint_id,
            survey.c.audience,
            survey.c.name,
            survey.c.schedule,
        )
        .join(survey, survey.c.id == survey_version.c.survey_id)
        .where(survey_version.c.published_at.is_not(None))
    )


def _is_newest() -> Any:
    other = survey_version.alias("newer")
    newer = and_(
        other.c.survey_id == survey_version.c.survey_id,
        other.c.published_at.is_not(None),
        other.c.version > survey_version.c.version,
    )
    return ~select(other.c.id).where(newer).exists()


def _survey(row: Row[Any]) -> Survey:
    return Survey(
        id=row.id,
        survey_id=row.survey_id,
        place_id=row.place_id,
        touchpoint_id=row.touchpoint_id,
        audience=row.audience,
        version=row.version,
        name=row.name,
        schedule=msgspec.convert(row.schedule, Schedule),
        definition=msgspec.convert(row.definition, Definition),
        questions=row.questions,
    )


# Statements that each page asks: to put one together takes longer than to carry it out.
_HERE = select(place.c.path, place.c.time_zone).where(place.c.id == bindparam("place")).cte("here")
_NEAREST = func.array_position(_HERE.c.path, survey.c.place_id)
_AUDIENCE = select(touchpoint.c.audience).where(touchpoint.c.id == bindparam("touchpoint"))
_AT_PLACE = (
    _surveys()
    .add_columns(_HERE.c.time_zone)
    .join(_HERE, _NEAREST.is_not(None))
    .where(
        survey.c.retired_at.is_(None),
        survey.c.audience == func.coalesce(_AUDIENCE.scalar_subquery(), "customers"),
        or_(survey.c.touchpoint_id.is_(None), survey.c.touchpoint_id == bindparam("touchpoint")),
        _is_newest(),
    )
    .order_by(survey.c.touchpoint_id.is_(None), _NEAREST.desc(), survey.c.id.desc())
)
_VERSION = _surveys().where(survey_version.c.id == bindparam("version"))
