"""Slips: a link for one customer, on paper or on a till's own display; and print jobs, what became of each slip."""

import base64
import contextlib
from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection, select

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, page_next, row_id
from collector.current import database, now, settings
from collector.places.queries import touchpoints, visible_store
from collector.queue.queries import resolve_unknown
from collector.queue.tables import STATES
from collector.slips import queries
from collector.slips.review import Issued, issue_review_slip, issued_under
from collector.slips.spool import print_again
from collector.slips.svg import svg
from collector.slips.tables import printer
from printer.escpos import part
from printer.profiles import PROFILES, Profile, profile_of
from printer.qr import png, symbol
from printer.slip import LANGUAGES, Slip, TooLong

resources = Resources("Slips", "Review slips with a link for one customer, and the printers' work.")

#: Longest reference, characters.
LONGEST_REFERENCE = 100
#: The kind of printer that asks least: what it prints, all do.
_ANY = "other-58"


class NewSlip(Schema):
    store = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    printer = fields.Integer(
        allow_none=True,
        validate=validate.Range(1, 2**31 - 1),
        **about("Of that store; without it, the store's only one; null: print nothing, make the link alone."),
    )
    reference = Text(LONGEST_REFERENCE, **about("The receipt's number at the till."))
    touchpoint = row_id("Of that store: where the customer gets it.")
    language = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(LANGUAGES),
        **about("Of the slip's words; without it, as the store's slips are."),
    )
    profile = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(list(PROFILES)),
        **about(f"For which kind of printer `qr.escpos` is; without it, that of the printer, or {_ANY}."),
    )


class QrSchema(Sent):
    svg = fields.String(required=True, **about("A picture of the link's QR code, with its quiet zone."))
    png = fields.String(required=True, **about("The same in dots, six a module: the bytes of a PNG file, in base64."))
    escpos = fields.String(
        required=True,
        allow_none=True,
        **about(
            "The slip as ESC/POS, in base64, for the end of a receipt that the till prints itself: send it just before"
            " your cut. It resets nothing and cuts nothing; it leaves the text small and centred, so begin the next"
            " receipt with a reset (ESC @). null: the link is too long for that paper."
        ),
    )


class SlipSchema(Sent):
    code = fields.String(required=True, **about("28 letters. One customer answers with it, once."))
    link = fields.String(required=True, **about("What the QR code carries."))
    qr = fields.Nested(QrSchema, required=True)
    print_job = fields.Integer(required=True, allow_none=True, **about("Id; null where nothing is printed."))


class PrintJobsQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only those of this store's printers.")
    state = fields.String(validate=validate.OneOf(STATES), **about("Only those in this state."))


class PrintJobSchema(Sent):
    id = fields.Integer(required=True)
    store = fields.Integer(required=True, attribute="printer.store_id")
    printer = fields.Integer(required=True, attribute="printer.id")
    kind = fields.String(required=True, validate=validate.OneOf(queries.PAPERS), **about("What is on the paper."))
    link = fields.String(
        required=True, allow_none=True, attribute="slip.link", dump_default=None, **about("What the code leads to.")
    )
    reference = fields.String(required=True, allow_none=True, attribute="slip.reference", dump_default=None)
    copy = fields.Boolean(
        required=True, attribute="slip.copy", dump_default=False, **about("Printed again, and marked so.")
    )
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        **about("unknown: it has left, and nobody knows whether it was printed; look at the printer and resolve it."),
    )
    outcome = fields.String(required=True, allow_none=True, **about("Why it waits, failed or is unsure; who looked."))
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)


class PrintJobsSchema(Sent):
    items = fields.List(fields.Nested(PrintJobSchema), required=True)
    next = page_next()


class Look(Schema):
    printed = fields.Boolean(required=True, **about("What somebody who looked at the printer found."))


@resources.writes("/slips", right="act", takes=NewSlip, sends=SlipSchema)
def issue(asked: dict[str, Any]) -> Any:
    """A new link for one customer, and its slip on its way to a printer. With the same `Idempotency-Key` it is one
    slip, however often it is sent: 201, and 200 for a repeat."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        store = visible_store(connection, viewer().place_id, asked["store"])
        if store is None:
            abort(422, "There is no such store, or you do not see it.")
        issued = issued_under(connection, settings(), store.id, key)
        if issued is None:
            issued = _issue(connection, asked, store.id, key)
        elif not _is_same(issued, asked):
            abort(422, "This Idempotency-Key was used for another slip. Take a new key for a new slip.")
        profile = _profile(connection, asked["profile"], issued.printer_id)
    slip = issued.slip
    code = symbol(slip.link)
    pictures = {"svg": svg(code), "png": _base64(png(code)), "escpos": _escpos(slip, profile)}
    answer = {"code": issued.code, "link": slip.link, "qr": pictures, "print_job": issued.job_id}
    return answer, HTTPStatus.CREATED if issued.is_new else HTTPStatus.OK


def _is_same(issued: Issued, asked: dict[str, Any]) -> bool:
    """Whether what was issued under a key is what is asked for again; who named no printer had the only one then."""
    printer_is_same = asked["printer"] == issued.printer_id if "printer" in asked else issued.printer_id is not None
    return (
        printer_is_same
        and asked["reference"] == issued.slip.reference
        and asked.get("touchpoint") == issued.touchpoint_id
        and asked["language"] in {None, issued.slip.language}
    )


def _issue(connection: Connection, asked: dict[str, Any], store_id: int, key: str) -> Issued:
    printer_id = asked["printer"] if "printer" in asked else _only_printer(connection, store_id)
    touchpoint_id = asked.get("touchpoint")
    if touchpoint_id is not None and touchpoint_id not in {each.id for each in touchpoints(connection, store_id)}:
        abort(422, "That store has no such touchpoint.")
    try:
        return issue_review_slip(
            connection,
            settings(),
            store_id,
            printer_id,
            key=key,
            now=now(),
            reference=asked["reference"],
            touchpoint_id=touchpoint_id,
            language=asked["language"],
        )
    except LookupError:
        abort(422, "That store has no such printer.")


def _only_printer(connection: Connection, store_id: int) -> int:
    printers = queries.visible_printers(connection, viewer().place_id, now(), store_id=store_id)
    if len(printers) != 1:
        abort(422, f"That store has {len(printers)} printers: name one, or null for the link alone.")
    return printers[0].id


def _profile(connection: Connection, asked: str | None, printer_id: int | None) -> Profile:
    """The kind of printer that a till's bytes are for."""
    if asked is None and printer_id is not None:
        found = connection.execute(select(printer).where(printer.c.id == printer_id)).one()
        # A kind that nobody knows any more is told of where the slip is printed.
        with contextlib.suppress(LookupError):
            return profile_of(found.profile, found.code_page)
    return PROFILES[asked or _ANY]


def _escpos(slip: Slip, profile: Profile) -> str | None:
    try:
        return _base64(part(slip, profile))
    except TooLong:
        return None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@resources.reads("/print-jobs", asks=PrintJobsQuery, sends=PrintJobsSchema)
def list_print_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """The slips of the printers that you see, by id."""
    (after,), limit = query["after"], query["limit"]
    states = [query["state"]] if "state" in query else []
    with database().connect() as connection:
        printers = queries.visible_printers(
            connection, viewer().place_id, now(), store_id=query.get("store"), with_retired=True
        )
        found = queries.in_order(connection, printers, states=states, after=after, limit=limit)
    return {"items": found, "next": cursors.encode(found[-1].id) if len(found) == limit else None}


@resources.reads("/print-jobs/<int:job_id>", sends=PrintJobSchema)
def show_print_job(job_id: int) -> queries.PrintJob:
    """What became of one slip."""
    with database().connect() as connection:
        return _visible(connection, job_id)


@resources.writes(
    "/print-jobs/<int:job_id>/resolve", right="act", takes=Look, sends=PrintJobSchema, status=HTTPStatus.OK
)
def resolve(asked: dict[str, Any], job_id: int) -> queries.PrintJob:
    """Say what became of a slip that is `unknown`. Nothing is printed by this, and saying the same again is well."""
    with database().begin() as connection:
        _visible(connection, job_id)
        done = resolve_unknown(connection, job_id, viewer().name, printed=asked["printed"], now=now())
        job = _visible(connection, job_id)
    if not done and job.state != ("done" if asked["printed"] else "failed"):
        abort(409, f"Only a slip that is unknown is resolved; this one is {job.state}.")
    return job


@resources.writes("/print-jobs/<int:job_id>/reprint", right="act", sends=PrintJobSchema)
def reprint(job_id: int) -> queries.PrintJob:
    """Print a slip once more, marked as a copy; once for the same `Idempotency-Key`."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        if _visible(connection, job_id).finished_at is None:
            abort(409, "This slip has yet to be printed.")
        try:
            return _visible(connection, print_again(connection, job_id, key=key, now=now()))
        except LookupError:
            abort(409, "Its printer was taken away.")


def _visible(connection: Connection, job_id: int) -> queries.PrintJob:
    job = queries.visible_print_job(connection, viewer().place_id, job_id, now())
    if job is None:
        abort(404, "There is no such print job, or you do not see it.")
    return job
