"""What is done to the touchpoints of a store, on its own page."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.current import database, now
from collector.forms import line
from collector.places.editor import changes
from collector.places.editor.asked import alive
from collector.places.editor.changes import CannotChange
from collector.places.editor.forms import against_name
from collector.places.queries import touchpoints
from collector.places.tables import touchpoint
from collector.undo import said_with_undo

pages = Blueprint("touchpoints", __name__, url_prefix="/places/<int:place_id>/touchpoints")
guard(pages, see="shape")


@pages.post("")
def add(place_id: int) -> ResponseReturnValue:
    name = line(request.form.get("name", ""))

    def put(connection: Connection) -> None:
        if problem := against_name(name):
            raise CannotChange(problem)
        changes.put_touchpoint(connection, place_id, name)

    return _of_store(place_id, put)


@pages.post("/<int:touchpoint_id>")
def change(place_id: int, touchpoint_id: int) -> ResponseReturnValue:
    """Another name, one place earlier or later on the customer's way, or its end."""
    do, name = request.form.get("do", "rename"), line(request.form.get("name", ""))

    def carry_out(connection: Connection) -> None:
        _touchpoint(connection, place_id, touchpoint_id)
        if do == "end":
            changes.end_touchpoint(connection, touchpoint_id, now())
            ended = {"place_id": place_id, "touchpoint_id": touchpoint_id}
            said_with_undo(_("%(name)s is taken out.", name=name), "touchpoints.bring_back", **ended)
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


@pages.post("/<int:touchpoint_id>/back")
def bring_back(place_id: int, touchpoint_id: int) -> ResponseReturnValue:
    """With all its ratings."""

    def carry_out(connection: Connection) -> None:
        over = next(
            (each for each in changes.ended_touchpoints(connection, place_id) if each.id == touchpoint_id), None
        )
        if over is None:
            raise CannotChange(_("It is back already."))
        changes.put_touchpoint(connection, place_id, over.name)

    return _of_store(place_id, carry_out)


def _of_store(place_id: int, do: Callable[[Connection], None]) -> ResponseReturnValue:
    with database().begin() as connection:
        if alive(connection, place_id).kind != "store":
            abort(404)
        try:
            do(connection)
        except CannotChange as problem:
            flash(str(problem))
        else:
            note(connection, viewer().name, "changed-place", f"places/{place_id}", place_id)
    return redirect(url_for("places.one", place_id=place_id, _anchor="touchpoints"))


def _touchpoint(connection: Connection, store_id: int, touchpoint_id: int) -> None:
    mine = touchpoint.c.id == touchpoint_id, touchpoint.c.store_id == store_id, touchpoint.c.ended_at.is_(None)
    if connection.scalar(select(touchpoint.c.id).where(*mine)) is None:
        abort(404)
