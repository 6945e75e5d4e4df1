"""Which tokens somebody sees: those of their place and of all below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from collector.accounts.secrets import digest
from collector.accounts.tables import api_token
from collector.accounts.tokens import Scope
from collector.places.queries import ever_below
from collector.places.tables import place
from collector.undo import SECRETS_FOR


@dataclass(frozen=True)
class Token:
    id: int
    name: str
    scopes: Sequence[Scope]
    place_id: int
    place: str
    zone: ZoneInfo
    author: str
    created_at: datetime
    #: To the hour.
    used_at: datetime | None
    expires_at: datetime | None
    #: Until then it can be brought back: somebody has ended it.
    back_until: datetime | None = None


def tokens(
    connection: Connection, place_id: int, token_id: int | None = None, *, ended_at: datetime | None = None
) -> list[Token]:
    """Those that let in, the newest first.

    Parameters
    ----------
    ended_at: now; those instead that somebody has ended, as long as they can be brought back.
    """
    query = (
        select(api_token, place.c.name.label("place"), place.c.time_zone)
        .join(place, place.c.id == api_token.c.place_id)
        .where(ever_below(place_id), or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > func.now()))
        .order_by(api_token.c.id.desc())
    )
    query = query.where(api_token.c.ended_at.is_(None) if ended_at is None else _comes_back(ended_at))
    if token_id is not None:
        query = query.where(api_token.c.id == token_id)
    return [
        Token(
            row.id,
            row.name,
            row.scopes,
            row.place_id,
            row.place,
            ZoneInfo(row.time_zone),
            row.author,
            row.created_at,
            row.used_at,
            row.expires_at,
            row.ended_at + SECRETS_FOR if row.ended_at else None,
        )
        for row in connection.execute(query)
    ]


def one_token(
    connection: Connection, place_id: int, token_id: int, *, ended_at: datetime | None = None
) -> Token | None:
    return next(iter(tokens(connection, place_id, token_id, ended_at=ended_at)), None)


def number_of(connection: Connection, token: str) -> int:
    """By which a token is known that must not be written down."""
    found = connection.execute(select(api_token.c.id).where(api_token.c.digest == digest(token)))
    return int(found.scalar_one())


def end(connection: Connection, token_id: int, now: datetime) -> None:
    """From now on it lets nobody in. For a few minutes its digest is kept, so that it can be brought back; then it is
    gone, whatever becomes of it first: nobody finds those that ended longer ago (`_comes_back`), and here they go."""
    connection.execute(delete(api_token).where(api_token.c.ended_at <= now - SECRETS_FOR))
    alive = api_token.c.id == token_id, api_token.c.ended_at.is_(None)
    connection.execute(update(api_token).where(*alive).values(ended_at=now))


def bring_back(connection: Connection, token_id: int, now: datetime) -> bool:
    """It lets in again, as before; False where it is gone."""
    ended = api_token.c.id == token_id, _comes_back(now)
    return connection.execute(update(api_token).where(*ended).values(ended_at=None)).rowcount == 1


def _comes_back(now: datetime) -> ColumnElement[bool]:
    return api_token.c.ended_at > now - SECRETS_FOR
