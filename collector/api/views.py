"""The resources below /api/v1. Each sees what the token's place, or that of the person signed in, sees."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

from flask import Flask, abort
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema

from collector import __version__
from collector.accounts.viewer import database, needs, viewer
from collector.api import cursors, ratings, schemas
from collector.api.problems import MEDIA_TYPE
from collector.fleet import queries as fleet
from collector.insights.queries import store_day
from collector.places import queries as places

P = ParamSpec("P")
R = TypeVar("R")

resources = Blueprint("api", __name__, url_prefix="/api/v1", description="What a place hears, and how its kiosks are.")


def _resource(
    path: str, *, sends: type[Schema], asks: type[Schema] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A resource that can be read: guarded, its query checked, its answer shaped, all of it documented."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        shaped: Callable[P, R] = resources.response(200, sends)(view)
        if asks:
            shaped = resources.arguments(asks, location="query", unknown=RAISE)(shaped)
        guarded: Callable[P, R] = resources.get(path)(needs("read")(shaped))
        return guarded

    return decorate


@_resource("/stores", asks=schemas.StoresQuery, sends=schemas.StoresSchema)
def list_stores(query: dict[str, Any]) -> dict[str, Any]:
    """The stores that you see, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        stores = places.visible_stores(connection, viewer().place_id, after=after, limit=limit)
    following = cursors.encode(stores[-1].id) if len(stores) == limit else None
    return {"items": [_store(store) for store in stores], "next": following}


@_resource("/stores/<int:store_id>", sends=schemas.StoreDetailSchema)
def show_store(store_id: int) -> dict[str, Any]:
    """One store, with its touchpoints and its figures of today."""
    with database().connect() as connection:
        store = places.visible_store(connection, viewer().place_id, store_id)
        if store is None:
            abort(404, "There is no such store, or you do not see it.")
        today = datetime.now(store.zone).date()
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


@_resource("/kiosks", asks=schemas.KiosksQuery, sends=schemas.KiosksSchema)
def list_kiosks(query: dict[str, Any]) -> dict[str, Any]:
    """The kiosks that stand where you see them, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        kiosks = fleet.visible_kiosks(
            connection, viewer().place_id, datetime.now(UTC), store_id=query.get("store"), after=after, limit=limit
        )
    return {"items": kiosks, "next": cursors.encode(kiosks[-1].id) if len(kiosks) == limit else None}


@_resource("/kiosks/<kiosk_id>", sends=schemas.KioskSchema)
def show_kiosk(kiosk_id: str) -> fleet.Kiosk:
    """One kiosk: where it stands and how it is."""
    with database().connect() as connection:
        kiosk = fleet.visible_kiosk(connection, viewer().place_id, kiosk_id, datetime.now(UTC))
    if kiosk is None:
        abort(404, "There is no such kiosk, or you do not see it.")
    return kiosk


@_resource("/kiosks/<kiosk_id>/completeness", sends=schemas.CompletenessSchema)
def show_completeness(kiosk_id: str) -> dict[str, Any]:
    """Recorded against received: per journal, and per day of the store."""
    with database().connect() as connection:
        if fleet.visible_kiosk(connection, viewer().place_id, kiosk_id, datetime.now(UTC)) is None:
            abort(404, "There is no such kiosk, or you do not see it.")
        return {
            "kiosk": kiosk_id,
            "epochs": fleet.completeness(connection, kiosk_id),
            "days": fleet.completeness_by_day(connection, kiosk_id),
        }


@_resource("/ratings", asks=schemas.RatingsQuery, sends=schemas.RatingsSchema)
def list_ratings(query: dict[str, Any]) -> dict[str, Any]:
    """Every rating once, in a fixed order. Keep `next` and ask again: nothing is missed, nothing comes twice."""
    with database().connect() as connection:
        return ratings.page(connection, viewer().place_id, **query)


def add_to(app: Flask) -> None:
    """Put the API and its OpenAPI document into the application."""
    app.config.update(
        API_TITLE="Smilepost",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "`smilepost token` prints one; it has scopes and a place.",
                    }
                }
            },
            "security": [{"token": []}],
        },
    )
    api = Api()
    api.ERROR_SCHEMA = schemas.ProblemSchema
    # Documented failures are problem documents; they are registered by init_app, the other answers after it.
    api.DEFAULT_RESPONSE_CONTENT_TYPE = MEDIA_TYPE
    api.init_app(app)
    api.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"
    api.register_blueprint(resources)
