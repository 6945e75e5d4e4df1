"""Who asks, and what that person or program may see."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, redirect, request, url_for
from sqlalchemy import Engine
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from collector.accounts import sessions, tokens

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Viewer:
    """An account or a token. It sees `place_id` and all below."""

    name: str
    place_id: int
    scopes: frozenset[str]
    #: None for a token.
    account_id: int | None = None
    has_password: bool = False


def database() -> Engine:
    engine: Engine = current_app.extensions["database"]
    return engine


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


def ask_to_sign_in() -> BaseResponse | None:
    """Guard of pages: sends whoever is not signed in to do so, and back afterwards."""
    if signed_in():
        return None
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))


def bearer() -> Viewer | None:
    """The token that came with this request; None where there was none or it is not known."""
    if request.authorization is None or request.authorization.type != "bearer" or not request.authorization.token:
        return None
    with database().begin() as connection:
        found = tokens.find_token(connection, request.authorization.token)
    return Viewer(found.name, found.place_id, frozenset(found.scopes)) if found else None


def needs(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard of the API: a token with this scope, or a person who is signed in in the browser.

    A wrong token is refused even where a session would do: a program should notice.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.viewer = bearer() if request.authorization else signed_in()
            if g.viewer is None:
                raise Unauthorized(
                    "Send a token of this installation as 'Authorization: Bearer sp_…'.",
                    www_authenticate=WWWAuthenticate("bearer"),
                )
            if scope not in g.viewer.scopes:
                abort(403, f"This token may not do that: it lacks the scope '{scope}'.")
            return view(*args, **kwargs)

        return guarded

    return guard


def is_inside(target: str) -> bool:
    """Whether an address to go on to, taken from a request, is a path of ours and no way out."""
    parts = urlsplit(target)
    return (
        target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and not (parts.scheme or parts.netloc)
    )


def keep_session(response: Response | BaseResponse, secret: str) -> None:
    """Set the session's cookie."""
    response.set_cookie(
        sessions.COOKIE,
        secret,
        max_age=sessions.SESSION_LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def _from_cookie(secret: str | None) -> Viewer | None:
    if not secret:
        return None
    with database().connect() as connection:
        found = sessions.session_account(connection, secret)
    if not found:
        return None
    return Viewer(found.name, found.place_id, frozenset({"read", "write"}), found.id, found.password is not None)
