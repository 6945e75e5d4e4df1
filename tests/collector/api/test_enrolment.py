"""Making kiosks of boards, as a technician's tool does: a token of the scope `provision`, and nothing beyond it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from collector.audit.tables import audit
from collector.fleet.releases import KEPT_KEY
from collector.fleet.tables import kiosk, kiosk_secret
from collector.ratings.kinds import Mark
from collector.settings import Settings
from tests.collector.api.conftest import Send
from tests.factories import NOW, Shop, make_kiosk, make_ratings

STEPS = [{"name": "Button 1", "passed": True, "said": None, "seconds": 1.5}]
FOUND = {"passed": True, "board": "pico_w", "firmware": "0.3.0", "serial": "e661", "steps": STEPS}


def test_stores_name_their_touchpoints(send: Send, riverside: Shop, hilltop: Shop) -> None:
    [store] = send("GET", "stores").json["items"]
    assert (store["id"], store["name"]) == (riverside.store, "Riverside")
    assert store["touchpoints"] == [
        {"id": riverside.checkout, "name": "Checkout"},
        {"id": riverside.exit, "name": "Exit"},
    ]


def test_a_kiosk_is_made_then_enrolled(send: Send, riverside: Shop) -> None:
    made = send("POST", "kiosks", {"touchpoint": riverside.exit, "board": "pico_w", "serial": "e661"}, "a")
    assert made.status_code == 201
    kiosk_id = made.json["id"]
    shown = {name: made.json[name] for name in ("life", "touchpoint", "board", "serial", "accepted", "settings_wanted")}
    assert shown == {
        **{"life": "made", "touchpoint": "Exit", "board": "pico_w", "serial": "e661"},
        **{"accepted": None, "settings_wanted": 1},
    }
    assert kiosk_id == "riverside-exit-1"
    assert send("GET", f"kiosks/{kiosk_id}/secrets").json == {"numbers": [], "used": None}
    told = send("POST", f"kiosks/{kiosk_id}/identity", {}, "b")
    assert told.status_code == 201
    assert told.json["identity"].keys() == {"kiosk", "host", "port", "n", "secret", "tls", "ca", "key"}
    assert (told.json["identity"]["kiosk"], told.json["identity"]["n"]) == (kiosk_id, 1)
    assert send("GET", f"kiosks/{kiosk_id}").json["life"] == "enrolled"
    assert send("GET", f"kiosks/{kiosk_id}/secrets").json["numbers"] == [1]


def test_a_repeat_makes_no_second_kiosk(send: Send, riverside: Shop) -> None:
    first = send("POST", "kiosks", {"touchpoint": riverside.exit}, "a")
    again = send("POST", "kiosks", {"touchpoint": riverside.exit}, "a")
    assert (again.status_code, again.json) == (200, first.json)
    assert send("POST", "kiosks", {"touchpoint": riverside.exit}, "b").json["id"] == "riverside-exit-2"
    assert send("POST", "kiosks", {"touchpoint": riverside.exit, "kiosk": "other"}, "a").status_code == 422
    assert send("POST", "kiosks", {"touchpoint": riverside.exit}).status_code == 422  # without a key


def test_a_kiosk_of_a_name_is_the_same_at_its_touchpoint_and_taken_elsewhere(
    send: Send, riverside: Shop, hilltop: Shop
) -> None:
    wanted = {"touchpoint": riverside.exit, "kiosk": "front-door"}
    assert send("POST", "kiosks", wanted, "a").status_code == 201
    same = send("POST", "kiosks", {**wanted, "board": "pico_w"}, "b")
    assert (same.status_code, same.json["id"], same.json["board"]) == (200, "front-door", "pico_w")
    elsewhere = send("POST", "kiosks", {**wanted, "touchpoint": riverside.checkout}, "c")
    assert (elsewhere.status_code, "stands elsewhere" in elsewhere.json["detail"]) == (409, True)
    foreign = send("POST", "kiosks", {"touchpoint": riverside.exit, "kiosk": "hill-1"}, "d")
    assert (foreign.status_code, "Hilltop" in foreign.text) == (409, False)
    send("POST", "kiosks/front-door/retire", {"why": "broken"}, "e")
    assert send("POST", "kiosks", wanted, "f").status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kiosk": "Front Door"}, "kiosk"),
        ({"kiosk": "x" * 33}, "kiosk"),
        ({"kiosk": "front-door\n"}, "kiosk"),
        ({"touchpoint": "Exit"}, "touchpoint"),
        ({"board": "x" * 41}, "board"),
    ],
)
def test_what_does_not_fit_is_named(send: Send, riverside: Shop, body: dict[str, Any], field: str) -> None:
    answer = send("POST", "kiosks", {"touchpoint": riverside.exit, **body}, "a")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_an_identity_is_told_once_and_each_is_further(
    send: Send, riverside: Shop, engine: Engine, settings: Settings
) -> None:
    (settings.data / KEPT_KEY).write_text("the public half\n")
    send("POST", "kiosks", {"touchpoint": riverside.exit, "kiosk": "front-door"}, "a")
    first = send("POST", "kiosks/front-door/identity", {}, "b").json["identity"]
    refused = send("POST", "kiosks/front-door/identity", {}, "b")
    assert (refused.status_code, first["secret"] in refused.text) == (409, False)
    second = send("POST", "kiosks/front-door/identity", {}, "c").json["identity"]
    assert (first["n"], second["n"], first["key"]) == (1, 2, "the public half")
    assert first["secret"] != second["secret"]
    assert send("GET", "kiosks/front-door/secrets").json["numbers"] == [1, 2]
    with engine.connect() as connection:
        entries = connection.execute(select(audit.c.who, audit.c.action, audit.c.subject, audit.c.place_id)).all()
        kept = connection.execute(select(kiosk_secret)).all()
    assert entries == [("the technician", "gave-secret", "kiosks/front-door", riverside.store)] * 2
    assert first["secret"] not in str(kept)


def test_where_the_broker_is_can_be_asked_before_there_is_a_kiosk(send: Send, riverside: Shop) -> None:
    broker = send("GET", "broker").json
    assert broker.keys() == {"host", "port", "tls", "ca", "key"}
    send("POST", "kiosks", {"touchpoint": riverside.exit, "kiosk": "front-door"}, "a")
    assert broker.items() <= send("POST", "kiosks/front-door/identity", {}, "b").json["identity"].items()


def test_an_acceptance_test_is_kept_once(send: Send, riverside: Shop) -> None:
    send("POST", "kiosks", {"touchpoint": riverside.exit, "kiosk": "front-door"}, "a")
    failed = {**FOUND, "passed": False, "steps": [{**STEPS[0], "passed": False, "said": "Nobody pressed."}]}
    first = send("POST", "kiosks/front-door/acceptance", failed, "b")
    assert first.status_code == 201
    assert send("GET", "kiosks/front-door").json["accepted"] is False
    second = send("POST", "kiosks/front-door/acceptance", FOUND, "c").json
    again = send("POST", "kiosks/front-door/acceptance", FOUND, "c")
    assert (again.status_code, again.json) == (200, second)
    listed = send("GET", "kiosks/front-door/acceptance").json["items"]
    assert listed == [second, first.json]
    assert listed[1]["steps"] == failed["steps"]
    page = send("GET", "kiosks/front-door/acceptance?limit=1").json
    assert send("GET", f"kiosks/front-door/acceptance?limit=1&after={page['next']}").json["items"] == [first.json]
    shown = send("GET", "kiosks/front-door").json
    assert (shown["accepted"], shown["board"], shown["serial"]) == (True, "pico_w", "e661")
    for wrong in ({"steps": []}, {"steps": [{"name": "Light"}]}, {"board": " "}, {"passed": "perhaps"}):
        assert send("POST", "kiosks/front-door/acceptance", {**FOUND, **wrong}, "d").status_code == 422


def test_test_presses_are_seen_in_the_table(send: Send, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        at = make_kiosk(connection, riverside, "exit-1")
        beside = make_kiosk(connection, riverside, "exit-2")
        make_ratings(connection, at, [1, 2], mark=Mark.TEST)
        make_ratings(connection, at, [4])
        make_ratings(connection, beside, [3], mark=Mark.TEST)
    page = send("GET", "kiosks/exit-1/tests").json
    assert [(press["seq"], press["button"]) for press in page["items"]] == [(1, 1), (2, 2)]
    assert send("GET", f"kiosks/exit-1/tests?after={page['next']}").json == {"items": [], "next": page["next"]}
    with engine.begin() as connection:
        make_ratings(connection, at, [3], mark=Mark.TEST, happened=NOW + timedelta(seconds=1))
    [later] = send("GET", f"kiosks/exit-1/tests?after={page['next']}").json["items"]
    assert (later["seq"], later["button"]) == (4, 3)


def test_nobody_reaches_beyond_their_place(send: Send, riverside: Shop, hilltop: Shop, engine: Engine) -> None:
    for kiosk_id in ("hill-1", "nobody"):
        for path in ("", "/secrets", "/acceptance", "/tests", "/label.pdf"):
            assert send("GET", f"kiosks/{kiosk_id}{path}").status_code == 404
        for path, body in (
            ("identity", {}),
            ("acceptance", FOUND),
            ("move", {"touchpoint": riverside.exit}),
            ("retire", {"why": "stolen"}),
            ("replace", {"by": "hill-1"}),
            ("label", {}),
        ):
            assert send("POST", f"kiosks/{kiosk_id}/{path}", body, "a").status_code == 404
    assert send("POST", "kiosks", {"touchpoint": hilltop.exit}, "a").status_code == 422
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(kiosk)) == 1


def test_the_scope_opens_nothing_else_and_no_other_opens_this(
    sender: Callable[..., Send], app: Flask, riverside: Shop, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1")
    technician, others = sender(riverside.store), sender(riverside.store, "read", "write", "personal", "metrics")
    document = app.test_client().get("/api/v1/openapi.json").json
    real = {"{kiosk_id}": "exit-1", "{store_id}": str(riverside.store), "{kind}": "cases"}
    open_to: dict[str, set[str]] = {"technician": set(), "others": set()}
    for path, item in document["paths"].items():
        parts = path.removeprefix("/api/v1/").split("/")
        address = "/".join(real.get(part, "1") if part.startswith("{") else part for part in parts)
        for method in item.keys() - {"parameters"}:
            for who, ask in (("technician", technician), ("others", others)):
                # A body that fits nothing: who may ask hears of that, who may not hears so first.
                answer = ask(method.upper(), address, None if method == "get" else {"-": 1}, "a")
                if answer.status_code != 403:
                    open_to[who].add(f"{method} {path.removeprefix('/api/v1/')}")
    ours = {
        *("get stores", "get printers", "get kiosks", "get kiosks/{kiosk_id}", "get kiosks/{kiosk_id}/secrets"),
        *("get broker", "get kiosks/{kiosk_id}/settings"),
        *("get kiosks/{kiosk_id}/acceptance", "get kiosks/{kiosk_id}/tests", "get kiosks/{kiosk_id}/label.pdf"),
        *("post kiosks", "post kiosks/{kiosk_id}/identity", "post kiosks/{kiosk_id}/acceptance"),
        *("post kiosks/{kiosk_id}/move", "post kiosks/{kiosk_id}/retire", "post kiosks/{kiosk_id}/replace"),
        "post kiosks/{kiosk_id}/label",
    }
    assert open_to["technician"] == ours
    assert not open_to["others"] & {each for each in ours if each.startswith("post")}
