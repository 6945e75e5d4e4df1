"""Kiosks: where each stands, how it is, and whether all that it recorded has arrived."""

from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Moment, Sent, about, page_after, page_limit, page_next, row_id
from collector.current import database, now
from collector.fleet.asked import visible
from collector.fleet.condition import State
from collector.fleet.life import Life, Why
from collector.fleet.queries import Kiosk, visible_kiosks
from collector.ingest import completeness

resources = Resources("Kiosks", "Where each stands, how it is, and whether all that it recorded has arrived.")


class KiosksQuery(Schema):
    after = page_after(str, default=("",))
    limit = page_limit()
    store = row_id("Only kiosks that stand in this store.")


class ConditionSchema(Sent):
    state = fields.String(required=True, validate=validate.OneOf(list(State)))
    at = Moment(required=True, allow_none=True, **about("Heard last at; with asleep: until."))


class KioskSchema(Sent):
    id = fields.String(required=True)
    life = fields.String(
        required=True,
        validate=validate.OneOf(list(Life)),
        **about("made: no board has its secret yet; enrolled: never heard; active; silent; retired."),
    )
    state = fields.String(required=True, validate=validate.OneOf(["enrolled", "retired"]))
    condition = fields.Nested(ConditionSchema, required=True)
    enrolled_at = Moment(required=True)
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.String(required=True)
    touchpoint_id = fields.Integer(required=True)
    board = fields.String(required=True, allow_none=True, **about("As it says itself, else as it was provisioned."))
    serial = fields.String(required=True, allow_none=True, **about("Of its chip, as it was provisioned."))
    accepted = fields.Boolean(
        required=True,
        allow_none=True,
        attribute="passed",
        **about("Whether it passed its newest acceptance test; null: it was never tested."),
    )
    retired_at = Moment(required=True, allow_none=True)
    retired_why = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(Why)))
    replaced_by = fields.String(required=True, allow_none=True, **about("The kiosk that stands in its place."))
    settings_wanted = fields.Integer(required=True, **about("Version that it should have."))
    settings_reported = fields.Integer(required=True, allow_none=True, **about("Version that it says it has."))
    release_wanted = fields.Integer(required=True, allow_none=True, **about("Number of the release it is offered."))
    release_reported = fields.Integer(
        required=True,
        allow_none=True,
        **about("Number of the release it runs; 0: what a technician installed; null: it does not say."),
    )
    health = fields.Dict(keys=fields.String(), required=True, **about("As it reported it."))


class KiosksSchema(Sent):
    items = fields.List(fields.Nested(KioskSchema), required=True)
    next = page_next()


class EpochSchema(Sent):
    epoch = fields.Integer(required=True)
    opened_at = Moment(required=True)
    recorded = fields.Integer(required=True, **about("Last seq that the kiosk is known to have recorded."))
    received = fields.Integer(required=True, **about("Everything up to this seq is committed."))
    stored = fields.Integer(required=True)
    put_aside = fields.Integer(required=True)
    lost = fields.Integer(required=True, **about("Declared lost."))
    on_its_way = fields.Integer(required=True, **about("Recorded and not yet received."))


class EpochDaySchema(Sent):
    epoch = fields.Integer(required=True)
    day = fields.Date(required=True, **about("Of the store where the kiosk stands."))
    recorded = fields.Integer(required=True, **about("As of the end of the day."))
    received = fields.Integer(required=True, **about("As of the end of the day."))
    stored = fields.Integer(required=True, **about("On this day."))
    put_aside = fields.Integer(required=True, **about("On this day."))
    lost = fields.Integer(required=True, **about("On this day."))


class CompletenessSchema(Sent):
    kiosk = fields.String(required=True)
    epochs = fields.List(fields.Nested(EpochSchema), required=True, **about("Newest first."))
    days = fields.List(fields.Nested(EpochDaySchema), required=True, **about("Newest first."))


@resources.reads("/kiosks", asks=KiosksQuery, sends=KiosksSchema, scopes=("read", "provision"))
def list_kiosks(query: dict[str, Any]) -> dict[str, Any]:
    """The kiosks that stand where you see them, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        kiosks = visible_kiosks(
            connection, viewer().place_id, now(), store_id=query.get("store"), after=after, limit=limit
        )
    return {"items": kiosks, "next": cursors.encode(kiosks[-1].id) if len(kiosks) == limit else None}


@resources.reads("/kiosks/<kiosk_id>", sends=KioskSchema, scopes=("read", "provision"))
def show_kiosk(kiosk_id: str) -> Kiosk:
    """One kiosk: where it stands and how it is."""
    with database().connect() as connection:
        return visible(connection, kiosk_id)


@resources.reads("/kiosks/<kiosk_id>/completeness", sends=CompletenessSchema)
def show_completeness(kiosk_id: str) -> dict[str, Any]:
    """Recorded against received: per journal, and per day of the store."""
    with database().connect() as connection:
        visible(connection, kiosk_id)
        return {
            "kiosk": kiosk_id,
            "epochs": completeness.of_journals(connection, kiosk_id),
            "days": completeness.by_day(connection, kiosk_id),
        }


def enrolled(connection: Connection, kiosk_id: str) -> Kiosk:
    """The same, where it can still be told something."""
    kiosk = visible(connection, kiosk_id)
    if kiosk.state != "enrolled":
        abort(409, "This kiosk is retired: it hears nothing any more.")
    return kiosk
