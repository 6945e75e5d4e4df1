"""Where a customer is, in the names that they know."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from collector.places.tables import place, touchpoint


@dataclass(frozen=True)
class Site:
    """A store and, where it is known, the touchpoint."""

    store: str
    zone: ZoneInfo
    touchpoint: str | None


def site(connection: Connection, store_id: int, touchpoint_id: int | None) -> Site:
    """The place that a code belongs to."""
    here = and_(touchpoint.c.store_id == place.c.id, touchpoint.c.id == touchpoint_id)
    row = connection.execute(
        select(place.c.name, place.c.time_zone, touchpoint.c.name.label("touchpoint"))
        .outerjoin(touchpoint, here)
        .where(place.c.id == store_id)
    ).one()
    return Site(row.name, ZoneInfo(row.time_zone), row.touchpoint)
