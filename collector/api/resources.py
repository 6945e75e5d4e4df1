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

from collector.accounts.guard import NotYours
from collector.accounts.roles import Right
from collector.accounts.tokens import Scope
from collector.accounts.viewer import bearer, signed_in, viewer

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, R]

#: What `idempotency_key` reads.
_KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "A new one for each new request, the same to repeat one. Most changes ask for it: 422 without.",
}

#: The shape of whatever is no JSON.
_FILE = {"type": "string", "format": "binary"}


class Resources(Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """The resources of one capability. Each view sees what `viewer()` sees: a token's place, or a person's."""

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, __name__, url_prefix="/api/v1", description=description)
        #: What each view needs, by its name: a person a right, a token one of the scopes.
        self.needs: dict[str, tuple[Right, Sequence[Scope]]] = {}

    def reads(
        self,
        path: str,
        *,
        sends: type[Schema] | str,
        asks: type[Schema] | None = None,
        right: Right = "look",
        scopes: Sequence[Scope] = ("read",),
    ) -> Callable[[View[P, R]], View[P, R]]:
        """A resource that can be read.

        Parameters
        ----------
        sends: shape of the answer; of a file, its media type.
        asks: shape of the query; the view gets it, checked, as its first argument.
        right: what a person needs.
        scopes: a token needs one of these.
        """

        def decorate(view: View[P, R]) -> View[P, R]:
            what = {"schema": _FILE, "content_type": sends} if isinstance(sends, str) else {"schema": sends}
            shaped: View[P, R] = self.response(HTTPStatus.OK, **what)(view)
            if asks:
                shaped = self.arguments(asks, location="query", unknown=RAISE)(shaped)
            guarded: View[P, R] = self.get(path)(self._guard(right, scopes)(shaped))
            return guarded

        return decorate

    def writes(
        self,
        path: str,
        *,
        sends: type[Schema],
        right: Right,
        takes: type[Schema] | None = None,
        method: str = "POST",
        scope: Scope = "write",
        status: HTTPStatus = HTTPStatus.CREATED,
    ) -> Callable[[View[P, R]], View[P, R]]:
        """A resource that changes something.

        Parameters
        ----------
        sends: shape of the answer.
        right: what a person needs for it.
        takes: shape of the JSON body; the view gets it, checked, as its first argument.
        scope: what a token needs for it.
        status: of the answer when all went well.
        """

        def decorate(view: View[P, R]) -> View[P, R]:
            shaped: View[P, R] = self.response(status, sends)(view)
            if takes:
                shaped = self.arguments(takes, location="json", unknown=RAISE)(shaped)
            told: View[P, R] = self.doc(parameters=[_KEY_HEADER])(shaped)
            guarded: View[P, R] = self.route(path, methods=[method])(self._guard(right, [scope])(told))
            return guarded

        return decorate

    def _guard(self, right: Right, scopes: Sequence[Scope]) -> Callable[[View[P, R]], View[P, R]]:
        def decorate(view: View[P, R]) -> View[P, R]:
            self.needs[view.__name__] = right, scopes
            return _needs(right, scopes)(view)

        return decorate


def idempotency_key() -> str:
    """Key of a request that changes something, which it must send; those of different places do not meet."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 200 or not key.isprintable():
        abort(422, "Send an Idempotency-Key of 1 … 200 characters: a new one for each new request, the same to repeat.")
    return f"{viewer().place_id}/{key}"


def _needs(right: Right, scopes: Sequence[Scope]) -> Callable[[View[P, R]], View[P, R]]:
    """Guard: a token with one of these scopes, or a person with this right who is signed in in the browser.

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
            if g.viewer.account_id is None:
                if g.viewer.scopes.isdisjoint(scopes):
                    lacking = " or ".join(f"'{scope}'" for scope in scopes)
                    abort(403, f"This token may not do that: it lacks the scope {lacking}.")
            elif not g.viewer.may(right):
                raise NotYours
            else:
                current_app.extensions["csrf"].protect()
            return view(*args, **kwargs)

        return guarded

    return guard
