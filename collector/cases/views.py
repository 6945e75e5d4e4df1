"""The console's pages of cases: the list, one case, and what people do to it."""

import hashlib
import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.viewer import ask_to_sign_in, viewer
from collector.cases import changes, queries, words
from collector.cases.rules import STEPS
from collector.current import LAST_PAGE, database, now, settings

pages = Blueprint("cases", __name__, template_folder="templates")

PAGE = 50

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.before_request
def guard() -> ResponseReturnValue | None:
    return ask_to_sign_in()


@pages.get("/cases")
def cases() -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    step = request.args.get("step", type=int)
    step = step if step in STEPS else None
    is_resolved = "resolved" in request.args
    states = (changes.RESOLVED,) if is_resolved else changes.UNRESOLVED
    with database().connect() as connection:
        found = queries.visible_cases(
            connection, viewer().place_id, step=step, states=states, limit=PAGE + 1, offset=(page - 1) * PAGE
        )
        counts = queries.count_by_step(connection, viewer().place_id)
    return render_template(
        "cases/cases.html",
        cases=found[:PAGE],
        counts=counts,
        steps=STEPS,
        step=step,
        is_resolved=is_resolved,
        page=page,
        has_more=len(found) > PAGE,
    )


@pages.get("/cases/<int:case_id>")
def case(case_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        found = _visible(connection, case_id)
        details = queries.details(connection, found)
    return render_template(
        "cases/case.html",
        case=found,
        details=details,
        longest=changes.LONGEST_COMMENT,
        nonce=secrets.token_urlsafe(16),
    )


@pages.post("/cases/<int:case_id>/take")
def take(case_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        _visible(connection, case_id)
        done = changes.take(connection, settings(), case_id, viewer().name, viewer().place_id, now())
    return _back(case_id, done)


@pages.post("/cases/<int:case_id>/comment")
def comment(case_id: int) -> ResponseReturnValue:
    if not (text := _text()):
        return _ask_for_words(case_id, _("Write a few words first."))
    with database().begin() as connection:
        _visible(connection, case_id)
        who = viewer()
        done = changes.comment(connection, settings(), case_id, who.name, who.place_id, now(), text, key=_key(text))
    return _back(case_id, done)


@pages.post("/cases/<int:case_id>/resolve")
def resolve(case_id: int) -> ResponseReturnValue:
    if not (text := _text()):
        return _ask_for_words(case_id, _("Write what the customer shall read, then resolve it."))
    with database().begin() as connection:
        _visible(connection, case_id)
        who = viewer()
        done = changes.resolve(connection, settings(), case_id, who.name, who.place_id, now(), text, key=_key(text))
    return _back(case_id, done)


def _visible(connection: Connection, case_id: int) -> queries.Case:
    found = queries.visible_case(connection, viewer().place_id, case_id)
    if found is None:
        abort(404)
    return found


def _text() -> str:
    return request.form.get("comment", "").replace("\r\n", "\n").strip()[: changes.LONGEST_COMMENT]


def _key(text: str) -> str | None:
    """What makes a second tap the same change: the form, and its words. Whoever comes back to a page that they have
    sent already, and writes something else there, means something else."""
    nonce = request.form.get("form")
    if not nonce:
        return None
    return f"form/{hashlib.sha256(f'{request.path} {nonce} {text}'.encode()).hexdigest()}"


def _ask_for_words(case_id: int, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("cases.case", case_id=case_id))


def _back(case_id: int, done: bool) -> ResponseReturnValue:
    if not done:
        flash(_("Somebody else was first. This is how the case stands now."))
    return redirect(url_for("cases.case", case_id=case_id))
