"""What becomes of a kiosk: it moves, is replaced, is retired; and its label."""

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import abort, send_file
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from collector.accounts.viewer import viewer
from collector.api.kiosks import KioskSchema
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Text, about
from collector.api.slips import PrintJobSchema
from collector.current import database, now, settings
from collector.fleet.asked import visible
from collector.fleet.life import Why
from collector.fleet.queries import Kiosk
from collector.fleet.registry import changes as registry
from collector.fleet.registry import labels, notes
from collector.fleet.settings.given import CannotSet
from collector.slips.queries import visible_print_job, visible_printers
from collector.topics import KIOSK_ID

resources = Resources("Changes of kiosks", "A kiosk moves, is replaced, is retired; its label.")


def _comment() -> Text:
    return Text(notes.LONGEST, **about("Kept as a note on the kiosk's page."))


class MoveKiosk(Schema):
    touchpoint = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 2**31 - 1), **about("`id` in `touchpoints` of a store.")
    )


class RetireKiosk(Schema):
    why = fields.String(
        required=True, validate=validate.OneOf([each.value for each in Why if each is not Why.REPLACED])
    )
    comment = _comment()


class ReplaceKiosk(Schema):
    by = fields.String(
        required=True,
        validate=validate.Regexp(f"^{KIOSK_ID}\\Z"),
        **about("The kiosk that stands in its place from now on."),
    )
    comment = _comment()


class KioskLabel(Schema):
    printer = fields.Integer(
        validate=validate.Range(1, 2**31 - 1), **about("Of the kiosk's store; without it, the store's only one.")
    )


@resources.writes(
    "/kiosks/<kiosk_id>/move",
    right="fleet",
    takes=MoveKiosk,
    sends=KioskSchema,
    scope="provision",
    status=HTTPStatus.OK,
)
def move(asked: dict[str, Any], kiosk_id: str) -> Kiosk:
    """The kiosk stands at another touchpoint from now on. What it recorded before stays with the old one; it gets the
    settings of the new one."""

    def change(connection: Connection, kiosk: Kiosk) -> None:
        if registry.visible_touchpoint(connection, viewer().place_id, asked["touchpoint"]) is None:
            abort(422, "There is no such touchpoint, or you do not see it.")
        registry.move(connection, settings(), kiosk, asked["touchpoint"], viewer().name)

    return _changed(kiosk_id, change)


@resources.writes(
    "/kiosks/<kiosk_id>/retire",
    right="fleet",
    takes=RetireKiosk,
    sends=KioskSchema,
    scope="provision",
    status=HTTPStatus.OK,
)
def retire(asked: dict[str, Any], kiosk_id: str) -> Kiosk:
    """The kiosk is none of ours any more, for good: its secrets end, the broker cuts it off within a second, and
    whatever it says is not taken. What it sent before stays."""

    def change(connection: Connection, kiosk: Kiosk) -> None:
        registry.retire(connection, kiosk, Why(asked["why"]), asked["comment"], viewer().name, now())

    return _changed(kiosk_id, change)


@resources.writes(
    "/kiosks/<kiosk_id>/replace",
    right="fleet",
    takes=ReplaceKiosk,
    sends=KioskSchema,
    scope="provision",
    status=HTTPStatus.OK,
)
def replace(asked: dict[str, Any], kiosk_id: str) -> Kiosk:
    """Another kiosk takes this one's touchpoint, question and settings. This one is retired, if it is not yet; what it
    recorded stays with the place."""

    def change(connection: Connection, kiosk: Kiosk) -> None:
        by = visible(connection, asked["by"])
        registry.replace(connection, settings(), kiosk, by, asked["comment"], viewer().name, now())

    return _changed(kiosk_id, change)


def _changed(kiosk_id: str, change: Callable[[Connection, Kiosk], None]) -> Kiosk:
    """Change a kiosk that is visible; returns how it is then. A repeat changes nothing."""
    idempotency_key()
    with database().begin() as connection:
        kiosk = visible(connection, kiosk_id)
        try:
            change(connection, kiosk)
        except registry.CannotChange as problem:
            abort(409, str(problem))
        except CannotSet as problem:
            abort(422, str(problem))
        return visible(connection, kiosk_id)


@resources.reads("/kiosks/<kiosk_id>/label.pdf", sends="application/pdf", scopes=("read", "provision"))
def show_label(kiosk_id: str) -> Response:
    """The kiosk's label, 62 × 29 mm, as PDF: its id, where it stands, and a code that leads to its page."""
    with database().connect() as connection:
        kiosk = visible(connection, kiosk_id)
    return send_file(io.BytesIO(labels.pdf_of(kiosk, settings())), "application/pdf", download_name=f"{kiosk_id}.pdf")


@resources.writes("/kiosks/<kiosk_id>/label", right="fleet", takes=KioskLabel, sends=PrintJobSchema, scope="provision")
def print_label(asked: dict[str, Any], kiosk_id: str) -> Any:
    """Print the kiosk's label as a slip, once for the same `Idempotency-Key`: 201, and 200 for a repeat, which tells
    what has become of it."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        kiosk = visible(connection, kiosk_id)
        printers = visible_printers(connection, viewer().place_id, now(), store_id=kiosk.store_id)
        ids = [each.id for each in printers if asked.get("printer") in {None, each.id}]
        if len(ids) != 1:
            abort(422, "That store has no such printer." if "printer" in asked else _which(len(ids)))
        job_id, is_new = labels.print_label(connection, settings(), kiosk, ids[0], key=key, now=now())
        job = visible_print_job(connection, viewer().place_id, job_id, now())
    return job, HTTPStatus.CREATED if is_new else HTTPStatus.OK


def _which(count: int) -> str:
    return f"That store has {count} printers: name one." if count else "That store has no printer: take label.pdf."
