"""How a place handles its cases: the ladder with its clocks and limits, and replies for every day."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_next, row_id
from collector.cases.changes.by_clock import look_again
from collector.cases.changes.conditional import no_text
from collector.cases.rules.policy import CasePolicy
from collector.cases.settings import replies
from collector.current import database, now
from collector.places.queries import visible_place
from collector.policies.queries import give_policy, may_give_policy, own_policy, policy_at
from collector.surveys.definition import LANGUAGES

resources = Resources("Rules of cases", "The ladder of a place with its clocks and limits, and its reply templates.")


class CasePolicySchema(Sent):
    policy = fields.Dict(keys=fields.String(), required=True, **about("What holds; what is not said is the default."))
    is_own = fields.Boolean(required=True, **about("The place's own; else that of a place above, or the defaults."))
    version = fields.Integer(required=True, allow_none=True, **about("Of the place's own."))
    author = fields.String(required=True, allow_none=True)
    since = Moment(required=True, allow_none=True)


class NewCasePolicy(Schema):
    policy = fields.Dict(
        keys=fields.String(),
        required=True,
        allow_none=True,
        **about("Steps, channels, limits, as the resource shows them; null: that of the place above from now on."),
    )


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


@resources.reads("/places/<int:place_id>/case-policy", sends=CasePolicySchema)
def show_policy(place_id: int) -> dict[str, Any]:
    """How cases of a place are handled."""
    with database().connect() as connection:
        _visible(connection, place_id)
        return _policy(connection, place_id)


@resources.writes(
    "/places/<int:place_id>/case-policy",
    takes=NewCasePolicy,
    sends=CasePolicySchema,
    method="PUT",
    status=HTTPStatus.OK,
)
def choose_policy(asked: dict[str, Any], place_id: int) -> dict[str, Any]:
    """Have cases of a place and below handled so from now on. The people of a place do not choose their own limits:
    those of a place above do, and those at the top. The same one twice is one version."""
    idempotency_key()
    with database().begin() as connection:
        _visible(connection, place_id)
        if not may_give_policy(connection, viewer().place_id, place_id):
            abort(403, "The place above says how cases are handled here.")
        own = own_policy(connection, place_id, "cases")
        before = msgspec.convert(own.definition, CasePolicy | None) if own else None
        try:
            wanted = None if asked["policy"] is None else _checked(asked["policy"])
        except ValueError as problem:
            abort(422, f"This is no policy of cases: {problem}")
        if before != wanted:
            give_policy(connection, place_id, "cases", wanted, viewer().name)
            look_again(connection, place_id, now())
        return _policy(connection, place_id)


@resources.reads("/reply-templates", asks=ReplyTemplatesQuery, sends=ReplyTemplatesSchema)
def list_templates(query: dict[str, Any]) -> dict[str, Any]:
    """What is offered to whoever writes to a customer at a place."""
    place_id = query.get("place", viewer().place_id)
    with database().connect() as connection:
        _visible(connection, place_id)
        return {"items": replies.offered(connection, place_id), "next": None}


@resources.writes("/places/<int:place_id>/reply-templates", takes=NewReplyTemplate, sends=ReplyTemplateSchema)
def add_template(asked: dict[str, Any], place_id: int) -> dict[str, Any]:
    """Offer a reply at a place and below; the same one twice is one."""
    idempotency_key()
    with database().begin() as connection:
        _visible(connection, place_id)
        template_id = replies.add(connection, place_id, asked["name"], asked["text"])
    return {"id": template_id, "place_id": place_id, **asked}


@resources.writes(
    "/reply-templates/<int:template_id>", sends=ReplyTemplatesSchema, method="DELETE", status=HTTPStatus.OK
)
def retire_template(template_id: int) -> dict[str, Any]:
    """Offer a reply no longer; it stays in the cases in which it was written."""
    idempotency_key()
    with database().begin() as connection:
        if not replies.retire(connection, viewer().place_id, template_id, now()):
            abort(404, "There is no such template at your place or below.")
        return {"items": replies.offered(connection, viewer().place_id), "next": None}


def _checked(asked: dict[str, Any]) -> CasePolicy:
    policy = msgspec.convert(asked, CasePolicy)
    if unknown := _unknown(asked, msgspec.to_builtins(policy)):
        raise ValueError(f"it has no `{unknown}`")  # a word that is spelled wrongly is not passed over
    if any(no_text(words) for words in _strings(asked)):
        raise ValueError("it holds what is no text: a NUL character, or half of a surrogate pair")
    return policy


def _strings(asked: Any) -> Iterator[str]:
    """All that is written in it."""
    match asked:
        case str():
            yield asked
        case dict():
            yield from _strings([*asked.values()])
        case list():
            for each in asked:
                yield from _strings(each)


def _unknown(asked: Any, understood: Any) -> str | None:
    """The first name that has no meaning."""
    match asked, understood:
        case dict(), dict():
            inside = (_unknown(value, understood[name]) for name, value in asked.items() if name in understood)
            own = (str(name) for name in asked if name not in understood)
            return next(own, None) or next(filter(None, inside), None)
        case list(), list() | tuple():
            return next(filter(None, map(_unknown, asked, understood)), None)
    return None


def _policy(connection: Connection, place_id: int) -> dict[str, Any]:
    own = own_policy(connection, place_id, "cases")
    is_own = own is not None and own.definition is not None
    return {
        "policy": msgspec.to_builtins(policy_at(connection, place_id, "cases", CasePolicy)),
        "is_own": is_own,
        "version": own.version if own and is_own else None,
        "author": own.author if own and is_own else None,
        "since": own.created_at if own and is_own else None,
    }


def _visible(connection: Connection, place_id: int) -> None:
    if visible_place(connection, viewer().place_id, place_id) is None:
        abort(404, "There is no such place, or you do not see it.")
