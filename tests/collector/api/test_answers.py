"""Answers for programs, and voices that came in elsewhere."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, insert, select

from collector.accounts.tokens import make_token
from collector.api import cursors
from collector.audit.log import entries
from collector.cases.changes.opening import examine_left
from collector.cases.submit import submit
from collector.database import connect
from collector.personal.retention import erase_expired
from collector.ratings.kinds import Channel
from collector.ratings.relay import advance
from collector.ratings.tables import rating, rating_archive
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Nps
from collector.surveys.tables import contact
from tests.collector.api.test_resources import mismatches
from tests.collector.customers import Phone, form_of
from tests.collector.surveys.asking import BEST, EVERYTHING, STAFF, ask, make_staff_room
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
        ("k1", {"contact": {"address": "ask for Oksana", "consent": "Call me, please."}}),
        ("k1", {"contact": {"address": "0501234567, or ann@example.com", "consent": "Call me, please."}}),
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
        erase_expired(jobs, later)
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
    _relay(engine)
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


def test_every_scale_and_reason_can_be_sent(sends: Program, program: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING)
    post = sends(riverside.store)
    body = {"channel": "messenger", "store": riverside.store, "replies": BEST, "reasons": [1]}
    made = post("k1", **body)
    assert made.status_code == 201
    assert (made.json["replies"], made.json["reasons"], made.json["button"]) == (BEST, [1], 1)
    assert (made.json["partial"], made.json["mark"]) == (False, "none")
    assert post("k1", **body).status_code == 200
    with_button = {**body, "replies": {key: value for key, value in BEST.items() if key != "1"}, "button": 1}
    assert post("k1", **with_button).json == made.json
    assert post("k1", **{**body, "replies": {**BEST, "3": 9}}).status_code == 422
    with engine.connect() as connection:
        assert len(connection.execute(select(rating)).all()) == len(BEST)
    refused: list[dict[str, Any]] = [
        {"replies": {"9": 1}},
        {"replies": {"3": 11}},
        {"replies": {"1": 0}},
        {"replies": {"1": "1"}},
        {"replies": {"1": 2}, "button": 1},
        {"reasons": [2]},  # a bad one, after the best rating
        {"reasons": [99]},
    ]
    for changed in refused:
        assert post("k2", **body | changed).status_code == 422, changed
    assert len(program(riverside.store)("answers").json["items"]) == 1


def test_what_is_completed_or_marked_comes_again(
    app: Flask, sends: Program, program: Program, phone: Phone, poster: str, engine: Engine, riverside: Shop
) -> None:
    get = program(riverside.store)
    page = phone.tap(poster, 4)
    (tapped,) = (first := get("answers").json)["items"]
    assert (tapped["partial"], tapped["completed_at"], tapped["button"], tapped["case"]) == (True, None, 4, None)
    other = sends(riverside.store)("k1", channel="web", store=riverside.store, button=1).json["id"]
    phone.send(poster, form_of(page), comment="Cold soup.")
    later = get("answers", after=first["next"]).json
    assert [each["id"] for each in later["items"]] == [other, tapped["id"]]
    completed = later["items"][1]
    assert (completed["partial"], completed["comment"]) == (False, "Cold soup.")
    assert completed["case"]
    assert get(f"answers/{tapped['id']}").json == completed

    with engine.begin() as connection:
        token = make_token(connection, "a moderator", ("read", "write"), riverside.store)

    def say(mark: str, key: str | None = "k1", answer_id: int = other) -> Any:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        path = f"/api/v1/answers/{answer_id}/mark"
        return app.test_client().post(path, json={"mark": mark}, headers=headers)

    assert say("spam").json["mark"] == say("spam").json["mark"] == "spam"
    (again,) = get("answers", after=later["next"]).json["items"]
    assert (again["id"], again["mark"]) == (other, "spam")
    today = get(f"stores/{riverside.store}").json["today"]
    assert (today["ratings"], today["not_counted"]) == (1, 1)
    assert say("none").json["mark"] == "none"
    assert get(f"stores/{riverside.store}").json["today"]["ratings"] == 2
    assert say("nonsense").status_code == say("spam", None).status_code == 422
    assert say("spam", answer_id=10**6).status_code == 404
    with engine.begin() as connection:  # as if that month were in a file
        month = {
            "month": NOW.date().replace(day=1),
            "file": "ratings-2026-11.gz",
            "rows": 2,
            "sha256": "",
            "archived_at": NOW,
        }
        connection.execute(insert(rating_archive).values(month))
    assert say("spam").status_code == 409
    assert get(f"answers/{other}").json["mark"] == "none"


def test_what_staff_say_is_not_listed_one_by_one(
    sends: Program, program: Program, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.store, definition=STAFF, audience="staff")
    source = Source("poster:staff", Channel.POSTER_QR, riverside.store, room)
    done = submit(engine, settings, source, Reply("en", replies={"1": 0}, comment="Nobody listens."), NOW)
    _relay(engine)
    get = program(riverside.organisation)
    assert get("answers").json["items"] == get("ratings").json["items"] == []
    assert get(f"answers/{done.answer_id}").status_code == 404
    body = {"channel": "web", "store": riverside.store, "touchpoint": room, "replies": {"1": 5}}
    assert sends(riverside.store)("k1", **body).status_code == 422


def test_several_ratings_of_an_answer_come_once_each_however_short_the_pages(
    sends: Program, program: Program, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING)
    for key in ("k1", "k2"):
        sends(riverside.store)(key, channel="web", store=riverside.store, replies=BEST)
    _relay(engine)
    get, seen, after = program(riverside.store), [], {}
    while items := (page := get("ratings", limit=3, **after).json)["items"]:
        seen += [(item["seq"], item["question"], item["scale"]) for item in items]
        after = {"after": page["next"]}
    assert len(seen) == len(set(seen)) == 2 * len(BEST)
    assert [scale for _, _, scale in seen].count("smileys") == 2
    # A cursor of before there were several stands behind all ratings of its answer.
    position, cursor, seq, _ = cursors.decode(get("ratings", limit=3).json["next"], int, int, int, int)
    old = get("ratings", after=cursors.encode(position, cursor, seq)).json["items"]
    assert [item["seq"] for item in old] == [seen[-1][0]] * len(BEST)


def _relay(engine: Engine) -> None:
    raw = engine.raw_connection()
    advance(raw.driver_connection)  # type: ignore[arg-type] # psycopg's
    raw.commit()
    raw.close()


def test_a_repeat_is_good_after_the_survey_has_changed(sends: Program, engine: Engine, riverside: Shop) -> None:
    post = sends(riverside.store)
    body = {"channel": "email", "store": riverside.store, "button": 4, "reasons": [1], "comment": "Cold soup."}
    made = post("k1", **body)
    with engine.begin() as connection:
        ask(connection, riverside.store, Nps(1, {"en": "Would you recommend us?"}))
    again = post("k1", **body)
    assert (again.status_code, again.json) == (200, made.json)
    assert post("k2", **body).status_code == 422  # the new one has no such reasons


def test_whoever_marks_an_answer_is_written_down(sends: Program, app: Flask, engine: Engine, riverside: Shop) -> None:
    made = sends(riverside.store)("k1", channel="web", store=riverside.store, button=4)
    with engine.begin() as connection:
        token = make_token(connection, "the store's tool", ("read", "write"), riverside.store)
    headers = {"Authorization": f"Bearer {token}"}
    for number, mark in enumerate(("spam", "spam", "none")):
        path, keyed = f"/api/v1/answers/{made.json['id']}/mark", headers | {"Idempotency-Key": str(number)}
        assert app.test_client().post(path, json={"mark": mark}, headers=keyed).json["mark"] == mark
    with engine.connect() as connection:
        noted = entries(connection, riverside.region, limit=9)
    assert [(each.who, each.action, each.subject) for each in noted] == [
        ("the store's tool", "unmarked", f"answers/{made.json['id']}"),
        ("the store's tool", "marked-spam", f"answers/{made.json['id']}"),
    ]


def test_a_case_that_opens_later_brings_the_answer_again(
    program: Program, phone: Phone, poster: str, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    phone.tap(poster, 4)
    get = program(riverside.store)
    first = get("answers").json
    assert first["items"][0]["case"] is None
    examine_left(engine, settings, NOW + timedelta(minutes=11))
    (later,) = get("answers", after=first["next"]).json["items"]
    assert (later["id"], later["case"]) == (first["items"][0]["id"], 1)
