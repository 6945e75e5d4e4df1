"""Which tokens somebody sees: those of their place and of all below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, or_, select

from collector.accounts.secrets import digest
from collector.accounts.tables import api_token
from collector.accounts.tokens import Scope
from collector.places.queries import ever_below
from collector.places.tables import place


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


def tokens(connection: Connection, place_id: int, token_id: int | None = None) -> list[Token]:
    """Those that let in, the newest first."""
    query = (
        select(api_token, place.c.name.label("place"), place.c.time_zone)
        .join(place, place.c.id == api_token.c.place_id)
        .where(ever_below(place_id), or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > func.now()))
        .order_by(api_token.c.id.desc())
    )
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
        )
        for row in connection.execute(query)
    ]


def one_token(connection: Connection, place_id: int, token_id: int) -> Token | None:
    return next(iter(tokens(connection, place_id, token_id)), None)


def number_of(connection: Connection, token: str) -> int:
    """By which a token is known that must not be written down."""
    found = connection.execute(select(api_token.c.id).where(api_token.c.digest == digest(token)))
    return int(found.scalar_one())


def end(connection: Connection, token_id: int) -> None:
    """From now on it lets nobody in."""
    connection.execute(delete(api_token).where(api_token.c.id == token_id))
