"""Pages to sign in, to sign out, and to choose a password."""

from collections.abc import Mapping

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts import passwords, sessions
from collector.accounts.comings import note_in_vain
from collector.accounts.cookie_names import session_secret
from collector.accounts.cookies import drop_session, known_browser
from collector.accounts.entry import admit, begin_try, is_inside, retry_after, wait_words, was_right
from collector.accounts.guard import guard
from collector.accounts.owner import against_owner
from collector.accounts.reach import LONGEST_ADDRESS, Reach, choose_reach, reach_of
from collector.accounts.single_sign_on.provider import sign_on_name
from collector.accounts.slow_down import by_address, by_browser, by_name
from collector.accounts.viewer import viewer
from collector.addresses import Channel, NoAddress, normalised
from collector.audit.log import note
from collector.current import database, settings
from collector.languages import LOCALES, speak
from collector.places.queries import zone_of
from collector.surveys.definition import LANGUAGES

log = structlog.get_logger()

pages = Blueprint("accounts", __name__, template_folder="templates")
guard(
    pages,
    see="account",
    sign_in="nothing",
    sign_in_link="nothing",
    use_sign_in_link="nothing",
    sign_out="nothing",
)


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    asked = request.args.get("next", "")
    onward = asked if is_inside(asked) else url_for("console.home")
    if request.method == "GET":
        return _sign_in_page()
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    # By name: nobody guesses at one account from many addresses. By address: nor at many accounts. Who signed in as
    # this name from this browser before is counted apart, so that no stranger keeps them waiting.
    browser = known_browser(settings(), name)
    counted = [by_browser(browser)] if browser else [by_name(name), by_address(request.remote_addr)]
    if wait := begin_try(*counted):
        return _sign_in_page(problem=wait_words(wait)), 429, retry_after(wait)
    with database().begin() as connection:
        account_id = sessions.sign_in(connection, name, password)
    if account_id is None:
        log.info("sign-in refused", address=request.remote_addr)
        with database().begin() as connection:
            note_in_vain(connection, name, request.remote_addr)
        words = _("This name and password do not belong together. Look at both and try again.")
        return _sign_in_page(problem=words), 403
    was_right(*counted)
    return admit(account_id, onward, "password")


def _sign_in_page(problem: str | None = None) -> str:
    return render_template(
        "accounts/sign_in.html",
        name=request.form.get("name", "").strip(),
        problem=problem,
        sign_on=sign_on_name(settings()),
        onward=request.args.get("next"),
    )


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
    return admit(account_id, url_for("console.home"), "link")


def _link_page(good: bool) -> str:
    return render_template("accounts/link.html", good=good)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    if secret := session_secret(settings(), request.cookies):
        with database().begin() as connection:
            sessions.close_session(connection, secret)
    session.clear()
    response = redirect(url_for("accounts.sign_in"))
    drop_session(response, settings())
    return response


@pages.route("/account", methods=["GET", "POST"])
def own_account() -> ResponseReturnValue:
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
    typed = {name: request.form.get(name, "").strip()[:LONGEST_ADDRESS] for name in ("email", "phone", "language")}
    if typed["language"] not in LANGUAGES:
        abort(400)
    account_id = viewer().account_id
    if account_id is None:
        abort(403)
    with database().connect() as connection:
        zone, before = zone_of(connection, viewer().place_id), reach_of(connection, account_id)
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
    chosen = Reach(found.get("email"), found.get("sms"), typed["language"])
    # Links go to it, and single sign-on joins by it: who chooses it could take the account over.
    if chosen.email != before.email and (against := against_owner(request.form.get("current", ""))):
        return _account_page(typed=typed, problems={"current": against[0]}), against[1]
    with database().begin() as connection:
        choose_reach(connection, account_id, chosen)
        if (chosen.email, chosen.phone) != (before.email, before.phone):
            note(connection, viewer().name, "changed-reach", f"people/{account_id}", viewer().place_id)
    speak(typed["language"])  # what follows is said in it already
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
        languages=[
            (_("These pages, and what is written to you"), [each for each in LANGUAGES if each in LOCALES]),
            (_("What is written to you; these pages in English"), [each for each in LANGUAGES if each not in LOCALES]),
        ],
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
    if against := against_owner(request.form.get("current", "")):
        return against
    with database().begin() as connection:
        stay = session_secret(settings(), request.cookies) or ""
        sessions.choose_password(connection, asks.account_id, new, stay=stay)
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
