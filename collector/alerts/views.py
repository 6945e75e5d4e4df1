"""The pages of alerts: what is wrong now, one alert, and when a place wants to be alerted."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.alerts import changes, queries, words
from collector.alerts.chart import chart_of
from collector.alerts.policy import RULES, AlertPolicy
from collector.current import LAST_PAGE, database, now
from collector.policies.form import filled, shown
from collector.policies.page import changeable_place, choose, held_policy

pages = Blueprint("alerts", __name__, template_folder="templates")
guard(pages, change="act", of_place="shape")

PAGE = 50

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/alerts")
def alerts() -> ResponseReturnValue:
    place_id = viewer().place_id
    with database().connect() as connection:
        last = max(1, -(-queries.count_closed(connection, place_id) // PAGE))
        page = min(max(1, request.args.get("page", 1, int)), last, LAST_PAGE)
        open_now = queries.not_closed(connection, place_id)
        closed = queries.closed(connection, place_id, limit=PAGE, offset=(page - 1) * PAGE)
    return render_template(
        "alerts/alerts.html", alerts=open_now, closed=closed, page=page, last_page=last, place_id=place_id
    )


@pages.get("/alerts/<int:alert_id>")
def alert(alert_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        found = _visible(connection, alert_id)
        chart = chart_of(connection, found, now())
    return render_template("alerts/alert.html", alert=found, chart=chart)


@pages.post("/alerts/<int:alert_id>/acknowledge")
def acknowledge(alert_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        _visible(connection, alert_id)
        done = changes.acknowledge(connection, alert_id, viewer().name, viewer().place_id, now())
        found = _visible(connection, alert_id)
    if not done:
        somebody = _("It is over already.") if found.closed_at else _("%(who)s was first.", who=found.acknowledged_by)
        flash(somebody)
    return redirect(url_for("alerts.alert", alert_id=alert_id))


@pages.route("/places/<int:place_id>/alerts", methods=["GET", "POST"])
def of_place(place_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _settings_page(place_id)
    asked = filled(request.form, AlertPolicy, RULES)
    with database().begin() as connection:
        changeable_place(connection, place_id)
        if not asked.wrong:
            choose(connection, place_id, "alerts", asked.policy, _("From now on it is so."))
    if asked.wrong:
        return _settings_page(place_id, asked.wrong), 422
    return redirect(url_for("alerts.of_place", place_id=place_id))


def _settings_page(place_id: int, wrong: frozenset[str] = frozenset()) -> str:
    with database().connect() as connection:
        held = held_policy(connection, place_id, "alerts", AlertPolicy)
    return render_template(
        "alerts/settings.html",
        place=held.place,
        own=held.own,
        may_change=held.may_change,
        typed=request.form if wrong else shown(held.policy, RULES),
        wrong=wrong,
    )


def _visible(connection: Connection, alert_id: int) -> queries.Alert:
    found = queries.visible_alert(connection, viewer().place_id, alert_id)
    if found is None:
        abort(404)
    return found
