"""A technician's tool, as the API meets it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from tests.factories import Shop, make_kiosk, make_shop

#: Takes method, path below /api/v1, body and idempotency key.
Send = Callable[..., TestResponse]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """A store in another region, with a kiosk."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        make_kiosk(connection, shop, "hill-1")
    return shop


@pytest.fixture
def sender(app: Flask, engine: Engine) -> Callable[..., Send]:
    """Makes a program with a token of a place."""

    def of(place_id: int, *scopes: str) -> Send:
        with engine.begin() as connection:
            token = make_token(connection, "the technician", scopes or ("provision",), place_id)

        def send(method: str, path: str, body: Any = None, key: str = "") -> TestResponse:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            return app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)

        return send

    return of


@pytest.fixture
def send(sender: Callable[..., Send], riverside: Shop) -> Send:
    """A technician of Riverside."""
    return sender(riverside.region)
