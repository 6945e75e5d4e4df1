"""Live events, from a real notification of the database to a real client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psycopg
import pytest
from aiohttp import web
from sqlalchemy import Engine, text

from collector.accounts.sessions import COOKIE
from collector.database import connect
from collector.live.address import live_origin, may_listen
from collector.live.admission import Wanted
from collector.live.server import SPACING, make_app
from collector.live.viewers import Viewers
from collector.settings import Settings
from tests.factories import Shop, make_session, make_shop

PATIENCE = 10


@asynccontextmanager
async def served(settings: Settings, **options: Any) -> AsyncIterator[str]:
    """The live events on a free port; yields their address."""
    runner = web.AppRunner(make_app(settings, **options), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def watching(
    url: str, store: int, session: str = "", kind: str = "stores", **headers: str
) -> AsyncIterator[aiohttp.ClientResponse]:
    async with (
        aiohttp.ClientSession(cookies={COOKIE: session} if session else None) as client,
        client.get(f"{url}/{kind}/{store}", headers=headers) as response,
    ):
        yield response


async def event(response: aiohttp.ClientResponse) -> str:
    """The next event that is more than a comment; '' at the end of the stream."""
    async with asyncio.timeout(PATIENCE):
        while line := (await response.content.readline()).decode():
            if line.startswith("event: "):
                return line.removeprefix("event: ").strip()
    return ""


async def until_listening(settings: Settings, response: aiohttp.ClientResponse, store: int) -> None:
    """Until the first notification comes through: the listener may still be on its way to the database."""
    async with asyncio.timeout(PATIENCE):
        waiting = asyncio.create_task(event(response))
        while not waiting.done():
            notify(settings, "stores", f'{{"stores":[{store}]}}')
            await asyncio.wait({waiting}, timeout=0.05)
        assert waiting.result() == "changed"


async def until_ended(response: aiohttp.ClientResponse) -> None:
    async with asyncio.timeout(PATIENCE):
        while await event(response):
            pass


def notify(settings: Settings, channel: str, payload: str) -> None:
    with connect(settings, autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", [channel, payload])


@pytest.fixture
def session(engine: Engine, riverside: Shop) -> str:
    with engine.begin() as connection:
        return make_session(connection, riverside.region)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


def test_a_viewer_hears_of_its_store(settings: Settings, engine: Engine, riverside: Shop, session: str) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        other = make_session(connection, hilltop.store)

    async def test() -> None:
        async with (
            served(settings) as url,
            watching(url, riverside.store, session) as river,
            watching(url, hilltop.store, other) as hill,
        ):
            assert river.content_type == "text/event-stream"
            await until_listening(settings, river, riverside.store)
            for channel in ("kiosks", "stores"):
                notify(settings, channel, f'{{"stores":[7,{hilltop.store}]}}')
                assert await event(hill) == "changed"

    run(test)


def test_a_viewer_hears_of_no_other_store() -> None:
    viewers = Viewers()
    first, second = Wanted(1, is_store=True), Wanted(2, is_store=True)
    with viewers.watching(first, "one", {1}) as one, viewers.watching(second, "two", {2}) as two:
        viewers.tell([2, 3])
        assert (one.told.is_set(), two.told.is_set()) == (False, True)
    assert not list(viewers)


def test_who_looks_at_a_place_hears_of_its_stores_as_they_come_and_go() -> None:
    viewers = Viewers()
    with viewers.watching(Wanted(9, is_store=False), "one", {1, 2}) as viewer:
        for stores, told in (([2], True), ([3], False), ([1, 3], True)):
            viewer.told.clear()
            viewers.tell(stores)
            assert viewer.told.is_set() is told
        viewers.admit(viewer, {2, 3})
        for stores, told in (([1], False), ([3], True)):
            viewer.told.clear()
            viewers.tell(stores)
            assert viewer.told.is_set() is told
    viewers.tell([1, 2, 3])
    assert not list(viewers)


def test_a_place_hears_of_the_stores_below_and_nobody_of_a_place_beside(
    settings: Settings, engine: Engine, riverside: Shop, session: str
) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        head = make_session(connection, riverside.organisation, "head-office")

    async def test() -> None:
        async with (
            served(settings) as url,
            watching(url, riverside.region, session, "places") as river,
            watching(url, riverside.organisation, head, "places") as all_of_it,
        ):
            await until_listening(settings, river, riverside.store)
            assert await event(all_of_it) == "changed"
            for place in (hilltop.region, riverside.organisation, 999999999):
                async with watching(url, place, session, "places") as response:
                    assert response.status == 404

    run(test)


def test_a_burst_becomes_few_events(settings: Settings, riverside: Shop, session: str) -> None:
    async def test() -> None:
        async with served(settings) as url, watching(url, riverside.store, session) as response:
            await until_listening(settings, response, riverside.store)
            clock, heard = asyncio.get_running_loop().time, 0
            with connect(settings, autocommit=True) as connection:
                begun = clock()
                for _ in range(200):
                    connection.execute("SELECT pg_notify('stores', %s)", [f'{{"stores":[{riverside.store}]}}'])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while await event(response):
                        heard += 1
            assert 1 <= heard <= 2 + (clock() - begun) / SPACING

    run(test)


@pytest.mark.parametrize("kind", ["none", "wrong", "expired"])
def test_nobody_listens_without_a_session(
    settings: Settings, engine: Engine, riverside: Shop, session: str, kind: str
) -> None:
    if kind == "expired":
        with engine.begin() as connection:
            connection.execute(text("UPDATE session SET expires_at = now()"))

    async def test() -> None:
        value = {"none": "", "wrong": "wrong", "expired": session}[kind]
        async with served(settings) as url, watching(url, riverside.store, value) as response:
            assert response.status == 401

    run(test)


def test_nobody_listens_to_a_store_they_do_not_see(
    settings: Settings, engine: Engine, riverside: Shop, session: str
) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)

    async def test() -> None:
        async with served(settings) as url:
            for store in (hilltop.store, riverside.region, 999999999):
                async with watching(url, store, session) as response:
                    assert response.status == 404

    run(test)


def test_pages_of_ours_may_listen_with_their_cookie_others_may_not(
    settings: Settings, riverside: Shop, session: str
) -> None:
    async def test() -> None:
        async with served(settings) as url:
            ours = f"http://localhost:{settings.port}"
            async with watching(url, riverside.store, session, Origin=ours) as response:
                assert response.headers["Access-Control-Allow-Origin"] == ours
                assert response.headers["Access-Control-Allow-Credentials"] == "true"
            async with watching(url, riverside.store, session, Origin="http://elsewhere.example") as response:
                assert response.status == 403
                assert "Access-Control-Allow-Origin" not in response.headers

    run(test)


@pytest.mark.parametrize("change", ["DELETE FROM session", "UPDATE account SET place_id = :elsewhere"])
def test_whoever_may_hear_no_more_is_dropped(
    settings: Settings, engine: Engine, riverside: Shop, session: str, change: str
) -> None:
    with engine.begin() as connection:
        elsewhere = {"elsewhere": make_shop(connection, "Hilltop", beside=riverside).store}

    async def test() -> None:
        async with (
            served(settings, admissions_every=0.1) as url,
            watching(url, riverside.store, session) as response,
        ):
            await until_listening(settings, response, riverside.store)
            with engine.begin() as connection:
                connection.execute(text(change), elsewhere)
            await until_ended(response)
            assert response.content.at_eof()

    run(test)


def test_the_listener_comes_back_and_says_that_something_may_have_been_missed(
    settings: Settings, engine: Engine, riverside: Shop, session: str
) -> None:
    async def test() -> None:
        async with served(settings) as url, watching(url, riverside.store, session) as response:
            await until_listening(settings, response, riverside.store)
            with psycopg.connect(settings.database_url, autocommit=True) as connection:
                ended = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                ).fetchall()
            assert ended == [(True,)]
            assert await event(response) == "changed"
            await until_listening(settings, response, riverside.store)

    run(test)


def test_notifications_that_say_nothing_useful_harm_nobody(settings: Settings, riverside: Shop, session: str) -> None:
    async def test() -> None:
        async with served(settings) as url, watching(url, riverside.store, session) as response:
            for payload in ("", "{}", '{"stores":"all"}', '{"stores":[null]}'):
                notify(settings, "stores", payload)
            await until_listening(settings, response, riverside.store)

    run(test)


def test_closing_down_ends_open_streams(settings: Settings, riverside: Shop, session: str) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(cookies={COOKIE: session}) as client:
            async with served(settings) as url:
                response = await client.get(f"{url}/stores/{riverside.store}")
                async with client.get(f"{url}/healthz") as up:
                    assert up.status == 200
                begun = loop.time()
            assert loop.time() - begun < 1
            await until_ended(response)
            response.close()

    run(test)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", "http://localhost:8081"),
        ("shop.local", "http://shop.local:8081"),
        ("[::1]:8080", "http://[::1]:8081"),
        ("evil'; script-src *", "http://localhost:8081"),
        ("", "http://localhost:8081"),
    ],
)
def test_events_are_on_the_host_of_the_page(settings: Settings, host: str, origin: str) -> None:
    assert live_origin(Settings.load(environ={}, data=settings.data), host) == origin


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://till.local:8080", True),
        ("https://shop.example", True),
        ("http://shop.example", False),
        ("http://localhost:9999", False),
        ("null", False),
    ],
)
def test_who_may_listen(settings: Settings, origin: str, may: bool) -> None:
    settings = Settings.load(environ={}, data=settings.data, url="https://shop.example/")
    assert may_listen(settings, origin, "till.local:8081") is may
