"""You said, we did: the page on which a place says what it changed."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, row_id
from collector.improvements import queries
from collector.improvements.changes import LONGEST, MOST_DAYS, USUAL_DAYS, CannotShow, add, bring_back, end
from collector.places.queries import touchpoints
from collector.places.seen import seen_place
from collector.surveys.definition import LANGUAGES
from collector.undo import said_with_undo

pages = Blueprint("improvements", __name__, template_folder="templates")
guard(pages, change="shape")

#: How many that are over a page shows.
PAST = 20


@pages.get("/improvements")
def improvements() -> ResponseReturnValue:
    return redirect(url_for("improvements.of_place", place_id=viewer().place_id))


@pages.route("/places/<int:place_id>/improvements", methods=["GET", "POST"])
def of_place(place_id: int) -> ResponseReturnValue:
    """What is shown there and below, and the form for more; `?case=184` fills in which case led to it."""
    if request.method == "GET":
        return _page(place_id)
    days, here = request.form.get("days", type=int), request.form.get("touchpoint", type=row_id)
    case_id = request.form.get("case", type=row_id)
    try:
        with database().begin() as connection:
            seen_place(connection, place_id)
            if case_id is not None and not queries.sees_case(connection, viewer().place_id, case_id):
                abort(404)
            add(
                connection,
                place_id=place_id,
                touchpoint_id=here,
                case_id=case_id,
                text={language: request.form.get(f"text-{language}", "") for language in LANGUAGES},
                author=viewer().name,
                now=now(),
                days=0 if days is None else days,
            )
    except CannotShow as problem:
        return _page(place_id, str(problem)), 422
    flash(_("Kiosks say it within a minute, slips from now on."))
    return redirect(url_for("improvements.of_place", place_id=place_id))


@pages.post("/improvements/<int:improvement_id>/end")
def end_one(improvement_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = queries.visible_improvement(connection, viewer().place_id, improvement_id)
        if found is None:
            abort(404)
        if end(connection, improvement_id, viewer().place_id, now(), viewer().name):
            said_with_undo(_("It is shown no longer."), "improvements.back", improvement_id=improvement_id)
        else:
            flash(_("It was over already."))
    return redirect(url_for("improvements.of_place", place_id=found.place_id))


@pages.post("/improvements/<int:improvement_id>/back")
def back(improvement_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = queries.visible_improvement(connection, viewer().place_id, improvement_id)
        if found is None:
            abort(404)
        if bring_back(connection, improvement_id, viewer().place_id, now(), viewer().name):
            flash(_("Kiosks say it again within a minute, slips from now on."))
        else:
            flash(_("Its time is over. Write it anew."))
    return redirect(url_for("improvements.of_place", place_id=found.place_id))


def _page(place_id: int, problem: str | None = None) -> str:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        case_id = request.values.get("case", type=row_id)
        if case_id is not None and not queries.sees_case(connection, viewer().place_id, case_id):
            case_id = None
        return render_template(
            "improvements/improvements.html",
            place=place,
            touchpoints=touchpoints(connection, place_id) if place.kind == "store" else (),
            shown=queries.shown(connection, place_id, now()),
            over=queries.over(connection, place_id, now(), PAST),
            now=now(),
            case_id=case_id,
            languages=LANGUAGES,
            longest=LONGEST,
            most_days=MOST_DAYS,
            days=request.form.get("days", USUAL_DAYS),
            problem=problem,
        )
