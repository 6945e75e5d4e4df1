"""What kiosks sign in with: secrets, numbered, each for as long as it is needed; only their checks are kept."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import bcrypt
from psycopg import Connection as Driver
from psycopg.rows import TupleRow
from sqlalchemy import Connection, func, insert, select, text

from collector import changes
from collector.fleet.tables import kiosk_secret
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


def end_older_secrets(connection: Driver[TupleRow], used: Mapping[str, int]) -> None:
    """A kiosk that signs in with a newer secret needs the older ones no more, and the broker's keeper hears of it. Not
    so where it names one that it was never given.

    Parameters
    ----------
    used: by kiosk, the number of the secret that it has signed in with.
    """
    connection.execute(_END_OLDER, [list(used), list(used.values()), changes.CREDENTIALS])


_END_OLDER = """
WITH ended AS (
    DELETE FROM kiosk_secret AS old
    USING unnest(%b::text[], %b::int[]) AS used (kiosk_id, number), kiosk_secret AS given
    WHERE old.kiosk_id = used.kiosk_id AND old.number < used.number
      AND given.kiosk_id = used.kiosk_id AND given.number = used.number
    RETURNING 1)
SELECT pg_notify(%b, '') FROM ended LIMIT 1
"""
