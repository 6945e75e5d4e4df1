"""The page on which many stores are set up at once, by a table."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from collector.accounts.guard import guard, may
from collector.accounts.viewer import viewer
from collector.current import database
from collector.forms import clean
from collector.places.editor import table
from collector.places.editor.asked import alive
from collector.places.editor.changes import CannotChange

#: Bytes of a table of stores, with what else its form sends.
LARGEST = 2**20

pages = Blueprint("store_table", __name__, template_folder="templates")
guard(pages, see="admin")


@pages.url_value_preprocessor
def let_tables_in(_endpoint: str | None, _values: object) -> None:
    """They are larger than other forms; who sends one has to be one who may, before anything is read."""
    if request.method == "POST" and may("admin"):
        request.max_content_length = request.max_form_memory_size = LARGEST


@pages.route("/places/<int:place_id>/table", methods=["GET", "POST"])
def below_place(place_id: int) -> ResponseReturnValue:
    """First what a table would do, then, by a second button, its doing."""
    with database().begin() as connection:
        top = alive(connection, place_id)
        if top.kind == "store":
            abort(404)
        if request.method == "GET":
            return _page(top)
        text = ""
        try:
            text = _sent()
            lines = table.read(text, top.time_zone)
        except (table.Unreadable, UnicodeDecodeError) as problem:
            is_ours = isinstance(problem, table.Unreadable)
            said = str(problem) if is_ours else _("Save the table as UTF-8, then take it in again.")
            return _page(top, text, problem=said), 422
        plan = table.plan(connection, place_id, lines)
        wrong = [each for each in lines if each.problem]
        if wrong or not plan or request.form.get("do") != "take":
            return _page(top, text, plan=plan, wrong=wrong), 422 if wrong else 200
        try:
            table.carry_out(connection, place_id, lines, viewer().name)
        except CannotChange as problem:
            connection.rollback()
            return _page(top, text, problem=str(problem)), 422
    flash(ngettext("%(num)s store was taken in.", "%(num)s stores were taken in.", len(lines)))
    return redirect(url_for("places.tree"))


def _sent() -> str:
    """The table, as a file or as it was typed."""
    file = request.files.get("file")
    return file.read().decode("utf-8-sig") if file and file.filename else clean(request.form.get("text", ""))


def _page(top: Row[Any], text: str = "", **shown: Any) -> str:
    return render_template("places/table.html", place=top, columns=table.COLUMNS, text=text, **shown)
