"""Cases: which wait, how each stands, and what is done to them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, page_next, row_id
from collector.cases import changes, queries
from collector.cases.rules import STEPS
from collector.cases.tables import STATES
from collector.current import database, now, settings
from collector.ratings.kinds import word

resources = Resources("Cases", "Customers' problems, on their way up the ladder until they are resolved.")

_STEP = about("0 the store, 1 the region, 2 the head office.")


class CasesQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only cases of this store.")
    state = fields.String(validate=validate.OneOf(STATES), **about("Only cases in this state."))
    step = fields.Integer(validate=validate.OneOf(STEPS), **_STEP)


class CaseSchema(Sent):
    id = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    step = fields.Integer(required=True, **_STEP)
    place = fields.Integer(required=True, attribute="place_id", **about("Whose turn it is."))
    due_at = Moment(required=True, allow_none=True, **about("Goes up one step then; null where it stays."))
    taken_by = fields.String(required=True, allow_none=True)
    opened_at = Moment(required=True)
    resolved_at = Moment(required=True, allow_none=True)
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.String(required=True, allow_none=True)
    channel = fields.Function(lambda case: word(case.channel), required=True, metadata={"type": "string"})
    score = fields.Float(required=True, allow_none=True, **about("0 … 100."))
    reasons = fields.List(fields.String(), required=True, **about("In English."))
    comment = fields.String(required=True, allow_none=True)


class CasesSchema(Sent):
    items = fields.List(fields.Nested(CaseSchema), required=True)
    next = fields.String(
        required=True,
        **about("Ask with it again for newer cases. What changes in older ones is told by `/cases/feed`."),
    )


class CaseEventSchema(Sent):
    id = fields.Integer(required=True)
    at = Moment(required=True)
    kind = fields.String(required=True)
    author = fields.String(required=True)
    comment = fields.String(required=True, allow_none=True)
    step = fields.Integer(required=True, **_STEP)


class CaseEventsSchema(Sent):
    items = fields.List(fields.Nested(CaseEventSchema), required=True)
    next = page_next()


class Remark(Schema):
    comment = Text(changes.LONGEST_COMMENT, required=True)


@resources.reads("/cases", asks=CasesQuery, sends=CasesSchema)
def list_cases(query: dict[str, Any]) -> dict[str, Any]:
    """The cases that you see, in the order in which they were opened."""
    (after,) = query["after"]
    columns = {"store": "store_id", "state": "state", "step": "step"}
    equals = {column: query[name] for name, column in columns.items() if name in query}
    with database().connect() as connection:
        found = queries.cases_in_order(connection, viewer().place_id, after=after, limit=query["limit"], **equals)
    return {"items": found, "next": cursors.encode(found[-1].id if found else after)}


@resources.reads("/cases/<int:case_id>", sends=CaseSchema)
def show_case(case_id: int) -> queries.Case:
    """One case. Whoever wrote it is not named here."""
    with database().connect() as connection:
        return _visible(connection, case_id)


@resources.reads("/cases/<int:case_id>/events", sends=CaseEventsSchema)
def list_events(case_id: int) -> dict[str, Any]:
    """What happened to a case, from the beginning."""
    with database().connect() as connection:
        _visible(connection, case_id)
        return {"items": queries.events(connection, case_id), "next": None}


@resources.writes("/cases/<int:case_id>/take", sends=CaseSchema, status=HTTPStatus.OK)
def take(case_id: int) -> queries.Case:
    """Take a case that nobody has taken; with the same `Idempotency-Key` it is taken once."""
    return _change(case_id, changes.take)


@resources.writes("/cases/<int:case_id>/comment", takes=Remark, sends=CaseSchema, status=HTTPStatus.OK)
def comment(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Add a remark, which the customer does not see; with the same `Idempotency-Key` it is one remark."""
    return _change(case_id, changes.comment, asked["comment"])


@resources.writes("/cases/<int:case_id>/resolve", takes=Remark, sends=CaseSchema, status=HTTPStatus.OK)
def resolve(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Resolve a case, once for the same `Idempotency-Key`. The customer reads the comment."""
    return _change(case_id, changes.resolve, asked["comment"])


def _change(case_id: int, change: Callable[..., bool], *words: str) -> queries.Case:
    """Change a case as the one who asks; returns how it stands then."""
    key, who = idempotency_key(), viewer()
    with database().begin() as connection:
        _visible(connection, case_id)
        try:
            done = change(connection, settings(), case_id, who.name, who.place_id, now(), *words, key=key)
        except changes.KeyUsed:
            abort(422, "This Idempotency-Key was used for another change. Take a new key for a new change.")
        case = _visible(connection, case_id)
    if not done:
        abort(409, f"Somebody else was first: the case is {case.state} now.")
    return case


def _visible(connection: Connection, case_id: int) -> queries.Case:
    found = queries.visible_case(connection, viewer().place_id, case_id)
    if found is None:
        abort(404, "There is no such case, or you do not see it.")
    return found
