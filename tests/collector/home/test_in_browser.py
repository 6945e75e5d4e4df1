"""The start pages in a real browser: live, on a phone and a wide screen, by day and by night, without scripts."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest
from aiohttp import web
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from collector.accounts.roles import Role
from collector.accounts.sessions import COOKIE
from collector.ingest.tables import cursor
from collector.live.server import make_app as make_live
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.browser import chromium, window
from tests.collector.cases.house import House
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_session, make_shop
from tests.serving import served


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """The live events at their port."""
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        runner = web.AppRunner(make_live(settings), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.live_port).start()
        end = asyncio.Event()
        begun.set_result((asyncio.get_running_loop(), end))
        await end.wait()
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    loop, end = begun.result(timeout=20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()


def check(page: Page) -> None:
    """Nothing for an accessibility checker to say, by day and by night; nothing beside the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def sessions(engine: Engine, settings: Settings, riverside: Shop) -> dict[str, str]:
    """Cookies by role; a store got worse, a case went up, a kiosk at Hilltop is away."""
    with engine.begin() as connection:
        ensure_default(connection)
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        kiosk = make_kiosk(connection, riverside, "river-1")
        make_kiosk(connection, hilltop, "hill-1", state="offline", heard=NOW.replace(day=19))
        make_kiosk(connection, hilltop, "hill-2")
        for week in range(3):
            make_ratings(connection, kiosk, [1] * 20 + [4] * (15 - 6 * week), happened=NOW.replace(day=22 - 7 * week))
        add_up(connection)
        roles: tuple[Role, ...] = ("head-office", "technician")
        made = {role: make_session(connection, riverside.organisation, role) for role in roles}
    house = House(engine, settings, riverside)
    house.complain(hours=-60, reasons=[1])
    house.pass_time(0)
    return made


def enter(page: Page, base: str, session: str) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": session, "url": base}])
    page.goto(base)


def test_on_a_phone_and_on_a_wide_screen(
    make_app: Callable[..., Flask], settings: Settings, sessions: dict[str, str]
) -> None:
    with served(make_app(), settings.port) as base, chromium() as browser:
        for width in (360, 1440):
            with window(browser, width, 900) as page:
                enter(page, base, sessions["technician"])
                expect(page.get_by_role("heading", level=1)).to_have_text("Today's round")
                expect(page.locator("#kiosk-hill-1")).to_be_visible()
                check(page)
                enter(page, base, sessions["head-office"])
                expect(page.get_by_role("heading", level=1)).to_have_text("Smilepost")
                check(page)
                # The menu opens by the keyboard and closes by Escape or a tap beside it.
                page.locator(".menu > summary").focus()
                page.keyboard.press("Enter")
                hotline = page.get_by_role("link", name="Hotline")
                expect(hotline).to_be_visible()
                check(page)
                page.keyboard.press("Escape")
                expect(hotline).to_be_hidden()
                page.locator(".menu > summary").click()
                page.locator("body > header").click(position={"x": 4, "y": 4})
                expect(hotline).to_be_hidden()


def test_a_press_anywhere_below_is_seen_without_a_reload(
    make_app: Callable[..., Flask], settings: Settings, engine: Engine, sessions: dict[str, str]
) -> None:
    with served(make_app(), settings.port) as base, telling(settings), chromium() as browser:
        with window(browser) as page:
            enter(page, f"http://localhost:{settings.port}", sessions["head-office"])
            hilltop = page.locator("#all").get_by_role("row", name="Hilltop")
            expect(hilltop).to_have_text(re.compile("–\\s*0"))
            page.evaluate("document.body.dataset.mine = 'yes'")
            with engine.begin() as connection:
                cursor_id = connection.scalar(select(cursor.c.id).where(cursor.c.kiosk_id == "hill-2"))
                make_ratings(connection, cursor_id, [1, 1, 1])
                add_up(connection)
            expect(hilltop).to_have_text(re.compile("100 ± [0-9]+\\s*3"), timeout=15_000)
            assert page.evaluate("document.body.dataset.mine") == "yes"
            expect(page.locator("#interrupted")).to_be_hidden()
        # Without scripts it is a plain page that comes anew by itself, and its menu opens all the same.
        context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
        page = context.new_page()
        enter(page, base, sessions["head-office"])
        expect(page.locator("noscript meta")).to_have_attribute("content", "60")
        page.locator(".menu > summary").click()
        expect(page.get_by_role("link", name="Hotline")).to_be_visible()
        page.locator(".menu > summary").click()
        page.locator(".needs").get_by_role("link").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Riverside")
        context.close()
