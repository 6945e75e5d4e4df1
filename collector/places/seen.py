"""The places of whoever is signed in: their own, and those below it."""

from flask import abort
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.places.queries import Place, visible_place


def seen_place(connection: Connection, place_id: int) -> Place:
    """A place that they see; any other is not there."""
    return visible_place(connection, viewer().place_id, place_id) or abort(404)
