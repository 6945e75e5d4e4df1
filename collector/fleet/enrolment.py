"""Enrolment: a kiosk becomes known, gets its place, its settings and its secret."""

import secrets
from dataclasses import dataclass

import bcrypt
from sqlalchemy import Connection, func, insert, select, text, update

from collector.fleet.tables import kiosk, kiosk_placement, kiosk_secret, kiosk_settings
from collector.surveys.tables import question

#: A kiosk's secret is 128 random bits, so a low cost is enough; every connect pays it.
BCRYPT_COST = 4

#: Channel on which the broker's keeper hears that credentials have changed.
CREDENTIALS_CHANGED = "credentials"


@dataclass(frozen=True)
class Credentials:
    """What a kiosk signs in with: user `<kiosk>-<number>` and a secret that is kept nowhere else."""

    kiosk: str
    number: int
    secret: str

    def __repr__(self) -> str:  # secrets stay out of logs
        return f"Credentials(kiosk={self.kiosk!r}, number={self.number})"


def enrol(connection: Connection, kiosk_id: str, touchpoint_id: int, question_id: int) -> Credentials:
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
    set_settings(connection, kiosk_id, question_id)
    return new_secret(connection, kiosk_id)


def set_settings(connection: Connection, kiosk_id: str, question_id: int) -> int:
    """Give the kiosk its next settings version, in force at the kiosk as soon as it has them; returns the version."""
    asked = connection.execute(select(question).where(question.c.id == question_id)).one()
    highest = connection.scalar(
        select(func.coalesce(func.max(kiosk_settings.c.version), 0)).where(kiosk_settings.c.kiosk_id == kiosk_id)
    )
    version = (highest or 0) + 1
    settings = {
        "buttons": asked.buttons,
        "languages": list(asked.text),
        "question": asked.text,
        "thanks": {language: THANKS[language] for language in asked.text},
    }
    connection.execute(
        insert(kiosk_settings).values(kiosk_id=kiosk_id, version=version, question_id=question_id, settings=settings)
    )
    return version


THANKS = {"uk": "Дякуємо!", "en": "Thank you!"}


def new_secret(connection: Connection, kiosk_id: str) -> Credentials:
    """A further secret for the kiosk, beside the older ones, and word to the broker's keeper."""
    highest = connection.scalar(
        select(func.coalesce(func.max(kiosk_secret.c.number), 0)).where(kiosk_secret.c.kiosk_id == kiosk_id)
    )
    credentials = Credentials(kiosk_id, (highest or 0) + 1, secrets.token_urlsafe(24))
    digest = bcrypt.hashpw(credentials.secret.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()
    connection.execute(insert(kiosk_secret).values(kiosk_id=kiosk_id, number=credentials.number, bcrypt=digest))
    connection.execute(text(f"NOTIFY {CREDENTIALS_CHANGED}"))
    return credentials


def move(connection: Connection, kiosk_id: str, touchpoint_id: int) -> None:
    """The kiosk stands at another touchpoint from now on; what it recorded before stays with the old one."""
    connection.execute(
        update(kiosk_placement)
        .where(kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None))
        .values(until=func.now())
    )
    connection.execute(insert(kiosk_placement).values(kiosk_id=kiosk_id, since=func.now(), touchpoint_id=touchpoint_id))


def retire(connection: Connection, kiosk_id: str) -> None:
    """The kiosk's secrets end now: the broker cuts it off as soon as its keeper hears of it."""
    connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(state="retired"))
    connection.execute(kiosk_secret.delete().where(kiosk_secret.c.kiosk_id == kiosk_id))
    connection.execute(text(f"NOTIFY {CREDENTIALS_CHANGED}"))
