"""What people change about places and touchpoints. Nothing is deleted: what ends can be brought back.

Who did it to a place (`by`, the name of an account) stands in the audit log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, Row, and_, func, select, update

from collector.audit import log
from collector.audit.log import Action
from collector.cases.tables import UNRESOLVED, cases
from collector.database import driver
from collector.fleet.tables import kiosk, kiosk_placement
from collector.insights.days import note_all
from collector.places.hours import OpeningHours
from collector.places.tables import place, touchpoint
from collector.places.tree import add_place, add_touchpoint

LONGEST_NAME = 80


class CannotChange(ValueError):
    """This cannot be done; the message is a sentence that says why, and what to do."""


@dataclass(frozen=True)
class Setup:
    """What people say of a place."""

    name: str
    time_zone: str
    #: Of stores.
    opening_hours: OpeningHours = field(default_factory=dict)


def add(connection: Connection, kind: str, parent_id: int, setup: Setup, by: str) -> int:
    """A new region or store; returns its id. One of that name that has ended there begins again.

    Raises
    ------
    CannotChange: there is one of that name already.
    """
    same = place.c.parent_id == parent_id, place.c.kind == kind, func.lower(place.c.name) == setup.name.lower()
    found = connection.execute(select(place.c.id, place.c.ended_at).where(*same).with_for_update()).first()
    if found is None:
        made = add_place(
            connection, kind, setup.name, parent_id, time_zone=setup.time_zone, opening_hours=setup.opening_hours
        )
        _note(connection, by, "made-place", made)
        return made
    if found.ended_at is None:
        raise CannotChange(_("There is a place called %(name)s here already.", name=setup.name))
    bring_back(connection, found.id, by)
    change(connection, found.id, setup, by)
    return int(found.id)


def change(connection: Connection, place_id: int, setup: Setup, by: str) -> None:
    """A place as people have it now. In another time zone its days are other days, and by other opening hours something
    else was heard while it was open: they are added up anew.

    Raises
    ------
    CannotChange: another one beside it has that name.
    """
    before = connection.execute(select(place).where(place.c.id == place_id).with_for_update()).one()
    beside = (
        place.c.parent_id == before.parent_id,
        place.c.kind == before.kind,
        place.c.id != place_id,
        place.c.ended_at.is_(None),
        func.lower(place.c.name) == setup.name.lower(),
    )
    if connection.scalar(select(place.c.id).where(*beside)) is not None:
        raise CannotChange(_("There is a place called %(name)s here already.", name=setup.name))
    values = {"name": setup.name, "time_zone": setup.time_zone, "opening_hours": dict(setup.opening_hours)}
    connection.execute(update(place).where(place.c.id == place_id).values(values))
    _note(connection, by, "changed-place", place_id)
    was, has_become = (before.time_zone, before.opening_hours), (setup.time_zone, dict(setup.opening_hours))
    if before.kind == "store" and was != has_become:
        note_all(driver(connection), place_id)


def end(connection: Connection, place_id: int, now: datetime, by: str) -> None:
    """A place and all below it are seen no more; what was heard there stays.

    Raises
    ------
    CannotChange: it is the organisation, or kiosks stand there, or customers wait for an answer.
    """
    kind = connection.scalar(select(place.c.kind).where(place.c.id == place_id))
    if kind == "organisation":
        raise CannotChange(_("The organisation stays as long as there is anything."))
    stores = select(place.c.id).where(_within(place_id))
    open_cases = (
        select(func.count()).select_from(cases).where(cases.c.store_id.in_(stores), cases.c.state.in_(UNRESOLVED))
    )
    if count := connection.execute(open_cases).scalar_one():
        raise CannotChange(
            ngettext(
                "A case there is not closed yet. See to it first.",
                "%(num)s cases there are not closed yet. See to them first.",
                count,
            )
        )
    if standing := _kiosks_at(connection, touchpoint.c.store_id.in_(stores)):
        raise CannotChange(_still_standing(standing))
    connection.execute(update(place).where(_within(place_id), place.c.ended_at.is_(None)).values(ended_at=now))
    _note(connection, by, "ended-place", place_id)


def bring_back(connection: Connection, place_id: int, by: str) -> None:
    """The place, and what ended with it.

    Raises
    ------
    CannotChange: what it belongs to has ended, or another has its name now.
    """
    here = connection.execute(select(place).where(place.c.id == place_id).with_for_update()).one()
    if here.ended_at is None:
        return
    if connection.scalar(select(place.c.ended_at).where(place.c.id == here.parent_id)):
        raise CannotChange(_("The place above it has ended, too. Bring that one back."))
    beside = place.c.parent_id == here.parent_id, place.c.kind == here.kind, place.c.ended_at.is_(None)
    if connection.scalar(select(place.c.id).where(*beside, func.lower(place.c.name) == here.name.lower())):
        raise CannotChange(_("Another place is called %(name)s now. Give that one another name first.", name=here.name))
    connection.execute(update(place).where(_within(place_id), place.c.ended_at == here.ended_at).values(ended_at=None))
    _note(connection, by, "brought-back-place", place_id)


def put_touchpoint(connection: Connection, store_id: int, name: str) -> int:
    """A touchpoint of that name, at the end of the way through the store; one that has ended begins again."""
    mine = touchpoint.c.store_id == store_id, func.lower(touchpoint.c.name) == name.lower()
    found = connection.execute(select(touchpoint.c.id, touchpoint.c.ended_at).where(*mine).with_for_update()).first()
    if found is None:
        last = select(func.coalesce(func.max(touchpoint.c.position), 0)).where(touchpoint.c.store_id == store_id)
        return add_touchpoint(connection, store_id, name, connection.execute(last).scalar_one() + 1)
    if found.ended_at is not None:
        connection.execute(update(touchpoint).where(touchpoint.c.id == found.id).values(ended_at=None))
    return int(found.id)


def rename_touchpoint(connection: Connection, store_id: int, touchpoint_id: int, name: str) -> None:
    """Another name for a touchpoint; its ratings stay with it.

    Raises
    ------
    CannotChange: another one has that name.
    """
    same = touchpoint.c.store_id == store_id, func.lower(touchpoint.c.name) == name.lower()
    if connection.scalar(select(touchpoint.c.id).where(*same, touchpoint.c.id != touchpoint_id)) is not None:
        raise CannotChange(
            _("There is a touchpoint called %(name)s already, or there was one: add it, and it is back.", name=name)
        )
    connection.execute(update(touchpoint).where(touchpoint.c.id == touchpoint_id).values(name=name))


def order_touchpoints(connection: Connection, store_id: int, ids: Sequence[int]) -> None:
    """The order in which a customer meets them; those that are not named come last, as they were."""
    mine = select(touchpoint.c.id).where(touchpoint.c.store_id == store_id)
    there = connection.scalars(mine.order_by(touchpoint.c.position, touchpoint.c.id).with_for_update()).all()
    wanted = [each for each in dict.fromkeys(ids) if each in there]
    for position, each in enumerate([*wanted, *(each for each in there if each not in wanted)], start=1):
        connection.execute(update(touchpoint).where(touchpoint.c.id == each).values(position=position))


def end_touchpoint(connection: Connection, touchpoint_id: int, now: datetime) -> None:
    """A touchpoint is seen no more.

    Raises
    ------
    CannotChange: kiosks stand there.
    """
    if standing := _kiosks_at(connection, touchpoint.c.id == touchpoint_id):
        raise CannotChange(_still_standing(standing))
    alive = touchpoint.c.id == touchpoint_id, touchpoint.c.ended_at.is_(None)
    connection.execute(update(touchpoint).where(*alive).values(ended_at=now))


def ended_touchpoints(connection: Connection, store_id: int) -> Sequence[Row[Any]]:
    """Those that were taken out, the last first."""
    over = select(touchpoint).where(touchpoint.c.store_id == store_id, touchpoint.c.ended_at.is_not(None))
    return connection.execute(over.order_by(touchpoint.c.ended_at.desc(), touchpoint.c.id)).all()


def _note(connection: Connection, by: str, action: Action, place_id: int) -> None:
    log.note(connection, by, action, f"places/{place_id}", place_id)


def _within(place_id: int) -> Any:
    return place.c.path.contains([place_id])


def _kiosks_at(connection: Connection, where: Any) -> Sequence[str]:
    """The kiosks in use that stand there now."""
    now_at = kiosk_placement.c.kiosk_id == kiosk.c.id, kiosk_placement.c.until.is_(None)
    query = (
        select(kiosk.c.id)
        .join(kiosk_placement, and_(*now_at))
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
        .where(kiosk.c.state != "retired", where)
    )
    return connection.scalars(query.order_by(kiosk.c.id)).all()


def _still_standing(kiosks: Sequence[str]) -> str:
    said: str = ngettext(
        "The kiosk %(names)s stands there. Move or retire it first.",
        "%(num)s kiosks stand there (%(names)s). Move or retire them first.",
        len(kiosks),
        names=", ".join(kiosks[:3]) + ("" if len(kiosks) <= 3 else " …"),
    )
    return said
