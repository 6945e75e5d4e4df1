"""The cookies of whoever signs in: the session's, and the one by which a browser is known again."""

import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from collector.accounts import sessions
from collector.accounts.cookie_names import prefixed
from collector.settings import Settings

#: Says which name signed in from this browser before, so that strangers who guess do not slow its owner down.
KNOWN = "smilepost-known"
#: On one tablet several people sign in; of more than so many the first are forgotten.
_MOST = 8
#: As long as browsers keep one.
_KNOWN_FOR = 400 * 24 * 3600


def keep_session(response: Response | AnyResponse, settings: Settings, secret: str) -> None:
    _set(response, settings, sessions.COOKIE, secret, round(sessions.SESSION_LIFETIME.total_seconds()))


def drop_session(response: Response | AnyResponse, settings: Settings) -> None:
    response.delete_cookie(
        prefixed(settings, sessions.COOKIE), secure=settings.url.startswith("https:"), httponly=True, samesite="Lax"
    )


def remember_browser(response: Response | AnyResponse, settings: Settings, name: str) -> None:
    """This account signs in from here."""
    known = _known(settings)
    if name not in known:
        kept = [*known.items(), (name, secrets.token_urlsafe(12))][-_MOST:]
        _set(response, settings, KNOWN, _signer().dumps(dict(kept)), _KNOWN_FOR)


def known_browser(settings: Settings, name: str) -> str | None:
    """The number of the browser that asks, if this account signed in from it before."""
    return _known(settings).get(name)


def _known(settings: Settings) -> dict[str, str]:
    """The numbers of the browser that asks, by the names that signed in from it."""
    try:
        known = _signer().loads(request.cookies.get(prefixed(settings, KNOWN), ""))
    except BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known browser")


def _set(response: Response | AnyResponse, settings: Settings, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        prefixed(settings, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=settings.url.startswith("https:"),
    )
