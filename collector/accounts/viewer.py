"""Who asks, and what that person or program may see."""

from dataclasses import dataclass

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from collector.accounts import sessions, tokens
from collector.accounts.cookie_names import session_secret
from collector.accounts.roles import Right, Role, rights_of
from collector.current import database, settings


@dataclass(frozen=True)
class Viewer:
    """An account or a token. It sees `place_id` and all below."""

    name: str
    place_id: int
    rights: frozenset[Right]
    #: Of a token; none for an account.
    scopes: frozenset[str] = frozenset()
    #: None for a token.
    account_id: int | None = None
    #: None for a token.
    role: Role | None = None
    has_password: bool = False
    #: Which its owner has chosen; none for a token.
    language: str = ""

    def may(self, right: Right) -> bool:
        return right in self.rights


def signed_in() -> Viewer | None:
    """The account whose session cookie came with this request."""
    if "viewer" not in g:
        g.viewer = _from_cookie(session_secret(settings(), request.cookies))
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
    with database().begin() as connection:
        found = tokens.find_token(connection, request.authorization.token)
        if not found:
            return None
        if found.is_due:
            tokens.note_use(connection, found.id)
    return Viewer(found.name, found.place_id, tokens.rights_of(found.scopes), frozenset(found.scopes))


def _from_cookie(secret: str | None) -> Viewer | None:
    if not secret:
        return None
    with database().connect() as connection:
        found = sessions.session_account(connection, secret)
        if found and found.is_due:
            sessions.note_seen(connection, secret)
            connection.commit()
    if not found:
        return None
    return Viewer(
        found.name,
        found.place_id,
        rights_of(found.role),
        account_id=found.id,
        role=found.role,
        has_password=found.password is not None,
        language=found.language,
    )
