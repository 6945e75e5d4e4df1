"""The pages on which places are set up: the tree, one place, its touchpoints, and a table of many stores."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, Row, select

from collector.accounts.guard import guard, may
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.current import database, now
from collector.forms import clean, line
from collector.places.editor import changes, table, words
from collector.places.editor.changes import CannotChange, Setup
from collector.places.editor.forms import ZONES, PlaceForm, against_name, read, shown
from collector.places.hours import WEEKDAYS
from collector.places.queries import below, ever_below, touchpoints
from collector.places.tables import place, touchpoint

#: Bytes of a table of stores, with what else its form sends.
LARGEST_TABLE = 2**20

pages = Blueprint("places", __name__, template_folder="templates")
for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)
guard(pages, see="shape", change="shape", new="admin", end="admin", bring_back="admin", from_table="admin")


@pages.url_value_preprocessor
def let_tables_in(_endpoint: str | None, _values: object) -> None:
    """They are larger than other forms; who sends one has to be one who may, before anything is read."""
    if request.method == "POST" and request.endpoint == "places.from_table" and may("admin"):
        request.max_content_length = request.max_form_memory_size = LARGEST_TABLE


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
        here = _alive(connection, place_id)
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
        parent = _alive(connection, place_id)
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
        here = _alive(connection, place_id)
        if place_id == viewer().place_id:
            abort(403)
        try:
            changes.end(connection, place_id, now(), viewer().name)
        except CannotChange as problem:
            flash(str(problem))
            return redirect(url_for("places.one", place_id=place_id))
    flash(_("%(name)s is taken out. It stands at the end of this page, to be brought back.", name=here.name))
    return redirect(url_for("places.tree"))


@pages.post("/places/<int:place_id>/bring-back")
def bring_back(place_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        here = _seen(connection, place_id)
        try:
            changes.bring_back(connection, place_id, viewer().name)
        except CannotChange as problem:
            flash(str(problem))
        else:
            flash(_("%(name)s is back.", name=here.name))
    return redirect(url_for("places.tree"))


@pages.post("/places/<int:place_id>/touchpoints")
def add_touchpoint(place_id: int) -> ResponseReturnValue:
    name = line(request.form.get("name", ""))

    def put(connection: Connection) -> None:
        if problem := against_name(name):
            raise CannotChange(problem)
        changes.put_touchpoint(connection, place_id, name)

    return _of_store(place_id, put)


@pages.post("/places/<int:place_id>/touchpoints/<int:touchpoint_id>")
def change_touchpoint(place_id: int, touchpoint_id: int) -> ResponseReturnValue:
    """Another name, one place earlier or later on the customer's way, or its end."""
    do, name = request.form.get("do", "rename"), line(request.form.get("name", ""))

    def carry_out(connection: Connection) -> None:
        _touchpoint(connection, place_id, touchpoint_id)
        if do == "end":
            changes.end_touchpoint(connection, touchpoint_id, now())
            flash(_("%(name)s is taken out. Add it again, and it is back with all its ratings.", name=name))
        elif do in {"earlier", "later"}:
            ids = [each.id for each in touchpoints(connection, place_id)]
            at = ids.index(touchpoint_id)
            to = max(0, min(len(ids) - 1, at + (1 if do == "later" else -1)))
            ids[at], ids[to] = ids[to], ids[at]
            changes.order_touchpoints(connection, place_id, ids)
        elif problem := against_name(name):
            raise CannotChange(problem)
        else:
            changes.rename_touchpoint(connection, place_id, touchpoint_id, name)

    return _of_store(place_id, carry_out)


@pages.route("/places/<int:place_id>/table", methods=["GET", "POST"])
def from_table(place_id: int) -> ResponseReturnValue:
    """First what a table would do, then, by a second button, its doing."""
    with database().begin() as connection:
        top = _alive(connection, place_id)
        if top.kind == "store":
            abort(404)
        if request.method == "GET":
            return render_template("places/table.html", place=top, columns=table.COLUMNS, text="", plan=None)
        file = request.files.get("file")
        text = clean(request.form.get("text", ""))
        try:
            if file and file.filename:
                text = file.read().decode("utf-8-sig")
            lines = table.read(text, top.time_zone)
        except (table.Unreadable, UnicodeDecodeError) as problem:
            said = (
                str(problem)
                if isinstance(problem, table.Unreadable)
                else _("Save the table as UTF-8, then take it in again.")
            )
            return render_template(
                "places/table.html", place=top, columns=table.COLUMNS, text=text, plan=None, problem=said
            ), 422
        plan = table.plan(connection, place_id, lines)
        wrong = [each for each in lines if each.problem]
        if wrong or not plan or request.form.get("do") != "take":
            page = render_template(
                "places/table.html", place=top, columns=table.COLUMNS, text=text, plan=plan, wrong=wrong
            )
            return page, 422 if wrong else 200
        try:
            table.carry_out(connection, place_id, lines, viewer().name)
        except CannotChange as problem:
            connection.rollback()
            return render_template(
                "places/table.html", place=top, columns=table.COLUMNS, text=text, plan=None, problem=str(problem)
            ), 422
    flash(ngettext("%(num)s store was taken in.", "%(num)s stores were taken in.", len(lines)))
    return redirect(url_for("places.tree"))


def _of_store(place_id: int, do: Callable[[Connection], None]) -> ResponseReturnValue:
    with database().begin() as connection:
        if _alive(connection, place_id).kind != "store":
            abort(404)
        try:
            do(connection)
        except CannotChange as problem:
            flash(str(problem))
        else:
            note(connection, viewer().name, "changed-place", f"places/{place_id}", place_id)
    return redirect(url_for("places.one", place_id=place_id, _anchor="touchpoints"))


def _page(connection: Connection, here: Row[Any], form: PlaceForm) -> str:
    return render_template(
        "places/place.html",
        place=here,
        form=form,
        zones=ZONES,
        days=WEEKDAYS,
        touchpoints=touchpoints(connection, here.id) if here.kind == "store" else (),
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


def _alive(connection: Connection, place_id: int) -> Row[Any]:
    row = connection.execute(select(place).where(place.c.id == place_id, below(viewer().place_id))).first()
    if row is None:
        abort(404)
    return row


def _seen(connection: Connection, place_id: int) -> Row[Any]:
    """One that has ended, too."""
    row = connection.execute(select(place).where(place.c.id == place_id, ever_below(viewer().place_id))).first()
    if row is None:
        abort(404)
    return row


def _touchpoint(connection: Connection, store_id: int, touchpoint_id: int) -> None:
    mine = touchpoint.c.id == touchpoint_id, touchpoint.c.store_id == store_id, touchpoint.c.ended_at.is_(None)
    if connection.scalar(select(touchpoint.c.id).where(*mine)) is None:
        abort(404)
