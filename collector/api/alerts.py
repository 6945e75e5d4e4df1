"""Alerts: what is wrong right now at a place, and when a place wants to be alerted."""

from http import HTTPStatus
from typing import Any

import msgspec
from flask import abort
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.alerts import changes, queries
from collector.alerts.policy import AlertPolicy
from collector.alerts.tables import RULES
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, about, page_after, page_limit, page_next, row_id
from collector.current import database, now
from collector.places.queries import visible_place
from collector.policies.queries import give_policy, may_give_policy, own_policy, policy_at

resources = Resources("Alerts", "What is wrong right now. Each opens by a rule, and closes by itself when it is over.")


class AlertsQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only alerts of this store.")
    state = fields.String(validate=validate.OneOf(queries.STATES), **about("Only alerts in this state."))
    rule = fields.String(validate=validate.OneOf(RULES), **about("Only alerts of this rule."))


class AlertSchema(Sent):
    id = fields.Integer(required=True)
    rule = fields.String(required=True, validate=validate.OneOf(RULES))
    subject = fields.String(
        required=True, **about("What it is about: `touchpoint/5`, `store/3`, `kiosk/exit-1`, `printer/2`.")
    )
    state = fields.String(required=True, validate=validate.OneOf(queries.STATES))
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.String(required=True, allow_none=True)
    seen = fields.Dict(
        required=True,
        attribute="data",
        **about(
            "What was seen when it opened, by its rule: counts, thresholds.",
            example={"bad": 5, "count": 8, "percent": 50, "minutes": 15},
        ),
    )
    opened_at = Moment(required=True)
    acknowledged_at = Moment(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    case = fields.Integer(
        required=True,
        allow_none=True,
        attribute="case_id",
        **about("That it opened, or that was open already for its subject."),
    )


class AlertsSchema(Sent):
    items = fields.List(fields.Nested(AlertSchema), required=True)
    next = page_next()


class PolicySchema(Sent):
    policy = fields.Dict(
        required=True,
        **about(
            "What holds: by rule its numbers, null where it is off; `tells`: whether the store's people are written to."
        ),
    )
    own = fields.Boolean(required=True, **about("False: it is that of a place above, or the default."))


def _fits(document: object) -> None:
    try:
        msgspec.convert(document, AlertPolicy | None)
    except msgspec.ValidationError as problem:
        raise ValidationError(str(problem)) from problem


class NewPolicy(Schema):
    policy = fields.Raw(
        required=True,
        allow_none=True,
        validate=_fits,
        **about("As it is read; what is left out is as by default. Null: that of the place above."),
    )


@resources.reads("/alerts", asks=AlertsQuery, sends=AlertsSchema)
def list_alerts(query: dict[str, Any]) -> dict[str, Any]:
    """The alerts that you see, in the order in which they opened."""
    (after,) = query["after"]
    with database().connect() as connection:
        found = queries.in_order(
            connection,
            viewer().place_id,
            after=after,
            limit=query["limit"],
            state=query.get("state"),
            store_id=query.get("store"),
            rule=query.get("rule"),
        )
    return {"items": found, "next": cursors.encode(found[-1].id) if len(found) == query["limit"] else None}


@resources.reads("/alerts/<int:alert_id>", sends=AlertSchema)
def show_alert(alert_id: int) -> queries.Alert:
    """One alert."""
    with database().connect() as connection:
        return _visible(connection, alert_id)


@resources.writes("/alerts/<int:alert_id>/acknowledge", sends=AlertSchema, status=HTTPStatus.OK)
def acknowledge(alert_id: int) -> queries.Alert:
    """Say that you look after an alert; saying it again changes nothing."""
    idempotency_key()
    with database().begin() as connection:
        _visible(connection, alert_id)
        done = changes.acknowledge(connection, alert_id, viewer().name, viewer().place_id, now())
        alert = _visible(connection, alert_id)
    if not done:
        abort(409, "The alert is over." if alert.closed_at else f"{alert.acknowledged_by} looks after it already.")
    return alert


@resources.reads("/places/<int:place_id>/policies/alerts", sends=PolicySchema)
def show_policy(place_id: int) -> dict[str, Any]:
    """When a place wants to be alerted."""
    with database().connect() as connection:
        return _policy(connection, place_id)


@resources.writes(
    "/places/<int:place_id>/policies/alerts", takes=NewPolicy, sends=PolicySchema, method="PUT", status=HTTPStatus.OK
)
def choose_policy(asked: dict[str, Any], place_id: int) -> dict[str, Any]:
    """Say when a place and all below it want to be alerted. People of a place above say so, and those at the top: else
    a store could see to it that nobody hears of it."""
    idempotency_key()
    wanted = None if asked["policy"] is None else msgspec.convert(asked["policy"], AlertPolicy)
    with database().begin() as connection:
        _policy(connection, place_id)
        if not may_give_policy(connection, viewer().place_id, place_id):
            abort(403, "The place above says when you are alerted.")
        own = own_policy(connection, place_id, "alerts")
        stored = None if wanted is None else msgspec.to_builtins(wanted)
        if (own.definition if own else None) != stored:  # a repeat is no new version
            give_policy(connection, place_id, "alerts", wanted, viewer().name)
        return _policy(connection, place_id)


def _policy(connection: Connection, place_id: int) -> dict[str, Any]:
    if visible_place(connection, viewer().place_id, place_id) is None:
        abort(404, "There is no such place, or you do not see it.")
    own = own_policy(connection, place_id, "alerts")
    policy = policy_at(connection, place_id, "alerts", AlertPolicy)
    return {"policy": msgspec.to_builtins(policy), "own": own is not None and own.definition is not None}


def _visible(connection: Connection, alert_id: int) -> queries.Alert:
    found = queries.visible_alert(connection, viewer().place_id, alert_id)
    if found is None:
        abort(404, "There is no such alert, or you do not see it.")
    return found
