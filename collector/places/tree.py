"""Building the tree of places."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from collector.places.tables import place, touchpoint


def add_place(
    connection: Connection,
    kind: str,
    name: str,
    parent_id: int | None = None,
    *,
    time_zone: str = "Europe/Kyiv",
    opening_hours: Mapping[str, Any] | None = None,
) -> int:
    """Add an organisation, region or store below `parent_id`; returns its id."""
    place_id: int = connection.execute(
        insert(place)
        .values(
            kind=kind, name=name, parent_id=parent_id, path=[], time_zone=time_zone, opening_hours=opening_hours or {}
        )
        .returning(place.c.id)
    ).scalar_one()
    above: list[int] = []
    if parent_id is not None:
        above = connection.execute(select(place.c.path).where(place.c.id == parent_id)).scalar_one()
    connection.execute(update(place).where(place.c.id == place_id).values(path=[*above, place_id]))
    return place_id


def add_touchpoint(connection: Connection, store_id: int, name: str, position: int) -> int:
    """Add a touchpoint to a store, `position` counting in the order a customer meets them; returns its id."""
    return int(
        connection.execute(
            insert(touchpoint).values(store_id=store_id, name=name, position=position).returning(touchpoint.c.id)
        ).scalar_one()
    )
