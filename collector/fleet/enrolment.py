"""Enrolment: a kiosk becomes known, gets its place, its settings and its secret."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, text, update

from collector import changes
from collector.fleet.commands import drop
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.settings import give_settings
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_secret
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
    connection.execute(insert(kiosk_placement).values(kiosk_id=kiosk_id, since=func.now(), touchpoint_id=touchpoint_id))
    give_settings(connection, installation, kiosk_id, question_id)
    return new_secret(connection, installation, kiosk_id)


def move(connection: Connection, installation: Settings, kiosk_id: str, touchpoint_id: int) -> None:
    """The kiosk stands at another touchpoint from now on; what it recorded before stays with the old one."""
    connection.execute(
        update(kiosk_placement)
        .where(kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None))
        .values(until=func.now())
    )
    connection.execute(insert(kiosk_placement).values(kiosk_id=kiosk_id, since=func.now(), touchpoint_id=touchpoint_id))
    give_settings(connection, installation, kiosk_id)


def retire(connection: Connection, kiosk_id: str, now: datetime) -> None:
    """The kiosk's secrets end now: the broker cuts it off as soon as its keeper hears of it."""
    connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(state="retired"))
    drop(connection, kiosk_id, now)
    connection.execute(kiosk_secret.delete().where(kiosk_secret.c.kiosk_id == kiosk_id))
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
