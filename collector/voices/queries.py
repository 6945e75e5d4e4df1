"""What the pages of voices read: the voices that are asked for, and how many speak of what."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, Row, Select, case, func, select, true
from sqlalchemy.dialects.postgresql import array

from collector.cases.tables import cases
from collector.insights.faces import Face, face
from collector.insights.index import Tally
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel
from collector.surveys.definition import Definition, in_language
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, question, survey_version
from collector.voices.chosen import NO_THEME, Chosen
from collector.voices.conditions import IS_CUSTOMERS, Only, conditions

#: Voices are counted up to so many; of more it is said that there are more.
MOST_COUNTED = 1000

#: What the list shows; not the words it is found by, which are as long as the comment.
_SHOWN = (
    *(answer.c.id, answer.c.store_id, answer.c.version_id, answer.c.channel, answer.c.submitted_at),
    *(answer.c.language, answer.c.completed_at, answer.c.mark, answer.c.button, answer.c.score, answer.c.replies),
    *(answer.c.reasons, answer.c.comment, answer.c.themes, answer.c.reference, answer.c.author),
)


@dataclass(frozen=True)
class Voice:
    """One answer, as the list shows it."""

    id: int
    store_id: int
    store: str
    zone: ZoneInfo
    touchpoint: str | None
    channel: Channel
    submitted_at: datetime
    language: str
    is_partial: bool
    mark: AnswerMark
    face: Face | None
    score: float | None
    #: What was said to the scales that are not the first faces.
    replies: Sequence["Said"]
    reasons: Sequence[str]
    comment: str | None
    themes: Sequence[str]
    reference: str | None
    author: str | None
    case_id: int | None


class Said(NamedTuple):
    """What was said to one scale."""

    kind: str
    text: str
    reply: int
    most: int


class Spoken(NamedTuple):
    """How often something was spoken of, and the faces that went with it."""

    times: int
    tally: Tally


def voices(
    connection: Connection, chosen: Chosen, only: Only, language: str, *, limit: int, offset: int = 0
) -> list[Voice]:
    """Customers' voices, the newest first.

    Parameters
    ----------
    only: what its segment says (`segments.queries.only_of`).
    language: of the reader: questions and reasons are in it where they can be.
    """
    query = _list(connection, chosen, only, limit, offset)
    rows, definitions = connection.execute(query).all(), _Definitions(connection)
    return [_voice(row, definitions[row.version_id], language) for row in rows]


def every_voice(connection: Connection, chosen: Chosen, only: Only) -> Select[Any]:
    """The same, all of them: for a list that is sent while it is read."""
    return _list(connection, chosen, only)


def reader(connection: Connection, language: str) -> Callable[[Row[Any]], Voice]:
    """Reads rows of `every_voice`."""
    definitions = _Definitions(connection)
    return lambda row: _voice(row, definitions[row.version_id], language)


def count(connection: Connection, chosen: Chosen, only: Only) -> int:
    """How many voices these are; MOST_COUNTED + 1 where there are more."""
    some = _from(select(answer.c.id)).where(*conditions(connection, chosen, only)).limit(MOST_COUNTED + 1)
    return connection.scalar(select(func.count()).select_from(some.subquery())) or 0


def spoken_of(connection: Connection, chosen: Chosen, only: Only) -> Mapping[str, Spoken]:
    """How many of the voices speak of each theme, `NO_THEME` of none, whatever theme is asked for."""
    spoken = case((func.cardinality(answer.c.themes) == 0, array([NO_THEME])), else_=answer.c.themes)
    each = func.unnest(spoken).table_valued("key").render_derived()
    query = (
        select(each.c.key, question.c.kind, question.c.buttons, answer.c.button, func.count().label("times"))
        .select_from(answer.join(each, true()))
        .outerjoin(question, question.c.id == answer.c.question_id)
        .where(answer.c.comment.is_not(None), *conditions(connection, chosen.without_themes(), only))
        .group_by(each.c.key, question.c.kind, question.c.buttons, answer.c.button)
    )
    counts, tallies = Counter[str](), dict[str, Counter[tuple[int, int]]]()
    for row in connection.execute(_from(query)):
        counts[row.key] += row.times
        if row.kind == "smileys" and row.button is not None:
            tallies.setdefault(row.key, Counter())[row.button, row.buttons] += row.times
    return {key: Spoken(times, tallies.get(key, Counter())) for key, times in counts.most_common()}


def visible_voice(connection: Connection, place_id: int, answer_id: int) -> bool:
    """Whether there is such an answer of a customer, and the people of a place see it."""
    query = _from(select(answer.c.id)).where(answer.c.id == answer_id, below(place_id), IS_CUSTOMERS)
    return connection.execute(query).first() is not None


def _from(query: Select[Any]) -> Select[Any]:
    """With the place and the touchpoint, for conditions that ask for them; where none does, they cost nothing."""
    return query.outerjoin(place, place.c.id == answer.c.store_id).outerjoin(
        touchpoint, touchpoint.c.id == answer.c.touchpoint_id
    )


def _list(connection: Connection, chosen: Chosen, only: Only, limit: int | None = None, offset: int = 0) -> Select[Any]:
    newest = (answer.c.submitted_at.desc(), answer.c.id.desc())
    # What goes with them is only looked up of those that are shown.
    found = _from(select(answer.c.id)).where(*conditions(connection, chosen, only)).order_by(*newest)
    shown = found.limit(limit).offset(offset).subquery()
    query = select(
        *_SHOWN,
        place.c.name.label("store"),
        place.c.time_zone,
        touchpoint.c.name.label("touchpoint"),
        question.c.buttons,
        cases.c.id.label("case_id"),
    )
    return (
        _from(query)
        .join(shown, shown.c.id == answer.c.id)
        .outerjoin(question, question.c.id == answer.c.question_id)
        .outerjoin(cases, cases.c.answer_id == answer.c.id)
        .order_by(*newest)
    )


class _Definitions(dict[int, Definition]):
    """What was asked, by the version of the survey; few, so each is read once."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, version_id: int) -> Definition:
        asked = select(survey_version.c.definition).where(survey_version.c.id == version_id)
        self[version_id] = msgspec.convert(self._connection.scalar(asked), Definition)
        return self[version_id]


def _voice(row: Row[Any], definition: Definition, language: str) -> Voice:
    replies = [
        Said(scale.kind, in_language(scale.text, language), row.replies[scale.key], max(scale.replies))
        for scale in definition.scales
        if scale.key in row.replies and (scale != definition.first or scale.kind != "smileys")
    ]
    return Voice(
        id=row.id,
        store_id=row.store_id,
        store=row.store,
        zone=ZoneInfo(row.time_zone),
        touchpoint=row.touchpoint,
        channel=Channel(row.channel),
        submitted_at=row.submitted_at,
        language=row.language,
        is_partial=row.completed_at is None,
        mark=AnswerMark(row.mark),
        face=face(row.button, row.buttons) if row.button is not None else None,
        score=row.score,
        replies=replies,
        reasons=[in_language(each.text, language) for each in definition.reasons(None) if each.number in row.reasons],
        comment=row.comment,
        themes=row.themes,
        reference=row.reference,
        author=row.author,
        case_id=row.case_id,
    )
