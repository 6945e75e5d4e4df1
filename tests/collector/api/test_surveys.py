"""Surveys and answers for programs, and voices that came in elsewhere."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from collector.accounts.tokens import make_token
from collector.database import connect
from collector.ratings.kinds import Channel
from collector.ratings.relay import advance
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.surveys.erasure import erase_expired
from collector.surveys.tables import contact
from tests.collector.api.test_resources import mismatches
from tests.collector.customers import Phone
from tests.factories import NOW, Shop, make_shop

Program = Callable[..., Callable[..., Any]]


@pytest.fixture
def sends(app: Flask, engine: Engine, phone: Phone) -> Program:
    """Makes a program that may write; call it with an Idempotency-Key and the body of an answer."""

    def of(place_id: int, *scopes: str) -> Callable[..., Any]:
        with engine.begin() as connection:
            token = make_token(connection, "a till", scopes or ("read", "write"), place_id)

        def post(key: str | None, **body: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            return app.test_client().post("/api/v1/answers", json=body, headers=headers)

        return post

    return of


def test_surveys_are_as_they_are_asked(program: Program, phone: Phone, riverside: Shop) -> None:
    (survey,) = program(riverside.store)("surveys").json["items"]
    assert survey["place"] == riverside.organisation
    assert survey["question"] == {"uk": "Як вам сьогодні у нас?", "en": "How was your visit today?"}
    assert survey["reasons_bad"][0] == {"number": 1, "text": {"uk": "Довга черга", "en": "Long queue"}}
    assert survey["threshold"] == 10


def test_a_voice_from_elsewhere_counts_and_opens_a_case(
    sends: Program, program: Program, engine: Engine, riverside: Shop
) -> None:
    body = {
        "channel": "hotline",
        "store": riverside.store,
        "button": 4,
        "comment": "Nobody answered the bell.",
        "contact": {"address": "0501234567", "consent": "You may call me back about this."},
        "reference": "call-77",
        "language": "uk",
    }
    made = sends(riverside.store)("k1", **body)
    assert made.status_code == 201
    assert (made.json["channel"], made.json["score"], made.json["reference"]) == ("hotline", 0, "call-77")
    assert made.json["has_contact"]
    assert "0501234567" not in made.text
    get = program(riverside.organisation)
    assert get("answers").json["items"] == [made.json]
    (case,) = get("cases").json["items"]
    assert (case["id"], case["channel"], case["touchpoint"]) == (made.json["case"], "hotline", None)
    with engine.connect() as connection:
        assert connection.execute(select(rating.c.channel)).scalar_one() == Channel.HOTLINE
        assert connection.execute(select(contact.c.consent)).scalar_one() == "You may call me back about this."
    assert get(f"stores/{riverside.store}").json["today"]["ratings"] == 1


def test_a_repeat_is_the_same_answer(sends: Program, program: Program, riverside: Shop) -> None:
    post = sends(riverside.store)
    body = {"channel": "web", "store": riverside.store, "button": 1}
    with ThreadPoolExecutor() as senders:
        answers = list(senders.map(lambda _: post("k1", **body), range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert post("k1", **{**body, "button": 2}).status_code == 422
    assert sends(riverside.organisation)("k1", **body).status_code == 201  # keys of different places do not meet
    assert len(program(riverside.store)("answers").json["items"]) == 2


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        (None, {}),
        ("k" * 201, {}),
        ("k1", {"button": None}),
        ("k1", {"button": 5}),
        ("k1", {"channel": "kiosk-button"}),
        ("k1", {"store": 10**6}),
        ("k1", {"touchpoint": 10**6}),
        ("k1", {"comment": "x" * 1001}),
        ("k1", {"button": None, "comment": "   "}),
        ("k1", {"contact": {"address": "0501234567"}}),
        ("k1", {"contact": {"address": "   ", "consent": "Call me, please."}}),
        ("k1", {"contact": {"address": "0501234567", "consent": " " * 20}}),
        ("k\x7f", {}),
        ("k1", {"contact": {"address": "0501234567", "consent": "Call me, please.", "erase_on": "2099-01-01"}}),
    ],
)
def test_what_is_no_answer(
    sends: Program, program: Program, riverside: Shop, key: str | None, changed: dict[str, Any]
) -> None:
    body = {"channel": "web", "store": riverside.store, "button": 1} | changed
    refused = sends(riverside.store)(key, **{name: value for name, value in body.items() if value is not None})
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert program(riverside.store)("answers").json["items"] == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("comment", {"comment": "{}"}),
        ("reference", {"reference": "{}"}),
        ("language", {"language": "{}"}),
        ("contact.address", {"contact": {"address": "{}", "consent": "Call me, please."}}),
        ("contact.consent", {"contact": {"address": "0501234567", "consent": "{}"}}),
        ("contact.purpose", {"contact": {"address": "0501234567", "consent": "Call me, please.", "purpose": "{}"}}),
    ],
)
@pytest.mark.parametrize("text", ["Call me\0please.", "Call me \ud83d please."])
def test_what_is_no_text_is_refused_by_name(
    sends: Program, program: Program, riverside: Shop, field: str, more: dict[str, Any], text: str
) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return text if value == "{}" else value

    refused = sends(riverside.store)("k1", channel="web", store=riverside.store, button=1, **filled(more))
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == [field]
    assert program(riverside.store)("answers").json["items"] == []


def test_blank_words_are_none(sends: Program, program: Program, riverside: Shop) -> None:
    body = {"channel": "web", "store": riverside.store, "button": 3, "comment": " \n ", "reference": "  "}
    made = sends(riverside.store)("k1", **body)
    assert (made.status_code, made.json["comment"], made.json["reference"]) == (201, None, None)
    assert made.json["case"] is None  # bad, but without a word
    assert sends(riverside.store)("k1", **body).status_code == 200


VOICE = {
    "channel": "hotline",
    "button": 4,
    "comment": "Nobody answered the bell.",
    "contact": {"address": "0501234567", "consent": "You may call me back about this."},
    "reference": "call-77",
    "language": "uk",
}


@pytest.mark.parametrize(
    "changed",
    [
        {"channel": "email"},
        {"button": 3},
        {"button": None},
        {"comment": "Nobody answered."},
        {"comment": None},
        {"contact": {"address": "0507654321", "consent": "You may call me back about this."}},
        {"contact": {"address": "0501234567", "consent": "You may call me back, or not."}},
        {"contact": None},
        {"reference": "call-78"},
        {"reference": None},
        {"language": "en"},
        {"touchpoint": "exit"},
        {"store": "hilltop"},
    ],
)
def test_a_key_is_for_one_answer(
    sends: Program, program: Program, engine: Engine, riverside: Shop, changed: dict[str, Any]
) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    ids = {"exit": riverside.exit, "hilltop": hilltop.store}
    changed = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in changed.items()}
    post, body = sends(riverside.organisation), {**VOICE, "store": riverside.store}
    made = post("k1", **body)

    def without_none(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value is not None}

    # What was left out at first and comes now is another answer as well.
    for key, first, then in (("k1", body, body | changed), ("k2", body | changed, body)):
        assert post(key, **without_none(first)).status_code in (200, 201)
        refused = post(key, **without_none(then))
        assert refused.status_code == 422
        assert "Idempotency-Key" in refused.json["detail"]
    assert post("k1", **body).json == made.json
    assert len(program(riverside.organisation)("answers").json["items"]) == 2


@pytest.mark.parametrize(("days", "comment"), [(90, "Nobody answered the bell."), (366, None)])
def test_what_was_erased_is_no_difference(
    app: Flask,
    sends: Program,
    settings: Settings,
    riverside: Shop,
    days: int,
    comment: str | None,
) -> None:
    post, body = sends(riverside.store), {**VOICE, "store": riverside.store}
    made = post("k1", **body)
    later = NOW + timedelta(days=days)
    with connect(settings, autocommit=True) as jobs:
        erase_expired(jobs, later.date())
    app.extensions["now"] = lambda: later
    again = post("k1", **body)
    assert (again.status_code, again.json["id"]) == (200, made.json["id"])
    assert (again.json["has_contact"], again.json["comment"]) == (False, comment)
    assert post("k1", **body | {"reference": "call-78"}).status_code == 422


def test_who_may(sends: Program, program: Program, phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    body = {"channel": "web", "store": riverside.store, "button": 1}
    assert sends(riverside.store, "read")("k1", **body).status_code == 403
    assert sends(hilltop.store)("k1", **body).status_code == 422
    phone.answer(poster, 4)
    for path in ("answers", "cases"):
        assert len(program(riverside.region)(path).json["items"]) == 1
        assert program(hilltop.region)(path).json["items"] == []


def test_answers_come_in_pages(program: Program, phone: Phone, poster: str, riverside: Shop) -> None:
    for _ in range(3):
        phone.answer(poster, 1)
    get = program(riverside.store)
    seen, after = [], {}
    while items := (page := get("answers", limit=2, **after).json)["items"]:
        seen += [item["id"] for item in items]
        after = {"after": page["next"]}
    assert seen == sorted(set(seen))
    assert len(seen) == 3
    phone.answer(poster, 2)
    (late,) = get("answers", **after).json["items"]
    assert late["button"] == 2
    assert get("answers", store=10**6).json["items"] == []


def test_answers_to_surveys_are_in_the_feed_of_ratings(
    app: Flask, program: Program, phone: Phone, poster: str, engine: Engine, riverside: Shop
) -> None:
    phone.answer(poster, 2)
    raw = engine.raw_connection()
    advance(raw.driver_connection)  # type: ignore[arg-type] # psycopg's
    raw.commit()
    raw.close()
    (item,) = program(riverside.store)("ratings").json["items"]
    assert (item["kiosk"], item["epoch"], item["channel"], item["button"]) == (None, None, "poster-qr", 2)


def test_answers_have_the_documents_shape(
    app: Flask, program: Program, phone: Phone, poster: str, riverside: Shop
) -> None:
    phone.answer(poster, 4, comment="Cold soup.")
    get = program(riverside.store)
    document = app.test_client().get("/api/v1/openapi.json").json
    for path in ("surveys", "answers", "cases", "cases/1", "cases/1/events"):
        described = document["paths"][f"/api/v1/{path.replace('1', '{case_id}')}"]["get"]["responses"]["200"]
        schema = described["content"]["application/json"]["schema"]
        assert not list(mismatches(get(path).json, schema, document))
