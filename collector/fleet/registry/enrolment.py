"""Enrolment: a kiosk becomes known, gets its place, its settings and its secret; it moves, is replaced, and ends."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, text, update

from collector import changes
from collector.fleet.commands import drop
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.life import Why
from collector.fleet.settings.given import give_settings, newest_settings, preferences
from collector.fleet.tables import kiosk, kiosk_due, kiosk_placement, kiosk_preferences, kiosk_secret
from collector.settings import Settings


def enrol(
    connection: Connection, installation: Settings, kiosk_id: str, touchpoint_id: int, question_id: int
) -> Credentials:
    """Enrol a new kiosk at a touchpoint.

    Parameters
    ----------
    kiosk_id: matches `[a-z0-9-]{1,32}`; not enrolled before.
    question_id: the question that its buttons answer; its settings begin as version 1.

    Raises
    ------
    sqlalchemy.exc.IntegrityError: the id does not fit or is taken, or touchpoint or question do not exist.
    """
    connection.execute(insert(kiosk).values(id=kiosk_id, state="enrolled"))
    stand_at(connection, installation, kiosk_id, touchpoint_id, question_id)
    return new_secret(connection, installation, kiosk_id)


def stand_at(
    connection: Connection,
    installation: Settings,
    kiosk_id: str,
    touchpoint_id: int,
    question_id: int | None = None,
    since: datetime | None = None,
) -> None:
    """The kiosk stands at this touchpoint from now on, and has the settings that belong there.

    Parameters
    ----------
    question_id: what its buttons ask from now on; without it, what they ask already.
    since: when it left where it stood before, if it did.

    Raises
    ------
    collector.fleet.settings.given.CannotSet: they are too large for a kiosk.
    """
    stands = insert(kiosk_placement).values(kiosk_id=kiosk_id, touchpoint_id=touchpoint_id)
    connection.execute(stands.values(since=since or func.clock_timestamp()))
    give_settings(connection, installation, kiosk_id, question_id)


def move(connection: Connection, installation: Settings, kiosk_id: str, touchpoint_id: int) -> None:
    """The kiosk stands at another touchpoint from now on; what it recorded before stays with the old one."""
    left = _leave(connection, kiosk_id)
    stand_at(connection, installation, kiosk_id, touchpoint_id, since=left)


def replace(connection: Connection, installation: Settings, kiosk_id: str, by: str, now: datetime) -> None:
    """Another kiosk stands in this one's place from now on, asks what it asked and is set as it was. What this one
    recorded stays with the place; if it is not retired yet, it is now.

    Parameters
    ----------
    by: the other one, enrolled.

    Raises
    ------
    collector.fleet.settings.given.CannotSet: its settings are too large for a kiosk.
    """
    here = select(kiosk_placement.c.touchpoint_id).where(
        kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None)
    )
    before, chosen = newest_settings(connection, kiosk_id), preferences(connection, kiosk_id)
    left = _leave(connection, by)
    connection.execute(kiosk_preferences.delete().where(kiosk_preferences.c.kiosk_id == by))
    if chosen:
        connection.execute(insert(kiosk_preferences).values(kiosk_id=by, preferences=chosen))
    touchpoint_id = connection.execute(here).scalar_one()
    stand_at(connection, installation, by, touchpoint_id, before.question_id if before else None, left)
    retire(connection, kiosk_id, now, Why.REPLACED)
    connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(replaced_by=by))


def retire(connection: Connection, kiosk_id: str, now: datetime, why: Why = Why.RETIRED) -> bool:
    """The kiosk's secrets end now: the broker cuts it off as soon as its keeper hears of it. False: they had ended."""
    this = kiosk.c.id == kiosk_id, kiosk.c.state == "enrolled"
    ended = update(kiosk).where(*this).values(state="retired", retired_at=now, retired_why=why.value)
    if not connection.execute(ended).rowcount:
        return False
    drop(connection, kiosk_id, now)
    connection.execute(kiosk_secret.delete().where(kiosk_secret.c.kiosk_id == kiosk_id))
    connection.execute(kiosk_due.delete().where(kiosk_due.c.kiosk_id == kiosk_id))
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
    return True


def _leave(connection: Connection, kiosk_id: str) -> datetime | None:
    """End its stay; returns when: not when this transaction began, for another may have moved it since."""
    stands = kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None)
    now = func.greatest(func.clock_timestamp(), kiosk_placement.c.since + timedelta(microseconds=1))
    ended = update(kiosk_placement).where(*stands).values(until=now).returning(kiosk_placement.c.until)
    left: datetime | None = connection.scalar(ended)
    return left
