"""`/places/<id>/insights` and `/places/<id>/ranking`: figures that can be trusted, and places in a fair order."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.charts.rank import Standing, rank
from collector.current import database, now
from collector.insights.asked import Asked, asked_of, touchpoint_choices
from collector.insights.compare import FEWEST, Comparison, compare
from collector.insights.heard import Heard, heard_below
from collector.insights.index import Tally
from collector.insights.measures import smiley_index
from collector.insights.pages import words
from collector.insights.pages.page import page_of
from collector.insights.ranking import Ranked, ranking
from collector.insights.trust import trust
from collector.places.queries import Place, opening_hours_below, touchpoints_to_choose, visible_above
from collector.places.seen import seen_place
from collector.places.tables import place as place_table
from collector.ratings.kinds import Channel, word
from collector.voices.words import channel_name

pages = Blueprint("insights", __name__, template_folder="../templates")
guard(pages)

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)

#: Periods to choose with one tap, days up to today.
PERIODS = (7, 28, 90, 365)


@pages.get("/places/<int:place_id>/insights")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        today = now().astimezone(place.zone).date()
        asked = asked_of(request.args, place_id, today, is_store=place.kind == "store")
        shown = page_of(connection, place, asked, today, _day(request.args.get("change")))
        return render_template("insights/insights.html", page=shown, **_around(connection, place, asked, today))


@pages.get("/places/<int:place_id>/ranking")
def ranking_of(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        if place.kind == "store":
            return redirect(url_for("insights.of_place", place_id=place_id))
        today = now().astimezone(place.zone).date()
        asked = asked_of(request.args, place_id, today, is_store=False)
        kinds = ["store", "region"] if place.kind == "organisation" else ["store"]
        kind = request.args.get("of", "store")
        kind = kind if kind in kinds else "store"
        here = heard_below(connection, asked, kind)
        found = {key: each.tally() for key, each in here.items()}
        earlier = {key: each.tally() for key, each in heard_below(connection, asked.before, kind).items()}
        names = _names(connection, found)
        order = ranking(found)
        shown = rank([_standing(each, found, earlier, names, asked) for each in order.places], order.mean)
        heard_of = {each.place_id for each in order.places}
        return render_template(
            "insights/ranking.html",
            rank=shown,
            order=order,
            kind=kind,
            kinds=kinds,
            silent=sorted(name for key, name in names.items() if key not in heard_of),
            trust=trust(connection, asked, Heard([cell for each in here.values() for cell in each.cells])),
            **_around(connection, place, asked, today),
        )


def _around(connection: Connection, place: Place, asked: Asked, today: date) -> dict[str, Any]:
    """What both pages need around their figures: the filter, and the way to other places."""
    return {
        "place": place,
        "asked": asked,
        "today": today,
        "periods": PERIODS,
        "channels": [(word(channel), channel_name(channel)) for channel in Channel],
        "touchpoints": touchpoint_choices(touchpoints_to_choose(connection, place), asked),
        "above": visible_above(connection, viewer().place_id, place.id),
        "fewest": FEWEST,
        "knows_hours": any(opening_hours_below(connection, place.id)),
    }


def _names(connection: Connection, places: Mapping[int, object]) -> dict[int, str]:
    rows = connection.execute(select(place_table.c.id, place_table.c.name).where(place_table.c.id.in_(list(places))))
    return {row.id: row.name for row in rows}


def _standing(
    ranked: Ranked,
    found: Mapping[int, Tally],
    earlier: Mapping[int, Tally],
    names: Mapping[int, str],
    asked: Asked,
) -> Standing:
    """A place as the chart shows it; what became of it is told by what was heard, not by what was drawn."""
    query = cast(dict[str, Any], asked.query())
    was = smiley_index(earlier.get(ranked.place_id, {}))
    change = compare(was, smiley_index(found[ranked.place_id]))
    return Standing(
        place_id=ranked.place_id,
        name=names[ranked.place_id],
        position=ranked.rank,
        value=ranked.value,
        low=ranked.low,
        high=ranked.high,
        raw=ranked.index.value,
        count=ranked.index.count,
        was=was.value if was and isinstance(change, Comparison) else None,
        url=url_for("insights.of_place", place_id=ranked.place_id, **query),
        change=change if isinstance(change, Comparison) else None,
    )


def _day(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed or "")
    except ValueError:
        return None
