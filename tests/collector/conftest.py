"""The pages and the API as a browser or a program meets them, at the time `tests.factories.NOW`."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from collector.accounts import passwords
from collector.accounts.roles import Role
from collector.accounts.sessions import COOKIE
from collector.accounts.tokens import make_token
from collector.limits import limiter
from collector.settings import Settings
from collector.surveys.default import ensure_default
from collector.web import attach, build, create_app
from printer.codes import Poster
from tests.browser import chromium, window
from tests.collector.customers import Phone, code_of
from tests.factories import NOW, Shop, make_session, make_shop
from tests.serving import served


@pytest.fixture
def riverside(engine: Engine) -> Shop:
    """A store with two touchpoints."""
    with engine.begin() as connection:
        return make_shop(connection)


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the real hasher costs, its own test shows."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody"))


@pytest.fixture(scope="session")
def built() -> list[Flask]:
    """Applications that no test uses now: to build one takes far longer than most tests do."""
    return []


@pytest.fixture
def make_app(settings: Settings, built: list[Flask]) -> Iterator[Callable[..., Flask]]:
    """Makes the application, with some settings other than the test's; who changes it itself, takes `own_app`."""
    with contextlib.ExitStack() as stack:

        def make(**changed: Any) -> Flask:
            app = built.pop() if built else build()
            attach(app, replace(settings, **changed))
            limiter.reset()
            app.extensions["now"] = lambda: NOW
            stack.callback(built.append, app)
            stack.callback(app.extensions["database"].dispose)
            return app

        yield make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def own_app(settings: Settings) -> Iterator[Flask]:
    """An application to which the test may add addresses."""
    made = create_app(settings)
    made.extensions["now"] = lambda: NOW
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def browser(app: Flask, engine: Engine) -> Callable[..., FlaskClient]:
    """Makes a browser in which somebody of a place is signed in, an admin or in the role that is named."""

    def sign_in(place_id: int, role: Role = "admin") -> FlaskClient:
        client = app.test_client()
        with engine.begin() as connection:
            client.set_cookie(COOKIE, make_session(connection, place_id, role))
        return client

    return sign_in


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """A real browser; of a module, since its loop may not run beside another module's."""
    with chromium() as started:
        yield started


@pytest.fixture
def address(app: Flask, settings: Settings) -> Iterator[str]:
    """Where a real browser finds the pages, and what their links begin with."""
    with served(app, settings.port):
        yield settings.url


@pytest.fixture
def open_window(chrome: Browser, address: str, engine: Engine) -> Iterator[Callable[..., Page]]:
    """Opens a real browser's window of somebody of a place, an admin or in the role that is named; or of whoever has
    the `session`, or of nobody. How it looks goes to `tests.browser.window`."""
    with contextlib.ExitStack() as stack:

        def opened(place_id: int | None = None, role: Role = "admin", *, session: str = "", **looks: Any) -> Page:
            if place_id:
                with engine.begin() as connection:
                    session = make_session(connection, place_id, role)
            page = stack.enter_context(window(chrome, base_url=address, **looks))
            if session:
                page.context.add_cookies([{"name": COOKIE, "value": session, "url": address}])
            return page

        yield opened


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


@pytest.fixture
def phone(app: Flask, engine: Engine, riverside: Shop) -> Phone:
    """A customer at Riverside, where the default survey is asked."""
    with engine.begin() as connection:
        ensure_default(connection)
    return Phone(app)


@pytest.fixture
def poster(engine: Engine, settings: Settings, riverside: Shop) -> str:
    """The code of the poster at Riverside's exit."""
    return code_of(engine, settings, Poster(riverside.exit))
