"""Programs export and erase with a token for it; the address is in the body and nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from tests.collector.personal.conftest import ADDRESS, WORDS, Customer, everything
from tests.factories import Shop, make_shop

Post = Callable[..., TestResponse]


@pytest.fixture
def post(app: Flask, engine: Engine) -> Callable[..., Post]:
    """Makes a program with a token of a place."""

    def of(place_id: int, *scopes: str) -> Post:
        with engine.begin() as connection:
            token = make_token(connection, "the head office", scopes or ("personal",), place_id)

        def send(path: str, **body: Any) -> TestResponse:
            headers = {"Authorization": f"Bearer {token}"}
            return app.test_client().post(f"/api/v1/{path}", json=body, headers=headers)

        return send

    return of


def test_export_and_erase(
    oksana: Customer, post: Callable[..., Post], riverside: Shop, engine: Engine, program: Callable[..., Any]
) -> None:
    send = post(riverside.organisation)
    document = send("people/export", contact=ADDRESS).json
    assert [each["comment"] for each in document["answers"]] == [WORDS]
    erased = send("people/erase", contact=ADDRESS)
    assert (erased.status_code, erased.json["contacts"], erased.json["attachments"]) == (200, 1, 1)
    assert WORDS not in everything(engine)
    assert send("people/erase", case=oksana.case).json == dict.fromkeys(erased.json, 0)
    log = program(riverside.store)("audit").json
    assert [(each["action"], each["subject"], each["who"]) for each in log["items"]] == [
        ("exported", f"cases/{oksana.case}", "the head office"),
        ("erased", f"cases/{oksana.case}", "the head office"),
    ]
    assert program(riverside.store)("audit", after=log["next"]).json["items"] == []


def test_it_takes_a_token_for_it(oksana: Customer, post: Callable[..., Post], riverside: Shop) -> None:
    for scopes in (("read",), ("write",), ("read", "write", "metrics")):
        for path in ("people/export", "people/erase"):
            assert post(riverside.organisation, *scopes)(path, contact=ADDRESS).status_code == 403


def test_other_places_know_nobody(oksana: Customer, post: Callable[..., Post], riverside: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        other = make_shop(connection, "Lakeside", beside=riverside)
    send = post(other.region)
    assert send("people/export", contact=ADDRESS).json["answers"] == []
    assert send("people/export", case=oksana.case).status_code == 404
    assert send("people/erase", case=oksana.case).status_code == 404


@pytest.mark.parametrize("body", [{}, {"contact": ADDRESS, "case": 1}, {"contact": "Oksana"}, {"case": 0}])
def test_what_names_nobody_is_said(
    oksana: Customer, post: Callable[..., Post], riverside: Shop, body: dict[str, Any]
) -> None:
    assert post(riverside.organisation)("people/erase", **body).status_code == 422
