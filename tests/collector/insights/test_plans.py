"""With a long past, pages look up what they show by an index; they never read a big table from end to end."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, event

from collector.accounts.sessions import COOKIE
from collector.api import ratings as feed
from collector.database import make_engine
from collector.insights.asked import Asked
from collector.insights.heard import heard, heard_below
from collector.insights.hours import hours
from collector.insights.queries import today_by_store
from collector.places.queries import Store, top_place, visible_stores
from collector.settings import Settings
from collector.web import create_app
from simulators.history import Wanted, load_history
from tests.factories import make_session

#: A Saturday, 20:00 in Kyiv.
EVENING = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
MONTHS, RATINGS = 4, 200_000
#: How the names of the tables begin that grow with the ratings.
BIG = ("rating", "batch", "completeness_past")
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


@pytest.fixture(scope="module")
def past(postgres: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation with 200,000 ratings of four months."""
    with psycopg.connect(postgres.database_url, dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE past TEMPLATE smilepost")
    url = postgres.database_url.replace("/smilepost?", "/past?")
    settings = Settings.load(environ={}, data=tmp_path_factory.mktemp("past"), database=url)
    load_history(settings, Wanted(50, RATINGS, MONTHS, 1), EVENING, beside_real=False, advance=lambda _: None)
    yield settings
    with psycopg.connect(postgres.database_url, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE past WITH (FORCE)")


@pytest.fixture
def app(past: Settings) -> Iterator[Flask]:
    made = create_app(past)
    made.extensions["now"] = lambda: EVENING
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def stores(past: Settings) -> list[Store]:
    engine = make_engine(past)
    with engine.connect() as connection:
        found = visible_stores(connection, top_place(connection))
    engine.dispose()
    return found


@pytest.fixture
def plans(app: Flask) -> Callable[..., list[dict[str, Any]]]:
    """The nodes of the plans of all queries of a page or a function."""
    engine = app.extensions["database"]
    client = app.test_client()
    with engine.begin() as connection:
        client.set_cookie(COOKIE, make_session(connection, top_place(connection)))
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def remember(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    def nodes_of(what: str | Callable[[Connection], object]) -> list[dict[str, Any]]:
        asked.clear()
        with engine.connect() as connection:
            if isinstance(what, str):
                assert client.get(what).status_code == 200
            else:
                what(connection)
            found: list[dict[str, Any]] = []
            for statement, parameters in list(asked):
                if statement.lstrip().startswith(("SELECT", "WITH")):
                    with connection.connection.cursor() as cursor:
                        explained = cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
                        found += _nodes(explained.fetchone()[0][0]["Plan"])
        return found

    return nodes_of


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def of_big_tables(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [node for node in nodes if node.get("Relation Name", "").startswith(BIG)]


def test_a_store_page_reads_by_index(plans: Callable[..., list[dict[str, Any]]], stores: list[Store]) -> None:
    for store in (stores[1], stores[-1]):
        nodes = of_big_tables(plans(f"/stores/{store.id}"))
        assert {node["Node Type"] for node in nodes} <= BY_INDEX
        read = [node for node in nodes if node["Actual Loops"]]
        assert {node["Relation Name"] for node in read} == {"rating_hour", "rating_2026_11"}
        assert sum(node["Actual Rows"] for node in read) < 1000


def test_a_store_that_was_not_heard_of_for_months_reads_by_index(
    plans: Callable[..., list[dict[str, Any]]], stores: list[Store]
) -> None:
    first = stores[0]  # Riverside, which this past does not know: not one rating in any month
    nodes = of_big_tables(plans(f"/stores/{first.id}"))
    assert {node["Node Type"] for node in nodes} <= BY_INDEX
    assert len([node for node in nodes if node["Relation Name"].startswith("rating_2")]) == MONTHS


def test_all_stores_at_once_read_today_by_index(
    plans: Callable[..., list[dict[str, Any]]], stores: list[Store]
) -> None:
    nodes = of_big_tables(plans(lambda c: today_by_store(c, [store.id for store in stores], EVENING)))
    assert {node["Relation Name"] for node in nodes} == {"rating_hour"}
    assert {node["Node Type"] for node in nodes} <= BY_INDEX
    [read] = nodes
    assert read["Actual Rows"] * read["Actual Loops"] < RATINGS / MONTHS / 30 * 3  # of two days at most


def test_figures_of_months_come_from_the_days(plans: Callable[..., list[dict[str, Any]]], stores: list[Store]) -> None:
    """Of a store the hours of the day that is running are read, of all together none; nor for what is narrowed."""
    last = EVENING.date()
    month = Asked(stores[1].id, last - timedelta(27), last, opened=True)
    for of_store in (heard, hours):
        store = of_big_tables(plans(lambda c, of_store=of_store: of_store(c, month)))
        assert {node["Node Type"] for node in store} <= BY_INDEX
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in store) < 300
    for above, name in itertools.product((heard, heard_below, hours), (None, "Exit")):
        asked = replace(month, touchpoint_name=name)
        nodes = plans(lambda c, above=above, asked=asked: above(c, replace(asked, place_id=top_place(c))))
        assert not [node for node in of_big_tables(nodes) if node["Actual Loops"]]
        read = [node for node in nodes if node.get("Relation Name") in {"place_day", "place_hour"}]
        assert [node for node in read if node["Actual Rows"]]


def test_a_machine_that_watches_reads_no_ratings(plans: Callable[..., list[dict[str, Any]]]) -> None:
    assert not [node for node in of_big_tables(plans("/metrics")) if node["Relation Name"].startswith("rating")]


def test_what_does_not_count_is_found_by_its_own_index(
    plans: Callable[..., list[dict[str, Any]]], stores: list[Store], past: Settings
) -> None:
    with psycopg.connect(past.database_url) as connection:
        [door] = connection.execute(
            "SELECT min(id) FROM touchpoint WHERE audience = 'customers' AND store_id = %s", [stores[1].id]
        ).fetchone()
    nodes = of_big_tables(plans(f"/touchpoints/{door}/ratings?days=120&which=marked"))
    used = {node.get("Index Name", "") for node in nodes if node["Relation Name"].startswith("rating_2")}
    assert used
    assert all("touchpoint_id" in name for name in used), used


@pytest.mark.parametrize("position", [0, 20_000])
def test_the_feed_goes_from_batch_to_batch(plans: Callable[..., list[dict[str, Any]]], position: int) -> None:
    nodes = of_big_tables(plans(lambda c: feed.page(c, top_place(c), (position, 0, 0, 0), 100)))
    assert {node["Node Type"] for node in nodes} <= BY_INDEX
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes) < 1000


def test_the_feed_of_a_store_reads_its_ratings_by_index(
    plans: Callable[..., list[dict[str, Any]]], stores: list[Store]
) -> None:
    nodes = of_big_tables(plans(lambda c: feed.page(c, top_place(c), (20_000, 0, 0, 0), 100, store=stores[1].id)))
    assert {node["Node Type"] for node in nodes if node["Relation Name"] != "batch"} <= BY_INDEX
