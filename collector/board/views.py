"""The wall board: `/places/<id>/board` for people who are signed in, `/board/<secret>` for a screen where nobody is."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from limits import parse
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.board import links
from collector.board.slides import Slide, slide
from collector.current import LAST_PAGE, database, now, settings
from collector.forms import line
from collector.languages import speak
from collector.limits import limiter
from collector.own_words.say import speak_as
from collector.places.queries import Place, top_place, visible_place
from collector.places.seen import seen_place
from collector.slips.style import style_of
from collector.surveys.definition import Texts
from collector.undo import SECRETS_FOR, said_with_undo
from collector.words import in_own_language

pages = Blueprint(
    "board", __name__, template_folder="templates", static_folder="static", static_url_path="/static/board"
)
guard(pages, of_place="look", now_at_place="look", see="act")
screens = Blueprint("screens", __name__)
guard(screens, see="nothing")

#: So long each place is shown, s.
TURN = 15
#: Longest name of a screen.
LONGEST = 60
#: A screen that is renewed every few seconds knows its link; who tries others has no business here.
_WRONG_LINKS = parse("20/5 minutes")


@dataclass(frozen=True)
class Board:
    """What the page of a board needs to know of itself."""

    slide: Slide
    #: Addresses of this slide, of the next one, and of the next one's moving part.
    stay: str
    next: str
    then: str
    #: Whether the reader wants no turning.
    stays: bool


@pages.get("/places/<int:place_id>/board")
def of_place(place_id: int) -> ResponseReturnValue:
    return _page(_seen(place_id), "board.of_place", "board.now_at_place", place_id=place_id)


@pages.get("/places/<int:place_id>/board/now")
def now_at_place(place_id: int) -> ResponseReturnValue:
    """The moving part, for the script that turns it."""
    return _page(_seen(place_id), "board.of_place", "board.now_at_place", part=True, place_id=place_id)


@screens.get("/board/<secret>")
def screen(secret: str) -> ResponseReturnValue:
    return _page(_opened(secret), "screens.screen", "screens.screen_now", secret=secret)


@screens.get("/board/<secret>/now")
def screen_now(secret: str) -> ResponseReturnValue:
    return _page(_opened(secret), "screens.screen", "screens.screen_now", part=True, secret=secret)


@pages.get("/places/<int:place_id>/board/links")
def links_of(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        return _links_page(connection, seen_place(connection, place_id))


@pages.post("/places/<int:place_id>/board/links")
def make_link(place_id: int) -> ResponseReturnValue:
    """The link stands on the page that answers, this once."""
    name = line(request.form.get("name", ""))
    with database().begin() as connection:
        place = seen_place(connection, place_id)
        if not 1 <= len(name) <= LONGEST:
            return _links_page(connection, place, against=_("Say in up to 60 characters where the screen hangs.")), 422
        secret = links.make_link(connection, place_id, name, viewer().name, now())
        if secret is None:
            return _links_page(connection, place, against=_("There are 50 already. End one that hangs nowhere.")), 422
        made = f"{settings().url.rstrip('/')}{url_for('screens.screen', secret=secret)}"
        return _links_page(connection, place, made=made)


@pages.post("/board-links/<int:link_id>/prolong")
def prolong_link(link_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        place_id = links.prolong_link(connection, viewer().place_id, link_id, now(), viewer().name)
    if place_id is None:
        abort(404)
    flash(_("The link opens its board for a year from now on."))
    return redirect(url_for("board.links_of", place_id=place_id))


@pages.post("/board-links/<int:link_id>/end")
def end_link(link_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        place_id = links.end_link(connection, viewer().place_id, link_id, now(), viewer().name)
    if place_id is None:
        abort(404)
    said_with_undo(_("The link opens nothing any more."), "board.bring_link_back", link_id=link_id)
    return redirect(url_for("board.links_of", place_id=place_id))


@pages.post("/board-links/<int:link_id>/back")
def bring_link_back(link_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        place_id = links.bring_back(connection, viewer().place_id, link_id, now(), viewer().name)
    if place_id is None:
        abort(404)
    flash(_("The link opens the board again."))
    return redirect(url_for("board.links_of", place_id=place_id))


def _page(place: Place, page: str, part_of: str, *, part: bool = False, **about: Any) -> str:
    asked = min(max(0, request.args.get("n", 0, int)), LAST_PAGE)
    speak_as(place.id)
    with database().connect() as connection:
        style = style_of(connection, place.id)
        if style.language_from is not None:  # the place's, not that of whoever has put the screen up
            speak(style.language)
        shown = slide(connection, place, now(), asked)
    board = Board(
        slide=shown,
        stay=url_for(page, n=shown.number, stay=1, **about),
        next=url_for(page, n=shown.next, **about),
        then=url_for(part_of, n=shown.next, **about),
        stays="stay" in request.args,
    )
    template = "board/now.html" if part else "board/board.html"
    return render_template(template, board=board, slide=shown, turn=TURN, we_did=_said(shown.we_did), place=place)


def _said(texts: Texts | None) -> str:
    return in_own_language(texts) if texts else ""


def _seen(place_id: int) -> Place:
    with database().connect() as connection:
        return seen_place(connection, place_id)


def _opened(secret: str) -> Place:
    """The place whose board a link opens."""
    with database().begin() as connection:
        place_id = links.place_of_link(connection, secret, now())
        place = None
        if place_id is not None:
            links.note_seen(connection, secret, now())
            place = visible_place(connection, top_place(connection), place_id)
    if place is None:
        abort(404 if limiter.limiter.hit(_WRONG_LINKS, "boards", get_remote_address()) else 429)
    return place


def _links_page(connection: Connection, place: Place, made: str = "", against: str = "") -> str:
    return render_template(
        "board/links.html",
        place=place,
        links=links.links_of(connection, place.id, now()),
        over=[(each, each.ended_at + SECRETS_FOR) for each in links.ended_links(connection, place.id, now())],
        made=made,
        against=against,
        longest=LONGEST,
    )
