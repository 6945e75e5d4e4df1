"""Whether all has arrived, by store and day, on pages and in the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from collector.ingest.tables import cursor
from tests.collector.alarms import make_alarm
from tests.collector.api.test_resources import mismatches
from tests.collector.console.test_store_page import words
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

Browser = Callable[[int], FlaskClient]
Program = Callable[..., Callable[..., Any]]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """A store from which all has arrived; at Riverside something was put aside, and something is on its way."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        river, hill = make_kiosk(connection, riverside, "river-1"), make_kiosk(connection, shop, "hill-1")
        connection.execute(update(cursor).where(cursor.c.id == river).values(recorded=1234))
        make_ratings(connection, river, [1, 1, 9], happened=NOW - timedelta(days=2))
        make_ratings(connection, river, [1, 1, 1, 4], happened=NOW)
        make_ratings(connection, hill, [1, 4], happened=NOW - timedelta(days=20))
        make_ratings(connection, hill, [1, 4, 4], happened=NOW)
    return shop


def test_a_stores_page(browser: Browser, engine: Engine, riverside: Shop, hilltop: Shop) -> None:
    with engine.begin() as connection:
        make_alarm(connection, "river-1", reason="Its clock was 9 min ahead.")
    client = browser(riverside.store)
    assert f"/stores/{riverside.store}/completeness" in client.get(f"/stores/{riverside.store}").text
    page = words(client.get(f"/stores/{riverside.store}/completeness").text)
    assert "1,227 records are on their way" in page
    assert "1,234 recorded 7 received 1,227 on their way 6 stored 1 put aside 0 declared lost" in page
    assert "Sun 22 Nov 0 4 0 0 1,227 Sat 21 Nov 0 0 0 0 1,231 Fri 20 Nov 1,234 2 1 0 1,231" in page
    assert "river-1 Exit · Riverside ● online 1,234 records · 1,227 on their way" in page
    assert "river-1 : its clock is off Its clock was 9 min ahead." in page


def test_days_before(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    client = browser(hilltop.store)
    page = client.get(f"/stores/{hilltop.store}/completeness").text
    assert "All that was recorded has arrived." in page
    assert "Later" not in page
    earlier = f"/stores/{hilltop.store}/completeness?to=2026-11-08"
    assert f'href="{earlier}"' in page
    page = client.get(earlier).text
    assert "Mon 2 Nov 2 2 0 0 0" in words(page)
    assert f'href="/stores/{hilltop.store}/completeness?to=2026-11-22"' in page
    for day in ("yesterday", "0001-01-01", "9999-12-31", ""):
        assert client.get(f"/stores/{hilltop.store}/completeness?to={day}").status_code == 200


def test_a_places_page_begins_where_something_is_missing(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    client = browser(riverside.organisation)
    assert f"/places/{riverside.organisation}/completeness" in client.get("/kiosks").text
    page = words(client.get(f"/places/{riverside.organisation}/completeness").text)
    assert "1,237 recorded 10 received 1,227 on their way 9 stored 1 put aside 0 declared lost" in page
    assert "Riverside 1,234 records · 1 put aside · 1,227 on their way Hilltop 3 records · all received" in page
    answer = client.get(f"/places/{riverside.store}/completeness")
    assert answer.headers["Location"] == f"/stores/{riverside.store}/completeness"


def test_nobody_sees_it_of_other_places(browser: Browser, program: Program, riverside: Shop, hilltop: Shop) -> None:
    client, get = browser(hilltop.region), program(hilltop.region)
    for path in (f"stores/{riverside.store}", f"places/{riverside.store}", f"places/{riverside.organisation}"):
        assert client.get(f"/{path}/completeness").status_code == 404
        assert get(f"{path}/completeness").status_code == 404
    assert client.get(f"/places/{hilltop.region}/completeness").status_code == 200
    assert client.get("/places/99999/completeness").status_code == 404


def test_a_store_for_programs(program: Program, riverside: Shop, hilltop: Shop) -> None:
    path = f"stores/{riverside.store}/completeness"
    answer = program(riverside.store)(path, **{"from": "2026-11-21"}).json
    nothing = dict.fromkeys(("recorded", "received", "stored", "put_aside", "lost", "never_came"), 0)
    today = nothing | {"received": 4, "stored": 4, "on_its_way": 1227}
    assert answer == {
        "store": riverside.store,
        "from": "2026-11-21",
        "to": "2026-11-22",
        "total": today,
        "days": [{"day": "2026-11-22", **today}, {"day": "2026-11-21", **nothing, "on_its_way": 1231}],
    }
    usual = program(riverside.store)(path).json
    assert (usual["from"], usual["to"], len(usual["days"])) == ("2026-11-09", "2026-11-22", 14)
    past = program(riverside.store)(path, **{"from": "2026-01-01"}).json
    assert (past["from"], past["to"], len(past["days"])) == ("2026-01-01", "2026-04-02", 92)


def test_a_place_for_programs_comes_in_pages(app: Flask, program: Program, riverside: Shop, hilltop: Shop) -> None:
    get, path = program(riverside.organisation), f"places/{riverside.organisation}/completeness"
    first = get(path, limit=1, to="2026-11-22").json
    second = get(path, limit=1, after=first["next"]).json
    assert [(item["name"], item["recorded"]) for item in first["items"] + second["items"]] == [
        ("Riverside", 1234),
        ("Hilltop", 3),
    ]
    assert get(path, limit=1, after=second["next"]).json["items"] == []
    document = app.test_client().get("/api/v1/openapi.json").json
    shape = document["paths"]["/api/v1/places/{place_id}/completeness"]["get"]["responses"]["200"]
    assert not list(mismatches(first, shape["content"]["application/json"]["schema"], document))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-22", "to": "2026-11-21"}, "to"),
        ({"from": "2026-01-01", "to": "2026-04-03"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "9999-12-31"}, "from"),
    ],
)
def test_days_that_do_not_fit_are_named(program: Program, riverside: Shop, query: dict[str, str], field: str) -> None:
    answer = program(riverside.store)(f"stores/{riverside.store}/completeness", **query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
