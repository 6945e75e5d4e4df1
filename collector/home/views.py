"""The start pages of regions, of the head office and of technicians; each has a moving part for the script."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases import queries as cases
from collector.charts.trend import Point, Trend, trend
from collector.current import database, now, settings
from collector.fleet.condition import dark_stores
from collector.fleet.visits.facts import facts
from collector.fleet.visits.rules import visits
from collector.home import words
from collector.home.facts import WEEKS_BEFORE, ladder, region_facts, store_facts, week_of, weeks
from collector.home.needs import in_need
from collector.home.promises import promises
from collector.home.reasons import reasons_of
from collector.insights.asked import Asked
from collector.insights.compare import FEWEST, Comparison, TooFew, compare
from collector.insights.faces import shares
from collector.insights.heard import Heard, heard, heard_below
from collector.insights.index import Index
from collector.insights.measures import Measure, smiley_index, total
from collector.insights.trust import trust
from collector.live.address import live_origin
from collector.places.queries import Place, visible_place, visible_stores
from collector.places.tables import place as places

pages = Blueprint("home", __name__, template_folder="templates")
guard(pages)

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)

#: Weeks of the trend.
WEEKS = 13
#: Stores in need, cases, visits and kiosks that the page names; the rest is a link away.
MOST_NEEDY, MOST_CASES, MOST_VISITS, MOST_KIOSKS = 12, 5, 8, 20
#: Stores that stand on the page all together; of more, there is the ranking.
MOST_LISTED = 50
#: For so long promises and reasons are looked back on.
MONTH = timedelta(weeks=4)


@pages.get("/places/<int:place_id>/today")
def of_place(place_id: int) -> ResponseReturnValue:
    place = _visible(place_id)
    if place.kind == "store":
        return redirect(url_for("console.store", store_id=place_id))
    with database().connect() as connection:
        shown = _place_today(connection, place)
    return render_template("home/place.html", **shown, live=_live(place_id))


@pages.get("/places/<int:place_id>/today/now")
def place_now(place_id: int) -> ResponseReturnValue:
    """The moving part, for the script that keeps it up to date."""
    place = _visible(place_id)
    if place.kind == "store":
        abort(404)
    with database().connect() as connection:
        shown = _place_today(connection, place)
    return render_template("home/place_now.html", **shown)


@pages.get("/technician")
def technician() -> ResponseReturnValue:
    with database().connect() as connection:
        shown = _round(connection)
    return render_template("home/technician.html", **shown, live=_live(viewer().place_id))


@pages.get("/technician/now")
def technician_now() -> ResponseReturnValue:
    """The moving part, for the script that keeps it up to date."""
    with database().connect() as connection:
        shown = _round(connection)
    return render_template("home/technician_now.html", **shown)


@dataclass(frozen=True)
class Region:
    """One line of the regions below."""

    id: int
    name: str
    week: Measure | None
    change: Comparison | TooFew


def _place_today(connection: Connection, place: Place) -> dict[str, Any]:
    time = now().astimezone(place.zone)
    today = time.date()
    asked = Asked(place.id, today - timedelta(weeks=WEEKS, days=-1), today)
    stores = visible_stores(connection, place.id)
    story = heard(connection, asked)
    week = week_of(story, today)
    this_week = weeks(asked, 1)[0]
    four_before = [week_of(story, each.last).tally() for each in weeks(asked, 1 + WEEKS_BEFORE)[1:]]
    known = store_facts(connection, place.id, stores, today)
    needy = in_need(known)
    may_hear = viewer().may("voices")
    return {
        "place": place,
        "now": time,
        "stores": stores,
        "week": smiley_index(week.tally()),
        "faces": shares(week.tally()),
        "change": compare(smiley_index(total(four_before)), smiley_index(week.tally())),
        "trust": trust(connection, this_week, week),
        "trend": _trend(story, asked),
        "needy": needy[:MOST_NEEDY],
        "more_needy": len(needy) - MOST_NEEDY,
        "reasons": reasons_of(connection, [each.facts.id for each in needy[:MOST_NEEDY]], now() - MONTH)
        if may_hear
        else {},
        "regions": _regions(connection, place, today),
        "today": _today(connection, place, today) if len(stores) <= MOST_LISTED else None,
        "yours": cases.visible_cases(connection, place.id, turn_of=place.id, limit=MOST_CASES) if may_hear else [],
        "turns": cases.count_turns(connection, place.id) if may_hear else 0,
        "ladder": ladder(connection, place.id) if may_hear else [],
        "promises": promises(connection, place.id, now() - MONTH, now()) if may_hear else None,
    }


def _today(connection: Connection, place: Place, today: date) -> dict[int, Index | None]:
    """Today's index of each store, as of the last minute."""
    return {store_id: each.index for store_id, each in heard_below(connection, Asked(place.id, today, today)).items()}


def _trend(story: Heard, asked: Asked) -> Trend | None:
    """The index week by week; a week with few ratings is drawn as one of which nobody can be sure."""
    points = []
    for week in reversed(weeks(asked, WEEKS)):
        found = smiley_index(week_of(story, week.last).tally())
        points.append(
            Point(week.first, week.last, found.value, found.low, found.high, found.count, few=found.count < FEWEST)
            if found
            else Point(week.first, week.last, None, None, None, 0)
        )
    return trend(points)


def _regions(connection: Connection, place: Place, today: date) -> list[Region]:
    """The regions below, the worst change first."""
    known = region_facts(connection, place.id, today)
    if not known:
        return []
    names = select(places.c.id, places.c.name).where(places.c.id.in_(known))
    found = []
    for row in connection.execute(names):
        week, before = (smiley_index(each) for each in known[row.id])
        found.append(Region(row.id, row.name, week, compare(before, week)))
    return sorted(found, key=lambda each: (_fall(each.change), each.name))


def _fall(change: Comparison | TooFew) -> float:
    """To sort by: what fell most comes first, and what cannot be compared last."""
    return change.change if isinstance(change, Comparison) else 1000.0


def _round(connection: Connection) -> dict[str, Any]:
    """What a technician begins the day with."""
    place_id = viewer().place_id
    known = facts(connection, place_id, now())
    to_visit = visits(known, now())
    dark = dark_stores((store.id, kiosk.condition) for store in known for kiosk in store.kiosks)
    unwell = [
        (store, kiosk) for store in known for kiosk in store.kiosks if not kiosk.condition.well and store.id not in dark
    ]
    return {
        "place_id": place_id,
        "now": now(),
        "zone": known[0].zone if known else None,
        "visits": to_visit[:MOST_VISITS],
        "more_visits": len(to_visit) - MOST_VISITS,
        "kiosks": sum(len(store.kiosks) for store in known),
        "well": sum(kiosk.condition.well for store in known for kiosk in store.kiosks),
        "dark": [(store, dark[store.id]) for store in known if store.id in dark],
        "unwell": unwell[:MOST_KIOSKS],
        "more_unwell": len(unwell) - MOST_KIOSKS,
        "printers": [(store, printer) for store in known for printer in store.printers],
    }


def _live(place_id: int) -> str:
    return f"{live_origin(settings(), request.host)}/places/{place_id}"


def _visible(place_id: int) -> Place:
    with database().connect() as connection:
        place = visible_place(connection, viewer().place_id, place_id)
    if place is None:
        abort(404)
    return place
