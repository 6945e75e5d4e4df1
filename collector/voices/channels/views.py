"""One page, every channel."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.charts.bars import Item, bars
from collector.current import database, now, row_id
from collector.insights.asked import asked_of, touchpoint_choices
from collector.insights.compare import FEWEST
from collector.insights.trust import Trust, trust
from collector.places.queries import opening_hours_below, touchpoints_to_choose
from collector.places.seen import seen_place
from collector.ratings.kinds import Channel, word
from collector.voices.channels.figures import MOST, columns
from collector.voices.channels.queries import comments_by_channel, heard_of
from collector.voices.places import places_below
from collector.voices.segments.queries import segments, visible_segment
from collector.voices.words import channel_name

pages = Blueprint("channels", __name__, template_folder="../templates")
guard(pages)


@pages.get("/places/<int:place_id>/channels")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        today = now().astimezone(place.zone).date()
        asked = asked_of(request.args, place_id, today, is_store=place.kind == "store")
        if (elsewhere := request.args.get("at", place_id, row_id)) != place_id:
            query: dict[str, Any] = {
                **asked.at(elsewhere).query(),
                "segment": request.args.get("segment", type=row_id),
            }
            return redirect(url_for("channels.of_place", place_id=elsewhere, **query))
        segment = None
        # What customers said is not everybody's to choose by.
        if viewer().may("voices") and (number := request.args.get("segment", type=row_id)):
            segment = visible_segment(connection, viewer().place_id, number) or abort(404)
        is_of_stores = segment is None or segment.kind == "places"
        if not is_of_stores:  # voices are taken as they are
            asked = replace(asked, opened=False)
        found, only = heard_of(connection, asked, segment, now())
        shown = columns(found, asked, comments_by_channel(connection, asked, only))
        # How kiosks were is known of places, not of segments.
        trusted = Trust(found.counted, found.marked, None, None, 0) if segment else trust(connection, asked, found)
        further = {
            "knows_hours": is_of_stores and any(opening_hours_below(connection, place_id)),
            "touchpoints": touchpoint_choices(touchpoints_to_choose(connection, place), asked),
            "places": places_below(connection, viewer().place_id),
            "segments": segments(connection, viewer().place_id) if viewer().may("voices") else [],
        }
    items = [
        Item(
            channel_name(each.channel),
            each.index.value,
            each.index.low,
            each.index.high,
            each.counted,
            few=each.is_few,
        )
        for each in shown[:MOST]
        if each.index
    ]
    silent = [each for each in Channel if each not in {column.channel for column in shown}]
    return render_template(
        "voices/channels.html",
        place=place,
        asked=asked,
        today=today,
        segment=segment,
        columns=shown[:MOST],
        left_out=shown[MOST:],
        silent=[each for each in silent if not asked.channels or each in asked.channels],
        trust=trusted,
        chart=bars(items),
        fewest=FEWEST,
        choices=[(word(each), channel_name(each)) for each in Channel],
        **further,
    )
