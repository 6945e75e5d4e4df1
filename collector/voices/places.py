"""The places that a page can be about, as a tree in one list."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from collector.places.queries import below
from collector.places.tables import place


class Choice(NamedTuple):
    id: int
    name: str
    kind: str
    #: How far below the first of them.
    depth: int


def places_below(connection: Connection, place_id: int) -> list[Choice]:
    """A place and all below it, each after the one that it lies in, else by name."""
    query = select(place.c.id, place.c.name, place.c.kind, place.c.path).where(below(place_id))
    rows = {row.id: row for row in connection.execute(query.order_by(func.lower(place.c.name), place.c.id))}
    names = {number: row.name.lower() for number, row in rows.items()}
    ordered = sorted(rows.values(), key=lambda row: [(names[each], each) for each in row.path if each in names])
    top = len(rows[place_id].path) if place_id in rows else 0
    return [Choice(row.id, row.name, row.kind, len(row.path) - top) for row in ordered]
