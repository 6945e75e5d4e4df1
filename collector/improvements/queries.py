"""Which improvement is shown where: the nearest and newest that holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, or_, select

from collector.cases.tables import cases
from collector.improvements.tables import improvement
from collector.places.queries import below, ever_below
from collector.places.tables import place, touchpoint
from collector.surveys.definition import Texts


@dataclass(frozen=True)
class Improvement:
    """What a place changed because customers said so."""

    id: int
    place_id: int
    place: str
    zone: ZoneInfo
    #: Shown only there.
    touchpoint: str | None
    #: That led to it.
    case_id: int | None
    text: Texts
    author: str
    since: datetime
    until: datetime
    #: Somebody ended it before that: until then it can be brought back.
    meant_until: datetime | None = None


def current(connection: Connection, store_id: int, touchpoint_id: int | None, now: datetime) -> Texts | None:
    """What is said at a touchpoint of a store now; None: nothing.

    The touchpoint's own comes first, then the store's, then that of each place above; of several the newest.

    Parameters
    ----------
    touchpoint_id: None where only the store is known.
    """
    path = select(place.c.path).where(place.c.id == store_id).scalar_subquery()
    nearest = func.array_position(path, improvement.c.place_id)
    found: Texts | None = connection.execute(
        select(improvement.c.text)
        .where(
            nearest.is_not(None),
            or_(improvement.c.touchpoint_id.is_(None), improvement.c.touchpoint_id == touchpoint_id),
            improvement.c.since <= now,
            improvement.c.until > now,
        )
        .order_by(
            improvement.c.touchpoint_id.is_(None), nearest.desc(), improvement.c.since.desc(), improvement.c.id.desc()
        )
        .limit(1)
    ).scalar()
    return found


def shown(connection: Connection, place_id: int, now: datetime) -> list[Improvement]:
    """What is said at a place and below it, newest first."""
    return _found(connection, _visible(place_id).where(improvement.c.until > now))


def over(connection: Connection, place_id: int, now: datetime, limit: int) -> list[Improvement]:
    """What was said there and is over, the last first."""
    ended = _visible(place_id).where(improvement.c.until <= now).order_by(None)
    return _found(connection, ended.order_by(improvement.c.until.desc(), improvement.c.id.desc()).limit(limit))


def visible_improvement(connection: Connection, place_id: int, improvement_id: int) -> Improvement | None:
    """One of them; None where there is none with this id, or the people of the place do not see it."""
    found = _found(connection, _visible(place_id).where(improvement.c.id == improvement_id))
    return found[0] if found else None


def _visible(place_id: int) -> Select[Any]:
    return (
        select(improvement, place.c.name.label("place"), place.c.time_zone, touchpoint.c.name.label("touchpoint"))
        .join(place, place.c.id == improvement.c.place_id)
        .outerjoin(touchpoint, touchpoint.c.id == improvement.c.touchpoint_id)
        .where(below(place_id))
        .order_by(improvement.c.since.desc(), improvement.c.id.desc())
    )


def _found(connection: Connection, query: Select[Any]) -> list[Improvement]:
    return [_improvement(row) for row in connection.execute(query)]


def _improvement(row: Row[Any]) -> Improvement:
    return Improvement(
        id=row.id,
        place_id=row.place_id,
        place=row.place,
        zone=ZoneInfo(row.time_zone),
        touchpoint=row.touchpoint,
        case_id=row.case_id,
        text=row.text,
        author=row.author,
        since=row.since,
        until=row.until,
        meant_until=row.meant_until,
    )


def sees_case(connection: Connection, place_id: int, case_id: int) -> bool:
    """Whether the people of a place see this case."""
    theirs = (
        select(cases.c.id)
        .join(place, place.c.id == cases.c.store_id)
        .where(cases.c.id == case_id, ever_below(place_id))
    )
    return connection.execute(theirs).first() is not None
