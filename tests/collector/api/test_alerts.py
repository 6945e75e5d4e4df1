"""Alerts for programs."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, insert
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from collector.alerts.tables import alert
from tests.factories import NOW, Shop, make_shop


@pytest.fixture
def write(app: Flask, engine: Engine) -> Callable[..., TestResponse]:
    """Sends a request as a program of a place."""

    def send(place_id: int, method: str, path: str, body: Any = None, name: str = "till") -> TestResponse:
        with engine.begin() as connection:
            token = make_token(connection, name, ("read", "write"), place_id)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
        return app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)

    return send


@pytest.fixture
def alerts(engine: Engine, riverside: Shop) -> list[int]:
    """Three at Riverside, the last one closed."""
    common = {"store_id": riverside.store, "data": {"millivolts": 3400, "below": 3500}, "opened_at": NOW}
    rows = [
        {"rule": "battery", "subject": f"kiosk/exit-{each}", "closed_at": NOW if each == 3 else None}
        for each in (1, 2, 3)
    ]
    with engine.begin() as connection:
        return [
            connection.execute(insert(alert).values(**common, **row).returning(alert.c.id)).scalar_one() for row in rows
        ]


def test_alerts_in_pages(
    program: Callable[..., Callable[..., TestResponse]], riverside: Shop, alerts: list[int]
) -> None:
    get = program(riverside.region)
    first = get("alerts", limit=2).json
    assert first
    assert [each["id"] for each in first["items"]] == alerts[:2]
    assert first["items"][0] == {
        **{"id": alerts[0], "rule": "battery", "subject": "kiosk/exit-1", "state": "open", "store": riverside.store},
        **{"touchpoint": None, "seen": {"millivolts": 3400, "below": 3500}, "opened_at": "2026-11-22T09:52:01.250Z"},
        **{"acknowledged_at": None, "acknowledged_by": None, "closed_at": None, "case": None},
    }
    rest = get("alerts", limit=2, after=first["next"]).json
    assert rest
    assert [each["id"] for each in rest["items"]] == alerts[2:]
    assert rest["next"] is None
    for query, found in (({"state": "closed"}, 1), ({"state": "open"}, 2), ({"rule": "index"}, 0)):
        listed = get("alerts", **query).json
        assert listed
        assert len(listed["items"]) == found
    assert get("alerts", rule="bad").status_code == 422


def test_saying_that_one_looks_after_it(write: Callable[..., TestResponse], riverside: Shop, alerts: list[int]) -> None:
    path = f"alerts/{alerts[0]}/acknowledge"
    for _ in range(2):  # a repeat is the same
        said = write(riverside.store, "POST", path)
        assert said.status_code == 200
        assert said.json
        assert (said.json["state"], said.json["acknowledged_by"]) == ("acknowledged", "till")
    assert write(riverside.region, "POST", path, name="region").status_code == 409
    assert write(riverside.store, "POST", f"alerts/{alerts[2]}/acknowledge").status_code == 409


def test_what_others_do_not_see_is_not_there(
    write: Callable[..., TestResponse], engine: Engine, riverside: Shop, alerts: list[int]
) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
    for method, path, body in (
        ("GET", f"alerts/{alerts[0]}", None),
        ("POST", f"alerts/{alerts[0]}/acknowledge", None),
    ):
        assert write(beside.store, method, path, body).status_code == 404
