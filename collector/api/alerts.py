"""Alerts: what is wrong right now at a place."""

from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.alerts import changes, queries
from collector.alerts.tables import RULES
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, about, page_after, page_limit, page_next, row_id
from collector.current import database, now

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


@resources.writes("/alerts/<int:alert_id>/acknowledge", right="act", sends=AlertSchema, status=HTTPStatus.OK)
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


def _visible(connection: Connection, alert_id: int) -> queries.Alert:
    found = queries.visible_alert(connection, viewer().place_id, alert_id)
    if found is None:
        abort(404, "There is no such alert, or you do not see it.")
    return found
