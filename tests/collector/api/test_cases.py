"""Cases for programs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from collector.accounts.tokens import make_token
from tests.collector.customers import Phone
from tests.factories import Shop, make_shop


@pytest.fixture
def acts(app: Flask, engine: Engine, phone: Phone, poster: str) -> Callable[..., Callable[..., Any]]:
    """Case 1 is open. Makes a program that may write; call it with a path below /api/v1/cases and a body."""
    phone.answer(poster, 4, reasons=[1], comment="Cold soup.")

    def of(place_id: int, *scopes: str) -> Callable[..., Any]:
        with engine.begin() as connection:
            token = make_token(connection, "head office", scopes or ("read", "write"), place_id)
        headers = {"Authorization": f"Bearer {token}"}
        return lambda path, **body: app.test_client().post(f"/api/v1/cases/{path}", json=body, headers=headers)

    return of


def test_a_case_from_open_to_resolved(acts: Callable[..., Any], program: Callable[..., Any], riverside: Shop) -> None:
    act, get = acts(riverside.store), program(riverside.store)
    assert act("1/take").json["taken_by"] == "head office"
    assert act("1/comment", comment="Asked the shift.").status_code == 200
    resolved = act("1/resolve", comment="New soup every hour.")
    assert (resolved.status_code, resolved.json["state"], resolved.json["due_at"]) == (200, "resolved", None)
    events = get("cases/1/events").json["items"]
    assert [(event["kind"], event["comment"]) for event in events] == [
        ("opened", None),
        ("taken", None),
        ("commented", "Asked the shift."),
        ("resolved", "New soup every hour."),
    ]
    assert get("cases", state="resolved").json["items"] == [resolved.json]
    assert get("cases", state="open").json["items"] == []
    assert get("cases", step=1).json["items"] == []
    assert resolved.json["reasons"] == ["Long queue"]


def test_what_is_resolved_stays_so(acts: Callable[..., Any], riverside: Shop) -> None:
    act = acts(riverside.store)
    act("1/resolve", comment="New soup every hour.")
    for path, body in (("take", {}), ("comment", {"comment": "Hm."}), ("resolve", {"comment": "Again."})):
        refused = act(f"1/{path}", **body)
        assert refused.status_code == 409
        assert refused.content_type == "application/problem+json"
        assert "resolved" in refused.json["detail"]


def test_of_two_one_takes_it(acts: Callable[..., Any], riverside: Shop) -> None:
    programs = [acts(riverside.store), acts(riverside.region)]
    with ThreadPoolExecutor() as hands:
        assert sorted(hands.map(lambda act: act("1/take").status_code, programs)) == [200, 409]


def test_who_may(acts: Callable[..., Any], program: Callable[..., Any], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    assert acts(riverside.store, "read")("1/take").status_code == 403
    for path in ("1/take", "2/take"):
        assert acts(hilltop.region)(path).status_code == 404
    assert program(hilltop.region)("cases/1").status_code == 404
    assert program(hilltop.region)("cases/1/events").status_code == 404


def test_a_session_sends_the_token_of_a_form(
    acts: Callable[..., Any], browser: Callable[[int], FlaskClient], riverside: Shop
) -> None:
    client = browser(riverside.store)
    assert client.post("/api/v1/cases/1/take").status_code == 400
    token = client.get("/cases/1").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/api/v1/cases/1/take", headers={"X-CSRFToken": token}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"comment": ""}, {"comment": "x" * 1001}])
def test_words_are_needed(acts: Callable[..., Any], riverside: Shop, body: dict[str, str]) -> None:
    assert acts(riverside.store)("1/resolve", **body).status_code == 422
