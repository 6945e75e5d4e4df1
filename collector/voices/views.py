"""The pages of voices: what customers said, found and sorted, and a person's say in what is spam."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import LAST_PAGE, database, now, row_id
from collector.insights.asked import touchpoint_choices
from collector.insights.compare import FEWEST
from collector.insights.faces import Face, shares
from collector.insights.index import index
from collector.places.queries import Place, touchpoints_to_choose, visible_place
from collector.places.seen import seen_place
from collector.ratings.kinds import Channel
from collector.ratings.past import IsArchived
from collector.surveys.marking import mark as give_mark
from collector.surveys.marks import AnswerMark
from collector.voices import queries, words
from collector.voices.chosen import MARKS, MOST_DAYS, MOST_DAYS_BY_HOURS, NO_THEME, Chosen, chosen_of
from collector.voices.places import places_below
from collector.voices.segments.queries import Segment, only_of, segments, visible_segment
from collector.voices.themes.queries import themes_at

pages = Blueprint(
    "voices", __name__, template_folder="templates", static_folder="static", static_url_path="/static/voices"
)
guard(pages, see="voices", change="act")

PAGE = 50
#: How voices come in; a button at a kiosk is none until somebody scans its code.
CHANNELS = [each for each in Channel if each not in {Channel.KIOSK_BUTTON, Channel.KIOSK_TOUCH}]

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.app_template_filter()
def answer_mark(mark: AnswerMark) -> str:
    """Why an answer is not counted."""
    said: dict[AnswerMark, str] = {
        AnswerMark.NONE: _("counted"),
        AnswerMark.SPAM: _("spam"),
        AnswerMark.MASHING: _("the same device again and again"),
    }
    return said[mark]


@pages.get("/voices")
def home() -> ResponseReturnValue:
    """Those of one's own place."""
    return redirect(_with_query(url_for("voices.of_place", place_id=viewer().place_id)))


@pages.get("/places/<int:place_id>/voices")
def of_place(place_id: int) -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    language = get_locale().language
    with database().connect() as connection:
        place, chosen, found, names = _asked(connection, place_id)
        if (elsewhere := request.args.get("at", place_id, row_id)) != place_id:
            return redirect(url_for("voices.of_place", place_id=elsewhere, **chosen.query(touchpoint=None)))
        only = only_of(connection, chosen.asked, found, now())
        shown = queries.voices(connection, chosen, only, language, limit=PAGE + 1, offset=(page - 1) * PAGE)
        themes = queries.spoken_of(connection, chosen, only) if chosen.asked.days <= MOST_DAYS else None
        count = queries.count(connection, chosen, only)
        further = {
            "touchpoints": touchpoint_choices(touchpoints_to_choose(connection, place), chosen.asked),
            "places": places_below(connection, viewer().place_id),
            "segments": segments(connection, viewer().place_id),
        }
    return render_template(
        "voices/voices.html",
        place=place,
        today=now().astimezone(place.zone).date(),
        chosen=chosen,
        asked=chosen.asked,
        voices=shown[:PAGE],
        has_more=len(shown) > PAGE,
        page=page,
        count=count,
        themes=[_theme(key, each) for key, each in (themes or {}).items()],
        most_days=MOST_DAYS if themes is None else None,
        most_days_by_hours=MOST_DAYS_BY_HOURS,
        most_counted=queries.MOST_COUNTED,
        names=names,
        segment=found,
        channels=CHANNELS,
        marks=MARKS,
        faces=list(Face),
        no_theme=NO_THEME,
        **further,
    )


@pages.post("/places/<int:place_id>/voices/<int:answer_id>/mark")
def mark(place_id: int, answer_id: int) -> ResponseReturnValue:
    """A person's say in what is spam; then back to where they were."""
    wanted = MARKS.get(request.form.get("mark", ""))
    if wanted not in {AnswerMark.NONE, AnswerMark.SPAM}:
        abort(400)
    with database().begin() as connection:
        if visible_place(connection, viewer().place_id, place_id) is None:
            abort(404)
        if not queries.visible_voice(connection, place_id, answer_id):
            abort(404)
        try:
            give_mark(connection, answer_id, wanted, viewer().name)
        except IsArchived:
            connection.rollback()
            flash(_("Its ratings are in an archive file. Bring that month back first."))
    return redirect(_with_query(url_for("voices.of_place", place_id=place_id)) + f"#answer-{answer_id}")


def _with_query(path: str) -> str:
    """A path with what stands behind the question mark here."""
    query = request.query_string.decode(errors="replace")
    return f"{path}?{query}" if query else path


def _asked(connection: Connection, place_id: int) -> tuple[Place, Chosen, Segment | None, dict[str, str]]:
    """The place, what is asked for there, its segment, and the names of themes."""
    place = seen_place(connection, place_id)
    themes = themes_at(connection, place_id)
    today = now().astimezone(place.zone).date()
    chosen = chosen_of(request.args, place_id, today, themes, is_store=place.kind == "store")
    found = None
    if chosen.segment_id is not None:
        found = visible_segment(connection, viewer().place_id, chosen.segment_id) or abort(404)
    return place, chosen, found, words.theme_names(themes)


def _theme(key: str, spoken: queries.Spoken) -> dict[str, Any]:
    found = index(spoken.tally)
    # Of a few, the faces say enough.
    shown = found if found and found.count >= FEWEST else None
    return {"key": key, "times": spoken.times, "index": shown, "shares": shares(spoken.tally)}
