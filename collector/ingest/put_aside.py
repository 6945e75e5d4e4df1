"""What could not be taken, for a person to look at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from collector.fleet.tables import kiosk_placement
from collector.ingest.tables import put_aside
from collector.places.queries import below
from collector.places.tables import place, touchpoint


def count(connection: Connection, place_id: int) -> int:
    """How many different things were put aside, each counted once however often it came."""
    return int(connection.scalar(select(func.count()).select_from(_visible(place_id).subquery())) or 0)


def page(connection: Connection, place_id: int, *, offset: int, limit: int) -> Sequence[Row[Any]]:
    """What was put aside, newest first, with the time zone of the kiosk's store."""
    query = _visible(place_id).order_by(put_aside.c.last_at.desc(), put_aside.c.id.desc())
    return connection.execute(query.offset(offset).limit(limit)).all()


def _visible(place_id: int) -> Select[Any]:
    """What was put aside, of the kiosks that the people of a place see.

    What names no kiosk that stands anywhere is seen at the top of the tree, so that it does not go unseen.
    """
    return (
        select(put_aside, place.c.time_zone)
        .join(
            kiosk_placement,
            and_(kiosk_placement.c.kiosk_id == put_aside.c.kiosk_id, kiosk_placement.c.until.is_(None)),
            isouter=True,
        )
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id, isouter=True)
        .join(place, place.c.id == touchpoint.c.store_id, isouter=True)
        .where(or_(below(place_id), and_(place.c.id.is_(None), _is_top(place_id))))
    )


def _is_top(place_id: int) -> ColumnElement[bool]:
    top = place.alias("top")
    return select(top.c.parent_id.is_(None)).where(top.c.id == place_id).scalar_subquery()
