"""Cases for programs."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from collector.accounts.tokens import make_token
from collector.cases.tables import case_event
from collector.notify.tables import outbox
from tests.collector.customers import Phone
from tests.factories import Shop, make_shop


@pytest.fixture
def acts(app: Flask, engine: Engine, phone: Phone, poster: str) -> Callable[..., Callable[..., Any]]:
    """Case 1 is open. Makes a program that may write; call it with a path below /api/v1/cases, a body, and an
    Idempotency-Key; without one it takes a new one."""
    phone.answer(poster, 4, reasons=[1], comment="Cold soup.")

    def of(place_id: int, *scopes: str) -> Callable[..., Any]:
        with engine.begin() as connection:
            token = make_token(connection, "head office", scopes or ("read", "write"), place_id)

        def post(path: str, key: str | None = None, **body: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid.uuid4())}
            return app.test_client().post(f"/api/v1/cases/{path}", json=body, headers=headers)

        return post

    return of


@pytest.fixture
def happened(engine: Engine) -> Callable[[], tuple[list[str], list[str]]]:
    """What happened to all cases: as it was written down, and as it is told to others."""

    def read() -> tuple[list[str], list[str]]:
        with engine.connect() as connection:
            written = connection.scalars(select(case_event.c.kind).order_by(case_event.c.id)).all()
            told = connection.scalars(select(outbox.c.type).order_by(outbox.c.id)).all()
        return list(written), [each.removeprefix("smilepost.case.") for each in told]

    return read


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
    for query, found in (
        ({"kind": "complaint"}, [1]),
        ({"kind": "alert"}, []),
        ({"channel": "poster-qr"}, [1]),
        ({"channel": "hotline"}, []),
        ({"overdue": "true"}, []),
        ({"responsible": 7}, []),
        ({"store": riverside.store}, [1]),
    ):
        assert [case["id"] for case in get("cases", **query).json["items"]] == found


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
    headers = {"X-CSRFToken": token, "Idempotency-Key": "k1"}
    assert client.post("/api/v1/cases/1/take", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"comment": ""}, {"comment": " \n "}, {"comment": "x" * 1001}, {"comment": "a\0b"}, {"comment": "a\ud800b"}],
)
def test_words_are_needed(
    acts: Callable[..., Any], happened: Callable[[], Any], riverside: Shop, body: dict[str, str]
) -> None:
    for path in ("1/comment", "1/resolve"):
        refused = acts(riverside.store)(path, **body)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json["errors"]] == ["comment"]
    assert happened() == (["opened"], ["opened"])


def test_space_around_words_does_not_count(
    acts: Callable[..., Any], program: Callable[..., Any], riverside: Shop
) -> None:
    assert acts(riverside.store)("1/comment", comment=f"  {'x' * 1000}\n").status_code == 200
    assert program(riverside.store)("cases/1/events").json["items"][-1]["comment"] == "x" * 1000


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("1/take", {}, "taken"),
        ("1/comment", {"comment": "Asked the shift."}, "commented"),
        ("1/resolve", {"comment": "New soup every hour."}, "resolved"),
    ],
)
def test_a_repeat_changes_nothing(
    acts: Callable[..., Any],
    happened: Callable[[], Any],
    riverside: Shop,
    path: str,
    body: dict[str, str],
    kind: str,
) -> None:
    act = acts(riverside.store)
    with ThreadPoolExecutor() as senders:
        answers = list(senders.map(lambda _: act(path, key="k1", **body), range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json == answers[1].json == answers[2].json
    assert happened() == (["opened", kind], ["opened", kind])


def test_a_late_repeat_shows_the_case_as_it_is(
    acts: Callable[..., Any], happened: Callable[[], Any], riverside: Shop
) -> None:
    act = acts(riverside.store)
    act("1/take", key="k1")
    act("1/comment", key="k2", comment="Asked the shift.")
    resolved = act("1/resolve", comment="New soup every hour.").json
    assert act("1/take", key="k1").json == resolved
    assert act("1/comment", key="k2", comment="Asked the shift.").json == resolved
    written, told = happened()
    assert written == told == ["opened", "taken", "commented", "resolved"]


def test_a_key_is_for_one_change(
    acts: Callable[..., Any],
    happened: Callable[[], Any],
    phone: Phone,
    poster: str,
    riverside: Shop,
) -> None:
    act = acts(riverside.store)
    phone.answer(poster, 4)  # case 2
    act("1/comment", key="k1", comment="Asked the shift.")
    before = happened()
    for path, body in (
        ("1/comment", {"comment": "Hm."}),
        ("2/comment", {"comment": "Asked the shift."}),
        ("1/resolve", {"comment": "Asked the shift."}),
        ("1/take", {}),
    ):
        refused = act(path, key="k1", **body)
        assert refused.status_code == 422
        assert "Idempotency-Key" in refused.json["detail"]
    assert happened() == before
    # Keys of different places do not meet.
    assert acts(riverside.region)("1/comment", key="k1", comment="Asked the shift.").status_code == 200
    assert len(happened()[0]) == len(before[0]) + 1


def test_a_key_is_needed(acts: Callable[..., Any], happened: Callable[[], Any], riverside: Shop) -> None:
    for path, body in (("take", {}), ("comment", {"comment": "Hm."}), ("resolve", {"comment": "Hm."})):
        refused = acts(riverside.store)(f"1/{path}", key="k" * 201, **body)
        assert refused.status_code == 422
        assert "Idempotency-Key" in refused.json["detail"]
    assert happened() == (["opened"], ["opened"])
