"""Tokens: how programs sign in at the API."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from collector.accounts.roles import Right
from collector.accounts.secrets import digest, new_secret
from collector.accounts.tables import api_token
from collector.places.tables import place

#: What a token may do: read what its place sees, read the installation's metrics, change things, export and erase a
#: person's data, make kiosks of boards (and see of stores, printers and kiosks what that needs, nothing else).
Scope = Literal["read", "metrics", "write", "personal", "provision"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

#: Of a person who may do as much.
_RIGHTS: dict[Scope, frozenset[Right]] = {
    "read": frozenset({"look", "voices"}),
    "metrics": frozenset(),
    "write": frozenset({"act", "shape", "fleet"}),
    "personal": frozenset({"personal"}),
    "provision": frozenset({"fleet"}),
}

_HOUR = func.date_trunc("hour", func.now())


def rights_of(scopes: Collection[Scope]) -> frozenset[Right]:
    return frozenset[Right]().union(*(_RIGHTS[scope] for scope in scopes))


def gives(rights: Collection[Right]) -> list[Scope]:
    """What somebody with these rights may let a program do: nothing that they may not do themselves."""
    # The installation's metrics are no place's.
    return [scope for scope in SCOPES if _RIGHTS[scope] <= set(rights) and (scope != "metrics" or "admin" in rights)]


def make_token(
    connection: Connection,
    name: str,
    scopes: Collection[str],
    place_id: int,
    *,
    author: str = "",
    lifetime: timedelta | None = None,
) -> str:
    """A new token; it is shown this once and never again.

    Parameters
    ----------
    name: what it is for, in words.
    scopes: one or more of `SCOPES`.
    place_id: it sees this place and all below.
    author: name of the account that makes it; empty: somebody with the machine's own command.
    lifetime: None: until somebody ends it.

    Raises
    ------
    ValueError: a scope is not known, or there is none.
    """
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"scopes must be one or more of {', '.join(SCOPES)}")
    token = new_secret("sp_")
    values = {"digest": digest(token), "name": name, "scopes": sorted(set(scopes)), "place_id": place_id}
    ends = None if lifetime is None else func.now() + lifetime
    connection.execute(insert(api_token).values(**values, author=author, expires_at=ends))
    return token


def find_token(connection: Connection, token: str) -> Row[Any] | None:
    """The row of a token that lets in, and whether it is time to `note_use` (`is_due`); None: it does not, as while
    its place is taken out."""
    good = api_token.c.ended_at.is_(None), or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > func.now())
    due = func.coalesce(api_token.c.used_at < _HOUR, True).label("is_due")
    own = api_token.join(place, and_(place.c.id == api_token.c.place_id, place.c.ended_at.is_(None)))
    found = select(api_token, due).select_from(own)
    return connection.execute(found.where(api_token.c.digest == digest(token), *good)).first()


def note_use(connection: Connection, token_id: int) -> None:
    """It was used in this hour: known so exactly, and no more, because each call would be a write."""
    unknown = or_(api_token.c.used_at.is_(None), api_token.c.used_at < _HOUR)
    connection.execute(update(api_token).where(api_token.c.id == token_id, unknown).values(used_at=_HOUR))


def end_token(connection: Connection, token: str) -> None:
    """From now on a token lets nobody in."""
    connection.execute(delete(api_token).where(api_token.c.digest == digest(token)))
