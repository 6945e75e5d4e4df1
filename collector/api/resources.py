"""What every resource below /api/v1 is made with: guarded, its query or body checked, its answer shaped and documented.

A capability has one `Resources`; `document.add_to` puts them all into the application.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from flask import abort, current_app, g, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from collector.accounts.tokens import Scope
from collector.accounts.viewer import bearer, signed_in, viewer

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, R]

#: The shape of whatever is no JSON.
_FILE = {"type": "string", "format": "binary"}


class Resources(Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """The resources of one capability. Each view sees what `viewer()` sees: a token's place, or a person's."""

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, __name__, url_prefix="/api/v1", description=description)

    def reads(
        self,
        path: str,
        *,
        sends: type[Schema] | str,
        asks: type[Schema] | None = None,
        scopes: Sequence[Scope] = ("read",),
    ) -> Callable[[View[P, R]], View[P, R]]:
        """A resource that can be read.

        Parameters
        ----------
        sends: shape of the answer; of a file, its media type.
        asks: shape of the query; the view gets it, checked, as its first argument.
        scopes: a token needs one of these.
        """

        def decorate(view: View[P, R]) -> View[P, R]:
            what = {"schema": _FILE, "content_type": sends} if isinstance(sends, str) else {"schema": sends}
            shaped: View[P, R] = self.response(HTTPStatus.OK, **what)(view)
            if asks:
                shaped = self.arguments(asks, location="query", unknown=RAISE)(shaped)
            guarded: View[P, R] = self.get(path)(_needs(*scopes)(shaped))
            return guarded

        return decorate

    def writes(
        self,
        path: str,
        *,
        sends: type[Schema],
        takes: type[Schema] | None = None,
        method: str = "POST",
        scope: Scope = "write",
        status: HTTPStatus = HTTPStatus.CREATED,
    ) -> Callable[[View[P, R]], View[P, R]]:
        """A resource that changes something.

        Parameters
        ----------
        sends: shape of the answer.
        takes: shape of the JSON body; the view gets it, checked, as its first argument.
        scope: what a token needs for it.
        status: of the answer when all went well.
        """

        def decorate(view: View[P, R]) -> View[P, R]:
            shaped: View[P, R] = self.response(status, sends)(view)
            if takes:
                shaped = self.arguments(takes, location="json", unknown=RAISE)(shaped)
            guarded: View[P, R] = self.route(path, methods=[method])(_needs(scope)(shaped))
            return guarded

        return decorate


def idempotency_key() -> str:
    """Key of a request that changes something, which it must send; those of different places do not meet."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 200 or not key.isprintable():
        abort(422, "Send an Idempotency-Key of 1 … 200 characters: a new one for each new request, the same to repeat.")
    return f"{viewer().place_id}/{key}"


def _needs(*scopes: Scope) -> Callable[[View[P, R]], View[P, R]]:
    """Guard: a token with one of these scopes, or a person who is signed in in the browser.

    A wrong token is refused even where a session would do: a program should notice. A browser sends a cookie with any
    request, so whoever changes something by it also sends the token of a form (header `X-CSRFToken`); a program's
    token comes with no request of its own accord.
    """

    def guard(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.viewer = bearer() if request.authorization else signed_in()
            if g.viewer is None:
                raise Unauthorized(
                    "Send a token of this installation as 'Authorization: Bearer sp_…'.",
                    www_authenticate=WWWAuthenticate("bearer"),
                )
            if g.viewer.scopes.isdisjoint(scopes):
                lacking = " or ".join(f"'{scope}'" for scope in scopes)
                abort(403, f"This token may not do that: it lacks the scope {lacking}.")
            if g.viewer.account_id is not None:
                current_app.extensions["csrf"].protect()
            return view(*args, **kwargs)

        return guarded

    return guard
