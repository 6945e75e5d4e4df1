"""What is odd about kiosks: on their pages, the store's, in the list, and for programs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.collector.alarms import make_alarm
from tests.collector.console.test_store_page import words
from tests.factories import NOW, Shop, make_kiosk, make_shop

Browser = Callable[[int], FlaskClient]
Program = Callable[..., Callable[..., Any]]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """Another store; a kiosk of each is odd, Riverside's was so before."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        make_kiosk(connection, riverside, "river-1")
        make_kiosk(connection, shop, "hill-1")
        make_alarm(connection, "river-1", "foreign", last=NOW - timedelta(days=9))
        make_alarm(connection, "river-1", "clock", reason="It was <b>9</b> min ahead.", times=3)
        make_alarm(connection, "hill-1", "flood", last=NOW - timedelta(days=1))
    return shop


def test_a_kiosks_and_its_stores_page_show_what_is_odd_now(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    client = browser(riverside.organisation)
    kiosk, store = words(client.get("/kiosks/river-1").text), words(client.get(f"/stores/{riverside.store}").text)
    assert "What is odd Its clock is off It was &lt;b&gt;9&lt;/b&gt; min ahead. They count, but not" in kiosk
    assert "3 times, 11:52 to 11:52" in kiosk
    assert "river-1 : its clock is off 11:52" in store
    for page in (kiosk, store):
        assert "another kiosk" not in page
        assert "it sends too much" not in page
    assert "It sends too much" in client.get("/kiosks/hill-1").text


def test_the_list_has_all_of_them_newest_first(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    client = browser(riverside.organisation)
    page = words(client.get("/alarms").text)
    assert "Alarms (2)" in page
    order = ["its clock is off", "it sends too much", "it sends another kiosk's journal"]
    places = [page.replace("&#39;", "'").index(each) for each in order]
    assert places == sorted(places)
    assert "hill-1" not in browser(riverside.region).get("/alarms").text
    assert "river-1" not in browser(hilltop.region).get("/alarms").text


def test_there_may_be_many(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    assert "None. A kiosk whose clock is wrong" in client.get("/alarms").text
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1")
        for days in range(51):
            make_alarm(connection, "exit-1", last=NOW - timedelta(days=days), reason=f"Reason {days}.")
    first, second = client.get("/alarms").text, client.get("/alarms?page=2").text
    assert "Reason 49." in first
    assert "Reason 50." not in first
    assert "Reason 50." in second


def test_programs_read_them_in_pages(program: Program, riverside: Shop, hilltop: Shop) -> None:
    get = program(riverside.organisation)
    first = get("alarms", limit=2).json
    second = get("alarms", limit=2, after=first["next"]).json
    found = first["items"] + second["items"]
    assert [(item["kiosk"], item["kind"], item["day"]) for item in found] == [
        ("river-1", "clock", "2026-11-22"),
        ("hill-1", "flood", "2026-11-21"),
        ("river-1", "foreign", "2026-11-13"),
    ]
    assert found[0] | {"store": None} == {
        "kiosk": "river-1",
        "kind": "clock",
        "day": "2026-11-22",
        "reason": "It was <b>9</b> min ahead.",
        "times": 3,
        "first_at": "2026-11-22T09:52:01.250Z",
        "last_at": "2026-11-22T09:52:01.250Z",
        "store": None,
    }
    assert second["next"] is None


def test_programs_read_those_of_a_store_or_a_kiosk(program: Program, riverside: Shop, hilltop: Shop) -> None:
    def kinds(place_id: int, **query: Any) -> list[str]:
        return [item["kind"] for item in program(place_id)("alarms", **query).json["items"]]

    assert kinds(riverside.organisation, store=hilltop.store) == ["flood"]
    assert kinds(riverside.organisation, kiosk="river-1") == ["clock", "foreign"]
    assert kinds(riverside.region) == ["clock", "foreign"]
    assert kinds(riverside.region, kiosk="hill-1") == []
    assert program(riverside.region)("alarms", after="xyz").status_code == 422
