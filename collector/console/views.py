"""The pages of the console. Who is not signed in is asked to; everybody sees their own place and below."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import signed_in, viewer
from collector.alerts import queries as alerts
from collector.cases import queries as cases
from collector.console import words
from collector.console.navigation import navigation, set_up_entries
from collector.current import database, now, settings
from collector.fleet import alarms as odd
from collector.fleet import commands
from collector.fleet import queries as fleet
from collector.fleet.asked import alive, visible
from collector.fleet.condition import dark_stores
from collector.fleet.health.history import history_of
from collector.fleet.health.rules import PERIODS
from collector.fleet.registry.notes import LONGEST
from collector.fleet.registry.page import story_of
from collector.fleet.registry.photos import LARGEST_SENT
from collector.forms import sent_key
from collector.home.reasons import reasons_of
from collector.home.start import start_of
from collector.ingest import completeness, watch
from collector.ingest import put_aside as aside
from collector.insights import queries as insights
from collector.insights.asked import Asked
from collector.insights.chart import hour_bars
from collector.insights.compare import FEWEST
from collector.insights.faces import shares
from collector.insights.heard import Heard
from collector.insights.trust import trust
from collector.live.address import live_origin
from collector.places import queries as places
from collector.places.hours import opening, periods
from collector.slips import queries as slips

pages = Blueprint("console", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
guard(pages, change="fleet", home="account")

PAGE = 50
#: For so long what customers said is something to fix.
MONTH = timedelta(weeks=4)
#: How many of a kiosk's last commands are shown, and the buttons for new ones.
COMMANDS, BUTTONS = 10, ("identify", "self-test", "reboot", "log", "secret")

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/")
def home() -> ResponseReturnValue:
    """Wherever somebody in this role begins."""
    with database().connect() as connection:
        stores = places.visible_stores(connection, viewer().place_id, limit=2)
    return redirect(start_of(viewer(), stores))


@pages.get("/stores/<int:store_id>")
def store(store_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        shown = _store_today(connection, store_id)
    live = f"{live_origin(settings(), request.host)}/stores/{store_id}"
    return render_template("console/store.html", **shown, live=live)


@pages.get("/stores/<int:store_id>/today")
def store_today(store_id: int) -> ResponseReturnValue:
    """The moving part of the store's page, for the script that keeps it up to date."""
    with database().connect() as connection:
        shown = _store_today(connection, store_id)
    return render_template("console/today.html", **shown)


def _store_today(connection: Connection, store_id: int) -> dict[str, Any]:
    store = places.visible_store(connection, viewer().place_id, store_id)
    if store is None:
        abort(404)
    time = now().astimezone(store.zone)
    today = time.date()
    day = insights.store_day(connection, store_id, today, store.zone)
    kiosks = fleet.visible_kiosks(connection, viewer().place_id, time, store_id=store_id)
    return {
        "store": store,
        "now": time,
        "day": day,
        "shares": shares(day.tally),
        "bars": hour_bars(day.hours, periods(store.opening_hours, today, store.zone), store.zone),
        "before": None if 0 < day.tally.total() < FEWEST else insights.same_weekdays(connection, store_id, time),
        "fewest": FEWEST,
        "opening": opening(store.opening_hours, time),
        "latest": insights.last_ratings(connection, store_id),
        "cases": cases.visible_cases(connection, viewer().place_id, store_id=store_id, limit=PAGE)
        if viewer().may("voices")
        else [],
        "desks": slips.desks(connection, viewer().place_id, store_id, now()),
        "kiosks": [kiosk for kiosk in kiosks if kiosk.state == "enrolled"],
        "alarms": odd.recent(connection, viewer().place_id, time, store_id=store_id),
        "alerts": alerts.not_closed(connection, viewer().place_id, store_id=store_id),
        "trust": trust(connection, Asked(store_id, today, today), Heard(())),
        # What unhappy customers say is no business of those who only look after devices.
        "said": reasons_of(connection, [store_id], time - MONTH).get(store_id, ()) if viewer().may("voices") else (),
    }


@pages.get("/kiosks")
def kiosks() -> ResponseReturnValue:
    words = " ".join(request.args.get("q", "")[:100].split())
    with database().connect() as connection:
        all_ = fleet.visible_kiosks(connection, viewer().place_id, now())
        dark = dark_stores((kiosk.store_id, kiosk.condition) for kiosk in all_ if kiosk.state == "enrolled")
        found = [each for each in all_ if words.casefold() in f"{each.id} {each.store} {each.touchpoint}".casefold()]
        # Who needs somebody comes first; a store that is away as a whole is said once.
        found.sort(
            key=lambda kiosk: (kiosk.state != "enrolled", kiosk.condition.well or kiosk.store_id in dark, kiosk.id)
        )
        last = max(1, -(-len(found) // PAGE))
        page = min(max(1, request.args.get("page", 1, int)), last)
        found = found[(page - 1) * PAGE : page * PAGE]
        journals = completeness.newest_journals(connection, [kiosk.id for kiosk in found])
    return render_template(
        "console/kiosks.html",
        away={store_id: [kiosk for kiosk in all_ if kiosk.store_id == store_id] for store_id in dark},
        kiosks=found,
        journals=journals,
        is_asked=len(all_) > PAGE or bool(words),
        words=words,
        page=page,
        last=last,
        place_id=viewer().place_id,
    )


@pages.get("/kiosks/<kiosk_id>")
def kiosk(kiosk_id: str) -> ResponseReturnValue:
    with database().connect() as connection:
        shown = _kiosk_now(connection, kiosk_id)
        days = request.args.get("days", min(PERIODS), int)
        story = story_of(connection, viewer().place_id, shown["kiosk"], now())
        history = history_of(connection, shown["kiosk"], days if days in PERIODS else min(PERIODS), now())
    live = f"{live_origin(settings(), request.host)}/stores/{shown['kiosk'].store_id}"
    limits = {"longest_note": LONGEST, "largest_photo": LARGEST_SENT}
    return render_template(
        "console/kiosk.html", **shown, **limits, story=story, history=history, periods=PERIODS, live=live
    )


@pages.get("/kiosks/<kiosk_id>/now")
def kiosk_now(kiosk_id: str) -> ResponseReturnValue:
    """The moving part of a kiosk's page, for the script that keeps it up to date."""
    with database().connect() as connection:
        shown = _kiosk_now(connection, kiosk_id)
    return render_template("console/kiosk_now.html", **shown)


@pages.post("/kiosks/<kiosk_id>/commands")
def command(kiosk_id: str) -> ResponseReturnValue:
    do, key = request.form.get("do"), sent_key()
    if do not in BUTTONS:
        abort(400)
    with database().begin() as connection:
        alive(connection, kiosk_id)
        # A double tap is one command.
        if not commands.order(connection, settings(), kiosk_id, do, viewer().name, now(), f"console/{kiosk_id}/{key}"):
            abort(404)  # somebody retires it in this moment
    return redirect(url_for("console.kiosk", kiosk_id=kiosk_id, _anchor="commands"))


def _kiosk_now(connection: Connection, kiosk_id: str) -> dict[str, Any]:
    found = visible(connection, kiosk_id)
    journals = completeness.of_journals(connection, kiosk_id)
    return {
        "kiosk": found,
        "journals": journals,
        "gaps": completeness.gaps(connection, kiosk_id),
        "alarms": odd.recent(connection, viewer().place_id, now(), kiosk_id=kiosk_id),
        "buttons": BUTTONS,
        "commands": commands.commands_of(connection, kiosk_id, now(), limit=COMMANDS),
    }


@pages.get("/put-aside")
def put_aside() -> ResponseReturnValue:
    place_id = viewer().place_id
    with database().connect() as connection:
        count = aside.count(connection, place_id)
        page, last_page = _page_of(count)
        found = aside.page(connection, place_id, offset=(page - 1) * PAGE, limit=PAGE)
    return render_template("console/put_aside.html", count=count, found=found, page=page, last_page=last_page)


@pages.get("/alarms")
def alarms() -> ResponseReturnValue:
    place_id = viewer().place_id
    with database().connect() as connection:
        page, last_page = _page_of(odd.count(connection, place_id))
        found = odd.page(connection, place_id, offset=(page - 1) * PAGE, limit=PAGE)
    return render_template("console/alarms.html", alarms=found, page=page, last_page=last_page)


def _page_of(count: int) -> tuple[int, int]:
    """The page of a list that the address names, as far as there is one, and the last."""
    last = max(1, -(-count // PAGE))
    return min(max(1, request.args.get("page", 1, int)), last), last


def intake_troubles() -> list[watch.Trouble]:
    """What keeps the intake from its work; where it goes on elsewhere, only for those who look after machines."""
    if "intake_troubles" not in g:
        with database().connect() as connection:
            g.intake_troubles = watch.look(settings(), connection, now())
    troubles: list[watch.Trouble] = g.intake_troubles
    asks = signed_in()
    return [trouble for trouble in troubles if not trouble.others_work or (asks and asks.may("fleet"))]


pages.app_context_processor(lambda: {"navigation": navigation, "intake_troubles": intake_troubles})
# Also where macros are: those know nothing of a page.
pages.add_app_template_global(set_up_entries)
