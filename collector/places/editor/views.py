"""The pages on which places are set up: the tree, and one place."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, select

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.places.editor import changes, words
from collector.places.editor.asked import alive, alive_or_ended
from collector.places.editor.changes import CannotChange, Setup
from collector.places.editor.forms import ZONES, PlaceForm, read, shown
from collector.places.hours import WEEKDAYS
from collector.places.queries import below, ever_below, touchpoints
from collector.places.tables import place
from collector.undo import said_with_undo

pages = Blueprint("places", __name__, template_folder="templates")
for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)
guard(pages, see="shape", change="shape", new="admin", end="admin", bring_back="admin")


@pages.get("/places")
def tree() -> ResponseReturnValue:
    with database().connect() as connection:
        rows = connection.execute(
            select(place).where(below(viewer().place_id)).order_by(place.c.kind, place.c.name)
        ).all()
        over = connection.execute(
            select(place)
            .where(ever_below(viewer().place_id), place.c.ended_at.is_not(None))
            .order_by(place.c.ended_at.desc(), place.c.id)
            .limit(50)
        ).all()
    return render_template("places/tree.html", rows=_in_order(rows, viewer().place_id), over=over)


@pages.route("/places/<int:place_id>", methods=["GET", "POST"])
def one(place_id: int) -> ResponseReturnValue:
    """A place's own page: its name, time zone, hours and touchpoints."""
    with database().begin() as connection:
        here = alive(connection, place_id)
        if request.method == "GET":
            return _page(connection, here, shown(Setup(here.name, here.time_zone, here.opening_hours)))
        setup, form = read(request.form, is_store=here.kind == "store")
        if setup is None:
            return _page(connection, here, form), 422
        try:
            changes.change(connection, place_id, setup, viewer().name)
        except CannotChange as problem:
            form.problems["name"] = str(problem)
            return _page(connection, here, form), 422
    flash(_("%(name)s is kept so.", name=setup.name))
    return redirect(url_for("places.one", place_id=place_id))


@pages.route("/places/<int:place_id>/new/<kind>", methods=["GET", "POST"])
def new(place_id: int, kind: str) -> ResponseReturnValue:
    if kind not in {"region", "store"}:
        abort(404)
    with database().begin() as connection:
        parent = alive(connection, place_id)
        if parent.kind == "store":
            abort(404)
        if request.method == "GET":
            return _new_page(parent, kind, shown(Setup("", parent.time_zone)))
        setup, form = read(request.form, is_store=kind == "store")
        if setup is None:
            return _new_page(parent, kind, form), 422
        try:
            made = changes.add(connection, kind, place_id, setup, viewer().name)
        except CannotChange as problem:
            form.problems["name"] = str(problem)
            return _new_page(parent, kind, form), 422
    flash(_("%(name)s is there.", name=setup.name))
    return redirect(url_for("places.one", place_id=made))


@pages.post("/places/<int:place_id>/end")
def end(place_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        here = alive(connection, place_id)
        if place_id == viewer().place_id:
            abort(403)
        try:
            changes.end(connection, place_id, now(), viewer().name)
        except CannotChange as problem:
            flash(str(problem))
            return redirect(url_for("places.one", place_id=place_id))
    said_with_undo(_("%(name)s is taken out.", name=here.name), "places.bring_back", place_id=place_id)
    return redirect(url_for("places.tree"))


@pages.post("/places/<int:place_id>/bring-back")
def bring_back(place_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        here = alive_or_ended(connection, place_id)
        try:
            changes.bring_back(connection, place_id, viewer().name)
        except CannotChange as problem:
            flash(str(problem))
        else:
            flash(_("%(name)s is back.", name=here.name))
    return redirect(url_for("places.tree"))


def _page(connection: Connection, here: Row[Any], form: PlaceForm) -> str:
    return render_template(
        "places/place.html",
        place=here,
        form=form,
        zones=ZONES,
        days=WEEKDAYS,
        touchpoints=touchpoints(connection, here.id) if here.kind == "store" else (),
        over=changes.ended_touchpoints(connection, here.id),
        is_own=here.id == viewer().place_id,
    )


def _new_page(parent: Row[Any], kind: str, form: PlaceForm) -> str:
    return render_template("places/new.html", parent=parent, kind=kind, form=form, zones=ZONES, days=WEEKDAYS)


def _in_order(rows: Sequence[Row[Any]], top: int) -> list[tuple[int, Row[Any]]]:
    """Each with its depth, every place followed by what lies below it."""
    below_of: dict[int, list[Row[Any]]] = {}
    for row in rows:
        below_of.setdefault(row.parent_id or 0, []).append(row)

    def walk(row: Row[Any], depth: int) -> list[tuple[int, Row[Any]]]:
        return [(depth, row), *(each for lower in below_of.get(row.id, []) for each in walk(lower, depth + 1))]

    return [each for row in rows if row.id == top for each in walk(row, 0)]
