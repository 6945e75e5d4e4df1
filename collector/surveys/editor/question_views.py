"""The pages on which a draft is written: its questions, one at a time, and the rules that open cases."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database
from collector.ratings.scale import reply_of
from collector.surveys import publish as publishing
from collector.surveys.definition import LANGUAGES, Definition, Question, Reasons, Texts
from collector.surveys.editor import edit, forms
from collector.surveys.editor.edit import Unfit
from collector.surveys.editor.starts import KINDS
from collector.surveys.editor.views import ours
from collector.surveys.editor.words import unfit_words
from collector.surveys.versions import Listed
from collector.undo import said_with_undo

pages = Blueprint("questions", __name__, template_folder="templates", url_prefix="/surveys/<int:survey_id>")
guard(pages, see="shape")


@pages.post("/questions")
def add(survey_id: int) -> ResponseReturnValue:
    number = 0

    def with_one_more(found: Listed, definition: Definition) -> Definition:
        nonlocal number
        kind = next((each for each in KINDS[found.audience] if each == request.form.get("kind")), None) or abort(400)
        added, number = edit.add(definition, kind, [each.definition for each in found.versions])
        return added

    if not _change(survey_id, with_one_more):
        return redirect(url_for("surveys.one", survey_id=survey_id))
    return redirect(url_for("questions.one", survey_id=survey_id, number=number))


@pages.get("/questions/<int:number>")
def one(survey_id: int, number: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = ours(connection, survey_id)
    definition = _newest(found)
    question = edit.question_of(definition, number) or abort(404)
    used = edit.reason_numbers([each.definition for each in found.versions])
    lists = {}
    if isinstance(question, Reasons):
        lists = {"bad": forms.rows(question.bad, used), "good": forms.rows(question.good, used)}
    languages = _languages(definition, request.args.get("more"))
    g.shows_frame = True
    return render_template(
        "surveys/question.html",
        survey=found,
        question=question,
        position=definition.questions.index(question) + 1,
        lists=lists,
        languages=languages,
        more=[each for each in forms.MORE if each not in languages],
        longest={"text": forms.LONGEST_TEXT, "reason": forms.LONGEST_REASON},
        preview=_preview(survey_id, definition, number),
    )


@pages.post("/questions/<int:number>")
def save(survey_id: int, number: int) -> ResponseReturnValue:
    def changed(found: Listed, definition: Definition) -> Definition:
        before = edit.question_of(definition, number) or abort(404)
        used = edit.reason_numbers([each.definition for each in found.versions])
        return edit.change(definition, forms.question(request.form, before, used))

    _change(survey_id, changed)
    if "look" in request.form:
        with database().begin() as connection:
            after = _newest(ours(connection, survey_id))
        lang = request.form.get("lang") or None
        return redirect(_preview(survey_id, after, number, lang=lang, is_glad=bool(request.form.get("is_glad"))), 303)
    return redirect(url_for("surveys.one", survey_id=survey_id))


@pages.post("/questions/<int:number>/move")
def move(survey_id: int, number: int) -> ResponseReturnValue:
    by = -1 if request.form.get("to") == "up" else 1
    _change(survey_id, lambda _, definition: edit.move(definition, _known(definition, number), by))
    return redirect(url_for("surveys.one", survey_id=survey_id, _anchor=f"question-{number}"))


@pages.post("/questions/<int:number>/remove")
def remove(survey_id: int, number: int) -> ResponseReturnValue:
    removed = _change(
        survey_id, lambda _, definition: edit.remove(definition, _known(definition, number)), takes_out=True
    )
    if removed:
        said_with_undo(_("The question is taken out."), "surveys.bring_draft_back", survey_id=survey_id)
    return redirect(url_for("surveys.one", survey_id=survey_id, _anchor="questions"))


@pages.route("/rules", methods=["GET", "POST"])
def rules(survey_id: int) -> ResponseReturnValue:
    """Which answers open a case."""
    if request.method == "POST":
        typed = request.form
        _change(survey_id, lambda _, before: edit.with_opens(before, forms.opens(typed, before.opens)))
        return redirect(url_for("surveys.one", survey_id=survey_id, _anchor="rules"))
    with database().begin() as connection:
        found = ours(connection, survey_id)
    definition = _newest(found)
    return render_template(
        "surveys/rules.html",
        survey=found,
        opens=definition.opens,
        below=forms.BELOW,
        asks_nps=any(scale.kind == "nps" for scale in definition.scales),
        languages=list(dict.fromkeys([*LANGUAGES, *definition.opens.words])),
        longest=forms.LONGEST_WORDS,
    )


def _change(survey_id: int, change: Callable[[Listed, Definition], Definition], *, takes_out: bool = False) -> bool:
    """Change the draft, begun from what is asked where there is none. False: it cannot be; the page says why.

    Parameters
    ----------
    takes_out: what it was before can be brought back.
    """
    with database().begin() as connection:
        found = ours(connection, survey_id)
        before = _newest(found)
        try:
            after = change(found, before)
        except Unfit as reason:
            flash(unfit_words(reason.why))
            return False
        if after != before:
            publishing.save_draft(connection, survey_id, after, viewer().name, puts_aside=takes_out)
    return True


def _preview(
    survey_id: int, definition: Definition, number: int, *, lang: str | None = None, is_glad: bool = False
) -> str:
    """Where a question is seen: all but the first come after the first tap."""
    first = definition.first
    reply = reply_of(first.kind, 1 if is_glad else first.buttons, first.buttons)
    tapped: dict[str, Any] = {} if number == definition.questions[0].number else {f"reply-{first.key}": reply}
    return url_for("survey_preview.show", survey_id=survey_id, lang=lang, **tapped)


def _newest(found: Listed) -> Definition:
    return found.versions[0].definition


def _known(definition: Definition, number: int) -> int:
    if edit.question_of(definition, number) is None:
        abort(404)
    return number


def _languages(definition: Definition, more: str | None) -> list[str]:
    """Ours, those that the survey is in besides, and the one that is to be added."""
    others = [tag for question in definition.questions for text in _texts(question) for tag in text]
    return list(dict.fromkeys([*LANGUAGES, *others, *([more] if more in forms.MORE else [])]))


def _texts(question: Question) -> list[Texts]:
    if not isinstance(question, Reasons):
        return [question.text]
    return [question.why_good, question.why_bad, *(each.text for each in question.good + question.bad)]
