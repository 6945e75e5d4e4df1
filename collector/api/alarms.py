"""Alarms: what is odd about a kiosk, for a person to look at."""

from typing import Any

from marshmallow import Schema, fields, validate

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Moment, Sent, about, page_after, page_limit, page_next, row_id
from collector.current import database
from collector.fleet import alarms
from collector.topics import KIOSK_ID

resources = Resources("Alarms", "What is odd about a kiosk, once a kind and day. Nothing is lost by it.")


class AlarmsQuery(Schema):
    after = page_after(str, str, str, default=None)
    limit = page_limit()
    store = row_id("Only alarms of kiosks that stand in this store.")
    kiosk = fields.String(validate=validate.Regexp(f"^{KIOSK_ID}$"), **about("Only alarms of this kiosk."))


class AlarmSchema(Sent):
    kiosk = fields.String(required=True, attribute="kiosk_id")
    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(alarms.Kind)),
        **about(
            "`clock`: its clock is off. `epochs`: several new journals in a day. `flood`: more messages than are taken"
            " from one kiosk. `foreign`: a journal that is another kiosk's."
        ),
    )
    day = fields.Date(required=True, **about("UTC. With kiosk and kind: which alarm this is, for ever."))
    reason = fields.String(required=True, **about("A sentence."))
    times = fields.Integer(required=True)
    first_at = Moment(required=True)
    last_at = Moment(required=True)
    store = fields.Integer(required=True, attribute="store_id", **about("Where the kiosk stands now."))


class AlarmsSchema(Sent):
    items = fields.List(fields.Nested(AlarmSchema), required=True)
    next = page_next()


@resources.reads("/alarms", asks=AlarmsQuery, sends=AlarmsSchema)
def list_alarms(query: dict[str, Any]) -> dict[str, Any]:
    """The alarms of the kiosks that stand where you see them, newest day first.

    One that is raised again keeps its place; `times` and `last_at` move on.
    """
    with database().connect() as connection:
        found = alarms.following(
            connection,
            viewer().place_id,
            after=query["after"],
            limit=query["limit"],
            kiosk_id=query.get("kiosk"),
            store_id=query.get("store"),
        )
    return {"items": found, "next": cursors.encode(*found[-1].key) if len(found) == query["limit"] else None}
