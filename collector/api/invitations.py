"""Invitations: a till, a shop system or a file has a customer asked how it was, under the contact policy."""

from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection, Row

from collector.accounts.viewer import viewer
from collector.addresses import NoAddress, digest, normalised
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about
from collector.contacts.messages import invite
from collector.contacts.queries import STATES, visible_message
from collector.contacts.words import LANGUAGES
from collector.current import database, now, settings
from collector.places.queries import touchpoints, visible_store

resources = Resources("Invitations", "Customers are asked how it was, by mail or text message.")


class NewInvitation(Schema):
    store = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    address = Text(254, required=True, **about("E-mail address, or telephone number, of the store's country or +…"))
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    consent = Text(1000, required=True, **about("The words to which the customer said yes."))
    reference = Text(64, **about("The receipt's number."))
    touchpoint = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 2**31 - 1))


class InvitationSchema(Sent):
    id = fields.Integer(required=True)
    store = fields.Integer(required=True, attribute="store_id")
    channel = fields.String(required=True, validate=validate.OneOf(["email", "sms"]))
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        **about("held: until somebody may be disturbed; refused: the contact policy is against it; then as a job's."),
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        **about("Why it was refused, failed, waits or is unsure, a sentence."),
    )
    held_until = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)


@resources.writes("/invitations", right="act", takes=NewInvitation, sends=InvitationSchema)
def make_invitation(asked: dict[str, Any]) -> dict[str, Any]:
    """Invite one customer, once for the same `Idempotency-Key`. Whether and when they are written to, the contact
    policy says; the link in the message is a receipt's: one answer, for thirty days."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        store = visible_store(connection, viewer().place_id, asked["store"])
        if store is None:
            abort(422, "There is no such store, or you do not see it.")
        if asked["touchpoint"] not in {None, *(each.id for each in touchpoints(connection, store.id))}:
            abort(422, "That store has no such touchpoint.")
        try:
            to = normalised(asked["address"], store.zone)
        except NoAddress as problem:
            abort(422, f"address: {problem}")
        message_id = invite(
            connection,
            settings(),
            store_id=store.id,
            address=asked["address"],
            language=asked["language"],
            consent=asked["consent"],
            reference=asked["reference"],
            touchpoint_id=asked["touchpoint"],
            key=key,
            now=now(),
        )
        made = _visible(connection, message_id)
        if made.digest != digest(settings(), to) or made.language != asked["language"]:
            abort(422, "This Idempotency-Key was used for another invitation. Take a new key for a new one.")
        return _shown(made)


@resources.reads("/invitations/<int:message_id>", right="voices", sends=InvitationSchema)
def show_invitation(message_id: int) -> dict[str, Any]:
    """What became of one invitation."""
    with database().connect() as connection:
        return _shown(_visible(connection, message_id))


def _visible(connection: Connection, message_id: int) -> Row[Any]:
    found = visible_message(connection, viewer().place_id, message_id)
    if found is None or found.purpose != "invitation":
        abort(404, "There is no such invitation, or you do not see it.")
    return found


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "reason": row.refused or row.outcome}
