"""To the organisation's sign-on, and back from it."""

import hmac
from dataclasses import asdict

import structlog
from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.entry import admit, is_inside
from collector.accounts.guard import guard
from collector.accounts.single_sign_on.matching import account_of
from collector.accounts.single_sign_on.provider import Beginning, NotBelieved, Provider, Unreachable, sign_on_name
from collector.current import database, settings

log = structlog.get_logger()

pages = Blueprint("single_sign_on", __name__, template_folder="templates")
guard(pages, see="nothing")

_BEGUN, _ONWARD = "sign-on", "sign-on-onward"


@pages.get("/sign-in/organisation")
def begin() -> ResponseReturnValue:
    """A link, no form: a browser lets no form of ours lead to another host."""
    if sign_on_name(settings()) is None:
        abort(404)
    beginning = Beginning()
    try:
        there = _provider().address(beginning, _back())
    except Unreachable as problem:
        return _unreachable(problem)
    onward = request.args.get("next", "")
    session[_BEGUN], session[_ONWARD] = asdict(beginning), onward if is_inside(onward) else url_for("console.home")
    return redirect(there)


@pages.get("/sign-in/organisation/back")
def back() -> ResponseReturnValue:
    if sign_on_name(settings()) is None:
        abort(404)
    begun, onward = session.pop(_BEGUN, None), session.pop(_ONWARD, url_for("console.home"))
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if begun is None or not hmac.compare_digest(begun["state"].encode(), state.encode()):
        return _page(_("This sign-in did not begin in this browser, or it is over."), _("Begin anew.")), 403
    if not code:  # somebody there said no; why, is between them and the provider
        log.info("sign-on given up", address=request.remote_addr)
        return _page(_("You were not signed in there."), _("Try again, or sign in with a password.")), 403
    try:
        who = _provider().identity(Beginning(**begun), code, _back())
    except Unreachable as problem:
        return _unreachable(problem)
    except NotBelieved as problem:
        log.warning("sign-on not believed", reason=str(problem))
        return _page(_("What came back does not say for certain who you are."), _("Begin anew.")), 403
    with database().begin() as connection:
        account_id = account_of(connection, who)
    if account_id is None:
        log.info("sign-on of somebody without an account", has_email=who.email is not None)
        then = _("Whoever looks after people invites you, with the e-mail address that you have there.")
        return _page(_("There is no account for you here yet."), then), 403
    return admit(account_id, onward, "sign-on")


def _provider() -> Provider:
    """One for each installation that this process serves."""
    kept = current_app.extensions.get("sign-on")
    if kept is None or kept[0] is not settings():
        kept = current_app.extensions["sign-on"] = settings(), Provider(settings())
    provider: Provider = kept[1]
    return provider


def _back() -> str:
    """Our address that the provider knows: by the setting, never by what a request calls us."""
    return settings().url.rstrip("/") + url_for("single_sign_on.back")


def _unreachable(problem: Unreachable) -> ResponseReturnValue:
    log.error("the sign-on does not answer", problem=str(problem))
    name = sign_on_name(settings())
    what = _("%(name)s does not answer.", name=name)
    return _page(what, _("Try again in a minute, or sign in with a password.")), 503


def _page(what: str, then: str) -> str:
    return render_template("single_sign_on/problem.html", what=what, then=then, name=sign_on_name(settings()))
