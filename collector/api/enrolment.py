"""Making kiosks of boards: what a technician's tool asks for, with the scope `provision`."""

from http import HTTPStatus
from typing import Any

import msgspec
from flask import abort
from marshmallow import Schema, fields, validate

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.kiosks import KioskSchema, enrolled
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Cursor, Moment, Sent, Text, about, page_after, page_limit, page_next
from collector.current import database, now, settings
from collector.fleet.asked import visible
from collector.fleet.identity import Broker, broker_of, of_installation
from collector.fleet.registry import acceptance
from collector.fleet.registry import changes as registry
from collector.fleet.settings.given import CannotSet
from collector.topics import KIOSK_ID

resources = Resources("Making kiosks", "Enrolment, identity and acceptance test of a kiosk, for a technician's tool.")

#: Steps of an acceptance test at most.
MOST_STEPS = 40


class NewKiosk(Schema):
    kiosk = fields.String(
        load_default=None,
        validate=validate.Regexp(f"^{KIOSK_ID}\\Z"),
        **about("Small letters, digits and hyphens; without it, by store and touchpoint, with the next free number."),
    )
    touchpoint = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 2**31 - 1), **about("`id` in `touchpoints` of a store.")
    )
    board = Text(40, **about("For example pico_w."))
    serial = Text(64, **about("Of its chip."))
    another_board = fields.Boolean(
        load_default=False,
        **about("A kiosk that was heard from another board is refused with 409, unless this says that it is meant."),
    )


class NewIdentity(Schema):
    pass


class BrokerSchema(Sent):
    host = fields.String(required=True, **about("Where a kiosk finds its broker."))
    port = fields.Integer(required=True)
    tls = fields.Boolean(required=True)
    ca = fields.String(required=True, **about("Certificates that the broker is checked against, PEM."))
    key = fields.String(required=True, **about("Public half of the key that signs releases; empty: it takes none."))


class IdentityFieldsSchema(BrokerSchema):
    kiosk = fields.String(required=True)
    n = fields.Integer(required=True, **about("Number of the secret; it signs in as `<kiosk>-<n>`."))
    secret = fields.String(required=True)


class IdentitySchema(Sent):
    identity = fields.Nested(IdentityFieldsSchema, required=True, **about("All fields of `device.json`."))


class SecretsSchema(Sent):
    numbers = fields.List(fields.Integer(), required=True, **about("With each of these it can sign in."))
    used = fields.Integer(required=True, allow_none=True, **about("With which it signed in last, where it says so."))


class NewStep(Schema):
    name = Text(60, required=True)
    passed = fields.Boolean(required=True)
    said = Text(300, allow_none=True, **about("What was found, a sentence."))
    seconds = fields.Float(required=True, validate=validate.Range(0, 86_400))


class NewAcceptance(Schema):
    passed = fields.Boolean(required=True)
    board = Text(40, required=True)
    firmware = Text(40, required=True)
    serial = Text(64)
    steps = fields.List(fields.Nested(NewStep), required=True, validate=validate.Length(1, MOST_STEPS))


class StepSchema(Sent):
    name = fields.String(required=True)
    passed = fields.Boolean(required=True)
    said = fields.String(required=True, allow_none=True)
    seconds = fields.Float(required=True)


class AcceptanceSchema(Sent):
    id = fields.Integer(required=True)
    passed = fields.Boolean(required=True)
    board = fields.String(required=True)
    firmware = fields.String(required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)
    author = fields.String(required=True)
    at = Moment(required=True)


class AcceptancesQuery(Schema):
    after = Cursor(int, load_default=(2**31 - 1,), **about("`next` of the page before; without it, the first page."))
    limit = page_limit()


class AcceptancesSchema(Sent):
    items = fields.List(fields.Nested(AcceptanceSchema), required=True, **about("Newest first."))
    next = page_next()


class TestsQuery(Schema):
    after = page_after(int, int, int, default=(0, 0, 0))
    limit = page_limit()


class PressSchema(Sent):
    epoch = fields.Integer(required=True)
    seq = fields.Integer(required=True)
    button = fields.Integer(required=True)
    happened_at = Moment(required=True)
    received_at = Moment(required=True)


class TestsSchema(Sent):
    items = fields.List(fields.Nested(PressSchema), required=True)
    next = fields.String(required=True, **about("Ask with it again, at once or later: nothing is missed."))


@resources.reads("/broker", right="fleet", sends=BrokerSchema, scopes=("read", "provision"))
def show_broker() -> Broker:
    """Where kiosks find their broker, and what they believe: the same for all of them, and nothing secret."""
    return broker_of(settings())


@resources.writes("/kiosks", right="fleet", takes=NewKiosk, sends=KioskSchema, scope="provision")
def make(asked: dict[str, Any]) -> Any:
    """A kiosk in the registry, without a secret. One that is there already, at this touchpoint or under this
    `Idempotency-Key`, is answered with 200."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        if registry.visible_touchpoint(connection, viewer().place_id, asked["touchpoint"]) is None:
            abort(422, "There is no such touchpoint, or you do not see it.")
        board = asked["board"], asked["serial"], asked["another_board"]
        wanted = registry.Wanted(asked["touchpoint"], asked["kiosk"], *board)
        try:
            kiosk_id, is_new = registry.make(connection, settings(), wanted, key)
        except registry.KeyUsed as problem:
            abort(422, str(problem))
        except registry.CannotChange as problem:
            abort(409, str(problem))
        except CannotSet as problem:
            abort(422, str(problem))
        kiosk = visible(connection, kiosk_id)
    return kiosk, HTTPStatus.CREATED if is_new else HTTPStatus.OK


@resources.writes(
    "/kiosks/<kiosk_id>/identity", right="fleet", takes=NewIdentity, sends=IdentitySchema, scope="provision"
)
def give_identity(_asked: dict[str, Any], kiosk_id: str) -> dict[str, Any]:
    """With what the kiosk signs in: a further secret each time, beside those it has. It is told once: the same
    `Idempotency-Key` again is refused with 409."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        of = visible(connection, kiosk_id)
        try:
            made = registry.give_secret(connection, settings(), of, viewer().name, key)
        except registry.CannotChange as problem:
            abort(409, str(problem))
        if made is None:
            abort(409, "A secret was told under this Idempotency-Key, and is told once. Ask with a new key.")
        identity = msgspec.structs.asdict(of_installation(settings(), made))
    return {"identity": identity}


@resources.reads("/kiosks/<kiosk_id>/secrets", right="fleet", sends=SecretsSchema, scopes=("read", "provision"))
def list_secrets(kiosk_id: str) -> dict[str, Any]:
    """Numbers of the secrets that are valid: a board whose `device.json` names one of them needs no new one."""
    with database().connect() as connection:
        used = visible(connection, kiosk_id).secret
        return {"numbers": registry.secret_numbers(connection, kiosk_id), "used": used}


@resources.writes(
    "/kiosks/<kiosk_id>/acceptance", right="fleet", takes=NewAcceptance, sends=AcceptanceSchema, scope="provision"
)
def keep_acceptance(asked: dict[str, Any], kiosk_id: str) -> Any:
    """Keep what an acceptance test found, once for the same `Idempotency-Key`: 201, and 200 for a repeat."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        enrolled(connection, kiosk_id)
        result_id, is_new = acceptance.keep(connection, kiosk_id, asked, viewer().name, key)
        found = acceptance.result_of(connection, kiosk_id, result_id)
        if found is None:
            abort(422, "This Idempotency-Key was used for another kiosk's test. Take a new key for a new test.")
        if is_new:
            registry.describe(connection, kiosk_id, asked["board"], asked["serial"])
    return found, HTTPStatus.CREATED if is_new else HTTPStatus.OK


@resources.reads(
    "/kiosks/<kiosk_id>/acceptance", asks=AcceptancesQuery, sends=AcceptancesSchema, scopes=("read", "provision")
)
def list_acceptance(query: dict[str, Any], kiosk_id: str) -> dict[str, Any]:
    """The acceptance tests of a kiosk, newest first."""
    (before,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        visible(connection, kiosk_id)
        rows = acceptance.results_of(connection, kiosk_id, before=before, limit=limit)
    return {"items": rows, "next": cursors.encode(rows[-1].id) if len(rows) == limit else None}


@resources.reads("/kiosks/<kiosk_id>/tests", asks=TestsQuery, sends=TestsSchema, scopes=("read", "provision"))
def list_tests(query: dict[str, Any], kiosk_id: str) -> dict[str, Any]:
    """Test presses of the last day that are in the ratings' table, where they are marked and not counted; in the order
    in which they came. Keep `next` and ask again."""
    after = query["after"]
    with database().connect() as connection:
        visible(connection, kiosk_id)
        rows = acceptance.presses(connection, kiosk_id, now(), after=after, limit=query["limit"])
    last = (rows[-1].position, rows[-1].cursor_id, rows[-1].seq) if rows else after
    return {"items": rows, "next": cursors.encode(*last)}
