"""What was said at one touchpoint, one by one, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, case, literal_column, select, text, true, tuple_, union_all

from collector.insights.asked import Asked
from collector.insights.faces import Face, face
from collector.insights.queries import LATE_AFTER, bounds, is_in_index
from collector.places.queries import Place, below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel, Mark
from collector.ratings.tables import rating
from collector.surveys.tables import answer, question

#: Ratings that come later than this after the period are so few that they are looked up by an index of their own.
LATEST, DAY = timedelta(days=31), timedelta(days=1)
_VERY_LATE = text("received_at - happened_at > interval '31 days'")
#: Which of them are shown.
Which: TypeAlias = Literal["all", "unhappy", "marked"]
#: When it was received, its journal and its number there: after these the next page goes on.
Key: TypeAlias = tuple[datetime, int, int]


@dataclass(frozen=True)
class Touchpoint:
    id: int
    name: str
    store: Place


@dataclass(frozen=True)
class Rating:
    key: Key
    happened_at: datetime
    #: Where the time is unknown: it happened between this and `happened_at`.
    earliest_at: datetime | None
    face: Face
    channel: Channel
    late: bool
    mark: Mark
    #: What its customer wrote.
    comment: str | None


def visible_touchpoint(connection: Connection, place_id: int, touchpoint_id: int) -> Touchpoint | None:
    """One of customers; None where there is none with this number, or the people of a place do not see it. What staff
    say is anonymous, so nobody sees it one by one."""
    query = (
        select(touchpoint.c.id, touchpoint.c.name, place.c.id.label("store_id"), place.c.name.label("store"))
        .add_columns(place.c.time_zone, place.c.kind)
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(touchpoint.c.id == touchpoint_id, touchpoint.c.audience == "customers", below(place_id))
    )
    row = connection.execute(query).first()
    return _touchpoint(row) if row else None


def ratings_at(
    connection: Connection, where: Touchpoint, asked: Asked, which: Which, after: Key | None, limit: int
) -> Sequence[Rating]:
    """The ratings of faces in a period; those in archive files are not among them."""
    begin, _ = bounds(asked.first, where.store.zone)
    _, end = bounds(asked.last, where.store.zone)
    key = rating.c.received_at, rating.c.cursor_id, rating.c.seq
    here = rating.c.touchpoint_id == where.id
    if which != "marked":  # of which there is an index
        # As a case, whose share the database cannot reckon: it takes touchpoints for independent of stores, would
        # expect to find next to nothing, and read the whole period instead of its newest ratings.
        here = case((here, true()))
    query = (
        select(rating, question.c.buttons)
        .join(question, question.c.id == rating.c.question_id)
        .where(
            rating.c.store_id == where.store.id,
            here,
            is_in_index(rating),
            rating.c.happened_at >= begin,
            rating.c.happened_at < end,
        )
    )
    if asked.channels:
        query = query.where(rating.c.channel.in_([int(channel) for channel in asked.channels]))
    if which == "unhappy":
        query = query.where(rating.c.score < 50, rating.c.mark == Mark.COUNTED)
    elif which == "marked":
        query = query.where(rating.c.mark > literal_column("0"))  # as the index has it
    if after is not None:
        query = query.where(tuple_(*key) < after)
    # No rating is dated after its receipt.
    soon = rating.c.received_at >= begin, rating.c.received_at < end + LATEST
    much_later = rating.c.received_at >= end + LATEST, _VERY_LATE
    newest = [column.desc() for column in key]
    parts = [query.where(*each).order_by(*newest).limit(limit).subquery() for each in (soon, much_later)]
    found = union_all(*(select(part) for part in parts)).subquery()
    order = (found.c[column.name].desc() for column in key)
    rows = connection.execute(select(found).order_by(*order).limit(limit)).all()
    comments = _comments(connection, where, rows)
    return [
        Rating(
            key=(row.received_at, row.cursor_id, row.seq),
            happened_at=row.happened_at,
            earliest_at=row.earliest_at,
            face=face(row.button, row.buttons),
            channel=Channel(row.channel),
            late=row.received_at - row.happened_at > LATE_AFTER,
            mark=Mark(row.mark),
            comment=comments.get((row.cursor_id, row.seq)),
        )
        for row in rows
    ]


def _comments(connection: Connection, where: Touchpoint, rows: Sequence[Row[Any]]) -> Mapping[tuple[int, int], str]:
    """What customers wrote with these ratings, by journal and number there. The link of a press lives for minutes, so
    its answer came soon after it."""
    if not rows:
        return {}
    own = answer.c.id.in_([row.seq for row in rows if row.cursor_id == 0])
    pressed = [(row.cursor_id, row.seq) for row in rows if row.cursor_id]
    earliest, latest = min(row.happened_at for row in rows), max(row.received_at for row in rows) + DAY
    of_press = and_(
        answer.c.store_id == where.store.id,
        answer.c.submitted_at.between(earliest, latest),
        tuple_(answer.c.cursor_id, answer.c.seq).in_(pressed),
    )
    found = select(answer.c.id, answer.c.cursor_id, answer.c.seq, answer.c.comment).where(answer.c.comment.is_not(None))
    return {
        (row.cursor_id or 0, row.seq if row.cursor_id else row.id): row.comment
        for condition in (own, of_press)
        for row in connection.execute(found.where(condition))
    }


def _touchpoint(row: Row[tuple[int, str, int, str, str, str]]) -> Touchpoint:
    return Touchpoint(row.id, row.name, Place(row.store_id, row.kind, row.store, ZoneInfo(row.time_zone)))
