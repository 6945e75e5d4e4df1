"""Reply templates: what a place's people can write to a customer without thinking of the words each time."""

from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Sent, Text, about, page_next, row_id
from collector.cases.settings import replies
from collector.current import database, now
from collector.places.queries import visible_place
from collector.surveys.definition import LANGUAGES

resources = Resources("Reply templates", "Replies for every day, which a place offers to its people and those below.")


class ReplyTemplatesQuery(Schema):
    place = row_id("Those that are offered there; without it, at your own place.")


class ReplyTemplateSchema(Sent):
    id = fields.Integer(required=True)
    place = fields.Integer(required=True, attribute="place_id", **about("Offered there and below."))
    name = fields.String(required=True)
    text = fields.Dict(keys=fields.String(), values=fields.String(), required=True, **about("By language."))


class ReplyTemplatesSchema(Sent):
    items = fields.List(fields.Nested(ReplyTemplateSchema), required=True)
    next = page_next()


class NewReplyTemplate(Schema):
    name = Text(replies.LONGEST_NAME, required=True)
    text = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=Text(replies.LONGEST_TEXT, required=True),
        required=True,
        validate=validate.Length(1),
        **about(f"By language; `{replies.STORE}` stands for the store's name."),
    )


@resources.reads("/reply-templates", right="voices", asks=ReplyTemplatesQuery, sends=ReplyTemplatesSchema)
def list_templates(query: dict[str, Any]) -> dict[str, Any]:
    """What is offered to whoever writes to a customer at a place."""
    place_id = query.get("place", viewer().place_id)
    with database().connect() as connection:
        _visible(connection, place_id)
        return {"items": replies.offered(connection, place_id), "next": None}


@resources.writes(
    "/places/<int:place_id>/reply-templates", right="shape", takes=NewReplyTemplate, sends=ReplyTemplateSchema
)
def add_template(asked: dict[str, Any], place_id: int) -> dict[str, Any]:
    """Offer a reply at a place and below; the same one twice is one."""
    idempotency_key()
    with database().begin() as connection:
        _visible(connection, place_id)
        template_id = replies.add(connection, place_id, asked["name"], asked["text"], viewer().name)
    return {"id": template_id, "place_id": place_id, **asked}


@resources.writes(
    "/reply-templates/<int:template_id>",
    right="shape",
    sends=ReplyTemplatesSchema,
    method="DELETE",
    status=HTTPStatus.OK,
)
def retire_template(template_id: int) -> dict[str, Any]:
    """Offer a reply no longer; it stays in the cases in which it was written."""
    idempotency_key()
    with database().begin() as connection:
        if not replies.retire(connection, viewer().place_id, template_id, now(), viewer().name):
            abort(404, "There is no such template at your place or below.")
        return {"items": replies.offered(connection, viewer().place_id), "next": None}


def _visible(connection: Connection, place_id: int) -> None:
    if visible_place(connection, viewer().place_id, place_id) is None:
        abort(404, "There is no such place, or you do not see it.")
