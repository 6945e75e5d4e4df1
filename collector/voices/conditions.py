"""The conditions of the voices that are asked for, on rows of `answer` outer-joined with their place and touchpoint."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from collector.insights.asked import Asked
from collector.insights.faces import Face
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel
from collector.surveys.tables import answer
from collector.voices.chosen import NO_THEME, Chosen, Hours
from collector.voices.themes.folding import fold

#: Of a staff member's answer nobody sees more than the figures of many.
_OF_STAFF = touchpoint.alias()
IS_CUSTOMERS = or_(
    answer.c.touchpoint_id.is_(None),
    answer.c.touchpoint_id.not_in(select(_OF_STAFF.c.id).where(_OF_STAFF.c.audience == "staff")),
)
#: What a score is more than, and at most, to be shown as a face (insights.faces.face; a test compares them).
_SCORES: Mapping[Face, ColumnElement[bool]] = {
    Face.VERY_GOOD: answer.c.score > 80,
    Face.GOOD: and_(answer.c.score > 58, answer.c.score <= 80),
    Face.NEUTRAL: and_(answer.c.score > 42, answer.c.score <= 58),
    Face.BAD: and_(answer.c.score >= 20, answer.c.score <= 42),
    Face.VERY_BAD: answer.c.score < 20,
}

# As places.hours has it: a night's opening reaches into the next day; where nobody knows the hours, it was open.
_IS_OPEN: ColumnElement[bool] = literal_column(
    """
    (place.opening_hours = '{}' OR EXISTS (
        SELECT FROM (VALUES (0), (1)) AS back (days)
        CROSS JOIN LATERAL (
            SELECT answer.submitted_at AT TIME ZONE place.time_zone AS local,
                   CAST(answer.submitted_at AT TIME ZONE place.time_zone AS date) - back.days AS day
        ) AS at
        CROSS JOIN LATERAL jsonb_array_elements(
            coalesce(place.opening_hours -> to_char(at.day, 'dy'), '[]')
        ) AS period
        WHERE at.local >= at.day + CAST(period ->> 0 AS interval)
          AND at.local < at.day + CAST(period ->> 1 AS interval)
              + CASE WHEN period ->> 1 > period ->> 0 THEN interval '0' ELSE interval '1 day' END
    ))
    """,
    Boolean,
)


@dataclass(frozen=True)
class Only:
    """What a segment leaves of the voices; no segment leaves all of them."""

    #: None: all of them.
    stores: Collection[int] | None = None
    further: tuple[ColumnElement[bool], ...] = ()


EVERYTHING = Only()


def conditions(connection: Connection, chosen: Chosen, only: Only = EVERYTHING) -> list[ColumnElement[bool]]:
    """What holds of each voice that is asked for.

    The stores are looked up first: left to find them on its way, the database goes through its index of words once for
    each of them.
    """
    stores = _stores(connection, chosen.asked.place_id, only.stores)
    return [_when(stores, chosen.asked), IS_CUSTOMERS, *_of_asked(chosen.asked), *_of_words(chosen), *only.further]


def _stores(connection: Connection, place_id: int, wanted: Collection[int] | None) -> dict[str, list[int]]:
    """The stores of a place, of those that are wanted, by time zone."""
    query = select(place.c.id, place.c.time_zone).where(place.c.kind == "store", below(place_id))
    found: dict[str, list[int]] = {}
    for row in connection.execute(query):
        if wanted is None or row.id in wanted:
            found.setdefault(row.time_zone, []).append(row.id)
    return found


def _when(stores: Mapping[str, Sequence[int]], asked: Asked) -> ColumnElement[bool]:
    """From the first day to the last, each of its own store."""
    return or_(false(), *(_in_zone(ZoneInfo(zone), within, asked) for zone, within in stores.items()))


def _in_zone(zone: ZoneInfo, stores: Sequence[int], asked: Asked) -> ColumnElement[bool]:
    begin, end = (datetime.combine(day, time(), zone) for day in (asked.first, asked.last + timedelta(days=1)))
    is_there: ColumnElement[bool] = answer.c.store_id == any_(literal(list(stores), ARRAY(Integer)))
    return and_(is_there, answer.c.submitted_at >= begin, answer.c.submitted_at < end)


def _of_asked(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.touchpoint_id is not None:
        yield answer.c.touchpoint_id == asked.touchpoint_id
    if asked.touchpoint_name is not None:
        yield func.lower(touchpoint.c.name) == func.lower(asked.touchpoint_name)
    if asked.channels:
        yield came_by(asked.channels)


def _of_words(chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    if chosen.said == "words":
        yield answer.c.comment.is_not(None)
    elif chosen.said == "partial":
        yield answer.c.completed_at.is_(None)
    if chosen.search:
        yield says(chosen.search)
    if chosen.theme == NO_THEME:
        yield and_(func.cardinality(answer.c.themes) == 0, answer.c.comment.is_not(None))
    elif chosen.theme is not None:
        yield speaks_of([chosen.theme])
    if chosen.faces:
        yield has_face(chosen.faces)
    if chosen.hours is not None:
        yield was_said(chosen.hours)
    if chosen.mark is not None:
        yield answer.c.mark == int(chosen.mark)


def came_by(channels: Collection[Channel]) -> ColumnElement[bool]:
    return answer.c.channel.in_(sorted(int(channel) for channel in channels))


def says(search: str) -> ColumnElement[bool]:
    """Every word of a search is in the comment, or begins a word of it; in whatever order."""
    words = fold(search)
    # Folded words are letters and digits alone, so that nothing in them ends the quotes.
    query = " & ".join(f"'{word}':*" for word in words)
    if not words:
        return false()
    is_in: ColumnElement[bool] = answer.c.words.bool_op("@@")(cast(literal(query), TSQUERY))
    return is_in


def speaks_of(themes: Collection[str]) -> ColumnElement[bool]:
    """One of these themes is in it."""
    in_it: ColumnElement[bool] = answer.c.themes.overlap(list(themes))
    return in_it


def has_face(faces: Collection[Face]) -> ColumnElement[bool]:
    """Its rating has one of these faces, on whatever scale."""
    return or_(*(_SCORES[each] for each in faces))


def was_said(hours: Hours) -> ColumnElement[bool]:
    """While its store was open, or while it was not."""
    return _IS_OPEN if hours == "open" else not_(_IS_OPEN)
