"""Tokens made and ended on a page: what they may, where, and for how long."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from werkzeug.test import TestResponse

from collector.accounts.roles import RIGHTS, rights_of
from collector.accounts.tables import api_token
from collector.accounts.tokens import SCOPES, find_token, gives, make_token, note_use
from tests.collector.pages import send
from tests.factories import Shop, make_shop


@pytest.fixture
def ask(app: Flask) -> Callable[[str], TestResponse]:
    def with_token(token: str) -> TestResponse:
        return app.test_client().get("/api/v1/stores", headers={"Authorization": f"Bearer {token}"})

    return with_token


def make(
    client: FlaskClient, place_id: int, scopes: str = "read", days: str = "90", name: str = "till 2"
) -> TestResponse:
    return send(client, "/tokens", name=name, scope=scopes, place=str(place_id), days=days)


def token_in(page: str) -> str:
    found = re.search(r"sp_[\w-]+", page)
    assert found, page
    return found[0]


def test_a_token_is_made_shown_once_used_and_ended(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop, ask: Callable[[str], TestResponse]
) -> None:
    region = browser(riverside.region, "region")
    token = token_in(make(region, riverside.store).text)
    assert "not used yet" in region.get("/tokens").text
    assert ask(token).status_code == 200
    page = region.get("/tokens").text
    assert "used in the hour" in page
    assert "till 2 · Riverside" in page
    assert token not in page
    number = re.search(r"/tokens/(\d+)/end", page)
    assert number
    csrf = re.findall(r'csrf_token" value="([^"]+)"', page)[0]
    assert region.post(f"/tokens/{number[1]}/end", data={"csrf_token": csrf}).status_code == 302
    assert ask(token).status_code == 401
    audit = region.get("/audit").text
    assert audit.index("ended\n") < audit.index("made\n")
    assert region.post(f"/tokens/{number[1]}/end", data={"csrf_token": csrf}).status_code == 404


def test_a_token_ends_with_its_time(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop, ask: Callable[[str], TestResponse]
) -> None:
    admin = browser(riverside.organisation)
    short, long = token_in(make(admin, riverside.store).text), token_in(make(admin, riverside.store, days="0").text)
    with engine.begin() as connection:
        left = connection.scalars(select(api_token.c.expires_at - func.now()).order_by(api_token.c.id)).all()
        assert left[0] is not None
        assert timedelta(days=89) < left[0] <= timedelta(days=90)
        assert left[1] is None
        connection.execute(update(api_token).where(api_token.c.expires_at.is_not(None)).values(expires_at=func.now()))
    assert [ask(token).status_code for token in (short, long)] == [401, 200]
    assert admin.get("/tokens").text.count("till 2 ·") == 1


def test_nobody_makes_a_token_that_may_more_than_they(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        elsewhere = make_shop(connection, "Lakeside", beside=riverside)
    region = browser(riverside.region, "region")
    for wrong in ({"scopes": "write"}, {"scopes": "personal"}, {"days": "7"}, {"name": " "}):
        assert make(region, riverside.store, **wrong).status_code == 422, wrong
    assert make(region, elsewhere.store).status_code == 422
    assert make(region, riverside.organisation).status_code == 422
    assert gives(rights_of("region")) == ["read"]
    assert gives(rights_of("head-office")) == ["read", "personal"]
    assert gives(rights_of("technician")) == ["provision"]
    assert gives(RIGHTS) == list(SCOPES)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(api_token)) == 0


def test_only_tokens_of_the_place_and_below_are_seen(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        elsewhere = make_shop(connection, "Lakeside", beside=riverside)
        make_token(connection, "theirs", ["read"], elsewhere.store)
        make_token(connection, "by command", ["read", "write"], riverside.store)
    region = browser(riverside.region, "region")
    page = region.get("/tokens").text
    assert "by command" in page
    assert "made by command" in page
    assert "theirs" not in page


def test_use_is_noted_once_an_hour(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        token = make_token(connection, "till", ["read"], riverside.store)
        found = find_token(connection, token)
        assert found is not None
        assert found.is_due
        note_use(connection, found.id)
        again = find_token(connection, token)
        assert again is not None
        assert not again.is_due
        assert (again.used_at.minute, again.used_at.second) == (0, 0)
