"""What programs do to cases."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select

from collector.accounts.tokens import make_token
from collector.cases.changes.by_clock import climb, remind
from collector.cases.rules.policy import CasePolicy, SignOff
from collector.cases.tables import cases
from collector.policies.queries import give_policy
from collector.settings import Settings
from tests.collector.customers import Phone
from tests.factories import NOW, Shop, make_account, make_shop


@pytest.fixture
def api(app: Flask, engine: Engine, phone: Phone, poster: str) -> Callable[..., Callable[..., Any]]:
    """Case 1 is open. Makes a program that may read and write; call it with a method, a path and a body."""
    phone.answer(poster, 4, reasons=[1], comment="Cold soup.")

    def of(place_id: int, name: str = "head office") -> Callable[..., Any]:
        with engine.begin() as connection:
            token = make_token(connection, name, ("read", "write"), place_id)

        def call(method: str, path: str, key: str | None = None, *, data: bytes | None = None, **body: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid.uuid4())}
            sent: dict[str, Any] = {"json": body} if data is None else {"data": data}
            if data is not None:
                headers["Content-Disposition"] = "attachment; filename*=UTF-8''%D1%81%D1%83%D0%BF.jpg"
            if method == "get":
                sent = {"query_string": body}
            return app.test_client().open(f"/api/v1/{path}", method=method.upper(), headers=headers, **sent)

        return call

    return of


def test_each_change(api: Callable[..., Any], engine: Engine, riverside: Shop) -> None:
    call = api(riverside.organisation)
    with engine.begin() as connection:
        make_account(connection, riverside.store, "olena")
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    for path, body, state in (
        ("assign", {"account": "olena"}, "open"),
        ("take", {"comment": "It is ours."}, "taken"),
        ("reply", {"comment": "We look into it."}, "taken"),
        ("wait", {"comment": "Which soup was it?"}, "waiting"),
        ("resume", {}, "taken"),
        ("climb", {"comment": "Not ours."}, "open"),
        ("move", {"store": hilltop.store, "comment": "It was there."}, "open"),
        (
            "resolve",
            {"comment": "New soup.", "root_cause": "Goods", "compensation": 12.5, "did": {"en": "Hot soup."}},
            "resolved",
        ),
        ("reopen", {"comment": "It is cold again."}, "open"),
    ):
        done = call("post", f"cases/1/{path}", **body)
        assert (done.status_code, done.json.get("state")) == (200, state), done.json
        if path == "resolve":
            assert (done.json["root_cause"], done.json["compensation"]) == ("Goods", "12.50")
    shown = call("get", "cases/1").json
    assert (shown["store"], shown["responsible"], shown["touchpoint"]) == (hilltop.store, None, None)
    assert call("post", "cases/1/assign", account="nobody").status_code == 422


def test_joining(api: Callable[..., Any], riverside: Shop) -> None:
    call = api(riverside.store)
    second = call("post", "cases", store=riverside.store, subject="Cold tea").json
    assert (second["id"], second["kind"], second["subject"], second["channel"]) == (2, "complaint", "Cold tea", None)
    assert call("post", "cases/1/link", other=2).status_code == 200
    assert call("post", "cases/1/merge", into=2).json["merged_into"] == 2
    assert call("post", "cases/1/merge", into=2).status_code == 409
    assert call("post", "cases/2/merge", into=99).status_code == 422


def test_opening_by_hand(api: Callable[..., Any], riverside: Shop) -> None:
    call = api(riverside.store)
    asked = {"store": riverside.store, "touchpoint": riverside.exit, "kind": "question", "subject": "Lost umbrella"}
    first, again = (call("post", "cases", "k1", **asked) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert call("post", "cases", "k1", **{**asked, "subject": "Found"}).status_code == 422
    for wrong in ({"store": riverside.region}, {"touchpoint": 99}, {"kind": "alert"}, {"subject": " "}):
        assert call("post", "cases", **{**asked, **wrong}).status_code == 422


def test_what_a_program_proposes_a_person_signs_off(api: Callable[..., Any], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        policy = CasePolicy(sign_off=SignOff(kinds=("complaint",)))
        give_policy(connection, riverside.organisation, "cases", policy, "a test")
    crm, head = api(riverside.store, "CRM"), api(riverside.organisation, "head office")
    assert crm("post", "cases/1/resolve", comment="New soup.").json["state"] == "review"
    own = crm("post", "cases/1/accept")
    assert own.status_code == 422
    assert "Another person" in own.json["detail"]
    assert head("post", "cases/1/reject", comment="Since when?").json["state"] == "taken"
    crm("post", "cases/1/resolve", comment="New soup since today.")
    refused = head("post", "cases/1/accept")
    assert refused.status_code == 422
    assert "a person has to look at it" in refused.json["detail"]
    assert head("get", "cases/1").json["state"] == "review"


def test_a_rule_that_is_against_it_is_said(api: Callable[..., Any], riverside: Shop) -> None:
    refused = api(riverside.store)("post", "cases/1/resolve", comment="New soup.", compensation="500.01")
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert "You may give up to 500 UAH" in refused.json["detail"]
    too_long = {"comment": "New soup.", "did": {"en": "x" * 121}}
    assert "did" in str(api(riverside.store)("post", "cases/1/resolve", **too_long).json)


def test_another_system_follows_and_is_followed(api: Callable[..., Any], riverside: Shop) -> None:
    crm = api(riverside.organisation, "CRM")
    assert crm("post", "cases/1/external", number="CRM-7").json["external"] == "CRM-7"
    assert crm("post", "cases/1/external", number="CRM-7", state="taken").json["taken_by"] == "CRM"
    assert crm("post", "cases/1/external", number="CRM-7", state="resolved").status_code == 422
    closed = crm("post", "cases/1/external", "k1", number="CRM-7", state="resolved", comment="New soup.")
    assert closed.json["state"] == "resolved"
    crm("post", "cases/1/external", number="CRM-7", state="open")
    again = crm("post", "cases/1/external", "k1", number="CRM-7", state="resolved", comment="New soup.")
    assert (again.status_code, again.json["state"]) == (200, "open")
    assert crm("post", "cases/1/external", "k1", number="CRM-8").status_code == 422


def test_clocks(api: Callable[..., Any], riverside: Shop) -> None:
    call = api(riverside.store)
    shown = call("get", "cases/1/clocks").json
    first = shown["staff"]["first_response"]
    assert first == {
        "minutes": 1440.0,
        "minutes_left": 1440.0,
        "due_at": "2026-11-23T09:52:01.250Z",
        "done_at": None,
        "is_paused": False,
        "is_missed": False,
    }
    assert shown["customer"]["resolution"]["minutes"] == 72 * 60
    assert [(rung["step"], rung["place"], rung["is_everyone"]) for rung in shown["ladder"]] == [
        (0, riverside.store, False),
        (1, riverside.region, False),
        (2, riverside.organisation, False),
        (3, riverside.organisation, True),
    ]
    call("post", "cases/1/wait", comment="Which soup was it?")
    assert call("get", "cases/1/clocks").json["staff"]["resolution"]["is_paused"]


def test_attachments(api: Callable[..., Any], engine: Engine, riverside: Shop) -> None:
    call = api(riverside.store)
    made = io.BytesIO()
    Image.effect_noise((600, 400), 90).save(made, "JPEG", quality=95)  # more than a form may be large
    picture = made.getvalue()
    assert len(picture) > 64 * 1024
    for _ in range(2):
        assert call("post", "cases/1/attachments", "k1", data=picture).status_code == 201
    (listed,) = call("get", "cases/1/attachments").json["items"]
    assert (listed["name"], listed["type"], listed["author"]) == ("суп.jpg", "image/jpeg", "head office")
    file = call("get", f"cases/1/attachments/{listed['id']}")
    assert (file.mimetype, len(file.data)) == ("image/jpeg", listed["size"])
    assert file.headers["Content-Disposition"] == "attachment; filename=.jpg; filename*=UTF-8''%D1%81%D1%83%D0%BF.jpg"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert call("post", "cases/1/attachments", data=b"<svg>").status_code == 422
    assert call("post", "cases/1/attachments", data=bytes(6 * 2**20)).status_code == 413
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    stranger = api(hilltop.region)
    for path in ("cases/1/attachments", f"cases/1/attachments/{listed['id']}", "cases/1/clocks"):
        assert stranger("get", path).status_code == 404


def test_who_may(api: Callable[..., Any], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    stranger = api(hilltop.region)
    said = {"comment": "Hm."}
    for path, body in (
        *((each, {}) for each in ("take", "resume", "climb", "accept", "reopen")),
        *((each, said) for each in ("comment", "reply", "wait", "resolve", "reject")),
        ("assign", {"account": "olena"}),
        ("move", {"store": hilltop.store}),
        ("merge", {"into": 1}),
        ("link", {"other": 1}),
        ("external", {"number": "7"}),
    ):
        assert stranger("post", f"cases/1/{path}", **body).status_code == 404
    with engine.connect() as connection:
        assert connection.execute(select(cases.c.state)).scalar_one() == "open"


def test_a_policy_holds_for_cases_that_wait_already(
    api: Callable[..., Any], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    usual = api(riverside.store)("get", "cases/1").json["due_at"]
    wanted = {"remind_hours": 2, "steps": [{"place": "store", "first_response": 30}, {"place": "top"}]}
    assert api(riverside.region)("put", f"places/{riverside.store}/policies/cases", policy=wanted).status_code == 200
    assert climb(engine, settings, NOW) == 0
    with engine.connect() as connection:
        row = connection.execute(select(cases)).one()
    assert row.due_at == NOW + timedelta(minutes=30) != usual
    assert remind(engine, settings, NOW) == 0
    assert climb(engine, settings, NOW + timedelta(minutes=30)) == 1


def test_reply_templates(api: Callable[..., Any], riverside: Shop) -> None:
    region, store = api(riverside.region), api(riverside.store)
    made = region("post", f"places/{riverside.region}/reply-templates", name="Thanks", text={"en": "Thank you."})
    assert made.status_code == 201
    assert store("get", "reply-templates").json["items"] == [made.json]
    assert store("post", f"places/{riverside.region}/reply-templates", name="X", text={"en": "X"}).status_code == 404
    assert store("delete", f"reply-templates/{made.json['id']}").status_code == 404
    assert region("delete", f"reply-templates/{made.json['id']}").json["items"] == []
    for text in ({}, {"xx": "Hi"}, {"en": " "}):
        assert region("post", f"places/{riverside.region}/reply-templates", name="X", text=text).status_code == 422
