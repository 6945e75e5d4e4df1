"""The pages of lists as files: which there are, and one on its way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection, Row
from werkzeug.datastructures import MultiDict

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.current import database, now, row_id
from collector.forms import sent_key
from collector.places.queries import Place, visible_place, zone_of
from collector.places.seen import seen_place
from collector.ratings.past import IsArchived, check_in_table
from collector.reports.exports import voices
from collector.reports.exports.listed import Listed, Span, Wanted
from collector.reports.exports.lists import LISTS
from collector.reports.exports.outflow import DEAD, Busy, Outflow, ask_for, own_export, own_exports
from collector.reports.subscription_views import places_below

pages = Blueprint("exports", __name__, template_folder="templates")
guard(pages)

#: Days that a list is of where nobody asks for others; and the earliest.
_USUAL, _EARLIEST = 28, date(2000, 1, 1)
#: Letters of what narrows voices, and how often the same may be named.
_LONGEST, _MOST = 100, 20


@pages.get("/exports")
def exports() -> ResponseReturnValue:
    """The form; ?list=, ?place=, ?from= and ?to= fill it in, and what narrows voices (`voices.BY`)."""
    return _page()


@pages.post("/exports")
def ask() -> ResponseReturnValue:
    name, key = request.form.get("list", ""), sent_key()
    listed = _list(name)
    account_id = viewer().account_id or abort(403)
    try:
        place_id = row_id(request.form.get("place", ""))
    except ValueError:
        abort(400)
    with database().begin() as connection:
        place = seen_place(connection, place_id)
        first, last = _days(listed, place)
        wanted = _wanted(place_id, first, last, place.zone, _narrowing(request.form) if name == "voices" else None)
        if wanted.narrowed:  # what makes no sense is forgotten at once
            query = voices.narrowed(connection, wanted).query()
            wanted = replace(wanted, narrowed={by: query[by] for by in voices.BY if by in query})
        if name == "ratings" and (against := _archived(connection, wanted.span)):
            return _page(against), 422
        export_id = ask_for(connection, account_id, name, wanted, key)
    return redirect(url_for("exports.one", export_id=export_id))


@pages.get("/exports/<int:export_id>")
def one(export_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        found = _own(connection, export_id)
    return render_template("exports/export.html", **_shown(found))


@pages.get("/exports/<int:export_id>/now")
def one_now(export_id: int) -> ResponseReturnValue:
    """The moving part of the page, for the script that keeps it up to date."""
    with database().connect() as connection:
        found = _own(connection, export_id)
    return render_template("exports/now.html", **_shown(found))


@pages.get("/exports/<int:export_id>/file.csv")
def file(export_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = _own(connection, export_id)
        zone = zone_of(connection, found.place_id)
        if LISTS[found.list].personal:
            note(connection, viewer().name, "exported", f"lists/{found.list}", found.place_id)
    try:
        wanted = _wanted(found.place_id, found.first, found.last, zone, found.narrowed)
        outflow = Outflow(database(), export_id, found.list, wanted)
    except Busy:
        flash(_("Other lists are on their way just now. Try again in a minute."))
        return redirect(url_for("exports.one", export_id=export_id))
    days = f"-{found.first.isoformat()}-{found.last.isoformat()}" if found.first else ""
    response = Response(iter(outflow), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=smilepost-{found.list}{days}.csv"
    response.call_on_close(outflow.close)
    return response


def _page(problem: str = "") -> str:
    with database().connect() as connection:
        shown = {
            "places": places_below(connection, viewer().place_id),
            "found": own_exports(connection, viewer().account_id or 0),
        }
    today = now().date()
    asked = request.values
    return render_template(
        "exports/exports.html",
        **shown,
        chosen=asked.get("list", "") if asked.get("list") in LISTS else "ratings",
        place_id=asked.get("place", type=int),
        narrowing=_narrowing(asked) if asked.get("list") == "voices" else {},
        problem=problem,
        lists={name: listed for name, listed in LISTS.items() if viewer().may(listed.need)},
        names=names(),
        first=_day("from") or today - timedelta(days=_USUAL - 1),
        last=min(_day("to") or today, today),
        today=today,
    )


def _wanted(
    place_id: int, first: date | None, last: date | None, zone: ZoneInfo, narrowed: Mapping[str, Any] | None
) -> Wanted:
    locale = get_locale()
    language = locale.language if locale else "en"
    return Wanted(place_id, first, last, zone, viewer().place_id, language, now(), narrowed)


def _narrowing(sent: MultiDict[str, str]) -> dict[str, list[str]]:
    """What somebody asked of voices, by the names that their page has in its address."""
    return {by: [each[:_LONGEST] for each in sent.getlist(by)[:_MOST]] for by in voices.BY if sent.getlist(by)}


def names() -> dict[str, tuple[str, str]]:
    """What each list is called, and what stands in it."""
    return {
        "ratings": (_("Ratings"), _("Each press and each answer, one by one; days are those on which they came in.")),
        "days": (
            _("Ratings by day"),
            _("How often each button was pressed; by day, touchpoint, question and channel."),
        ),
        "answers": (_("Answers"), _("What customers answered, with their comments; without their addresses.")),
        "voices": (
            _("Voices"),
            _("What customers said, as their page shows it: with faces, themes and reasons in words."),
        ),
        "cases": (_("Cases"), _("Each problem: when it came, whose turn it was, how it ended.")),
        "kiosks": (_("Kiosks"), _("Where each stands, and what it says of itself.")),
        "places": (_("Places"), _("Regions and stores, with their opening hours.")),
        "touchpoints": (_("Touchpoints"), _("In the order in which a customer meets them.")),
        "alerts": (_("Alerts"), _("What was wrong, when, and who took it.")),
        "alarms": (_("Alarms"), _("What was odd about a kiosk.")),
        "printers": (_("Printers"), _("Where each stands, and how it is set up.")),
        "print-jobs": (_("Print jobs"), _("Each slip: when, at which printer, what became of it.")),
        "roll-outs": (_("Roll-outs"), _("Which release went where, and how that ended.")),
        "segments": (_("Segments"), _("Their names and their rules.")),
        "messages": (
            _("Messages"),
            _("Who was written to, when and why, and what became of it; addresses only in part, and not the words."),
        ),
        "improvements": (_("You said, we did"), _("What was shown where, from when to when.")),
        "surveys": (_("Surveys"), _("Each version, question by question.")),
        "policies": (
            _("How places want things done"),
            _("Ladder, alerts, filter, themes and the like: who chose what, when; all versions."),
        ),
        "tokens": (
            _("Tokens of programs"),
            _("What each may do, where, and when it was used; never the token itself."),
        ),
        "webhooks": (_("Webhooks"), _("Which systems are told; never their secrets.")),
        "people": (_("People"), _("Who signs in, in which role, and where they are told.")),
        "audit": (_("Audit log"), _("Who saw or changed what concerns a person.")),
    }


def _shown(found: Row[object]) -> dict[str, object]:
    is_dead = found.state == "running" and found.moved_at < now() - DEAD
    state = "stopped" if is_dead else found.state
    # Until it has ended, nobody knows that it will be as many as expected.
    part = min(99, 100 * found.rows // max(found.expected, 1)) if state != "done" else 100
    return {"export": found, "state": state, "part": part, "name": names()[found.list][0]}


def _own(connection: Connection, export_id: int) -> Row[object]:
    """What the viewer asked for, and still may have: a place or a right may have been taken away since."""
    found = own_export(connection, viewer().account_id or 0, export_id)
    if found is None or visible_place(connection, viewer().place_id, found.place_id) is None:
        abort(404)
    _list(found.list)
    return found


def _list(name: str) -> Listed:
    listed = LISTS.get(name)
    if listed is None:
        abort(404)
    if not viewer().may(listed.need):
        abort(403)
    return listed


def _days(listed: Listed, place: Place) -> tuple[date | None, date | None]:
    """The days that were asked for, in order; nonsense is the last weeks."""
    if not listed.of_days:
        return None, None
    today = now().astimezone(place.zone).date()
    last = min(_day("to") or today, today)
    first = _day("from") or last - timedelta(days=_USUAL - 1)
    return (first, last) if first <= last else (last, first)


def _day(name: str) -> date | None:
    try:
        return max(date.fromisoformat(request.values.get(name, "")), _EARLIEST)
    except ValueError:
        return None


def _archived(connection: Connection, span: Span | None) -> str:
    """Why not all of these ratings can be had: a month of them is in a file; empty: they can."""
    assert span  # noqa: S101 - ratings are of days
    driver = connection.connection.driver_connection
    assert driver  # noqa: S101
    try:
        check_in_table(driver, *span)
    except IsArchived as problem:
        return str(problem)
    return ""
