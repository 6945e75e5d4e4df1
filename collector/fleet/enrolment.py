"""Enrolment: a kiosk becomes known, gets its place, its settings and its secret."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import bcrypt
from sqlalchemy import Connection, func, insert, select, text, update

from collector import changes
from collector.fleet.settings import give_settings
from collector.fleet.tables import kiosk, kiosk_command, kiosk_placement, kiosk_secret
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
    return keep_secret(connection, kiosk_id, lambda _number: secrets.token_urlsafe(24))


def keep_secret(connection: Connection, kiosk_id: str, make: Callable[[int], str]) -> Credentials:
    """The same with a secret that `make` makes for its number. Only what it can be checked against is kept."""
    highest = connection.scalar(
        select(func.coalesce(func.max(kiosk_secret.c.number), 0)).where(kiosk_secret.c.kiosk_id == kiosk_id)
    )
    number = (highest or 0) + 1
    credentials = Credentials(kiosk_id, number, make(number))
    digest = bcrypt.hashpw(credentials.secret.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()
    connection.execute(insert(kiosk_secret).values(kiosk_id=kiosk_id, number=number, bcrypt=digest))
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
    return credentials


def derived_secret(installation: Settings, kiosk_id: str, number: int, salt: bytes) -> str:
    """A secret that reaches its kiosk by command: until it is there it can be made again, from the database and the
    installation's own secret together and from neither alone; once the salt is forgotten, from nothing any more."""
    key = bytes.fromhex(installation.secret("kiosks"))
    digest = hmac.new(key, f"kiosk/{kiosk_id}/{number}/".encode() + salt, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


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
    waiting = (kiosk_command.c.kiosk_id == kiosk_id, kiosk_command.c.state.in_(("queued", "sent")))
    connection.execute(update(kiosk_command).where(*waiting).values(state="expired", finished_at=func.now(), salt=None))
    connection.execute(kiosk_secret.delete().where(kiosk_secret.c.kiosk_id == kiosk_id))
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
