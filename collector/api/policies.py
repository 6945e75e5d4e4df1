"""Policies: how a place has its cases handled, when its customers are written to, when it wants to be alerted."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from flask import abort
from marshmallow import Schema, fields
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.alerts.policy import AlertPolicy
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, about
from collector.cases.changes.by_clock import look_again
from collector.cases.changes.conditional import no_text
from collector.cases.rules.policy import CasePolicy
from collector.contacts.policy import ContactPolicy
from collector.current import database, now
from collector.places.queries import visible_place
from collector.policies.queries import Kind, give_policy, may_give_policy, own_policy, policy_at

SHAPES: Mapping[Kind, type[msgspec.Struct]] = {"cases": CasePolicy, "contacts": ContactPolicy, "alerts": AlertPolicy}
PATH = f"/places/<int:place_id>/policies/<any({', '.join(SHAPES)}):kind>"

resources = Resources(
    "Policies",
    "What holds at a place and below: the ladder of its cases with clocks and limits; when customers are written to "
    "and for what; when it is alerted.",
)


class PolicySchema(Sent):
    policy = fields.Dict(keys=fields.String(), required=True, **about("What holds; what is not said is the default."))
    is_own = fields.Boolean(required=True, **about("The place's own; else that of a place above, or the defaults."))
    version = fields.Integer(required=True, allow_none=True, **about("Of the place's own."))
    author = fields.String(required=True, allow_none=True)
    since = Moment(required=True, allow_none=True)


class NewPolicy(Schema):
    policy = fields.Dict(
        keys=fields.String(),
        required=True,
        allow_none=True,
        **about(
            "As the resource shows it; what is left out is as by default. Null: that of the place above from now on."
        ),
    )


@resources.reads(PATH, right="shape", sends=PolicySchema)
def show_policy(place_id: int, kind: Kind) -> dict[str, Any]:
    """What holds at a place."""
    with database().connect() as connection:
        _visible(connection, place_id)
        return _policy(connection, place_id, kind)


@resources.writes(PATH, right="shape", takes=NewPolicy, sends=PolicySchema, method="PUT", status=HTTPStatus.OK)
def choose_policy(asked: dict[str, Any], place_id: int, kind: Kind) -> dict[str, Any]:
    """Have this hold at a place and below from now on. The people of a place do not choose their own limits: those of a
    place above do, and those at the top. The same one twice is one version."""
    idempotency_key()
    with database().begin() as connection:
        _visible(connection, place_id)
        if not may_give_policy(connection, viewer().place_id, place_id):
            abort(403, "The place above says what holds here.")
        try:
            wanted = None if asked["policy"] is None else _checked(asked["policy"], SHAPES[kind])
        except ValueError as problem:
            abort(422, f"This is no policy of {kind}: {problem}")
        if give_policy(connection, place_id, kind, wanted, viewer().name) and kind == "cases":
            look_again(connection, place_id, now())
        return _policy(connection, place_id, kind)


def _checked(asked: dict[str, Any], shape: type[msgspec.Struct]) -> msgspec.Struct:
    policy = msgspec.convert(asked, shape)
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


def _policy(connection: Connection, place_id: int, kind: Kind) -> dict[str, Any]:
    own = own_policy(connection, place_id, kind)
    is_own = own is not None and own.definition is not None
    return {
        "policy": msgspec.to_builtins(policy_at(connection, place_id, kind, SHAPES[kind])),
        "is_own": is_own,
        "version": own.version if own and is_own else None,
        "author": own.author if own and is_own else None,
        "since": own.created_at if own and is_own else None,
    }


def _visible(connection: Connection, place_id: int) -> None:
    if visible_place(connection, viewer().place_id, place_id) is None:
        abort(404, "There is no such place, or you do not see it.")
