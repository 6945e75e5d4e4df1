"""What kiosks sign in with: secrets, numbered, each for as long as it is needed; only their checks are kept."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import bcrypt
from psycopg import Connection as Driver
from psycopg.rows import TupleRow
from sqlalchemy import Connection, func, insert, select, text

from collector import changes
from collector.fleet.tables import kiosk_secret
from collector.settings import Settings

#: A kiosk's secret is 192 random bits, so a low cost is enough; every connect pays it.
BCRYPT_COST, PBKDF2_ITERATIONS = 4, 101
#: What RabbitMQ calls the way in which `sha256_of` hashes.
HASHING = "rabbit_password_hashing_sha256"


@dataclass(frozen=True)
class Credentials:
    """What a kiosk signs in with: user `<kiosk>-<number>` and a secret that is kept nowhere else."""

    kiosk: str
    number: int
    secret: str

    def __repr__(self) -> str:  # secrets stay out of logs
        return f"Credentials(kiosk={self.kiosk!r}, number={self.number})"


class Pbkdf2(NamedTuple):
    """What Mosquitto's dynamic security keeps of a password: PBKDF2 with SHA-512; salt and hash are base64."""

    iterations: int
    salt: str
    hash: str

    @classmethod
    def of(cls, password: str) -> Self:
        """A check for a password, with a salt of its own."""
        salt = secrets.token_bytes(12)  # this length, or the plugin does not take it
        made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ITERATIONS)
        return cls(PBKDF2_ITERATIONS, base64.b64encode(salt).decode(), base64.b64encode(made).decode())

    @classmethod
    def parse(cls, kept: str) -> Self:
        """The one that `str` wrote."""
        iterations, salt, made = kept.split("$")
        return cls(int(iterations), salt, made)

    def __str__(self) -> str:
        return f"{self.iterations}${self.salt}${self.hash}"


def sha256_of(password: str) -> str:
    """What RabbitMQ keeps of a password: base64 of a salt and of the SHA-256 of both."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def new_secret(connection: Connection, installation: Settings, kiosk_id: str, salt: bytes | None = None) -> Credentials:
    """A further secret for the kiosk, beside the older ones, and word to the broker's keeper.

    Only what it can be checked against is kept. A Mosquitto wants it in clear once, to make a check of its own: until
    it is delivered there, its salt is kept, from which and from the installation's secret it can be made again.

    Parameters
    ----------
    salt: what it is derived from; by default random.
    """
    highest = connection.scalar(
        select(func.coalesce(func.max(kiosk_secret.c.number), 0)).where(kiosk_secret.c.kiosk_id == kiosk_id)
    )
    number, salt = (highest or 0) + 1, salt or secrets.token_bytes(24)
    secret = derived_secret(installation, kiosk_id, number, salt)
    connection.execute(
        insert(kiosk_secret).values(
            kiosk_id=kiosk_id,
            number=number,
            bcrypt=bcrypt.hashpw(secret.encode(), bcrypt.gensalt(BCRYPT_COST)).decode(),
            pbkdf2=str(Pbkdf2.of(secret)),
            sha256=sha256_of(secret),
            salt=salt if installation.broker_control == "dynamic-security" else None,
        )
    )
    connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
    return Credentials(kiosk_id, number, secret)


def derived_secret(installation: Settings, kiosk_id: str, number: int, salt: bytes) -> str:
    """A kiosk's secret, from the installation's own secret and a salt together and from neither alone: while the salt
    is in the database it can be made again, and once that is forgotten, from nothing any more."""
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
