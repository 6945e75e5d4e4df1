"""The pages of the second factor: asked for on the way in, set up, renewed, taken away."""

import base64
from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.accounts import sessions, slow_down
from collector.accounts.comings import note_wrong_code
from collector.accounts.cookie_names import session_secret
from collector.accounts.cookies import known_browser
from collector.accounts.entry import begin_try, halfway, open_in, retry_after, wait_words, was_right, welcome
from collector.accounts.guard import guard
from collector.accounts.owner import against_owner
from collector.accounts.second_factor import codes, keep
from collector.accounts.second_factor.clock import real_time
from collector.accounts.tables import account
from collector.accounts.viewer import viewer
from collector.audit.log import Action, note
from collector.current import database, settings
from printer.qr import symbol

log = structlog.get_logger()

pages = Blueprint("second_factor", __name__, template_folder="templates")
guard(pages, see="account", ask="nothing", set_up_first="nothing")

#: Of the key that is being set up, in the browser's own signed cookie: it has just seen it as a QR code.
_NEW = "new-second-factor"


@pages.route("/sign-in/code", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """The second thing, from somebody who has shown the first."""
    who = halfway()
    if who is None:
        return redirect(url_for("accounts.sign_in"))
    if request.method == "GET":
        return render_template("second_factor/ask.html")
    if against := _against_code(who.account_id):
        return render_template("second_factor/ask.html", problem=against[0]), *against[1:]
    return welcome(who.account_id, who.onward, who.how, with_second=True)


@pages.route("/sign-in/second-factor", methods=["GET", "POST"])
def set_up_first() -> ResponseReturnValue:
    """Set up on the way in, where the account must have one."""
    who = halfway()
    if who is None:
        return redirect(url_for("accounts.sign_in"))
    with database().connect() as connection:
        stands = keep.standing(connection, settings(), who.account_id)
    if stands.is_on:
        return redirect(url_for("second_factor.ask"))
    if request.method == "GET":
        return _set_up_page(stands, first=True)
    if (made := _begun(who.account_id)) is None:
        return _set_up_page(stands, first=True, problem=_wrong()), 403
    response = make_response(render_template("second_factor/codes.html", codes=made, onward=who.onward, plain=True))
    open_in(response, who.account_id, who.how, with_second=True)
    return response


@pages.route("/account/second-factor", methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """How it stands; and setting it up."""
    account_id = _own_id()
    with database().connect() as connection:
        stands = keep.standing(connection, settings(), account_id)
    if stands.is_on:
        return render_template("second_factor/own.html", stands=stands)
    if request.method == "GET":
        return _set_up_page(stands)
    # A screen that was left open is not enough to lock its owner out.
    if against := against_owner(request.form.get("password", "")):
        return _set_up_page(stands, problem=against[0]), against[1]
    if (made := _begun(account_id)) is None:
        return _set_up_page(stands, problem=_wrong()), 403
    with database().begin() as connection:
        sessions.close_others(connection, account_id, stay=session_secret(settings(), request.cookies) or "")
    return _codes_page(made)


@pages.post("/account/second-factor/codes")
def renew_codes() -> ResponseReturnValue:
    """New recovery codes; the old ones let nobody in any more."""
    account_id = _own_id()
    if against := _against_code(account_id):
        return _own_page(account_id, against[0]), *against[1:]
    with database().begin() as connection:
        made = keep.renew_recovery_codes(connection, settings(), account_id)
        _note(connection, account_id, "renewed-recovery-codes")
    return _codes_page(made)


@pages.post("/account/second-factor/end")
def end() -> ResponseReturnValue:
    """Without it from now on."""
    account_id = _own_id()
    with database().connect() as connection:
        stands = keep.standing(connection, settings(), account_id)
    if stands.is_required:
        return _own_page(account_id, _("Your role signs in with a second factor here. It stays.")), 403
    if against := _against_code(account_id):
        return _own_page(account_id, against[0]), *against[1:]
    with database().begin() as connection:
        keep.end(connection, account_id)
        _note(connection, account_id, "ended-second-factor")
    flash(_("Done. From now on your password alone signs you in."))
    return redirect(url_for("accounts.own_account"))


def _against_code(account_id: int) -> tuple[str, int, dict[str, str]] | None:
    """What stands against the number or code that was sent, with the status and headers of the answer; None: it is
    right, and used up."""
    with database().connect() as connection:
        name = keep.standing(connection, settings(), account_id).name
    counted = slow_down.by_code(account_id, known_browser(settings(), name))
    if wait := begin_try(counted):
        return wait_words(wait), 429, retry_after(wait)
    with database().begin() as connection:
        is_right = keep.lets_in(connection, settings(), account_id, request.form.get("code", ""), real_time())
    if not is_right:
        log.info("second factor refused", account=account_id, address=request.remote_addr)
        with database().begin() as connection:
            note_wrong_code(connection, account_id)
        return _wrong(), 403, {}
    was_right(counted)
    return None


def _begun(account_id: int) -> Sequence[str] | None:
    """Set up the key that this browser was shown; the recovery codes, or None where the number is not right."""
    if _NEW not in session:
        return None
    key = base64.b64decode(session[_NEW])
    with database().begin() as connection:
        made = keep.begin(connection, settings(), account_id, key, request.form.get("code", ""), real_time())
        if made is not None:
            _note(connection, account_id, "began-second-factor")
    if made is not None:
        session.pop(_NEW)
    return made


def _set_up_page(stands: keep.Standing, *, first: bool = False, problem: str | None = None) -> str:
    if _NEW not in session:
        session[_NEW] = base64.b64encode(codes.new_key()).decode()
    key = base64.b64decode(session[_NEW])
    address = codes.address(key, stands.name, urlsplit(settings().url).hostname or "")
    return render_template(
        "second_factor/set_up.html",
        symbol=symbol(address, "M"),
        spelled=codes.spelled(key),
        address=address,
        first=first,
        problem=problem,
    )


def _own_page(account_id: int, problem: str) -> str:
    with database().connect() as connection:
        stands = keep.standing(connection, settings(), account_id)
    return render_template("second_factor/own.html", stands=stands, problem=problem)


def _codes_page(made: Sequence[str]) -> str:
    return render_template("second_factor/codes.html", codes=made, onward=url_for("accounts.own_account"))


def _wrong() -> str:
    words: str = _("This number is not the one of now. Look at your telephone and type the one that it shows.")
    return words


def _own_id() -> int:
    account_id = viewer().account_id
    assert account_id is not None  # noqa: S101 - only a session opens these pages
    return account_id


def _note(connection: Connection, account_id: int, action: Action) -> None:
    row = connection.execute(select(account.c.name, account.c.place_id).where(account.c.id == account_id)).one()
    note(connection, row.name, action, f"people/{account_id}", row.place_id)
