"""The pages of figures in a real browser, on a phone and wide, by day, by night and on paper: what a person does there,
and an accessibility checker. They have no script of their own."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from werkzeug.serving import make_server

from collector.accounts.sessions import COOKIE
from tests.browser import chromium
from tests.factories import Shop, make_session


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def examine(page: Page) -> None:
    """No serious finding, also in what is folded away; nothing hangs over the edge; all drawings are labelled."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("main svg[role=img]:not(:has(title))").count() == page.locator("main svg.spark").count()


def test_a_manager_asks_whether_it_got_better(chrome: Browser, address: str, engine: Engine, heard_of: Shop) -> None:
    with engine.begin() as connection:
        cookie = make_session(connection, heard_of.organisation, "head-office")
    context = chrome.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme="dark",
        base_url=address,
        locale="en-GB",
    )
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text))
    try:
        page.goto(f"/places/{heard_of.organisation}/ranking")
        examine(page)
        page.get_by_role("link", name="Riverside", exact=True).click()
        expect(page.get_by_role("heading", name="Insights")).to_contain_text("Riverside")
        page.get_by_label("Touchpoint").select_option(label="Exit")
        page.get_by_role("button", name="Show", exact=True).click()
        page.get_by_label("The day something was changed").fill("2026-11-10")
        page.get_by_role("button", name="Compare before and after").click()
        expect(page.get_by_text("From 10 November 2026 on:")).to_be_visible()
        expect(page.get_by_label("Touchpoint")).to_have_value(str(heard_of.exit))
        expect(page.get_by_role("img", name="Is it getting better?")).to_be_visible()
        examine(page)
        # By day and on a wide screen the same: nothing but colours and places change.
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})
        examine(page)
        # On paper the drawings stay, and what can only be tapped goes.
        page.emulate_media(media="print")
        expect(page.get_by_role("img", name="Is it getting better?")).to_be_visible()
        expect(page.get_by_label("Touchpoint")).to_be_hidden()
    finally:
        context.close()
    assert not [each for each in troubles if "Content Security Policy" in each]
