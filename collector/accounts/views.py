"""Pages to sign in, to sign out, and to choose a password."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from collector.accounts import passwords, sessions
from collector.accounts.reach import LONGEST_ADDRESS, Reach, choose_reach, reach_of
from collector.accounts.tables import account
from collector.accounts.viewer import ask_to_sign_in, viewer
from collector.addresses import Channel, NoAddress, normalised
from collector.current import database
from collector.limits import limiter
from collector.places.queries import zone_of
from collector.surveys.definition import LANGUAGES

log = structlog.get_logger()

pages = Blueprint("accounts", __name__, template_folder="templates")


def _name() -> str:
    return request.form.get("name", "").strip()


def _refused(response: object) -> bool:
    return getattr(response, "status_code", 0) == 403


# Only wrong tries count. By name: nobody guesses at one account from many addresses. By address: nor at many accounts.
_limit_by_name = limiter.limit("10 per 15 minutes", key_func=_name, methods=["POST"], deduct_when=_refused)
_limit_by_address = limiter.limit("30 per 15 minutes", methods=["POST"], deduct_when=_refused)


@pages.route("/sign-in", methods=["GET", "POST"])
@_limit_by_name
@_limit_by_address
def sign_in() -> ResponseReturnValue:
    onward = request.args.get("next", "")
    if request.method == "GET":
        return render_template("accounts/sign_in.html", name="")
    with database().begin() as connection:
        account_id = sessions.sign_in(connection, _name(), request.form.get("password", ""))
    if account_id is None:
        log.info("sign-in refused", address=request.remote_addr)
        return render_template("accounts/sign_in.html", name=_name(), refused=True), 403
    return _welcome(account_id, onward if _is_inside(onward) else url_for("console.home"))


@pages.get("/sign-in/link/<secret>")
def sign_in_link(secret: str) -> ResponseReturnValue:
    """Only shows a button: whoever merely looks at the link (a mail scanner, a preview) must not use it up."""
    with database().connect() as connection:
        good = sessions.link_is_good(connection, secret)
    return _link_page(good), 200 if good else 410


@pages.post("/sign-in/link/<secret>")
def use_sign_in_link(secret: str) -> ResponseReturnValue:
    with database().begin() as connection:
        account_id = sessions.use_link(connection, secret)
    if account_id is None:
        return _link_page(False), 410
    return _welcome(account_id, url_for("console.home"))


def _link_page(good: bool) -> str:
    return render_template("accounts/link.html", good=good, minutes=sessions.LINK_LIFETIME.seconds // 60)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    if secret := request.cookies.get(sessions.COOKIE):
        with database().begin() as connection:
            sessions.close_session(connection, secret)
    session.clear()
    response = redirect(url_for("accounts.sign_in"))
    response.delete_cookie(sessions.COOKIE)
    return response


@pages.route("/account", methods=["GET", "POST"])
@_limit_by_address
def own_account() -> ResponseReturnValue:
    if asked := ask_to_sign_in():
        return asked
    if request.method == "GET":
        return _account_page()
    if against := _choose_password():
        problem, status = against
        return _account_page(problem), status
    flash(_("Your new password is in force. Other devices are signed out."))
    return redirect(url_for("accounts.own_account"))


@pages.post("/account/reach")
def choose_own_reach() -> ResponseReturnValue:
    """Where the owner of the account hears of cases and alerts."""
    if asked := ask_to_sign_in():
        return asked
    typed = {name: request.form.get(name, "").strip()[:LONGEST_ADDRESS] for name in ("email", "phone", "language")}
    if typed["language"] not in LANGUAGES:
        abort(400)
    account_id = viewer().account_id
    if account_id is None:
        abort(403)
    with database().begin() as connection:
        zone = zone_of(connection, viewer().place_id)
        found, problems = dict[Channel, str](), dict[str, str]()
        for name, wanted in _CHANNELS.items():
            try:
                address = normalised(typed[name], zone) if typed[name] else None
            except NoAddress:
                address = None
                problems[name] = _reach_words(wanted)
            if address and address.channel != wanted:
                problems[name] = _reach_words(wanted)
            elif address:
                found[wanted] = address.value
        if problems:
            return _account_page(typed=typed, problems=problems), 422
        choose_reach(connection, account_id, Reach(found.get("email"), found.get("sms"), typed["language"]))
    flash(_("Kept. You hear of cases and alerts there from now on.") if found else _("Kept. Nobody writes to you."))
    return redirect(url_for("accounts.own_account"))


#: By which field of the form each channel is chosen.
_CHANNELS: Mapping[str, Channel] = {"email": "email", "phone": "sms"}


def _reach_words(channel: Channel) -> str:
    words: Mapping[Channel, str] = {
        "email": _("Write an e-mail address, for example olha@example.org."),
        "sms": _("Write a telephone number with its country, for example +380 50 123 45 67."),
    }
    return words[channel]


def _account_page(
    problem: str | None = None,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    """The page.

    Parameters
    ----------
    problem: what stands against the password that was sent.
    typed: what was sent of where to be told, and `problems`, by field, what stands against it.
    """
    account_id = viewer().account_id
    if account_id is None:
        abort(403)
    with database().connect() as connection:
        reach = vars(reach_of(connection, account_id))
    return render_template(
        "accounts/account.html",
        problem=problem,
        shortest=passwords.SHORTEST,
        reach=typed or reach,
        problems=problems or {},
        languages=LANGUAGES,
        longest=LONGEST_ADDRESS,
    )


def _choose_password() -> tuple[str, int] | None:
    """Change the password as the form asks; returns what stands against it, in words, and the status of the answer."""
    asks = viewer()
    if asks.account_id is None:
        abort(403)
    new = request.form.get("new", "")
    if flaw := passwords.flaw(new, asks.name):
        return _words(flaw), 422
    if new != request.form.get("again", ""):
        return _("The two new passwords differ. Type the same one twice."), 422
    with database().begin() as connection:
        stored = connection.scalar(select(account.c.password).where(account.c.id == asks.account_id))
        if stored and not passwords.is_right(stored, request.form.get("current", "")):
            return _("The current password is a different one. Type it again."), 403
        sessions.choose_password(connection, asks.account_id, new, stay=request.cookies[sessions.COOKIE])
    log.info("password chosen", account=asks.account_id)
    return None


def _words(flaw: str) -> str:
    words: str = {
        "short": _(
            "A password needs at least %(count)d characters. A few words in a row do well.", count=passwords.SHORTEST
        ),
        "long": _("A password has at most %(count)d characters.", count=passwords.LONGEST),
        "name": _("Your name is easy to guess as a password. Take something else."),
    }[flaw]
    return words


def _welcome(account_id: int, onward: str) -> ResponseReturnValue:
    """Open a session and go on. Whatever a stranger may have put into this browser before is forgotten."""
    session.clear()
    with database().begin() as connection:
        if before := request.cookies.get(sessions.COOKIE):
            sessions.close_session(connection, before)
        secret = sessions.open_session(connection, account_id)
    log.info("signed in", account=account_id)
    response = redirect(onward)
    _keep_session(response, secret)
    return response


def _is_inside(target: str) -> bool:
    """Whether an address to go on to, taken from a request, is a path of ours and no way out."""
    parts = urlsplit(target)
    return (
        target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and not (parts.scheme or parts.netloc)
    )


def _keep_session(response: Response, secret: str) -> None:
    response.set_cookie(
        sessions.COOKIE,
        secret,
        max_age=sessions.SESSION_LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
