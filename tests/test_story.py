"""The story of the product so far, in a real browser: a press on the shop floor reaches the store page at once."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, sign_in, window
from tests.installation import KIOSKS, Installation
from tests.waiting import until


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("shop")) as installation:
        yield installation


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with window(browser) as page:
        yield page


def test_press_reaches_the_store_page_without_a_reload(installation: Installation, page: Page) -> None:
    sign_in(page, installation.sign_in_link)
    expect(page.get_by_text("2 kiosks well")).to_be_visible(timeout=20_000)
    floor = page.context.new_page()
    floor.goto(f"http://localhost:{installation.settings.floor_port}/")
    kiosk = floor.locator("#riverside-exit")
    expect(kiosk.get_by_text("connected")).to_be_visible(timeout=20_000)
    expect(kiosk.get_by_text("How was your visit today?")).to_be_visible()

    kiosk.get_by_role("button", name="very bad").click()
    expect(kiosk.get_by_text("recorded")).to_be_visible()
    expect(kiosk.get_by_text("Thank you!")).to_be_visible()
    now = page.get_by_role("main")
    expect(now.get_by_text(re.compile("very bad.*Exit")).first).to_be_visible()
    expect(now.get_by_text("1 rating", exact=False).first).to_be_visible()

    floor.locator("#riverside-checkout").get_by_role("button", name="very good").click()
    expect(now.get_by_text(re.compile("very good.*Checkout")).first).to_be_visible()
    expect(now.get_by_text("2 ratings", exact=False).first).to_be_visible()
    expect(now.locator(".figure")).to_have_text("50")


def test_killed_kiosk_keeps_what_it_lit(installation: Installation, page: Page) -> None:
    before = len(list(installation.ratings()))
    page.goto(f"http://localhost:{installation.settings.floor_port}/")
    kiosk = page.locator("#riverside-exit")
    expect(kiosk.get_by_text("connected")).to_be_visible(timeout=20_000)
    kiosk.get_by_role("button", name="very good").click()
    expect(kiosk.get_by_text("recorded")).to_be_visible()
    kiosk.get_by_role("button", name="Pull the plug").click()
    expect(kiosk.get_by_text("no power")).to_be_visible()
    expect(kiosk.get_by_role("button", name="very good")).to_be_disabled()
    kiosk.get_by_role("button", name="Plug in").click()
    expect(kiosk.get_by_text("connected")).to_be_visible(timeout=20_000)
    until(lambda: len(list(installation.ratings())) > before, "the rating from before the power cut")
    assert [rating["button"] for rating in installation.ratings()][before:] == [1]


def test_command_line_presses_too_and_the_api_tells(installation: Installation) -> None:
    before = len(list(installation.ratings()))
    assert "lit up" in installation.run("simulate", "press", KIOSKS[1], "3")
    until(lambda: len(list(installation.ratings())) > before, "the rating")
    ratings = list(installation.ratings())
    assert [(r["kiosk"], r["button"], r["touchpoint"]["name"]) for r in ratings[before:]] == [(KIOSKS[1], 3, "Exit")]


def test_next_start_goes_on_with_the_same_data_and_its_sign_in_link_works_once(tmp_path: Path, page: Page) -> None:
    installation = Installation(tmp_path)
    with installation:
        installation.run("simulate", "press", KIOSKS[0], "2")
        until(lambda: list(installation.ratings()), "the first rating")
    with installation:
        assert [rating["button"] for rating in installation.ratings()] == [2]
        sign_in(page, installation.sign_in_link)
        expect(page.get_by_text(re.compile("good.*Checkout")).first).to_be_visible()
        installation.run("simulate", "press", KIOSKS[0], "1")
        until(lambda: len(list(installation.ratings())) == 2, "the second rating")
        page.goto("about:blank")  # the signed-in page reloads itself upon news, in the midst of the next goto
        page.context.clear_cookies()
        page.goto(installation.sign_in_link)
        expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
