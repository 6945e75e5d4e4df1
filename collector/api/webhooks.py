"""Webhooks: other systems that are told what happens, and what became of each delivery."""

from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import Connection, Row

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, page_next
from collector.current import database, settings
from collector.notify import webhooks
from collector.notify.events import target_of
from collector.notify.signature import secret_of
from collector.queue.queries import find_jobs
from collector.queue.tables import STATES

resources = Resources("Webhooks", "Other systems that are told what happens to cases (docs/central-queue.md).")

_IS_OFF = "This webhook is switched off. A replay switches it on again."


def _address(url: str) -> None:
    try:
        webhooks.check_url(url)
    except ValueError as problem:
        raise ValidationError(str(problem)) from problem


class WebhooksQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()


class NewWebhook(Schema):
    url = Text(2000, checks=[_address], required=True, **about("https://…"))
    place = fields.Integer(
        validate=validate.Range(1, 2**31 - 1), **about("It hears of this place and all below; without it, of yours.")
    )


class WebhookSchema(Sent):
    id = fields.Integer(required=True)
    url = fields.String(required=True)
    place = fields.Integer(required=True, attribute="place_id")
    active = fields.Boolean(required=True, **about("false: it was switched off, by you or by its receiver's 410."))
    secret_number = fields.Integer(required=True, **about("Counts the secrets that it has had."))
    created_at = Moment(required=True)


class WebhookWithSecretSchema(WebhookSchema):
    secret = fields.String(required=True, **about("For its receiver. It is shown now and never again."))


class WebhooksSchema(Sent):
    items = fields.List(fields.Nested(WebhookSchema), required=True)
    next = page_next()


class DeliveriesQuery(WebhooksQuery):
    state = fields.String(validate=validate.OneOf(STATES), **about("Only these; `failed` are the dead letters."))


class DeliverySchema(Sent):
    event = fields.String(required=True, attribute="payload.event", **about("Id of the event."))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    attempts = fields.Integer(required=True)
    outcome = fields.String(required=True, allow_none=True, **about("What the last try that failed met with."))
    due_at = Moment(required=True, **about("Not sent before."))
    finished_at = Moment(required=True, allow_none=True)


class DeliveriesSchema(Sent):
    items = fields.List(fields.Nested(DeliverySchema), required=True)
    next = page_next()


class Replay(Schema):
    event = Text(200, **about("Only this event, even if it was delivered; without it, all dead letters."))


class ReplayedSchema(Sent):
    queued = fields.Integer(required=True, **about("How many are sent again."))


@resources.reads("/webhooks", right="admin", asks=WebhooksQuery, sends=WebhooksSchema)
def list_webhooks(query: dict[str, Any]) -> dict[str, Any]:
    """The webhooks of the places that you see, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        rows = webhooks.visible_webhooks(connection, viewer().place_id, after=after, limit=limit)
    return {"items": rows, "next": cursors.encode(rows[-1].id) if len(rows) == limit else None}


@resources.writes("/webhooks", right="admin", takes=NewWebhook, sends=WebhookWithSecretSchema)
def make_webhook(asked: dict[str, Any]) -> dict[str, Any]:
    """Tell another system. Take the secret to it: it is shown this once."""
    url, place_id = asked["url"], asked.get("place", viewer().place_id)
    with database().begin() as connection:
        if not webhooks.may_hear_of(connection, viewer().place_id, place_id):
            abort(422, "There is no such place, or you do not see it.")
        made = webhooks.make_webhook(connection, url, place_id, idempotency_key())
    if (made.url, made.place_id) != (url, place_id):
        abort(422, "This Idempotency-Key was used for another webhook. Take a new key for a new request.")
    return _with_secret(made)


@resources.reads("/webhooks/<int:webhook_id>", right="admin", sends=WebhookSchema)
def show_webhook(webhook_id: int) -> Row[Any]:
    """One webhook."""
    with database().connect() as connection:
        return _webhook(connection, webhook_id)


@resources.writes(
    "/webhooks/<int:webhook_id>", right="admin", method="DELETE", sends=WebhookSchema, status=HTTPStatus.OK
)
def switch_off(webhook_id: int) -> Row[Any]:
    """Tell it nothing more. It stays in the list, with what became of its deliveries."""
    with database().begin() as connection:
        _webhook(connection, webhook_id)
        webhooks.switch_off(connection, webhook_id, webhooks.SWITCHED_OFF, by=viewer().name)
        return _webhook(connection, webhook_id)


@resources.writes(
    "/webhooks/<int:webhook_id>/rotate", right="admin", sends=WebhookWithSecretSchema, status=HTTPStatus.OK
)
def rotate(webhook_id: int) -> dict[str, Any]:
    """A new secret. Until the next rotation each event is signed with the one before it too."""
    with database().begin() as connection:
        _webhook(connection, webhook_id)
        rotated = webhooks.rotate(connection, webhook_id, idempotency_key())
    if rotated is None:
        abort(409, _IS_OFF)
    return _with_secret(rotated)


@resources.reads("/webhooks/<int:webhook_id>/deliveries", right="admin", asks=DeliveriesQuery, sends=DeliveriesSchema)
def list_deliveries(query: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """What became of each event, oldest first."""
    (after,), limit = query["after"], query["limit"]
    states = [query["state"]] if "state" in query else []
    with database().connect() as connection:
        target = target_of(_webhook(connection, webhook_id).id)
        rows = find_jobs(connection, [target], states=states, after=after, limit=limit)
    return {"items": rows, "next": cursors.encode(rows[-1].id) if len(rows) == limit else None}


@resources.writes(
    "/webhooks/<int:webhook_id>/replay", right="admin", takes=Replay, sends=ReplayedSchema, status=HTTPStatus.OK
)
def replay(asked: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """Send dead letters again, under the same ids; a webhook that was switched off is switched on by it."""
    with database().begin() as connection:
        _webhook(connection, webhook_id)
        return {"queued": webhooks.replay(connection, webhook_id, asked["event"], by=viewer().name)}


def _webhook(connection: Connection, webhook_id: int) -> Row[Any]:
    found = webhooks.visible_webhook(connection, viewer().place_id, webhook_id)
    if found is None:
        abort(404, "There is no such webhook, or you do not see it.")
    return found


def _with_secret(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "secret": secret_of(settings().secret("webhooks"), row.id, row.secret_number)}
