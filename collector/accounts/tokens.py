"""Tokens: how programs sign in at the API."""

from collections.abc import Collection
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, delete, insert, select

from collector.accounts.secrets import digest, new_secret
from collector.accounts.tables import api_token

#: What a token may do: read what its place sees, read the installation's metrics, change things, export and erase a
#: person's data, make kiosks of boards (and see of stores, printers and kiosks what that needs, nothing else).
Scope = Literal["read", "metrics", "write", "personal", "provision"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


def make_token(connection: Connection, name: str, scopes: Collection[str], place_id: int) -> str:
    """A new token; it is shown this once and never again.

    Parameters
    ----------
    name: what it is for, in words.
    scopes: one or more of `SCOPES`.
    place_id: it sees this place and all below.

    Raises
    ------
    ValueError: a scope is not known, or there is none.
    """
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"scopes must be one or more of {', '.join(SCOPES)}")
    token = new_secret("sp_")
    connection.execute(
        insert(api_token).values(digest=digest(token), name=name, scopes=sorted(set(scopes)), place_id=place_id)
    )
    return token


def find_token(connection: Connection, token: str) -> Row[Any] | None:
    """The row of a token, or None."""
    return connection.execute(select(api_token).where(api_token.c.digest == digest(token))).first()


def end_token(connection: Connection, token: str) -> None:
    """From now on a token lets nobody in."""
    connection.execute(delete(api_token).where(api_token.c.digest == digest(token)))
