"""The page on which an organisation gives its places and faces names of its own."""

import msgspec
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.current import database
from collector.forms import line
from collector.insights.faces import Face
from collector.own_words.definition import KINDS, LANGUAGES, LONGEST, Names, OwnWords
from collector.own_words.say import FILTERS, SPOKEN, speak_as
from collector.policies import page

pages = Blueprint("own_words", __name__, template_folder="templates")
guard(pages, see="shape")

for spoken in FILTERS:
    pages.add_app_template_filter(spoken)
for spoken_of in SPOKEN:
    pages.add_app_template_global(spoken_of)


@pages.get("/places/<int:place_id>/words")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        held = page.held_policy(connection, place_id, "words", OwnWords)
    speak_as(place_id)
    return render_template(
        "own_words/words.html",
        place=held.place,
        words=held.policy,
        own=held.own,
        may_change=held.may_change,
        kinds=KINDS,
        faces=list(Face),
        languages=LANGUAGES,
        longest=LONGEST,
        names=Names(),
    )


@pages.post("/places/<int:place_id>/words")
def choose(place_id: int) -> ResponseReturnValue:
    """`above`: from now on those of the place above."""
    with database().begin() as connection:
        place = page.changeable_place(connection, place_id)
        chosen = None if request.form.get("above") else _typed()
        said = _("From now on the pages of %(place)s say it so.", place=place.name)
        page.choose(connection, place_id, "words", chosen, said)
    return redirect(url_for("own_words.of_place", place_id=place_id))


def _typed() -> OwnWords:
    """What the form says; an empty field is our own word."""
    places = {
        kind: {
            language: Names(_field(f"{kind}-one-{language}"), _field(f"{kind}-many-{language}"))
            for language in LANGUAGES
        }
        for kind in KINDS
    }
    faces = {face: {language: _field(f"{face}-{language}") for language in LANGUAGES} for face in Face}
    typed = OwnWords(places=places, faces=faces)
    try:
        return msgspec.convert(msgspec.to_builtins(typed), OwnWords)
    except msgspec.ValidationError:  # longer than the form lets anybody type
        abort(400)


def _field(name: str) -> str:
    return line(request.form.get(name, ""))
