"""Stores: which there are, and the day of each."""

from typing import Any

from flask import abort
from marshmallow import Schema, fields

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Sent, TouchpointSchema, about, page_after, page_limit, page_next
from collector.current import database, now
from collector.insights.queries import store_day
from collector.places import queries as places

resources = Resources("Stores", "Where customers are, and what they say today.")


class StoresQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()


class StoreSchema(Sent):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True, **about("IANA name."))
    opening_hours = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.List(fields.String())),
        required=True,
        **about("By weekday (mon … sun); a day that is not there is closed.", example={"mon": [["09:00", "21:00"]]}),
    )
    touchpoints = fields.List(fields.Nested(TouchpointSchema), required=True, **about("As a customer meets them."))


class StoresSchema(Sent):
    items = fields.List(fields.Nested(StoreSchema), required=True)
    next = page_next()


class TodaySchema(Sent):
    date = fields.Date(required=True, **about("The store's own day."))
    index = fields.Float(required=True, allow_none=True, **about("0 … 100; null before the first counted rating."))
    margin = fields.Float(required=True, allow_none=True, **about("Half-width of the index's 95 % interval."))
    ratings = fields.Integer(required=True, **about("Counted ones."))
    not_counted = fields.Integer(required=True)


class StoreDetailSchema(StoreSchema):
    today = fields.Nested(TodaySchema, required=True)


@resources.reads("/stores", asks=StoresQuery, sends=StoresSchema, scopes=("read", "provision"))
def list_stores(query: dict[str, Any]) -> dict[str, Any]:
    """The stores that you see, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        stores = places.visible_stores(connection, viewer().place_id, after=after, limit=limit)
        touchpoints = places.touchpoints_of(connection, [store.id for store in stores])
    following = cursors.encode(stores[-1].id) if len(stores) == limit else None
    items = [{**_store(store), "touchpoints": touchpoints[store.id]} for store in stores]
    return {"items": items, "next": following}


@resources.reads("/stores/<int:store_id>", sends=StoreDetailSchema)
def show_store(store_id: int) -> dict[str, Any]:
    """One store, with its touchpoints and its figures of today."""
    with database().connect() as connection:
        store = places.visible_store(connection, viewer().place_id, store_id)
        if store is None:
            abort(404, "There is no such store, or you do not see it.")
        today = now().astimezone(store.zone).date()
        day = store_day(connection, store_id, today, store.zone)
        touchpoints = places.touchpoints(connection, store_id)
    figures = {
        "date": today,
        "index": round(day.index.value, 2) if day.index else None,
        "margin": round(day.index.margin, 2) if day.index else None,
        "ratings": day.tally.total(),
        "not_counted": day.not_counted,
    }
    return {**_store(store), "touchpoints": touchpoints, "today": figures}


def _store(store: places.Store) -> dict[str, Any]:
    return {
        "id": store.id,
        "name": store.name,
        "time_zone": store.zone.key,
        "opening_hours": store.opening_hours,
    }
