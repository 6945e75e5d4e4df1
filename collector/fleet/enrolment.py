"""Enrolment: a kiosk becomes known, gets its place, its settings and its secret."""

import secrets
from dataclasses import dataclass

import bcrypt
from sqlalchemy import Connection, func, insert, select, text, update

from collector import changes
from collector.fleet.settings import give_settings
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_secret
from collector.settings import Settings

#: A kiosk's secret is 192 random bits, so a low cost is enough; every connect pays it.
BCRYPT_COST = 4


@dataclass(frozen=True)
class Credentials:
    """What a kiosk signs in with: user `<kiosk>-<number>` and a secret that is kept nowhere else."""

    kiosk: str
    number: int
    secret: str

    def __repr__(self) -> str:  # secrets stay out of logs
        return f"Credentials(kiosk={self.kiosk!r}, number={self.number})"


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
    return new_secret(connection, kiosk_id)


def new_secret(connection: Connection, kiosk_id: str) -> Credentials:
    """A further secret for the kiosk, beside the older ones, and word to the broker's keeper."""
    highest = connection.scalar(
        select(func.coalesce(func.max(kiosk_secret.c.number), 0)).where(kiosk_secret.c.kiosk_id == kiosk_id)
    )
    credentials = Credentials(kiosk_id, (highest or 0) + 1, secrets.token_urlsafe(24))
    digest = bcrypt.hashpw(credentials.secret.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()
    connection.execute(insert(kiosk_secret).values(kiosk_id=kiosk_id, number=credentials.number, bcrypt=digest))
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
    return credentials


def move(connection: Connection, installation: Settings, kiosk_id: str, touchpoint_id: int) -> None:
    """The kiosk stands at another touchpoint from now on; what it recorded before stays with the old one."""
    connection.execute(
        update(kiosk_placement)
        .where(kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None))
        .values(until=func.now())
    )
    connection.execute(insert(kiosk_placement).values(kiosk_id=kiosk_id, since=func.now(), touchpoint_id=touchpoint_id))
    give_settings(connection, installation, kiosk_id)


def retire(connection: Connection, kiosk_id: str) -> None:
    """The kiosk's secrets end now: the broker cuts it off as soon as its keeper hears of it."""
    connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(state="retired"))
    connection.execute(kiosk_secret.delete().where(kiosk_secret.c.kiosk_id == kiosk_id))
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
