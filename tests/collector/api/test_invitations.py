"""Invitations by a till or a shop system."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from collector.contacts.outgoing import Outgoing, outgoing
from collector.contacts.tables import consent, message
from collector.settings import Settings
from collector.surveys.tables import answer
from tests.collector.customers import Phone
from tests.factories import NOW, Shop, make_shop

Ask = Callable[..., TestResponse]


@pytest.fixture
def invites(app: Flask, engine: Engine, riverside: Shop) -> Ask:
    """A till of Riverside."""
    with engine.begin() as connection:
        token = make_token(connection, "a till", ("read", "write"), riverside.store)
    client: FlaskClient = app.test_client()

    def ask(key: str | None = None, **asked: Any) -> TestResponse:
        body = {"store": riverside.store, "address": "050 123 45 67", "language": "uk", "consent": "Так, питайте."}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex}
        return client.post("/api/v1/invitations", json=body | asked, headers=headers)

    return ask


def test_a_customer_is_invited_once(invites: Ask, engine: Engine, riverside: Shop) -> None:
    first, again = invites("one", reference="R-17", touchpoint=riverside.exit), invites("one", reference="R-17")
    assert first.status_code == 201, first.text
    assert first.json == again.json
    assert first.json | {"created_at": None, "id": 0} == {
        "id": 0,
        "store": riverside.store,
        "channel": "sms",
        "state": "queued",
        "reason": None,
        "held_until": None,
        "created_at": None,
    }
    assert "501234567" not in first.text
    with engine.connect() as connection:
        [given] = connection.execute(select(consent)).all()
        assert len(connection.execute(select(message)).all()) == 1
    assert (given.purpose, given.words) == ("invitation", "Так, питайте.")


def test_the_same_key_for_somebody_else_is_refused(invites: Ask) -> None:
    invites("one")
    answer = invites("one", address="050 765 43 21")
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json["detail"]


def test_the_policy_is_told_and_not_hidden(invites: Ask, app: Flask) -> None:
    invites("one")
    second = invites("two").json
    assert second["state"] == "refused"
    assert "6 months ago" in second["reason"]
    app.extensions["now"] = lambda: NOW + timedelta(hours=12)
    held = invites("three", address="050 765 43 21").json
    assert (held["state"], held["held_until"]) == ("held", "2026-11-23T07:00:00.000Z")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"address": "12345"}, "no telephone number like this"),
        ({"address": ""}, "address"),
        ({"consent": " "}, "consent"),
        ({"language": "fr"}, "language"),
        ({"touchpoint": 4711}, "no such touchpoint"),
        ({"store": 4711}, "no such store"),
    ],
)
def test_what_cannot_be_used(invites: Ask, asked: dict[str, Any], says: str) -> None:
    answer = invites(**asked)
    assert answer.status_code == 422
    assert says in answer.text
    assert "12345" not in answer.text


def test_each_sees_their_own(
    invites: Ask, engine: Engine, riverside: Shop, program: Callable[..., Callable[..., TestResponse]]
) -> None:
    made = invites("one").json
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    assert program(riverside.store)(f"invitations/{made['id']}").json == made
    assert program(hillside.store)(f"invitations/{made['id']}").status_code == 404
    assert invites("two", store=hillside.store).status_code == 422


def test_its_link_is_answered_once_and_the_answer_came_by_its_channel(
    invites: Ask, engine: Engine, settings: Settings, phone: Phone
) -> None:
    made = invites("one", reference="R-17").json
    with engine.begin() as connection:
        going = outgoing(connection, settings, made["id"], NOW)
    assert isinstance(going, Outgoing)
    code = next(each for each in going.letter.body if "/Q/" in each).rpartition("/Q/")[2]
    assert phone.scan(code).status_code == 200
    phone.answer(code, button=1)
    with engine.connect() as connection:
        [row] = connection.execute(select(answer)).all()
    assert row.serial == 1
    assert row.channel
