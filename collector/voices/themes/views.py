"""What an organisation listens for: the themes of a place, and the words of each."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.policies.page import Held, held_policy
from collector.policies.queries import give_policy
from collector.policies.undo import said_of_policy
from collector.voices.themes import form
from collector.voices.themes.form import Against, Typed
from collector.voices.themes.often import often
from collector.voices.themes.policy import LONGEST_NAME, MOST_ENTRIES, MOST_THEMES, Theme, ThemePolicy
from collector.voices.words import theme_name

pages = Blueprint("themes", __name__, template_folder="../templates")
guard(pages, see="voices", change="shape", new="shape")

NEW = "new"


Themes: TypeAlias = Held[ThemePolicy]


@pages.get("/places/<int:place_id>/themes")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        at = _at(connection, place_id)
        unheard = often(connection, place_id, now())
    return render_template(
        "voices/themes.html",
        place=at.place,
        themes=[(each, theme_name(each.key, each)) for each in at.policy.themes],
        own=at.own,
        may_change=at.may_change,
        may_add=at.may_change and len(at.policy.themes) < MOST_THEMES,
        often=unheard,
    )


@pages.get("/places/<int:place_id>/themes/new")
def new(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        at = _at(connection, place_id)
    if not at.may_change:
        abort(403)
    return _page(at, None)


@pages.get("/places/<int:place_id>/themes/<key>")
def theme(place_id: int, key: str) -> ResponseReturnValue:
    with database().connect() as connection:
        at = _at(connection, place_id)
    return _page(at, _theme(at, key))


@pages.post("/places/<int:place_id>/themes/<key>")
def keep(place_id: int, key: str) -> ResponseReturnValue:
    """Have its words be these from now on; `new`: one more theme."""
    with database().begin() as connection:
        at = _changing(connection, place_id)
        before = None if key == NEW else _theme(at, key)
        sent = form.typed(request.form, form.languages_of(at.policy.themes))
        read = form.read(sent, has_name=before is not None and bool(theme_name(before.key, None) != before.key))
        if isinstance(read, Against):
            return _page(at, before, sent, read), 422
        made = Theme(before.key if before else form.new_key(), read, sent.name)
        _give(
            connection,
            place_id,
            [made if each is before else each for each in at.policy.themes] + [made] * (not before),
        )
    flash(_("Comments are read anew by these words; that takes a moment."))
    return redirect(url_for("themes.of_place", place_id=place_id))


@pages.post("/places/<int:place_id>/themes/<key>/end")
def end(place_id: int, key: str) -> ResponseReturnValue:
    """Listen for it no more."""
    with database().begin() as connection:
        at = _changing(connection, place_id)
        gone = _theme(at, key)
        _give(connection, place_id, [each for each in at.policy.themes if each is not gone])
        said = _("“%(theme)s” is no theme here any more.", theme=theme_name(key, gone))
        said_of_policy(connection, said, place_id, "themes")
    return redirect(url_for("themes.of_place", place_id=place_id))


@pages.post("/places/<int:place_id>/themes")
def above(place_id: int) -> ResponseReturnValue:
    """From now on those of the place above, at the top ours."""
    with database().begin() as connection:
        _changing(connection, place_id)
        if give_policy(connection, place_id, "themes", None, viewer().name):
            said = _("Comments are read anew by these words; that takes a moment.")
            said_of_policy(connection, said, place_id, "themes")
    return redirect(url_for("themes.of_place", place_id=place_id))


def _page(at: Themes, shown: Theme | None, sent: Typed | None = None, against: Against | None = None) -> str:
    languages = form.languages_of(at.policy.themes)
    words: Mapping[str, str] = sent.words if sent else {}
    if sent is None and shown is not None:
        words = {language: ", ".join(shown.words.get(language, ())) for language in languages}
    return render_template(
        "voices/theme.html",
        place=at.place,
        theme=shown,
        title=theme_name(shown.key, shown) if shown else _("A new theme"),
        ours=theme_name(shown.key, None) if shown and theme_name(shown.key, None) != shown.key else "",
        name=sent.name if sent else shown.name if shown else "",
        words=words,
        languages=languages,
        against=against,
        longest=LONGEST_NAME,
        most=MOST_ENTRIES,
        may_change=at.may_change,
    )


def _give(connection: Connection, place_id: int, themes: Sequence[Theme]) -> None:
    try:
        policy = msgspec.convert({"themes": msgspec.to_builtins(themes)}, ThemePolicy)
    except msgspec.ValidationError:  # two people at once made more than there may be
        abort(409)
    give_policy(connection, place_id, "themes", policy, viewer().name)


def _changing(connection: Connection, place_id: int) -> Themes:
    at = _at(connection, place_id)
    if not at.may_change:
        abort(403)
    return at


def _at(connection: Connection, place_id: int) -> Themes:
    return held_policy(connection, place_id, "themes", ThemePolicy)


def _theme(at: Themes, key: str) -> Theme:
    return next((each for each in at.policy.themes if each.key == key), None) or abort(404)
