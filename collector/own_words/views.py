"""The page on which an organisation gives its places and faces names of its own."""

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database
from collector.forms import line
from collector.insights.faces import Face
from collector.own_words.definition import KINDS, LANGUAGES, LONGEST, Names, OwnWords
from collector.own_words.say import FILTERS, SPOKEN, speak_as
from collector.places.queries import Place, visible_place
from collector.policies.queries import give_policy, may_give_policy, own_policy, policy_at

pages = Blueprint("own_words", __name__, template_folder="templates")
guard(pages, see="shape")

for spoken in FILTERS:
    pages.add_app_template_filter(spoken)
for spoken_of in SPOKEN:
    pages.add_app_template_global(spoken_of)


@pages.get("/places/<int:place_id>/words")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = _visible(connection, place_id)
        words = policy_at(connection, place_id, "words", OwnWords)
        own = own_policy(connection, place_id, "words")
        may_change = may_give_policy(connection, viewer().place_id, place_id)
    speak_as(place_id)
    has_own = own is not None and own.definition is not None
    return render_template(
        "own_words/words.html",
        place=place,
        words=words,
        has_own=has_own,
        may_change=may_change,
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
        place = _visible(connection, place_id)
        if not may_give_policy(connection, viewer().place_id, place_id):
            abort(403)
        chosen = None if request.form.get("above") else _typed()
        give_policy(connection, place_id, "words", chosen, viewer().name)
    flash(_("From now on the pages of %(place)s say it so.", place=place.name))
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


def _visible(connection: Connection, place_id: int) -> Place:
    place = visible_place(connection, viewer().place_id, place_id)
    if place is None:
        abort(404)
    return place
