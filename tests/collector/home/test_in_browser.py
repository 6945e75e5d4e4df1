"""The start pages in a real browser: live, on a phone and a wide screen, by day and by night, without scripts."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from collector.ingest.tables import cursor
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.cases.house import House
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop
from tests.serving import telling


def check(page: Page) -> None:
    """Nothing for an accessibility checker to say, by day and by night; nothing beside the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def week(engine: Engine, settings: Settings, riverside: Shop) -> None:
    """A store got worse, a case went up, a kiosk at Hilltop is away."""
    with engine.begin() as connection:
        ensure_default(connection)
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        kiosk = make_kiosk(connection, riverside, "river-1")
        make_kiosk(connection, hilltop, "hill-1", state="offline", heard=NOW.replace(day=19))
        make_kiosk(connection, hilltop, "hill-2")
        for week in range(3):
            make_ratings(connection, kiosk, [1] * 20 + [4] * (15 - 6 * week), happened=NOW.replace(day=22 - 7 * week))
        add_up(connection)
    house = House(engine, settings, riverside)
    house.complain(hours=-60, reasons=[1])
    house.pass_time(0)


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("width", [360, 1440])
def test_on_a_phone_and_on_a_wide_screen(open_window: Callable[..., Page], riverside: Shop, width: int) -> None:
    page = open_window(riverside.organisation, "technician", width=width)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today's round")
    expect(page.locator("#kiosk-hill-1")).to_be_visible()
    check(page)
    page = open_window(riverside.organisation, "head-office", width=width)
    page.goto("/")
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


@pytest.mark.usefixtures("week")
def test_a_press_anywhere_below_is_seen_without_a_reload(
    open_window: Callable[..., Page], settings: Settings, engine: Engine, riverside: Shop
) -> None:
    with telling(settings):
        page = open_window(riverside.organisation, "head-office")
        page.goto("/")
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
        page.close()


@pytest.mark.usefixtures("week")
def test_without_scripts_it_comes_anew_by_itself(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "head-office", width=390, scripts=False)
    page.goto("/")
    expect(page.locator("noscript meta")).to_have_attribute("content", "60")
    page.locator(".menu > summary").click()
    expect(page.get_by_role("link", name="Hotline")).to_be_visible()
    page.locator(".menu > summary").click()
    page.locator(".needs").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Riverside")
