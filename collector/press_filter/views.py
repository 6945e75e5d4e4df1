"""The pages of the press filter: what it does at a place, and history looked through and marked anew."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.forms import sent_key
from collector.places.queries import visible_place
from collector.places.seen import seen_place
from collector.policies.form import filled, shown
from collector.policies.page import changeable_place, choose, held_policy
from collector.press_filter import asking, words
from collector.press_filter.policy import RULES, FilterPolicy
from collector.press_filter.span import span
from collector.press_filter.tally import reasons

pages = Blueprint("press_filter", __name__, template_folder="templates")
guard(pages, see="look", change="shape")

#: Runs and stores that are shown; days that a run is offered for.
RUNS, STORES, DAYS = 5, 50, 28

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.route("/places/<int:place_id>/filter", methods=["GET", "POST"])
def of_place(place_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _settings_page(place_id)
    asked = filled(request.form, FilterPolicy, RULES)
    with database().begin() as connection:
        changeable_place(connection, place_id)
        if not asked.wrong:
            said = _("From now on it is so. What came in before keeps its marks until you look through it below.")
            choose(connection, place_id, "filter", asked.policy, said)
    if asked.wrong:
        return _settings_page(place_id, asked.wrong), 422
    return redirect(url_for("press_filter.of_place", place_id=place_id))


@pages.post("/places/<int:place_id>/filter/runs")
def ask(place_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        place = seen_place(connection, place_id)
        asked = span(request.form, now().astimezone(place.zone).date())
        in_table = None
        if asked:
            begin = datetime.combine(asked.first, time(), place.zone)
            since = asking.since_when(connection, begin)
            in_table = since.astimezone(place.zone).date() + timedelta(days=1) if since > begin else None
        if asked and in_table is None:
            author, key = viewer().name, sent_key()
            run_id = asking.ask(connection, place_id, asked.first, asked.last, author, key)
            return redirect(url_for("press_filter.run", place_id=place_id, run_id=run_id))
    return _settings_page(place_id, bad_span=asked is None, in_table=in_table), 422


@pages.get("/places/<int:place_id>/filter/runs/<int:run_id>")
def run(place_id: int, run_id: int) -> ResponseReturnValue:
    return _run_page("press_filter/run.html", place_id, run_id)


@pages.get("/places/<int:place_id>/filter/runs/<int:run_id>/now")
def run_now(place_id: int, run_id: int) -> ResponseReturnValue:
    """The moving part of a run's page, for the script that keeps it up to date."""
    return _run_page("press_filter/now.html", place_id, run_id)


@pages.post("/places/<int:place_id>/filter/runs/<int:run_id>/<any(begin, stop, 'go-on'):do>")
def act(place_id: int, run_id: int, do: str) -> ResponseReturnValue:
    with database().begin() as connection:
        found = _run(connection, place_id, run_id)
        if do == "begin" and found.is_outdated:
            flash(_("Somebody has changed the filter or opening hours since. Look through it once more."))
        else:
            {"begin": asking.begin, "stop": asking.stop, "go-on": asking.go_on}[do](connection, found, viewer().name)
    return redirect(url_for("press_filter.run", place_id=place_id, run_id=run_id))


def _settings_page(
    place_id: int, wrong: frozenset[str] = frozenset(), *, bad_span: bool = False, in_table: date | None = None
) -> str:
    with database().connect() as connection:
        held = held_policy(connection, place_id, "filter", FilterPolicy)
        runs = asking.last_runs(connection, place_id, RUNS)
    today = now().astimezone(held.place.zone).date()
    days = request.form if bad_span or in_table else {}
    return render_template(
        "press_filter/settings.html",
        place=held.place,
        own=held.own,
        may_change=held.may_change,
        typed=request.form if wrong else shown(held.policy, RULES),
        wrong=wrong,
        runs=runs,
        first=days.get("first") or (today - timedelta(days=DAYS)).isoformat(),
        last=days.get("last") or today.isoformat(),
        bad_span=bad_span,
        in_table=in_table,
    )


def _run_page(template: str, place_id: int, run_id: int) -> str:
    with database().connect() as connection:
        found = _run(connection, place_id, run_id)
        changed = sorted(found.preview.stores.items(), key=lambda each: -each[1].changed)[:STORES]
        stores = [(visible_place(connection, place_id, store_id), counts) for store_id, counts in changed]
    before, after = dict(reasons(found.preview.before)), dict(reasons(found.preview.after))
    marks = sorted({*before, *after}, key=lambda mark: -max(before.get(mark, 0), after.get(mark, 0)))
    return render_template(template, run=found, marks=marks, before=before, after=after, stores=stores)


def _run(connection: Connection, place_id: int, run_id: int) -> asking.Run:
    found = asking.visible_run(connection, viewer().place_id, run_id)
    if found is None or found.place_id != place_id:
        abort(404)
    return found
