"""The way in. Whoever has shown a first thing (password, link, the organisation's sign-on) shows a second, where their
account has one or must have one; only then a session opens. Between the two they are halfway, for a few minutes.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from flask import redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from collector.accounts import sessions, slow_down
from collector.accounts.comings import How, note_coming
from collector.accounts.cookie_names import session_secret
from collector.accounts.cookies import keep_session, known_browser, remember_browser
from collector.accounts.devices.news import tell_owner
from collector.accounts.devices.words import device_of
from collector.accounts.second_factor import keep
from collector.accounts.second_factor.clock import real_time
from collector.current import database, now, settings

log = structlog.get_logger()

#: How long the second thing is waited for.
HALFWAY = timedelta(minutes=10)
_KEY = "halfway"


@dataclass(frozen=True)
class Halfway:
    """Somebody who has shown the first thing."""

    account_id: int
    onward: str
    #: s since 1970.
    since: float
    #: What the first thing was.
    how: How


def admit(account_id: int, onward: str, how: How) -> Response:
    """Let somebody in who has shown a first thing, or ask for the second.

    Parameters
    ----------
    how: where the organisation's sign-on says who they are, whether that takes two things is its rule. Who has set up a
        second factor here is asked for it all the same.
    """
    with database().connect() as connection:
        stands = keep.standing(connection, settings(), account_id)
    if not stands.is_on and (how == "sign-on" or not stands.is_required):
        return welcome(account_id, onward, how)
    session.clear()
    session[_KEY] = asdict(Halfway(account_id, onward, real_time().timestamp(), how))
    return redirect(url_for("second_factor.ask" if stands.is_on else "second_factor.set_up_first"))


def halfway() -> Halfway | None:
    """Who has shown the first thing in this browser, not long ago."""
    if _KEY not in session:
        return None
    found = Halfway(**session[_KEY])
    is_fresh = 0 <= real_time().timestamp() - found.since < HALFWAY.total_seconds()
    return found if is_fresh else None


def welcome(account_id: int, onward: str, how: How, *, with_second: bool = False) -> Response:
    """Open a session and go on."""
    response = redirect(onward)
    open_in(response, account_id, how, with_second=with_second)
    return response


def open_in(response: Response, account_id: int, how: How, *, with_second: bool) -> None:
    """Open a session with this answer. Whatever a stranger may have put into this browser before is forgotten."""
    session.clear()
    with database().begin() as connection:
        if before := session_secret(settings(), request.cookies):
            sessions.close_session(connection, before)
        device = device_of(request.user_agent.string)
        name = keep.standing(connection, settings(), account_id).name
        if known_browser(settings(), name) is None:
            tell_owner(connection, settings(), account_id, device, now())
        secret = sessions.open_session(connection, account_id, device)
        note_coming(connection, account_id, how, device, with_second=with_second)
    log.info("signed in", account=account_id)
    keep_session(response, settings(), secret)
    remember_browser(response, settings(), name)


def begin_try(*counted: slow_down.Counted) -> timedelta:
    """Ask for a try at a password or a number; nothing to wait for: it may be made, and counts until `was_right`."""
    with database().begin() as connection:
        return slow_down.begin(connection, *counted)


def was_right(*counted: slow_down.Counted) -> None:
    with database().begin() as connection:
        slow_down.was_right(connection, *counted)


def wait_words(wait: timedelta) -> str:
    """What somebody is told who has to wait before the next try."""
    seconds = max(1, round(wait.total_seconds() + 0.5))
    if seconds < 60:
        words = ngettext("Wait %(num)s second, then try again.", "Wait %(num)s seconds, then try again.", seconds)
    else:
        minutes = -(-seconds // 60)
        words = ngettext("Wait %(num)s minute, then try again.", "Wait %(num)s minutes, then try again.", minutes)
    return f"{_('That was tried often.')} {words}"


def retry_after(wait: timedelta) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(wait.total_seconds() + 0.5)))}


def is_inside(target: str) -> bool:
    """Whether an address to go on to, taken from a request, is a path of ours and no way out."""
    parts = urlsplit(target)
    return (
        target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and not (parts.scheme or parts.netloc)
    )
