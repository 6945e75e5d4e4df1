"""A customer's data: given to them, or erased; and who did so."""

from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.addresses import NoAddress
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, row_id
from collector.audit.log import ACTIONS, entries
from collector.current import database, now, settings
from collector.personal import erase as erasing
from collector.personal import export as exporting
from collector.personal.find import LONGEST
from collector.personal.person import Person, somebody, visible_customer_of

resources = Resources("Personal data", "What is kept of a customer: to be given to them, or erased. Scope `personal`.")


class Whom(Schema):
    """One of the two. In the body: neither belongs into an address."""

    contact = Text(LONGEST, **about("An e-mail address or a telephone number: all that belongs to it."))
    case = row_id("The number of a case: what belongs to this case.")

    @validates_schema
    def _one_of_them(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("contact") is None) == (data.get("case") is None):
            raise ValidationError("Name a contact or a case, and not both.")


class ExportSchema(Sent):
    exported_at = fields.String(required=True)
    answers = fields.List(fields.Dict(), required=True)
    cases = fields.List(fields.Dict(), required=True, **about("With the content of attachments in base64."))
    messages = fields.List(fields.Dict(), required=True)
    consents = fields.List(fields.Dict(), required=True)
    refusals = fields.List(fields.Dict(), required=True)


class ErasedSchema(Sent):
    """How many of each were erased; all 0 where nothing was left."""

    contacts = fields.Integer(required=True)
    comments = fields.Integer(required=True, **about("Comments, notes and references to other systems."))
    attachments = fields.Integer(required=True)
    messages = fields.Integer(required=True)
    consents = fields.Integer(required=True, **about("Withdrawn."))


class AuditQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    action = fields.String(validate=validate.OneOf(ACTIONS))


class EntrySchema(Sent):
    id = fields.Integer(required=True)
    at = Moment(required=True)
    who = fields.String(required=True, **about("An account, a token, or `the customer`."))
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    subject = fields.String(required=True, **about("`cases/184`, `answers/12`, …"))
    place = fields.Integer(required=True, attribute="place_id")
    detail = fields.Raw(required=True, allow_none=True, **about("What was and what is, how somebody came in …"))


class AuditSchema(Sent):
    items = fields.List(fields.Nested(EntrySchema), required=True)
    next = fields.String(required=True, **about("Ask with it again for newer entries."))


@resources.writes(
    "/people/export", right="personal", takes=Whom, sends=ExportSchema, scope="personal", status=HTTPStatus.OK
)
def export(asked: dict[str, Any]) -> dict[str, Any]:
    """All that is kept of a customer at the places that you see. That you asked is written down."""
    with database().begin() as connection:
        return exporting.export(connection, _person(connection, asked), viewer().name, now())


@resources.writes(
    "/people/erase", right="personal", takes=Whom, sends=ErasedSchema, scope="personal", status=HTTPStatus.OK
)
def erase(asked: dict[str, Any]) -> erasing.Erased:
    """Erase a customer's contacts, words, attachments and messages at the places that you see. Ratings stay. Repeating
    it erases what has come since, if anything has."""
    with database().begin() as connection:
        return erasing.erase(connection, settings(), _person(connection, asked), viewer().name, now())


@resources.reads("/audit", right="people", asks=AuditQuery, sends=AuditSchema)
def list_entries(query: dict[str, Any]) -> dict[str, Any]:
    """Who came in, saw a customer's contact, changed settings, and so on, oldest first."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        found = entries(connection, viewer().place_id, action=query.get("action"), after=after, limit=limit)
    return {"items": found, "next": cursors.encode(found[-1].id if found else after)}


def _person(connection: Connection, asked: dict[str, Any]) -> Person:
    """Whom a program means; nobody of whom nothing is kept is a person, too, for an address."""
    if asked.get("case") is not None:
        person = visible_customer_of(connection, viewer().place_id, asked["case"])
        return person or abort(404, "There is no such case, or you do not see it.")
    try:
        return somebody(connection, settings(), viewer().place_id, asked["contact"])
    except NoAddress as problem:
        abort(422, str(problem))
