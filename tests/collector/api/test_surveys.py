"""Surveys for programs: what is asked, and making, publishing and taking back one."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask import Flask
from sqlalchemy import Engine

from collector.accounts.tokens import make_token
from collector.surveys.definition import Definition, Smileys
from collector.surveys.queries import survey_at
from tests.collector.api.test_resources import mismatches
from tests.collector.customers import Phone
from tests.collector.surveys.asking import EVERYTHING, STAFF, ask, make_staff_room
from tests.factories import NOW, Shop, make_shop

Program = Callable[..., Callable[..., Any]]
FACES = {"questions": [{"type": "smileys", "number": 1, "text": {"en": "How was it here?"}}]}


@pytest.fixture
def sends(app: Flask, engine: Engine, phone: Phone) -> Program:
    """Makes a program that may write; call it with a method, a path below /surveys and a body."""

    def of(place_id: int, *scopes: str) -> Callable[..., Any]:
        with engine.begin() as connection:
            token = make_token(connection, "the head office's tool", scopes or ("read", "write"), place_id)

        def send(method: str, path: str = "", key: str | None = "k1", **body: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            return app.test_client().open(f"/api/v1/surveys{path}", method=method, json=body or None, headers=headers)

        return send

    return of


def test_surveys_are_as_they_are_asked(program: Program, phone: Phone, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING, touchpoint_id=riverside.exit)
    default, ours = program(riverside.store)("surveys").json["items"]
    assert (default["place"], default["touchpoint"], default["threshold"]) == (riverside.organisation, None, 10)
    assert (default["question"]["uk"], default["question"]["en"]) == (
        "Як вам сьогодні у нас?",
        "How was your visit today?",
    )
    assert default["reasons_bad"][0]["text"]["en"] == "Long queue"
    assert (ours["place"], ours["touchpoint"], ours["audience"]) == (riverside.store, riverside.exit, "customers")
    scales = {scale["key"]: (scale["kind"], scale["lowest"], scale["highest"]) for scale in ours["scales"]}
    assert scales["3"] == ("nps", 0, 10)
    assert scales["7p"] == ("perception", 1, 5)
    assert msgspec.convert(ours["definition"], Definition) == EVERYTHING


def test_a_program_makes_a_survey_and_publishes_it(sends: Program, engine: Engine, riverside: Shop) -> None:
    send = sends(riverside.region)
    made = send("POST", place=riverside.store, name="Ours", definition=FACES, schedule={"weekdays": ["sun"]})
    assert made.status_code == 201
    survey_id = made.json["survey"]
    [draft] = made.json["versions"]
    assert (draft["published_at"], draft["author"]) == (None, "the head office's tool")
    saved = send("PUT", f"/{survey_id}/draft", definition=msgspec.to_builtins(EVERYTHING))
    assert [each["id"] for each in saved.json["versions"]] == [draft["id"]]

    def asked() -> int:
        with engine.connect() as connection:
            return survey_at(connection, riverside.store, NOW).survey_id

    assert asked() != survey_id
    published = send("POST", f"/{survey_id}/publish")
    assert published.json["versions"][0]["published_at"] == "2026-11-22T09:52:01.250Z"
    assert send("POST", f"/{survey_id}/publish").json == published.json  # a repeat changes nothing
    assert asked() == survey_id
    send("PUT", f"/{survey_id}/schedule", schedule={"weekdays": ["mon"]})
    assert asked() != survey_id
    send("PUT", f"/{survey_id}/schedule", schedule={})
    assert asked() == survey_id
    assert send("DELETE", f"/{survey_id}").json["retired_at"]
    assert asked() != survey_id
    assert send("PUT", f"/{survey_id}/draft", definition=FACES).status_code == 409


def test_a_repeat_makes_no_second_survey(sends: Program, riverside: Shop) -> None:
    send, body = sends(riverside.store), {"place": riverside.store, "name": "Ours", "definition": FACES}
    first = send("POST", **body)
    assert send("POST", **body).json == first.json
    assert send("POST", key="k2", **body).json["survey"] != first.json["survey"]
    for changed in ({"name": "Another"}, {"definition": msgspec.to_builtins(EVERYTHING)}, {"audience": "staff"}):
        refused = send("POST", **body | changed)
        assert refused.status_code == 422
        assert "Idempotency-Key" in refused.json["detail"]
    assert send("POST", key=None, **body).status_code == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"place": 10**6},
        {"name": "  "},
        {"name": "x" * 101},
        {"definition": {"questions": []}},
        {"definition": {"questions": [{"type": "comment", "number": 1}]}},
        {"definition": {"questions": [{"type": "weather", "number": 1}]}},
        {"definition": FACES | {"opens": {"below": 101}}},
        {"definition": 7},
        {"schedule": {"hours": ["9", "17"]}},
        {"touchpoint": 10**6},
        {"touchpoint": "room"},
        {"audience": "everybody"},
        {"more": 1},
    ],
)
def test_what_is_no_survey(sends: Program, engine: Engine, riverside: Shop, changed: dict[str, Any]) -> None:
    if changed.get("touchpoint") == "room":  # the staff's, for a survey of customers
        with engine.begin() as connection:
            changed = {"touchpoint": make_staff_room(connection, riverside)}
    body = {"place": riverside.store, "name": "Ours", "definition": FACES} | changed
    refused = sends(riverside.store)("POST", **body)
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"


def test_what_cannot_be_asked_is_said_when_it_is_published(sends: Program, riverside: Shop) -> None:
    send = sends(riverside.store)
    same = [{"type": "nps", "number": number, "text": {"en": "Recommend us?"}} for number in (1, 2)]
    made = send("POST", place=riverside.store, name="Ours", definition={"questions": same})
    refused = send("POST", f"/{made.json['survey']}/publish")
    assert refused.status_code == 422
    assert "ask the same" in refused.json["detail"]


def test_who_may(sends: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        above = ask(connection, riverside.organisation, Smileys(1, {"en": "How was it?"}))
        theirs = ask(connection, hilltop.store, Smileys(1, {"en": "How was it?"}))
        staff = ask(connection, riverside.store, definition=STAFF, audience="staff")
    send = sends(riverside.store)
    assert send("GET", f"/{above}").status_code == 200
    assert send("GET", f"/{staff}").json["audience"] == "staff"
    assert send("GET", f"/{theirs}").status_code == send("GET", f"/{2**31}").status_code == 404
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", "/draft", {"definition": FACES}),
        ("PUT", "/schedule", {"schedule": {}}),
        ("POST", "/publish", {}),
        ("DELETE", "", {}),
    ]
    for method, path, body in changes:
        assert send(method, f"/{above}{path}", **body).status_code == 403
        assert send(method, f"/{theirs}{path}", **body).status_code == 404
        assert sends(riverside.store, "read")(method, f"/{staff}{path}", **body).status_code == 403
    body = {"place": riverside.region, "name": "Ours", "definition": FACES}
    assert send("POST", **body).status_code == 422


def test_surveys_have_the_documents_shape(
    app: Flask, program: Program, sends: Program, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING)
    document = app.test_client().get("/api/v1/openapi.json").json
    get = program(riverside.store)
    survey_id = get("surveys").json["items"][-1]["survey"]
    for path, sent in (("surveys", get("surveys")), ("surveys/{survey_id}", get(f"surveys/{survey_id}"))):
        described = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]
        assert not list(mismatches(sent.json, described["content"]["application/json"]["schema"], document))


def test_the_last_survey_of_customers_stays(sends: Program, program: Program, riverside: Shop) -> None:
    send = sends(riverside.organisation)
    (default,) = program(riverside.organisation)("surveys").json["items"]
    for refused in (
        send("DELETE", f"/{default['survey']}"),
        send("PUT", f"/{default['survey']}/schedule", schedule={"hours": ["20:00", "21:00"]}),
    ):
        assert (refused.status_code, "asked nothing" in refused.json["detail"]) == (409, True)


def test_a_store_cannot_choose_to_hear_of_nothing(sends: Program, riverside: Shop) -> None:
    send = sends(riverside.store)
    opens = {"below": 0, "bad_with_words": False, "nps_at_most": None, "contact": False}
    made = send("POST", place=riverside.store, name="Quiet", definition=FACES | {"opens": opens})
    published = send("POST", f"/{made.json['survey']}/publish").json["versions"][0]["definition"]["opens"]
    assert (published["below"], published["bad_with_words"], published["contact"]) == (10, True, True)
