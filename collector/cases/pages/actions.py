"""What somebody does to a case in the console: one address for each action, all of them changes of `changes`.

A change that is not done, because somebody was first, is answered with the case as it stands and a word on what
happened; one that a rule is against, with the page again. What was typed is still there.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.cookie_names import session_secret
from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.cases import changes, queries
from collector.cases.changes import Doer, NotAllowed, attachments
from collector.cases.pages import page
from collector.cases.pages.words import author_name, event_words
from collector.cases.settings.typed import Typed
from collector.current import database, now, settings
from collector.surveys.definition import LANGUAGES, Texts
from collector.words import when

pages = Blueprint("case_actions", __name__, template_folder="templates")
guard(pages, see="act")

#: What an action does, from the form that asks for it.
Action = Callable[[Connection, int, Doer], bool]


@pages.url_value_preprocessor
def allow_a_file(_endpoint: str | None, values: dict[str, object] | None) -> None:
    """Before anything reads the form, which elsewhere, and of whoever has not signed in, is smaller."""
    if values and values.get("action") == "attach" and session_secret(settings(), request.cookies):
        request.max_content_length = attachments.LARGEST + 64 * 1024


@pages.post("/cases/<int:case_id>/<action>")
def act(case_id: int, action: str) -> ResponseReturnValue:
    if action not in ACTIONS:
        abort(404)
    with database().begin() as connection:
        case = page.visible(connection, case_id)
        try:
            with connection.begin_nested():
                done = ACTIONS[action](connection, case_id, doer())
        except NotAllowed as problem:
            return page.render(connection, case, sent=request.form, of=action, problem=str(problem)), 422
        if not done:
            case = page.visible(connection, case_id)
            return page.render(connection, case, first=_what_happened(connection, case), lost=words()), 409
    return redirect(url_for("cases.case", case_id=case_id))


@pages.post("/cases/<int:case_id>/contact")
def show_contact(case_id: int) -> ResponseReturnValue:
    """The page with the customer's address. That somebody saw it is written down."""
    with database().begin() as connection:
        case = page.visible(connection, case_id)
        if not page.has_contact(connection, case):
            return redirect(url_for("cases.case", case_id=case_id))
        note(connection, viewer().name, "saw-contact", f"cases/{case_id}", case.store_id)
        return page.render(connection, case, shows_contact=True)


def doer() -> Doer:
    """Whoever asks, now. What makes a second tap the same change is the form and all that was typed into it: whoever
    comes back to a page that they have sent already, and writes something else there, means something else."""
    key = None
    if request.form.get("form"):
        fields = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
        key = f"form/{hashlib.sha256(repr((request.path, fields)).encode()).hexdigest()}"
    who = viewer()
    return Doer(who.name, who.place_id, now(), who.account_id, key)


def _what_happened(connection: Connection, case: queries.Case) -> str:
    """What somebody else did, for whoever came second."""
    last = queries.events(connection, case.id)[-1]
    return str(
        _(
            "Somebody else was first: %(name)s %(did)s at %(time)s. This is how the case stands now.",
            name=author_name(last.author),
            did=event_words(last),
            time=when(last.at, case.zone),
        )
    )


def words(name: str = "comment") -> str:
    """What was typed into a field."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _number(name: str, problem: str) -> int:
    """A number of something, as people write it: 184 or #184."""
    typed = words(name).removeprefix("#")
    if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
        raise NotAllowed(problem)
    return int(typed)


def _resolve(connection: Connection, case_id: int, by: Doer) -> bool:
    typed = Typed(request.form)
    compensation: Decimal | None = typed.amount("compensation")
    if typed.problems:
        raise NotAllowed(_("Write the compensation as an amount, for example 150 or 12.50; empty for none."))
    said = {each: text for each in LANGUAGES if (text := words(f"did-{each}"))}
    did: Texts | None = said or None
    cause = words("root_cause") or None
    return changes.resolve(
        connection,
        settings(),
        case_id,
        by,
        words(),
        root_cause=cause,
        compensation=compensation,
        did=did,
    )


def _attach(connection: Connection, case_id: int, by: Doer) -> bool:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise NotAllowed(_("Choose a file first."))
    content = file.read()
    if by.key:
        by = replace(by, key=f"{by.key}/{hashlib.sha256(content).hexdigest()}")  # another file means another one
    return changes.attach(connection, settings(), case_id, by, file.filename, content)


def _with_words(change: Callable[..., bool]) -> Action:
    return lambda connection, case_id, by: change(connection, settings(), case_id, by, words())


def _with_number(change: Callable[..., bool], field: str, ask: Callable[[], str]) -> Action:
    return lambda connection, case_id, by: change(connection, settings(), case_id, by, _number(field, ask()))


def _with_number_and_words(change: Callable[..., bool], field: str, ask: Callable[[], str]) -> Action:
    return lambda connection, case_id, by: change(connection, settings(), case_id, by, _number(field, ask()), words())


def _ask_case() -> str:
    return str(_("Write the other case's number."))


def _ask_person() -> str:
    return str(_("Choose who is to do it."))


def _ask_store() -> str:
    return str(_("Choose the store that it belongs to."))


#: By the last part of their address, which is the name of the form on the page, too.
ACTIONS: Mapping[str, Action] = {
    "take": _with_words(changes.take),
    "comment": _with_words(changes.comment),
    "reply": _with_words(changes.reply),
    "wait": _with_words(changes.wait),
    "resume": _with_words(changes.resume),
    "resolve": _resolve,
    "accept": _with_words(changes.accept),
    "reject": _with_words(changes.reject),
    "reopen": _with_words(changes.reopen),
    "climb": _with_words(changes.climb_now),
    "assign": _with_number_and_words(changes.assign, "account", _ask_person),
    "move": _with_number_and_words(changes.move, "store", _ask_store),
    "merge": _with_number(changes.merge, "into", _ask_case),
    "link": _with_number(changes.link, "other", _ask_case),
    "hand-over": lambda connection, case_id, by: changes.hand_over(
        connection, settings(), case_id, by, words("external")
    ),
    "attach": _attach,
}
