"""Figures of places: the measures of a period with their intervals, how far they can be trusted, and the ranking."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import abort
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api.resources import Resources
from collector.api.schemas import Sent, about, row_id
from collector.current import database, now
from collector.insights.asked import MOST, USUAL, Asked
from collector.insights.figures import figures
from collector.insights.heard import Heard, heard, heard_below
from collector.insights.index import Index
from collector.insights.measures import Measure
from collector.insights.ranking import ranking
from collector.insights.trust import trust
from collector.places.queries import visible_place
from collector.ratings.kinds import Channel, word

resources = Resources("Insights", "What customers say: measures with their intervals, and places in a fair order.")

_CHANNELS = {word(channel): channel for channel in Channel}
_SENSIBLE = validate.Range(date(2000, 1, 1), date(2100, 1, 1))


class InsightsQuery(Schema):
    place = row_id("A store, a region or the organisation; by default your own place.")
    first = fields.Date(data_key="from", validate=_SENSIBLE, **about(f"First day; by default {USUAL} days in all."))
    last = fields.Date(data_key="to", validate=_SENSIBLE, **about("Last day, included; by default today."))
    channel = fields.String(validate=validate.OneOf(list(_CHANNELS)), **about("One channel; by default all."))

    @validates_schema
    def check_period(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and not 0 <= (data["last"] - data["first"]).days < MOST:
            raise ValidationError(f"Ask for 1 … {MOST} days.", "to")


class FiguresQuery(InsightsQuery):
    touchpoint = row_id("One touchpoint of the store; by default all.")


class RankingQuery(InsightsQuery):
    kind = fields.String(
        load_default="store", validate=validate.OneOf(["store", "region"]), **about("Which places are ranked.")
    )


class MeasureSchema(Sent):
    value = fields.Float(required=True)
    low = fields.Float(required=True, **about("The 95 % interval begins here …"))
    high = fields.Float(required=True, **about("… and ends here."))
    count = fields.Integer(required=True, **about("Answers that it is made of."))


def _measure(text: str) -> fields.Nested:
    return fields.Nested(MeasureSchema, required=True, allow_none=True, **about(f"{text}; null: nobody was asked."))


class FiguresSchema(Sent):
    index = _measure("Mean of the faces' weights, 0 … 100")
    nps = _measure("Promoters less detractors, −100 … 100")
    nps_of_100 = _measure("The same as 0 … 100")
    csat = _measure("Satisfied customers, per cent")
    csi = _measure("What was perceived, weighted by what was expected, 0 … 100")
    ces = _measure("How easy it was, 1 … 7")
    gap = _measure("Perception less expectation, −4 … 4")


class PartSchema(Sent):
    index = _measure("Mean of the faces' weights, 0 … 100")
    counted = fields.Integer(required=True)
    marked = fields.Integer(required=True, **about("Not counted, each for a reason."))


class DaySchema(PartSchema):
    day = fields.Date(required=True, **about("The stores' own."))


class ChannelSchema(PartSchema):
    channel = fields.String(required=True)


class TouchpointPartSchema(PartSchema):
    touchpoint = fields.Integer(required=True, **about("0: nothing but the store is known."))


class TrustSchema(Sent):
    counted = fields.Integer(required=True)
    marked = fields.Integer(required=True, **about("By the press filter and other rules."))
    marked_percent = fields.Float(required=True)
    uptime_percent = fields.Float(
        required=True, allow_none=True, **about("Of the opening hours, of all kiosks; null: not known.")
    )
    on_its_way = fields.Integer(required=True, **about("Recorded by kiosks and not yet received."))


class PeriodSchema(Sent):
    place = fields.Integer(required=True)
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")


class InsightsSchema(PeriodSchema):
    trust = fields.Nested(TrustSchema, required=True)
    figures = fields.Nested(FiguresSchema, required=True)
    days = fields.List(fields.Nested(DaySchema), required=True, **about("Oldest first; silent days are left out."))
    channels = fields.List(fields.Nested(ChannelSchema), required=True)
    touchpoints = fields.List(fields.Nested(TouchpointPartSchema), required=True, **about("Of a store."))


class RankedSchema(Sent):
    place = fields.Integer(required=True)
    rank = fields.Integer(required=True, **about("1 is the best."))
    value = fields.Float(required=True, **about("The index, drawn toward the mean: (mean·W + I·R) / (W + R)."))
    low = fields.Float(required=True, **about("Its 95 % interval begins here …"))
    high = fields.Float(required=True, **about("… and ends here."))
    index = fields.Float(required=True, **about("As it was heard: I."))
    count = fields.Integer(required=True, **about("Ratings: R."))


class RankingSchema(PeriodSchema):
    mean = fields.Float(required=True, allow_none=True, **about("Index of all ratings."))
    weight = fields.Float(
        required=True,
        allow_none=True,
        **about("W: variance of ratings within a place / of the places. Null: they differ no more than chance has it."),
    )
    items = fields.List(fields.Nested(RankedSchema), required=True, **about("Best first; silent places are left out."))


@resources.reads("/insights", asks=FiguresQuery, sends=InsightsSchema)
def show_insights(query: dict[str, Any]) -> dict[str, Any]:
    """The figures of a place: all measures, by day, channel and touchpoint, and how far they can be trusted."""
    with database().connect() as connection:
        asked = _asked(connection, query)
        found = heard(connection, asked)
        believed = trust(connection, asked, found)
        measured = figures(connection, found)
    return {
        **_period(asked),
        "trust": {
            "counted": believed.counted,
            "marked": believed.marked,
            "marked_percent": round(believed.marked_share, 2),
            "uptime_percent": None if believed.uptime is None else round(believed.uptime, 2),
            "on_its_way": believed.on_its_way,
        },
        "figures": {name: each and _rounded(each) for name, each in vars(measured).items()},
        "days": [{"day": day, **_part(each)} for day, each in found.days.items()],
        "channels": _parts("channel", {word(channel): each for channel, each in found.by_channel.items()}),
        "touchpoints": _parts("touchpoint", found.by_touchpoint),
    }


@resources.reads("/insights/ranking", asks=RankingQuery, sends=RankingSchema)
def show_ranking(query: dict[str, Any]) -> dict[str, Any]:
    """The places at and below one in a fair order: few ratings are drawn toward the mean of all."""
    with database().connect() as connection:
        asked = _asked(connection, query)
        places = heard_below(connection, asked, query["kind"])
    order = ranking({place_id: each.tally() for place_id, each in places.items()})
    items = [
        {
            "place": each.place_id,
            "rank": each.rank,
            **_rounded(Measure(each.value, each.low, each.high, each.index.count)),
            "index": round(each.index.value, 2),
        }
        for each in order.places
    ]
    mean = round(order.mean, 2) if items else None
    weight = None if order.weight is None else round(order.weight, 2)
    return {**_period(asked), "mean": mean, "weight": weight, "items": items}


def _asked(connection: Connection, query: Mapping[str, Any]) -> Asked:
    place = visible_place(connection, viewer().place_id, query.get("place", viewer().place_id))
    if place is None:
        abort(404, "There is no such place, or you do not see it.")
    today = now().astimezone(place.zone).date()
    first = query.get("first")
    last = query.get("last", today if first is None else max(first, min(today, first + timedelta(MOST - 1))))
    if first is None:
        first = last - timedelta(USUAL - 1)
    channels = frozenset({_CHANNELS[query["channel"]]} if "channel" in query else ())
    return Asked(place.id, first, last, query.get("touchpoint"), channels)


def _period(asked: Asked) -> dict[str, Any]:
    return {"place": asked.place_id, "first": asked.first, "last": asked.last}


def _parts(name: str, parts: Mapping[Any, Heard]) -> list[dict[str, Any]]:
    return [{name: key, **_part(parts[key])} for key in sorted(parts)]


def _part(heard: Heard) -> dict[str, Any]:
    return {"index": _of_index(heard.index), "counted": heard.counted, "marked": heard.marked}


def _of_index(found: Index | None) -> dict[str, Any] | None:
    if found is None:
        return None
    low, high = max(0.0, found.value - found.margin), min(100.0, found.value + found.margin)
    return _rounded(Measure(found.value, low, high, found.count))


def _rounded(measure: Measure) -> dict[str, Any]:
    return {
        "value": round(measure.value, 2),
        "low": round(measure.low, 2),
        "high": round(measure.high, 2),
        "count": measure.count,
    }
