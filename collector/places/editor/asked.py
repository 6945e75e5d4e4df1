"""The place that a request is about: one that whoever asks sees, or there is no such page."""

from typing import Any

from flask import abort
from sqlalchemy import Connection, Row, select

from collector.accounts.viewer import viewer
from collector.places.queries import below, ever_below
from collector.places.tables import place


def alive(connection: Connection, place_id: int) -> Row[Any]:
    row = connection.execute(select(place).where(place.c.id == place_id, below(viewer().place_id))).first()
    if row is None:
        abort(404)
    return row


def alive_or_ended(connection: Connection, place_id: int) -> Row[Any]:
    row = connection.execute(select(place).where(place.c.id == place_id, ever_below(viewer().place_id))).first()
    if row is None:
        abort(404)
    return row
