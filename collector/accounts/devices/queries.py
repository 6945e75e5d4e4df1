"""The sessions of an account that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from collector.accounts.secrets import digest
from collector.accounts.sessions import IDLE
from collector.accounts.tables import session


@dataclass(frozen=True)
class Device:
    """A browser in which somebody is signed in."""

    id: int
    #: `Firefox · Android`; empty where it did not say.
    name: str
    since: datetime
    seen_at: datetime
    #: The one that asks.
    is_this: bool


def devices_of(connection: Connection, account_id: int, secret: str) -> Sequence[Device]:
    """Where an account is signed in, the device that asks first, then by when it was seen last.

    Parameters
    ----------
    secret: of the session of whoever asks.
    """
    is_open = session.c.expires_at > func.now(), session.c.seen_at > func.now() - IDLE
    rows = connection.execute(
        select(session).where(session.c.account_id == account_id, *is_open).order_by(session.c.seen_at.desc())
    ).all()
    own = digest(secret)
    found = [Device(row.id, row.device, row.created_at, row.seen_at, bytes(row.digest) == own) for row in rows]
    return sorted(found, key=lambda device: not device.is_this)


def end(connection: Connection, account_id: int, session_id: int) -> bool:
    """Sign an account out on one of its devices; False: it is not signed in there."""
    ended = delete(session).where(session.c.account_id == account_id, session.c.id == session_id)
    return connection.execute(ended).rowcount > 0
