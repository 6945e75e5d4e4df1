"""How the slips of a place look: the page on which somebody chooses, and sees one."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, settings
from collector.places.queries import visible_place
from collector.places.seen import seen_place
from collector.slips import style
from collector.slips.review import slip_for
from printer.fonts import missing
from printer.logo import NotALogo
from printer.page import page, png
from printer.profiles import PROFILES
from printer.slip import LANGUAGES
from printer.text import seen

pages = Blueprint("slip_style", __name__, template_folder="templates")
guard(pages, see="shape")

#: A slip to look at leads nowhere: nobody has signed this.
_CODE = "A" * 28
_REFERENCE = "0042"
#: As narrow as paper is, so that it can be read on a phone's screen.
_PROFILE = PROFILES["other-58"]


@pages.url_value_preprocessor
def allow_a_logo(_endpoint: str | None, _values: object) -> None:
    """Before anything reads the form, which elsewhere is smaller."""
    request.max_content_length = 2 * style.LARGEST_FILE


@pages.route("/places/<int:place_id>/slips", methods=["GET", "POST"])
def of_place(place_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        return _choose(place_id)
    return _page(place_id)


@pages.get("/places/<int:place_id>/slips/preview.png")
def preview(place_id: int) -> ResponseReturnValue:
    """A slip of this place, dot by dot as it prints."""
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        slip = slip_for(connection, settings(), place_id, place.name, _CODE, _REFERENCE)
    return Response(png(page(slip, _PROFILE)), mimetype="image/png")


def _choose(place_id: int) -> ResponseReturnValue:
    language, upload = request.form.get("language") or None, request.files.get("logo")
    if language is not None and language not in LANGUAGES:
        abort(400)
    with database().begin() as connection:
        seen_place(connection, place_id)
        style.set_language(connection, place_id, language, viewer().name)
        if request.form.get("no_logo"):
            style.set_logo(connection, place_id, None, viewer().name)
        elif upload and upload.filename:
            try:
                style.set_logo(connection, place_id, style.prepared(upload.read()), viewer().name)
            except NotALogo as problem:
                connection.rollback()
                return _page(place_id, _(str(problem)), language), 422
    flash(_("From now on slips look like this."))
    return redirect(url_for("slip_style.of_place", place_id=place_id))


def _page(place_id: int, problem: str | None = None, typed: str | None = None) -> str:
    """`typed`: the language that was chosen together with what is a problem."""
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        looks = style.style_of(connection, place_id)
        above = [
            found
            for each in style.above(connection, place_id)
            if (found := visible_place(connection, viewer().place_id, each))
        ]
    return render_template(
        "slips/style.html",
        place=place,
        looks=looks,
        above=above,
        languages=LANGUAGES,
        without_font=missing(seen(place.name)),
        problem=problem,
        typed=typed,
    )
