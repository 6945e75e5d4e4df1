"""Stores, kiosks, completeness; the OpenAPI document; and what is said when something cannot be done."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from collector.ingest.tables import completeness_past, cursor
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

Program = Callable[..., Callable[..., Any]]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """A second store; each has a kiosk with ratings of today."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        for place, name in ((riverside, "river-1"), (shop, "hill-1")):
            make_ratings(connection, make_kiosk(connection, place, name), [1, 1, 4], happened=NOW)
    return shop


def test_a_token_sees_its_place_and_below(program: Program, riverside: Shop, hilltop: Shop) -> None:
    get = program(hilltop.region)
    assert [store["id"] for store in get("stores").json["items"]] == [hilltop.store]
    assert [kiosk["id"] for kiosk in get("kiosks").json["items"]] == ["hill-1"]
    assert get("kiosks", store=riverside.store).json["items"] == []
    for path in (f"stores/{riverside.store}", "kiosks/river-1", "kiosks/river-1/completeness", "kiosks/nobody"):
        assert get(path).status_code == 404
    for path in (f"stores/{hilltop.store}", "kiosks/hill-1", "kiosks/hill-1/completeness"):
        assert get(path).status_code == 200
    assert len(program(riverside.organisation)("stores").json["items"]) == 2


def test_a_session_does_as_well(browser: Callable[[int], FlaskClient], visitor: FlaskClient, riverside: Shop) -> None:
    assert browser(riverside.store).get("/api/v1/stores").json["items"][0]["name"] == "Riverside"
    assert visitor.get("/api/v1/stores").status_code == 401


def test_a_store_and_its_day(program: Program, riverside: Shop, hilltop: Shop) -> None:
    store = program(riverside.store)(f"stores/{riverside.store}").json
    assert store["time_zone"] == "Europe/Kyiv"
    assert [touchpoint["name"] for touchpoint in store["touchpoints"]] == ["Checkout", "Exit"]
    assert store["today"]["index"] == 66.67
    assert store["today"]["ratings"] == 3


def test_lists_come_in_pages(program: Program, engine: Engine, riverside: Shop, hilltop: Shop) -> None:
    get = program(riverside.organisation)
    for path, expected in (("stores", [riverside.store, hilltop.store]), ("kiosks", ["hill-1", "river-1"])):
        first = get(path, limit=1).json
        second = get(path, limit=1, after=first["next"]).json
        last = get(path, limit=1, after=second["next"]).json
        assert [item["id"] for item in first["items"] + second["items"]] == expected
        assert last == {"items": [], "next": None}


def test_recorded_against_received(program: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        at = make_kiosk(connection, riverside, "exit-1")
        for day, stored, aside, lost in (("2026-11-20", 10, 0, 0), ("2026-11-21", 5, 2, 3)):
            values = {"recorded": 20, "received": 20, "stored": stored, "put_aside": aside, "lost": lost}
            connection.execute(insert(completeness_past).values(cursor_id=at, day=day, **values))
        connection.execute(update(cursor).where(cursor.c.id == at).values(seq=20, recorded=26))
    answer = program(riverside.store)("kiosks/exit-1/completeness").json
    (epoch,) = answer["epochs"]
    assert {name: epoch[name] for name in ("recorded", "received", "stored", "put_aside", "lost", "on_its_way")} == {
        "recorded": 26,
        "received": 20,
        "stored": 15,
        "put_aside": 2,
        "lost": 3,
        "on_its_way": 6,
    }
    assert [day["day"] for day in answer["days"]] == ["2026-11-21", "2026-11-20"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("ratings", {"limit": 0}, "limit"),
        ("ratings", {"limit": 1001}, "limit"),
        ("ratings", {"limit": "many"}, "limit"),
        ("ratings", {"after": "xyz"}, "after"),
        ("ratings", {"since": "yesterday"}, "since"),
        ("ratings", {"kiosk": "a.b"}, "kiosk"),
        ("ratings", {"store": 2**31}, "store"),
        ("ratings", {"stroe": 1}, "stroe"),
        ("kiosks", {"after": "xyz"}, "after"),
        ("stores", {"limit": -1}, "limit"),
    ],
)
def test_what_does_not_fit_is_named(
    program: Program, riverside: Shop, path: str, query: dict[str, Any], field: str
) -> None:
    answer = program(riverside.store)(path, **query)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    (error,) = answer.json["errors"]
    assert (error["in"], error["field"]) == ("query", field)
    assert error["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("POST", "stores", 405),
        ("GET", "stores", 401),
        ("GET", "stores/x", 404),
        ("GET", "broken", 500),
    ],
)
def test_problems_are_documents(own_app: Flask, method: str, path: str, status: int) -> None:
    own_app.add_url_rule("/api/v1/broken", view_func=lambda: 1 / 0)
    answer = own_app.test_client().open(f"/api/v1/{path}", method=method)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["type"] == "about:blank"
    assert answer.json["title"]
    assert "division" not in answer.text


def test_refusals_keep_their_headers(visitor: FlaskClient) -> None:
    assert "GET" in visitor.post("/api/v1/stores").headers["Allow"]
    assert visitor.get("/api/v1/stores").headers["WWW-Authenticate"].startswith("Bearer")


def test_the_document_lists_what_there_is_and_answers_have_its_shape(
    app: Flask, program: Program, riverside: Shop, hilltop: Shop
) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]
    served = {
        re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
    }
    assert set(document["paths"]) == served
    get = program(riverside.organisation)
    parts = {"store_id": riverside.store, "kiosk_id": "river-1"}
    for path, item in document["paths"].items():
        if "get" not in item or set(re.findall(r"{(\w+)}", path)) - set(parts):
            continue  # a capability's own test asks for what only it can make
        real = path.format(**parts)
        responses = item["get"]["responses"]
        [(type, content)] = responses["200"]["content"].items()
        if type != "application/json":
            assert get(real.removeprefix("/api/v1/")).content_type == type
            continue
        schema = content["schema"]
        problems = list(mismatches(get(real.removeprefix("/api/v1/")).json, schema, document))
        assert not problems
        problem = resolved(responses["default"], document)["content"]["application/problem+json"]["schema"]
        assert not list(mismatches(get("kiosks/nobody").json, problem, document))


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolved(found, document)


JSON_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def mismatches(value: Any, schema: dict[str, Any], document: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value does not have the shape of a schema (of the parts of JSON Schema that the document uses)."""
    schema = resolved(schema, document)
    if "anyOf" in schema:
        if all(list(mismatches(value, each, document, path)) for each in schema["anyOf"]):
            yield f"{path}: {value!r} is none of {schema['anyOf']}"
        return
    if "type" not in schema:
        yield f"{path}: the schema has no type: {schema}"
        return
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, JSON_TYPES[name]) for name in types):
        yield f"{path}: {value!r} is no {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict) and "properties" in schema:
        if set(value) - set(schema["properties"]) or set(schema.get("required", ())) - set(value):
            yield f"{path}: {sorted(value)} is not {sorted(schema['properties'])}"
        for name in value.keys() & schema["properties"].keys():
            yield from mismatches(value[name], schema["properties"][name], document, f"{path}.{name}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from mismatches(item, schema["items"], document, f"{path}[{number}]")
