"""Who asks, and what that person or program may see."""

from dataclasses import dataclass

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from collector.accounts import sessions, tokens
from collector.current import database


@dataclass(frozen=True)
class Viewer:
    """An account or a token. It sees `place_id` and all below."""

    name: str
    place_id: int
    scopes: frozenset[str]
    #: None for a token.
    account_id: int | None = None
    has_password: bool = False


def signed_in() -> Viewer | None:
    """The account whose session cookie came with this request."""
    if "viewer" not in g:
        g.viewer = _from_cookie(request.cookies.get(sessions.COOKIE))
    viewer: Viewer | None = g.viewer
    return viewer


def viewer() -> Viewer:
    """Who asks, where something before this has made sure that somebody does."""
    asks = g.viewer
    assert isinstance(asks, Viewer)  # noqa: S101 - a view without its guard is a mistake of ours
    return asks


def ask_to_sign_in() -> Response | None:
    """Guard of pages: sends whoever is not signed in to do so, and back afterwards."""
    if signed_in():
        return None
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))


def bearer() -> Viewer | None:
    """The token that came with this request; None where there was none or it is not known."""
    if request.authorization is None or request.authorization.type != "bearer" or not request.authorization.token:
        return None
    with database().connect() as connection:
        found = tokens.find_token(connection, request.authorization.token)
    return Viewer(found.name, found.place_id, frozenset(found.scopes)) if found else None


def _from_cookie(secret: str | None) -> Viewer | None:
    if not secret:
        return None
    with database().connect() as connection:
        found = sessions.session_account(connection, secret)
    if not found:
        return None
    return Viewer(
        found.name,
        found.place_id,
        frozenset({"read", "write", "personal", "provision"}),
        found.id,
        found.password is not None,
    )
