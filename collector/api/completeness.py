"""Completeness of stores and of places above them: whether all that was recorded there has arrived."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Sent, about, page_after, page_limit, page_next
from collector.current import database, now
from collector.ingest import store_completeness
from collector.ingest.store_completeness import Arrivals, days_between, total
from collector.places import queries as places

resources = Resources("Completeness", "Recorded against received, by store and day.")

#: Days that are shown where nobody asks for others, and most that can be asked for.
USUAL, MOST = 14, 92

_SENSIBLE = validate.Range(date(2000, 1, 1), date(2100, 1, 1))


class PeriodQuery(Schema):
    first = fields.Date(data_key="from", validate=_SENSIBLE, **about(f"First day; by default {USUAL} days in all."))
    last = fields.Date(
        data_key="to", validate=_SENSIBLE, **about(f"Last day, included; by default today, or the {MOST}th.")
    )

    @validates_schema
    def check_period(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and not 0 <= (data["last"] - data["first"]).days < MOST:
            raise ValidationError(f"Ask for 1 … {MOST} days.", "to")


class StoresPeriodQuery(PeriodQuery):
    after = page_after(int, default=(0,))
    limit = page_limit()


class ArrivalsSchema(Sent):
    recorded = fields.Integer(required=True, **about("Records that became known; `status` of a kiosk tells of them."))
    received = fields.Integer(required=True, **about("Committed: stored, put aside or declared lost."))
    stored = fields.Integer(required=True)
    put_aside = fields.Integer(required=True)
    lost = fields.Integer(required=True, **about("Declared lost."))
    never_came = fields.Integer(
        required=True,
        **about("Left in a journal that its kiosk gave up for a new one; negative where an old one spoke again."),
    )
    on_its_way = fields.Integer(required=True, **about("Recorded and not yet received, at the end of the last day."))


class DayArrivalsSchema(ArrivalsSchema):
    day = fields.Date(required=True, **about("The store's own."))


class PeriodSchema(Sent):
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")


class StoreCompletenessSchema(PeriodSchema):
    store = fields.Integer(required=True)
    total = fields.Nested(ArrivalsSchema, required=True)
    days = fields.List(fields.Nested(DayArrivalsSchema), required=True, **about("Newest first."))


class StoreArrivalsSchema(ArrivalsSchema):
    store = fields.Integer(required=True)
    name = fields.String(required=True)


class PlaceCompletenessSchema(PeriodSchema):
    place = fields.Integer(required=True)
    items = fields.List(fields.Nested(StoreArrivalsSchema), required=True, **about("The stores there, by id."))
    next = page_next()


@resources.reads("/stores/<int:store_id>/completeness", asks=PeriodQuery, sends=StoreCompletenessSchema)
def show_store_completeness(query: dict[str, Any], store_id: int) -> dict[str, Any]:
    """One store: what its kiosks recorded and what became of it, in all and by day.

    A day belongs to the store where the kiosk stood at its end.
    """
    with database().connect() as connection:
        store = places.visible_store(connection, viewer().place_id, store_id)
        if store is None:
            abort(404, "There is no such store, or you do not see it.")
        first, last = period(query, now(), store.zone)
        found = store_completeness.of_stores(connection, [store_id], first, last)[store_id]
    days = [{"day": day, **_figures(arrivals)} for day, arrivals in zip(days_between(first, last), found, strict=True)]
    return {"store": store_id, "first": first, "last": last, "total": _figures(total(found)), "days": days[::-1]}


@resources.reads("/places/<int:place_id>/completeness", asks=StoresPeriodQuery, sends=PlaceCompletenessSchema)
def show_place_completeness(query: dict[str, Any], place_id: int) -> dict[str, Any]:
    """The stores of a place: for each, what its kiosks recorded in these days and what became of it."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        place = places.visible_place(connection, viewer().place_id, place_id)
        if place is None:
            abort(404, "There is no such place, or you do not see it.")
        first, last = period(query, now(), place.zone)
        stores = places.visible_stores(connection, place_id, after=after, limit=limit)
        found = store_completeness.of_stores(connection, [store.id for store in stores], first, last)
    items = [{"store": store.id, "name": store.name, **_figures(total(found[store.id]))} for store in stores]
    following = cursors.encode(stores[-1].id) if len(stores) == limit else None
    return {"place": place_id, "first": first, "last": last, "items": items, "next": following}


def period(query: dict[str, Any], now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The days that somebody asks for, with what they left open."""
    first, last = query.get("first"), query.get("last")
    today = now.astimezone(zone).date()
    if last is None:
        last = today if first is None else max(first, min(today, first + timedelta(days=MOST - 1)))
    return first or last - timedelta(days=USUAL - 1), last


def _figures(arrivals: Arrivals) -> dict[str, int]:
    return {name: getattr(arrivals, name) for name in ArrivalsSchema().fields}
