"""The pages and the API as a browser or a program meets them; `conftest.py` of a folder says which it uses."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from collector.accounts.sessions import COOKIE
from collector.accounts.tokens import make_token
from collector.settings import Settings
from collector.web import create_app
from tests.factories import Shop, make_session, make_shop


@pytest.fixture
def riverside(engine: Engine) -> Shop:
    """A store with two touchpoints."""
    with engine.begin() as connection:
        return make_shop(connection)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["database"].dispose()


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def browser(app: Flask, engine: Engine) -> Callable[[int], FlaskClient]:
    """Makes a browser in which somebody of a place is signed in."""

    def sign_in(place_id: int) -> FlaskClient:
        client = app.test_client()
        with engine.begin() as connection:
            client.set_cookie(COOKIE, make_session(connection, place_id))
        return client

    return sign_in


@pytest.fixture
def program(app: Flask, engine: Engine) -> Callable[..., Callable[..., TestResponse]]:
    """Makes a program with a token of a place; call it with a path below /api/v1 and a query."""

    def with_token(place_id: int, *scopes: str) -> Callable[..., TestResponse]:
        with engine.begin() as connection:
            token = make_token(connection, "a test", scopes or ("read",), place_id)

        def get(path: str, **query: Any) -> TestResponse:
            return app.test_client().get(
                f"/api/v1/{path}", query_string=query, headers={"Authorization": f"Bearer {token}"}
            )

        return get

    return with_token


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Fill in the form of a page and send it."""
    page = client.get(path).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return client.post(path, data={"csrf_token": found[1], **form})
