"""The pages that say whether everything has arrived: of a store, and of all stores below a place."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.fleet import alarms as odd
from collector.fleet import queries as fleet
from collector.ingest import completeness
from collector.ingest.store_completeness import days_between, of_stores, together, total
from collector.places import queries as places
from collector.places.seen import seen_place

pages = Blueprint("completeness", __name__, template_folder="templates")
guard(pages)

#: Days on a page.
DAYS = 14
#: No page goes further back.
EARLIEST = date(2020, 1, 1)


@pages.get("/stores/<int:store_id>/completeness")
def of_store(store_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        store = places.visible_store(connection, viewer().place_id, store_id)
        if store is None:
            abort(404)
        period = Period.asked(now().astimezone(store.zone).date())
        found = of_stores(connection, [store_id], period.first, period.last)[store_id]
        kiosks = fleet.visible_kiosks(connection, viewer().place_id, now(), store_id=store_id)
        shown = {
            "kiosks": kiosks,
            "journals": completeness.newest_journals(connection, [kiosk.id for kiosk in kiosks]),
            "alarms": odd.recent(connection, viewer().place_id, now(), store_id=store_id),
        }
    days = list(zip(days_between(period.first, period.last), found, strict=True))
    return render_template(
        "console/store_completeness.html", store=store, total=total(found), days=days[::-1], **period.shown(), **shown
    )


@pages.get("/places/<int:place_id>/completeness")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        if place.kind == "store":
            return redirect(url_for("completeness.of_store", store_id=place_id))
        period = Period.asked(now().astimezone(place.zone).date())
        stores = places.visible_stores(connection, place_id)
        found = of_stores(connection, [store.id for store in stores], period.first, period.last)
    totals = [(store, total(found[store.id])) for store in stores]
    # Where something is missing comes first.
    totals.sort(key=lambda row: (-row[1].never_came, -row[1].lost, -row[1].on_its_way, row[0].name))
    every = together(arrivals for _, arrivals in totals)
    return render_template("console/place_completeness.html", place=place, stores=totals, total=every, **period.shown())


@dataclass(frozen=True)
class Period:
    """The days that a page of completeness shows."""

    last: date
    today: date

    @classmethod
    def asked(cls, today: date) -> "Period":
        """Up to the day that the address names; without one, or with one that has not come yet, up to today."""
        try:
            asked = date.fromisoformat(request.args.get("to", ""))
        except ValueError:
            asked = today
        return cls(min(max(asked, EARLIEST), today), today)

    @property
    def first(self) -> date:
        return self.last - timedelta(days=DAYS - 1)

    def shown(self) -> dict[str, Any]:
        ways = {"earlier": self.first - timedelta(days=1), "later": self.last + timedelta(days=DAYS)}
        links = {name: url_for(request.endpoint or "", **request.view_args or {}, to=to) for name, to in ways.items()}
        return {"first": self.first, "last": self.last, "today": self.today, "ways": links}
