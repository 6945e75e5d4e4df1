"""What every resource that changes something has in common: who may, and by which proof."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from sqlalchemy import Engine

from collector.accounts.tokens import make_token
from collector.api.resources import Resources
from tests.factories import Shop


class Word(Schema):
    word = fields.String(required=True)


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def echo(app: Flask) -> str:
    """Where a resource is that takes a word and says it again; returns its address."""
    resources = Resources("Echo", "For tests.")
    resources.writes("/echo", right="act", takes=Word, sends=Word)(lambda word: word)
    app.extensions["csrf"].exempt(resources)
    app.register_blueprint(resources)
    return "/api/v1/echo"


@pytest.fixture
def token_of(engine: Engine, riverside: Shop) -> Callable[..., dict[str, str]]:
    """Makes the headers of a program with a token of these scopes."""

    def make(*scopes: str) -> dict[str, str]:
        with engine.begin() as connection:
            return {"Authorization": f"Bearer {make_token(connection, 'a test', scopes, riverside.store)}"}

    return make


def test_a_token_needs_the_scope_and_nothing_else(
    visitor: FlaskClient, echo: str, token_of: Callable[..., dict[str, str]]
) -> None:
    said = visitor.post(echo, json={"word": "hello"}, headers=token_of("write"))
    assert (said.status_code, said.json) == (201, {"word": "hello"})
    refused = visitor.post(echo, json={"word": "hello"}, headers=token_of("read"))
    assert refused.status_code == 403
    assert "'write'" in refused.json["detail"]
    assert visitor.post(echo, json={"word": "hello"}).status_code == 401


def test_a_session_needs_the_token_of_a_form_as_well(
    browser: Callable[[int], FlaskClient], echo: str, riverside: Shop
) -> None:
    client = browser(riverside.store)
    refused = client.post(echo, json={"word": "hello"})
    assert refused.status_code == 400
    assert refused.content_type == "application/problem+json"
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert found
    assert client.post(echo, json={"word": "hello"}, headers={"X-CSRFToken": found[1]}).status_code == 201


@pytest.mark.parametrize(("body", "field"), [({}, "word"), ({"word": 1}, "word"), ({"word": "a", "more": "b"}, "more")])
def test_what_does_not_fit_is_named(
    visitor: FlaskClient, echo: str, token_of: Callable[..., dict[str, str]], body: dict[str, Any], field: str
) -> None:
    answer = visitor.post(echo, json=body, headers=token_of("write"))
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert (error["in"], error["field"]) == ("json", field)
