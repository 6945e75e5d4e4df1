"""The reply templates of a place: the page on which people write them."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases.settings import replies
from collector.current import database, now
from collector.places.queries import visible_above
from collector.places.seen import seen_place
from collector.surveys.definition import LANGUAGES, Texts
from collector.undo import said_with_undo

pages = Blueprint("replies", __name__, template_folder="templates")
guard(pages, see="shape")


@pages.get("/places/<int:place_id>/replies")
def of_place(place_id: int) -> ResponseReturnValue:
    return _page(place_id)


@pages.post("/places/<int:place_id>/replies")
def add(place_id: int) -> ResponseReturnValue:
    name, text = _typed()
    if problem := _against(name, text):
        return _page(place_id, problem, (name, text)), 422
    with database().begin() as connection:
        seen_place(connection, place_id)
        replies.add(connection, place_id, name, text, viewer().name)
    return redirect(url_for("replies.of_place", place_id=place_id))


@pages.post("/places/<int:place_id>/replies/<int:template_id>")
def change(place_id: int, template_id: int) -> ResponseReturnValue:
    """Write one anew, or take it away."""
    name, text = _typed()
    is_taken_away = "take_away" in request.form
    if not is_taken_away and (problem := _against(name, text)):
        return _page(place_id, problem, (name, text), template_id), 422
    with database().begin() as connection:
        seen_place(connection, place_id)
        if is_taken_away:
            done = replies.retire(connection, place_id, template_id, now(), viewer().name)
        else:
            done = replies.change(connection, place_id, template_id, name, text, viewer().name)
    if not done:
        flash(_("Somebody took this template away in the meantime."))
    elif is_taken_away:
        said_with_undo(_("It is offered no more."), "replies.back", place_id=place_id, template_id=template_id)
    return redirect(url_for("replies.of_place", place_id=place_id))


@pages.post("/places/<int:place_id>/replies/<int:template_id>/back")
def back(place_id: int, template_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        seen_place(connection, place_id)
        replies.bring_back(connection, place_id, template_id, viewer().name)
    return redirect(url_for("replies.of_place", place_id=place_id))


def _page(place_id: int, problem: str | None = None, sent: tuple[str, Texts] = ("", {}), of: int | None = None) -> str:
    """The page.

    Parameters
    ----------
    sent: what does not fit, `problem` says why.
    of: to which template it belongs; None: a new one.
    """
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        offered = replies.offered(connection, place_id)
        over = replies.ended(connection, place_id)
        above = visible_above(connection, viewer().place_id, place_id)
    return render_template(
        "cases/replies.html",
        place=place,
        above=above,
        own=[each for each in offered if each.place_id == place_id],
        inherited=[each for each in offered if each.place_id != place_id],
        over=over,
        languages=LANGUAGES,
        longest=replies,
        problem=problem,
        sent=sent,
        of=of,
    )


def _typed() -> tuple[str, Texts]:
    """The name, and what was written in each language."""
    name = re.sub(r"\s+", " ", request.form.get("name", "")).strip()
    written = {each: request.form.get(f"text-{each}", "").replace("\r\n", "\n").strip() for each in LANGUAGES}
    return name, {language: text for language, text in written.items() if text}


def _against(name: str, text: Texts) -> str | None:
    if not 1 <= len(name) <= replies.LONGEST_NAME:
        return str(_("Give it a name of at most %(count)s letters, by which you find it.", count=replies.LONGEST_NAME))
    if not text:
        return str(_("Write the reply in one language at least."))
    if any(len(each) > replies.LONGEST_TEXT for each in text.values()):
        return str(_("A reply has at most %(count)s letters. Write it shorter.", count=replies.LONGEST_TEXT))
    return None
