"""A small organisation to look around in, for who has no store yet: made on request, marked as a sample by its names,
and taken out again under Places like any other."""

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, func, select

from collector.places.editor import changes
from collector.places.editor.changes import Setup
from collector.places.hours import WEEKDAYS
from collector.places.queries import below
from collector.places.tables import place
from collector.surveys.default import ensure_default

REGION, STORES = "Dnipro", ("Riverside", "Hillside", "Station")
HOURS = {day: [["09:00", "21:00"]] for day in WEEKDAYS}


def may_have_sample(connection: Connection, top: int) -> bool:
    """Whether there is no store yet."""
    return connection.scalar(select(place.c.id).where(place.c.kind == "store", below(top)).limit(1)) is None


def make_sample(connection: Connection, top: int, by: str) -> bool:
    """A region, three stores and their touchpoints below a place, and a survey to ask there; whether they were made:
    not where there is a store by now, so of two at once one is made."""
    here = connection.execute(select(place).where(place.c.id == top).with_for_update()).one()
    if not may_have_sample(connection, top):
        return False
    region = _put(connection, here, "region", top, REGION, by)
    for name in STORES:
        store = _put(connection, here, "store", region, name, by)
        for touchpoint in (_("Entrance"), _("Checkout"), _("Exit")):
            changes.put_touchpoint(connection, store, touchpoint)
    ensure_default(connection)
    return True


def _put(connection: Connection, top: Row[tuple[object, ...]], kind: str, parent_id: int, name: str, by: str) -> int:
    """A place of the sample, unless it is there: one that was taken out comes back with what was taken out with it."""
    name = _("%(name)s (sample)", name=name)
    alive = place.c.parent_id == parent_id, place.c.kind == kind, place.c.ended_at.is_(None)
    there = connection.scalar(select(place.c.id).where(*alive, func.lower(place.c.name) == name.lower()))
    setup = Setup(name, top.time_zone, HOURS if kind == "store" else {})
    return there or changes.add(connection, kind, parent_id, setup, by)
