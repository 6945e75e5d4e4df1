"""Which places somebody sees: their own and all below it, nothing else; and where a customer is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, select, text

from collector.places.hours import OpeningHours
from collector.places.tables import place, touchpoint

#: Names of touchpoints that are offered to choose from.
MOST_NAMES = 50


@dataclass(frozen=True)
class Store:
    id: int
    name: str
    zone: ZoneInfo
    opening_hours: OpeningHours


@dataclass(frozen=True)
class Place:
    """Any node of the tree."""

    id: int
    kind: str
    name: str
    zone: ZoneInfo


@dataclass(frozen=True)
class Site:
    """Where a customer is, in the names that they know: a store and, where it is known, the touchpoint."""

    store: str
    zone: ZoneInfo
    touchpoint: str | None


def below(place_id: int) -> ColumnElement[bool]:
    """The condition that a row of `place` is this place or lies below it, and has not ended."""
    return and_(ever_below(place_id), place.c.ended_at.is_(None))


def ever_below(place_id: int) -> ColumnElement[bool]:
    """The same of those that have ended as well: what was heard there is still somebody's."""
    return place.c.path.contains([place_id])


def visible_stores(connection: Connection, place_id: int, *, after: int = 0, limit: int | None = None) -> list[Store]:
    """The stores that the people of a place see, by id."""
    rows = connection.execute(_stores(place_id).where(place.c.id > after).order_by(place.c.id).limit(limit)).all()
    return [_store(row) for row in rows]


def visible_store(connection: Connection, place_id: int, store_id: int) -> Store | None:
    """One store; None where there is none with this id, or the people of the place do not see it."""
    row = connection.execute(_stores(place_id).where(place.c.id == store_id)).first()
    return _store(row) if row else None


def visible_place(connection: Connection, place_id: int, wanted: int) -> Place | None:
    """One place of any kind; None where there is none with this id, or the people of `place_id` do not see it."""
    row = connection.execute(select(place).where(place.c.id == wanted, below(place_id))).first()
    return Place(row.id, row.kind, row.name, ZoneInfo(row.time_zone)) if row else None


def visible_above(connection: Connection, place_id: int, lower: int) -> list[Place]:
    """The places above `lower` that the people of `place_id` see, the nearest first."""
    path = select(func.unnest(place.c.path)).where(place.c.id == lower).scalar_subquery()
    found = select(place).where(place.c.id.in_(path), place.c.id != lower, below(place_id))
    rows = connection.execute(found.order_by(func.cardinality(place.c.path).desc()))
    return [Place(row.id, row.kind, row.name, ZoneInfo(row.time_zone)) for row in rows]


def is_store(connection: Connection, place_id: int) -> bool:
    """Whether a place that there is is a store."""
    return bool(connection.execute(select(place.c.kind == "store").where(place.c.id == place_id)).scalar_one())


def opening_hours_below(connection: Connection, place_id: int) -> list[OpeningHours]:
    """The different opening hours of the stores at and below a place; {}: of some nobody knows them."""
    hours = select(place.c.opening_hours).where(place.c.kind == "store", below(place_id)).distinct()
    return list(connection.scalars(hours))


def zone_of(connection: Connection, place_id: int) -> ZoneInfo:
    """The time zone of a place that there is."""
    return ZoneInfo(connection.execute(select(place.c.time_zone).where(place.c.id == place_id)).scalar_one())


def top_place(connection: Connection) -> int:
    """The organisation at the top of the tree.

    Raises
    ------
    sqlalchemy.exc.NoResultFound: there is no place yet.
    """
    top = select(place.c.id).where(place.c.parent_id.is_(None)).order_by(place.c.id).limit(1)
    return int(connection.execute(top).scalar_one())


def touchpoints(connection: Connection, store_id: int) -> Sequence[Row[Any]]:
    """A store's touchpoints, as a customer meets them."""
    return connection.execute(
        select(touchpoint)
        .where(touchpoint.c.store_id == store_id, touchpoint.c.ended_at.is_(None))
        .order_by(touchpoint.c.position, touchpoint.c.id)
    ).all()


def touchpoints_to_choose(connection: Connection, place: Place) -> list[tuple[str, str]]:
    """The customers' touchpoints by which figures can be narrowed, as (what an address says, name): a store's own, as a
    customer meets them; above stores the names that most stores have, each once."""
    if place.kind == "store":
        mine = touchpoints(connection, place.id)
        return [(str(each.id), each.name) for each in mine if each.audience == "customers"]
    return [(name, name) for name in connection.scalars(_NAMES, {"place": [place.id], "most": MOST_NAMES})]


def touchpoints_of(connection: Connection, store_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The same of several stores, by store."""
    found: dict[int, list[Row[Any]]] = {each: [] for each in store_ids}
    query = select(touchpoint).where(touchpoint.c.store_id.in_(store_ids), touchpoint.c.ended_at.is_(None))
    for row in connection.execute(query.order_by(touchpoint.c.position, touchpoint.c.id)):
        found[row.store_id].append(row)
    return found


def site(connection: Connection, store_id: int, touchpoint_id: int | None) -> Site:
    """The place that a code belongs to."""
    row = connection.execute(_SITE, {"store": store_id, "touchpoint": touchpoint_id}).one()
    return Site(row.name, ZoneInfo(row.time_zone), row.touchpoint)


_NAMES = text("""
SELECT mode() WITHIN GROUP (ORDER BY touchpoint.name) AS name
FROM touchpoint JOIN place ON place.id = store_id
WHERE place.path @> CAST(:place AS integer[]) AND place.ended_at IS NULL AND touchpoint.ended_at IS NULL
  AND audience = 'customers'
GROUP BY lower(touchpoint.name)
ORDER BY count(*) DESC, 1
LIMIT :most
""")

_SITE = (
    select(place.c.name, place.c.time_zone, touchpoint.c.name.label("touchpoint"))
    .outerjoin(touchpoint, and_(touchpoint.c.store_id == place.c.id, touchpoint.c.id == bindparam("touchpoint")))
    .where(place.c.id == bindparam("store"))
)


def _stores(place_id: int) -> Select[Any]:
    return select(place).where(place.c.kind == "store", below(place_id))


def _store(row: Row[Any]) -> Store:
    return Store(row.id, row.name, ZoneInfo(row.time_zone), row.opening_hours)
