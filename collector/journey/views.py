"""`/stores/<id>/journey` and `/touchpoints/<id>/ratings`."""

from datetime import UTC, datetime
from typing import get_args

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.charts.gap import gap_chart
from collector.current import database, now
from collector.database import driver
from collector.insights.asked import asked_of
from collector.insights.compare import FEWEST
from collector.insights.pages.views import PERIODS
from collector.insights.queries import bounds
from collector.insights.trust import trust
from collector.journey.ratings import Key, Which, ratings_at, visible_touchpoint
from collector.journey.stops import journey
from collector.places.queries import visible_above, visible_place
from collector.ratings.kinds import Channel, word
from collector.ratings.past import first_in_table
from collector.voices.words import channel_name

pages = Blueprint("journey", __name__, template_folder="templates")
guard(pages)

#: Ratings of a page.
PAGE = 50


@pages.get("/stores/<int:place_id>/journey")
def of_store(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = visible_place(connection, viewer().place_id, place_id)
        if place is None or place.kind != "store":
            abort(404)
        today = now().astimezone(place.zone).date()
        asked = asked_of(request.args, place_id, today)
        found = journey(connection, asked, place.zone)
        return render_template(
            "journey/journey.html",
            place=place,
            asked=asked,
            today=today,
            journey=found,
            gaps=gap_chart(found.pairs),
            fewest=FEWEST,
            trust=trust(connection, asked, found.heard),
            periods=PERIODS,
            channels=_channels(),
            above=visible_above(connection, viewer().place_id, place_id),
        )


@pages.get("/touchpoints/<int:touchpoint_id>/ratings")
def ratings(touchpoint_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        where = visible_touchpoint(connection, viewer().place_id, touchpoint_id) or abort(404)
        zone = where.store.zone
        today = now().astimezone(zone).date()
        asked = asked_of(request.args, where.store.id, today)
        which = _which(request.args.get("which"))
        found = ratings_at(connection, where, asked, which, _key(request.args.get("after")), PAGE + 1)
        begin, _ = bounds(asked.first, zone)
        in_table = first_in_table(driver(connection), begin)
    return render_template(
        "journey/ratings.html",
        where=where,
        asked=asked,
        which=which,
        ratings=found[:PAGE],
        onward=_written(found[PAGE - 1].key) if len(found) > PAGE else None,
        in_table=in_table if in_table > begin else None,
    )


def _channels() -> list[tuple[str, str]]:
    return [(word(channel), channel_name(channel)) for channel in Channel]


def _which(typed: str | None) -> Which:
    found: Which = next((each for each in get_args(Which) if each == typed), "all")
    return found


def _written(key: Key) -> str:
    received, cursor_id, seq = key
    return f"{received.timestamp():.6f}~{cursor_id}~{seq}"


def _key(typed: str | None) -> Key | None:
    """Where a page goes on; from the beginning where somebody typed no such place."""
    try:
        received, cursor_id, seq = (typed or "").split("~")
        key = datetime.fromtimestamp(float(received), UTC), int(cursor_id), int(seq)
    except (ValueError, OverflowError, OSError):
        return None
    return key if all(0 <= number < 2**31 for number in key[1:]) else None
