"""Printers: which there are, and how each is."""

from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Moment, Sent, about, page_after, page_limit, page_next, row_id
from collector.current import database, now
from collector.slips import queries
from collector.slips.addresses import WAYS
from collector.slips.judge import STATES
from printer.profiles import PROFILES

resources = Resources("Printers", "The printers that slips go to, and how each is.")


class PrintersQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only those of this store.")


class PrinterSchema(Sent):
    id = fields.Integer(required=True, attribute="printer.id")
    store = fields.Integer(required=True, attribute="printer.store_id")
    name = fields.String(required=True, attribute="printer.name")
    connection = fields.String(
        required=True,
        attribute="printer.way",
        validate=validate.OneOf(WAYS),
        **about("kiosk: behind a Raspberry Pi; cloudprnt, epson-sdp: it fetches its slips."),
    )
    profile = fields.String(
        required=True, attribute="printer.profile", **about(f"What kind it is: {', '.join(PROFILES)}.")
    )
    state = fields.String(
        required=True,
        attribute="printer.state",
        validate=validate.OneOf(STATES),
        **about("ready, paper_low and mute print; with all others slips wait, until their time is over."),
    )
    seen_at = Moment(required=True, allow_none=True, attribute="printer.seen_at", **about("When it was last heard of."))
    waiting = fields.Integer(required=True, **about("Slips that are still to be printed."))
    unsure = fields.Integer(required=True, **about("Slips that are `unknown`: somebody has to look at the printer."))


class PrintersSchema(Sent):
    items = fields.List(fields.Nested(PrinterSchema), required=True)
    next = page_next()


@resources.reads("/printers", asks=PrintersQuery, sends=PrintersSchema, scopes=("read", "provision"))
def list_printers(query: dict[str, Any]) -> dict[str, Any]:
    """The printers that you see, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        found = queries.visible_printers(
            connection, viewer().place_id, now(), store_id=query.get("store"), after=after, limit=limit
        )
        items = queries.with_jobs(connection, found)
    return {"items": items, "next": cursors.encode(found[-1].id) if len(found) == limit else None}


@resources.reads("/printers/<int:printer_id>", sends=PrinterSchema)
def show_printer(printer_id: int) -> queries.Desk:
    """One printer, and how it is."""
    with database().connect() as connection:
        found = queries.visible_printer(connection, viewer().place_id, printer_id, now())
        if found is None:
            abort(404, "There is no such printer, or you do not see it.")
        return queries.with_jobs(connection, [found])[0]
