"""What the pages say while nothing is taken in."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.rows import TupleRow

from collector.accounts.sessions import COOKIE
from collector.ingest import watch
from collector.ingest.intake import Intake
from collector.ingest.state import Doing, tell, this_machine
from collector.settings import Settings
from tests.collector.console.test_store_page import words
from tests.collector.intake import say, state
from tests.factories import NOW, Shop
from tests.waiting import until

Browser = Callable[..., FlaskClient]
Database = psycopg.Connection[TupleRow]


@pytest.fixture
def pages(riverside: Shop) -> list[str]:
    """Pages of each kind, and the moving part of one."""
    return [f"/stores/{riverside.store}", f"/stores/{riverside.store}/today", "/kiosks", "/cases", "/account"]


def test_a_collector_at_work_is_not_worth_a_word(
    browser: Browser, settings: Settings, riverside: Shop, pages: list[str]
) -> None:
    say(settings, state(Doing.RUNNING))
    for path in pages:
        assert "collector" not in words(browser(riverside.store).get(path).text)


def test_none_is_running(browser: Browser, riverside: Shop, pages: list[str]) -> None:
    for path in pages:
        assert browser(riverside.store).get(path).text.count("No collector is running") == 1, path


def test_one_that_waits_says_for_what_and_since_when(browser: Browser, settings: Settings, riverside: Shop) -> None:
    say(settings, state(Doing.WAITING_FOR_BROKER))
    page = words(browser(riverside.store).get("/kiosks").text)
    assert "The collector has been waiting for the broker for 3 min. The kiosks keep their ratings" in page
    assert "Nobody answers at port 1." in page
    say(settings, state(Doing.RUNNING, at=NOW - timedelta(minutes=2)))
    assert "The collector has been silent for 2 min." in browser(riverside.store).get("/kiosks").text


def test_one_of_several_machines_is_named_to_those_who_look_after_machines(
    browser: Browser, settings: Settings, riverside: Shop, empty_database: Database
) -> None:
    say(settings, state(Doing.RUNNING))
    tell(empty_database, state(Doing.WAITING_FOR_BROKER, machine="m2"))
    words_of_it = "m2: The collector has been waiting for the broker for 3 min. Others take the ratings in meanwhile."
    assert words_of_it in words(browser(riverside.store).get("/kiosks").text)
    assert "m2" not in words(browser(riverside.store, "store").get("/kiosks").text)
    say(settings, state(Doing.WAITING_FOR_BROKER))
    said = words(browser(riverside.store, "store").get("/kiosks").text)
    both = ", ".join(sorted(["m2", this_machine()]))
    assert f"{both}: The collector has been waiting for the broker for 3 min. The kiosks keep their ratings" in said


def test_a_real_one_without_its_broker(app: Flask, browser: Browser, settings: Settings, riverside: Shop) -> None:
    app.extensions["now"] = lambda: datetime.now(UTC) + watch.PATIENCE
    client = browser(riverside.store)
    intake = Intake(settings)
    thread = threading.Thread(target=intake.run)
    thread.start()
    try:
        until(lambda: "waiting for the broker for" in client.get("/kiosks").text, "the banner")
    finally:
        intake.stop()
        thread.join()
    until(lambda: "No collector is running" in client.get("/kiosks").text, "its end")


def test_strangers_hear_nothing_of_it(visitor: FlaskClient, riverside: Shop) -> None:
    assert "collector" not in words(visitor.get("/sign-in").text)


@pytest.mark.parametrize("path", ["/", "/kiosks", "/stores/1/today", "/cases"])
def test_pages_without_a_database_say_so(make_app: Callable[..., Flask], path: str) -> None:
    client = make_app(database="postgresql://127.0.0.1:1/none").test_client()
    client.set_cookie(COOKIE, "somebody's")
    answer = client.get(path)
    assert answer.status_code == 503
    assert "Smilepost cannot reach its database. The kiosks keep every rating" in words(answer.text)


def test_programs_without_a_database_are_told_so(make_app: Callable[..., Flask]) -> None:
    client = make_app(database="postgresql://127.0.0.1:1/none").test_client()
    answer = client.get("/api/v1/alarms", headers={"Authorization": "Bearer sp_something"})
    assert answer.status_code == 503
    assert answer.json["detail"] == "The database does not answer. Try again in a minute."
