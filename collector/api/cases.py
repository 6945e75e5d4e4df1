"""Cases: which wait, how each stands, and what happened to it. What is done to them is in `case_changes`."""

from datetime import timedelta
from typing import Any, get_args

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, page_next, row_id
from collector.cases import changes, queries, standing
from collector.cases.changes import opening
from collector.cases.rules.clocks import Clock, Clocks
from collector.cases.rules.policy import CaseKind
from collector.cases.tables import STATES
from collector.current import database, now, settings
from collector.ratings.kinds import Channel, word
from collector.surveys.definition import in_language

resources = Resources("Cases", "Customers' problems, on their way up the ladder until they are resolved.")

_STEP = about("How far up the ladder, 0 the first step. Which steps there are, `clocks` says.")
KINDS = get_args(CaseKind)
_CHANNELS = {word(channel): channel for channel in Channel}
#: A number of the house's own rows.
NUMBER = validate.Range(1, 2**31 - 1)


class CasesQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only cases of this store.")
    state = fields.String(validate=validate.OneOf(STATES), **about("Only cases in this state."))
    step = fields.Integer(validate=validate.Range(0, 100), **_STEP)
    kind = fields.String(validate=validate.OneOf(KINDS), **about("Only cases of this kind."))
    channel = fields.String(validate=validate.OneOf(list(_CHANNELS)), **about("Only voices that came in so."))
    responsible = row_id("Only cases for which this account is responsible.")
    overdue = fields.Boolean(load_default=False, **about("Only cases of which a clock has run out."))


class CaseSchema(Sent):
    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    step = fields.Integer(required=True, **_STEP)
    place = fields.Integer(required=True, attribute="place_id", **about("Whose turn it is."))
    place_name = fields.String(required=True, attribute="place")
    due_at = Moment(required=True, allow_none=True, **about("Goes up then; null where it stays."))
    taken_by = fields.String(required=True, allow_none=True)
    responsible = fields.String(required=True, allow_none=True, attribute="account")
    opened_at = Moment(required=True)
    resolved_at = Moment(required=True, allow_none=True)
    root_cause = fields.String(required=True, allow_none=True)
    compensation = fields.Decimal(required=True, allow_none=True, as_string=True)
    merged_into = fields.Integer(required=True, allow_none=True, **about("It goes on as part of this case."))
    external = fields.String(required=True, allow_none=True, **about("Its number in another system."))
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True, **about("Of a case that was opened by hand."))
    alert = fields.Integer(required=True, allow_none=True, attribute="alert_id")
    answer = fields.Integer(required=True, allow_none=True, attribute="answer_id")
    channel = fields.Function(
        lambda case: None if case.channel is None else word(case.channel),
        required=True,
        metadata={"type": ["string", "null"]},
    )
    score = fields.Float(required=True, allow_none=True, **about("0 … 100."))
    reasons = fields.Function(
        lambda case: [in_language(each, "en") for each in case.reasons],
        required=True,
        metadata={"type": "array", "items": {"type": "string"}, "description": "In English, where they have it."},
    )
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
    author = fields.String(required=True, **about("Empty: the customer."))
    comment = fields.String(required=True, allow_none=True)
    step = fields.Integer(required=True, **_STEP)


class CaseEventsSchema(Sent):
    items = fields.List(fields.Nested(CaseEventSchema), required=True)
    next = page_next()


class ClockSchema(Sent):
    minutes = fields.Float(required=True, **about("How long it may take, in the time in which the clock runs."))
    minutes_left = fields.Float(required=True, **about("Below 0: so much too long."))
    due_at = Moment(required=True, allow_none=True, **about("null while the clock stands still."))
    done_at = Moment(required=True, allow_none=True)
    is_paused = fields.Boolean(required=True)
    is_missed = fields.Boolean(required=True)


class ClockPairSchema(Sent):
    first_response = fields.Nested(ClockSchema, required=True)
    resolution = fields.Nested(ClockSchema, required=True)


class RungSchema(Sent):
    step = fields.Integer(required=True, **_STEP)
    place = fields.Integer(required=True, **about("Whose turn it is there."))
    name = fields.String(required=True, **about("Empty where it is called as its place."))
    is_everyone = fields.Boolean(required=True, **about("The last step: all who see the store."))
    is_vacant = fields.Boolean(required=True, **about("Nobody is there, so that cases pass it by."))


class ClocksSchema(Sent):
    staff = fields.Nested(ClockPairSchema, required=True, **about("Of the step on which it stands."))
    customer = fields.Nested(ClockPairSchema, required=True, **about("Against what customers are promised."))
    ladder = fields.List(fields.Nested(RungSchema), required=True)


class NewCase(Schema):
    store = fields.Integer(required=True, validate=NUMBER)
    touchpoint = fields.Integer(load_default=None, allow_none=True, validate=NUMBER, **about("Of that store."))
    kind = fields.String(load_default="complaint", validate=validate.OneOf([kind for kind in KINDS if kind != "alert"]))
    subject = Text(opening.LONGEST_SUBJECT, required=True, **about("What it is about; no names of customers."))


@resources.reads("/cases", right="voices", asks=CasesQuery, sends=CasesSchema)
def list_cases(query: dict[str, Any]) -> dict[str, Any]:
    """The cases that you see, in the order in which they were opened."""
    (after,) = query["after"]
    columns = {"store": "store_id", "state": "state", "step": "step", "kind": "kind", "responsible": "account_id"}
    equals = {column: query[name] for name, column in columns.items() if name in query}
    channel = _CHANNELS[query["channel"]] if "channel" in query else None
    wanted = {"channel": channel, "is_overdue": query["overdue"], **equals}
    with database().connect() as connection:
        found = queries.cases_in_order(connection, viewer().place_id, after=after, limit=query["limit"], **wanted)
    return {"items": found, "next": cursors.encode(found[-1].id if found else after)}


@resources.writes("/cases", right="act", takes=NewCase, sends=CaseSchema)
def open_case(asked: dict[str, Any]) -> queries.Case:
    """Open a case that no answer has opened, once for the same `Idempotency-Key`. What a customer said belongs into
    `/answers`, whose rules open a case by themselves."""
    by = doer()
    with database().begin() as connection:
        try:
            case_id = opening.open_by_hand(
                connection,
                settings(),
                by,
                store_id=asked["store"],
                touchpoint_id=asked["touchpoint"],
                kind=asked["kind"],
                subject=asked["subject"],
            )
        except changes.KeyUsed:
            abort(422, KEY_USED)
        except changes.NotAllowed as problem:
            abort(422, str(problem))
        return visible(connection, case_id)


@resources.reads("/cases/<int:case_id>", right="voices", sends=CaseSchema)
def show_case(case_id: int) -> queries.Case:
    """One case. Whoever wrote it is not named here."""
    with database().connect() as connection:
        return visible(connection, case_id)


@resources.reads("/cases/<int:case_id>/events", right="voices", sends=CaseEventsSchema)
def list_events(case_id: int) -> dict[str, Any]:
    """What happened to a case, from the beginning."""
    with database().connect() as connection:
        visible(connection, case_id)
        return {"items": queries.events(connection, case_id), "next": None}


@resources.reads("/cases/<int:case_id>/clocks", right="voices", sends=ClocksSchema)
def show_clocks(case_id: int) -> dict[str, Any]:
    """How long a case has been and what is left, as staff see it and as its customer counts; and its ladder."""
    with database().connect() as connection:
        visible(connection, case_id)
        stand = standing.look(connection, case_id)
    manned = stand.manned
    return {
        "staff": _pair(stand.staff_clocks(now())),
        "customer": _pair(stand.customer_clocks(now())),
        "ladder": [
            {
                "step": rung.number,
                "place": rung.place_id,
                "name": rung.name,
                "is_everyone": rung.is_everyone,
                "is_vacant": not rung.is_everyone and rung.number not in manned,
            }
            for rung in stand.rungs
        ],
    }


#: Said of a key that came before with something else.
KEY_USED = "This Idempotency-Key was used for another change. Take a new key for a new change."


def doer() -> changes.Doer:
    """Whoever asks, with the key of their request."""
    who = viewer()
    return changes.Doer(who.name, who.place_id, now(), who.account_id, idempotency_key())


def visible(connection: Connection, case_id: int) -> queries.Case:
    """One case, for whoever asks."""
    found = queries.visible_case(connection, viewer().place_id, case_id)
    if found is None:
        abort(404, "There is no such case, or you do not see it.")
    return found


def _pair(clocks: Clocks) -> dict[str, Any]:
    return {"first_response": _clock(clocks.first_response), "resolution": _clock(clocks.resolution)}


def _clock(clock: Clock) -> dict[str, Any]:
    minute = timedelta(minutes=1)
    shown = {"due_at": clock.due_at, "done_at": clock.done_at}
    judged = {"is_paused": clock.is_paused, "is_missed": clock.is_missed}
    return {"minutes": clock.target / minute, "minutes_left": round(clock.left / minute, 2), **shown, **judged}
