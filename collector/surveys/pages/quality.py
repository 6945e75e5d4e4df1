"""`/quality`: service quality, what customers expected and what it was like."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, row_id
from collector.places.queries import visible_place, visible_stores
from collector.surveys.gap import gaps
from collector.surveys.pages import words
from collector.surveys.pages.gap_chart import draw

pages = Blueprint("quality", __name__, template_folder="templates")
guard(pages)

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)

#: Days that can be looked at.
PERIODS = (30, 90, 365)


@pages.get("/quality")
def home() -> ResponseReturnValue:
    days = request.args.get("days", type=int)
    days = days if days in PERIODS else PERIODS[1]
    with database().connect() as connection:
        own = visible_place(connection, viewer().place_id, viewer().place_id)
        asked = visible_place(connection, viewer().place_id, request.args.get("place", 0, row_id))
        place = asked or own
        assert place  # noqa: S101 - whoever is signed in has a place
        found = gaps(connection, place.id, now() - timedelta(days=days), now() + timedelta(seconds=1))
        stores = visible_stores(connection, viewer().place_id)
    return render_template(
        "surveys/quality.html",
        place=place,
        own=own,
        stores=stores if len(stores) > 1 else [],
        rows=draw(found),
        gaps=found,
        days=days,
        periods=PERIODS,
    )
