"""`/answers`: every voice of one's places, whatever way it came, and a person's say in what is spam."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.viewer import ask_to_sign_in, viewer
from collector.current import LAST_PAGE, database, row_id
from collector.places.queries import visible_stores
from collector.ratings.kinds import Channel, word
from collector.ratings.past import IsArchived
from collector.surveys.marking import mark as give_mark
from collector.surveys.marks import AnswerMark
from collector.surveys.pages import queries
from collector.surveys.pages.queries import Filter

pages = Blueprint("answers", __name__, template_folder="templates")

PAGE = 50
#: How answers come in; a button at a kiosk is no answer until somebody scans its code.
CHANNELS = {word(each): each for each in Channel if each not in {Channel.KIOSK_BUTTON, Channel.KIOSK_TOUCH}}
MARKS = {word(each): each for each in AnswerMark}


@pages.app_template_filter()
def answer_mark(mark: AnswerMark) -> str:
    """Why an answer is not counted."""
    words: dict[AnswerMark, str] = {
        AnswerMark.NONE: _("counted"),
        AnswerMark.SPAM: _("spam"),
        AnswerMark.MASHING: _("the same device again and again"),
    }
    return words[mark]


@pages.before_request
def guard() -> ResponseReturnValue | None:
    return ask_to_sign_in()


@pages.get("/answers")
def home() -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    chosen = _chosen()
    with database().connect() as connection:
        found = queries.answers(
            connection, viewer().place_id, _filter(chosen), limit=PAGE + 1, offset=(page - 1) * PAGE
        )
        stores = visible_stores(connection, viewer().place_id)
    return render_template(
        "surveys/answers.html",
        answers=found[:PAGE],
        stores=stores,
        channels=CHANNELS,
        marks=MARKS,
        chosen=chosen,
        page=page,
        has_more=len(found) > PAGE,
    )


@pages.post("/answers/<int:answer_id>/mark")
def mark(answer_id: int) -> ResponseReturnValue:
    wanted = MARKS.get(request.form.get("mark", ""))
    if wanted not in {AnswerMark.NONE, AnswerMark.SPAM}:
        abort(400)
    with database().begin() as connection:
        if not queries.visible_answer(connection, viewer().place_id, answer_id):
            abort(404)
        try:
            give_mark(connection, answer_id, wanted, viewer().name)
        except IsArchived:
            connection.rollback()
            flash(_("Its ratings are in an archive file. Bring that month back first."))
    return redirect(
        url_for("answers.home", **_chosen(), page=request.args.get("page", type=int), _anchor=f"answer-{answer_id}")
    )


def _chosen() -> dict[str, Any]:
    """What the filter says, as far as it can be."""
    asked = {
        "store": request.args.get("store", type=row_id),
        "channel": request.args.get("channel") if request.args.get("channel") in CHANNELS else None,
        "mark": request.args.get("mark") if request.args.get("mark") in MARKS else None,
        "state": request.args.get("state") if request.args.get("state") in {"partial", "complete"} else None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _filter(chosen: dict[str, Any]) -> Filter:
    return Filter(
        store_id=chosen.get("store"),
        channel=CHANNELS.get(chosen.get("channel", "")),
        mark=MARKS.get(chosen.get("mark", "")),
        is_partial=chosen["state"] == "partial" if "state" in chosen else None,
    )
