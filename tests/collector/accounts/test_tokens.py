from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from collector.accounts.tokens import make_token
from tests.factories import Shop


def test_a_token_is_kept_as_a_digest(app: Flask, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        token = make_token(connection, "till", ["read"], riverside.store)
    assert token.startswith("sp_")
    answer = app.test_client().get("/api/v1/stores", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    with engine.connect() as connection:
        row = connection.execute(text("SELECT digest FROM api_token")).one()
    assert token.encode() not in bytes(row.digest)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "everything"]])
def test_unknown_scopes_make_no_token(engine: Engine, riverside: Shop, scopes: list[str]) -> None:
    with engine.begin() as connection, pytest.raises(ValueError, match="scopes"):
        make_token(connection, "till", scopes, riverside.store)


@pytest.mark.parametrize("value", ["Bearer sp_wrong", "Bearer ", "Basic b2xoYTp4", "sp_wrong", "Bearer \x00"])
def test_a_wrong_token_is_refused_even_beside_a_session(browser: Callable, riverside: Shop, value: str) -> None:
    answer = browser(riverside.store).get("/api/v1/stores", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_without_the_scope_is_told_which(program: Callable, riverside: Shop) -> None:
    answer = program(riverside.store, "metrics")("stores")
    assert answer.status_code == 403
    assert "'read'" in answer.json["detail"]
