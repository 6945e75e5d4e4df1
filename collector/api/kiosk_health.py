"""How a kiosk was over time, and what a technician should visit."""

from typing import Any

from marshmallow import Schema, fields, validate

from collector.accounts.viewer import viewer
from collector.api.resources import Resources
from collector.api.schemas import Moment, Sent, about, row_id
from collector.current import database, now
from collector.fleet.asked import visible
from collector.fleet.health.history import history_of
from collector.fleet.health.rules import Forecast, Unknown
from collector.fleet.visits.facts import facts
from collector.fleet.visits.rules import Bring, Kind, visits
from collector.fleet.visits.words import reason_words

resources = Resources("Health of kiosks", "How each was over time, when its battery will end, and what to visit.")


class KioskHealthQuery(Schema):
    days = fields.Integer(load_default=7, validate=validate.Range(1, 90), **about("How far back, 1 … 90."))


class KioskHourSchema(Sent):
    hour = Moment(required=True, **about("It begins then."))
    battery = fields.Integer(required=True, allow_none=True, **about("mV"))
    signal = fields.Integer(required=True, allow_none=True, **about("dBm"))
    depth = fields.Integer(required=True, allow_none=True, **about("Records not confirmed; null: it said nothing."))
    oldest = fields.Integer(required=True, allow_none=True, **about("Age of the oldest of them, ms."))
    clock = fields.Integer(required=True, allow_none=True, **about("By how much its clock was put right last, ms."))
    firmware = fields.String(required=True, allow_none=True)
    release = fields.Integer(required=True, allow_none=True)
    boots = fields.Integer(required=True, **about("Starts within the hour, by its own journal."))
    reset = fields.Integer(required=True, allow_none=True, **about("Cause of the last of them, as in the protocol."))


class KioskStartSchema(Sent):
    at = Moment(required=True)
    cause = fields.Integer(
        required=True, **about("0: unknown, 1: power, 2: watchdog, 3: software, 4: it woke.", example=2)
    )


class BatteryEndSchema(Sent):
    known = fields.Boolean(required=True, **about("Whether its end can be told."))
    why = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(list(Unknown)), **about("Why not; null where it can.")
    )
    ends = Moment(required=True, allow_none=True)
    earliest = Moment(required=True, allow_none=True, **about("Nine times of ten between earliest and latest."))
    latest = Moment(required=True, allow_none=True, **about("Null: it may as well last."))
    empty = fields.Integer(required=True, **about("mV at which it is as good as empty."))


class KioskHealthSchema(Sent):
    kiosk = fields.String(required=True)
    hours = fields.List(
        fields.Nested(KioskHourSchema), required=True, **about("The last status of each hour, oldest first.")
    )
    starts = fields.List(fields.Nested(KioskStartSchema), required=True, **about("The last 20, newest first."))
    battery = fields.Nested(BatteryEndSchema, required=True)


class VisitsQuery(Schema):
    store = row_id("Only this store.")


class VisitReasonSchema(Sent):
    kind = fields.String(required=True, validate=validate.OneOf(list(Kind)))
    device = fields.String(required=True, allow_none=True, **about("Kiosk or printer; null: the whole store."))
    since = Moment(required=True, allow_none=True)
    words = fields.String(required=True, **about("A sentence."))


class VisitSchema(Sent):
    store = fields.Integer(required=True, attribute="store_id")
    name = fields.String(required=True, attribute="store")
    reasons = fields.List(fields.Nested(VisitReasonSchema), required=True, **about("The worst first."))
    bring = fields.List(fields.String(validate=validate.OneOf(list(Bring))), required=True)


class VisitsSchema(Sent):
    items = fields.List(fields.Nested(VisitSchema), required=True, **about("Stores, the worst first."))


@resources.reads("/kiosks/<kiosk_id>/health", asks=KioskHealthQuery, sends=KioskHealthSchema)
def show_health(query: dict[str, Any], kiosk_id: str) -> dict[str, Any]:
    """How a kiosk was, hour by hour, and when its battery will end."""
    with database().connect() as connection:
        history = history_of(connection, visible(connection, kiosk_id), query["days"], now())
    end = history.battery
    known = end if isinstance(end, Forecast) else None
    return {
        "kiosk": kiosk_id,
        "hours": history.hours,
        "starts": history.starts,
        "battery": {
            "known": known is not None,
            "why": end if isinstance(end, Unknown) else None,
            "ends": known and known.ends,
            "earliest": known and known.earliest,
            "latest": known and known.latest,
            "empty": history.empty,
        },
    }


@resources.reads("/visits", asks=VisitsQuery, sends=VisitsSchema)
def list_visits(query: dict[str, Any]) -> dict[str, Any]:
    """What a technician should visit, with the reasons and what to bring."""
    with database().connect() as connection:
        known = facts(connection, viewer().place_id, now(), store_id=query.get("store"))
    return {
        "items": [
            {
                "store_id": visit.store_id,
                "store": visit.store,
                "bring": visit.bring,
                "reasons": [
                    {
                        "kind": reason.kind,
                        "device": reason.device,
                        "since": reason.since,
                        "words": reason_words(reason, visit.zone),
                    }
                    for reason in visit.reasons
                ],
            }
            for visit in visits(known, now())
        ]
    }
