"""The pages of the console. Who is not signed in is asked to; everybody sees their own place and below."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from collector.accounts.viewer import Viewer, ask_to_sign_in, signed_in, viewer
from collector.cases import queries as cases
from collector.console import words
from collector.current import database, now, settings
from collector.fleet import commands, completeness
from collector.fleet import queries as fleet
from collector.ingest import put_aside as aside
from collector.insights import queries as insights
from collector.insights.chart import hour_bars
from collector.insights.faces import shares
from collector.live.address import bare_host, live_origin
from collector.places import queries as places
from collector.places.hours import opening, periods
from collector.slips import queries as slips

pages = Blueprint("console", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

PAGE = 50
#: How many of a kiosk's last commands are shown, and the buttons for new ones.
COMMANDS, BUTTONS = 10, ("identify", "self-test", "reboot", "log")
#: Longest key of a form, characters.
LONGEST_KEY = 64

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.before_request
def guard() -> ResponseReturnValue | None:
    return None if request.endpoint == "console.static" else ask_to_sign_in()


@pages.get("/")
def home() -> ResponseReturnValue:
    with database().connect() as connection:
        stores = places.visible_stores(connection, viewer().place_id)
        if len(stores) == 1:
            return redirect(url_for("console.store", store_id=stores[0].id))
        today = insights.today_by_store(connection, [store.id for store in stores], now())
    return render_template("console/places.html", stores=stores, today=today)


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
        "before": insights.same_weekdays(connection, store_id, today, store.zone),
        "opening": opening(store.opening_hours, time),
        "latest": insights.last_ratings(connection, store_id),
        "cases": cases.visible_cases(connection, viewer().place_id, store_id=store_id, limit=PAGE),
        "desks": slips.desks(connection, viewer().place_id, store_id),
        "kiosks": [kiosk for kiosk in kiosks if kiosk.state == "enrolled"],
    }


@pages.get("/kiosks")
def kiosks() -> ResponseReturnValue:
    with database().connect() as connection:
        found = fleet.visible_kiosks(connection, viewer().place_id, now())
        journals = completeness.newest_journals(connection, [kiosk.id for kiosk in found])
    # Who needs a visit comes first.
    found.sort(key=lambda kiosk: (kiosk.state != "enrolled", kiosk.condition.well, kiosk.id))
    return render_template("console/kiosks.html", kiosks=found, journals=journals)


@pages.get("/kiosks/<kiosk_id>")
def kiosk(kiosk_id: str) -> ResponseReturnValue:
    with database().connect() as connection:
        shown = _kiosk_now(connection, kiosk_id)
    live = f"{live_origin(settings(), request.host)}/stores/{shown['kiosk'].store_id}"
    return render_template("console/kiosk.html", **shown, live=live)


@pages.get("/kiosks/<kiosk_id>/now")
def kiosk_now(kiosk_id: str) -> ResponseReturnValue:
    """The moving part of a kiosk's page, for the script that keeps it up to date."""
    with database().connect() as connection:
        shown = _kiosk_now(connection, kiosk_id)
    return render_template("console/kiosk_now.html", **shown)


@pages.post("/kiosks/<kiosk_id>/commands")
def command(kiosk_id: str) -> ResponseReturnValue:
    do, key = request.form.get("do"), request.form.get("key", "")
    if do not in BUTTONS or not 1 <= len(key) <= LONGEST_KEY:
        abort(400)
    with database().begin() as connection:
        if _kiosk(connection, kiosk_id).state != "enrolled":
            abort(404)
        # A double tap is one command.
        commands.order(connection, settings(), kiosk_id, do, viewer().name, now(), f"console/{kiosk_id}/{key}")
    return redirect(url_for("console.kiosk", kiosk_id=kiosk_id, _anchor="commands"))


def _kiosk_now(connection: Connection, kiosk_id: str) -> dict[str, Any]:
    found = _kiosk(connection, kiosk_id)
    journals = completeness.of_journals(connection, kiosk_id)
    return {
        "kiosk": found,
        "journals": journals,
        "gaps": completeness.gaps(connection, kiosk_id),
        "new_journals": completeness.new_journals(journals, now()),
        "buttons": BUTTONS,
        "commands": commands.commands_of(connection, kiosk_id, now(), limit=COMMANDS),
    }


def _kiosk(connection: Connection, kiosk_id: str) -> fleet.Kiosk:
    found = fleet.visible_kiosk(connection, viewer().place_id, kiosk_id, now())
    if found is None:
        abort(404)
    return found


@pages.get("/put-aside")
def put_aside() -> ResponseReturnValue:
    place_id = viewer().place_id
    with database().connect() as connection:
        count = aside.count(connection, place_id)
        last_page = max(1, -(-count // PAGE))
        page = min(max(1, request.args.get("page", 1, int)), last_page)
        found = aside.page(connection, place_id, offset=(page - 1) * PAGE, limit=PAGE)
    return render_template("console/put_aside.html", count=count, found=found, page=page, last_page=last_page)


@dataclass(frozen=True)
class Navigation:
    """What stands at the top of every page for whoever is signed in."""

    viewer: Viewer
    #: The only store there is to see, if it is one.
    store: places.Store | None
    put_aside: int
    #: Cases that wait for the people of the viewer's own place.
    cases: int
    #: Where the shop floor is, while it is in use.
    floor: str | None


def navigation() -> Navigation | None:
    """The navigation of whoever asks; None for somebody who is not signed in."""
    if (asks := signed_in()) is None:
        return None
    with database().connect() as connection:
        stores = places.visible_stores(connection, asks.place_id, limit=2)
        count = aside.count(connection, asks.place_id)
        turns = cases.count_turns(connection, asks.place_id)
    return Navigation(asks, stores[0] if len(stores) == 1 else None, count, turns, _floor())


def _floor() -> str | None:
    if not (settings().data / "run" / "floor").exists():
        return None
    return f"http://{bare_host(request.host)}:{settings().floor_port}/"


pages.app_context_processor(lambda: {"navigation": navigation})
