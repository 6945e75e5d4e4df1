"""Inviting somebody, and their coming in, in a real browser."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from collector.accounts.sessions import COOKIE
from tests.browser import chromium, window
from tests.factories import Shop, make_session
from tests.serving import served


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def examine(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1440)])
def test_an_admin_invites_a_store_manager_and_makes_a_token(
    make_app: Callable[..., Flask], chrome: Browser, engine: Engine, riverside: Shop, scheme: str, width: int
) -> None:
    with engine.begin() as connection:
        secret = make_session(connection, riverside.organisation)
    with served(make_app()) as base, window(chrome, width) as page, window(chrome, width) as theirs:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.context.add_cookies([{"name": COOKIE, "value": secret, "url": base}])
        page.goto(f"{base}/people")
        examine(page)
        page.get_by_role("link", name="Invite somebody").click()
        page.get_by_label("Name").fill("Olha")
        page.get_by_label("Store manager").check()
        page.get_by_label("Where?").select_option(str(riverside.store))
        examine(page)
        page.get_by_role("button", name="Invite").click()
        link = page.locator("#address").inner_text()
        theirs.goto(base + link[link.index("/sign-in") :])
        theirs.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(theirs.get_by_text("no password yet")).to_be_visible()
        page.get_by_role("link", name="Olha").click()
        expect(page.get_by_role("heading", name="Signed in on 1 device")).to_be_visible()
        examine(page)
        page.get_by_role("button", name="Olha has left").click()
        expect(page.get_by_role("status")).to_contain_text("does not sign in any more")
        page.get_by_role("button", name="Bring back").click()
        expect(page.get_by_role("status")).to_contain_text("may sign in again")
        page.goto(f"{base}/tokens")
        page.get_by_label("What is it for?").fill("till 2")
        page.get_by_role("button", name="Make it").click()
        expect(page.locator("#address")).to_contain_text("sp_")
        page.get_by_role("link", name="Programs").click()
        expect(page.get_by_text("till 2 · Smilepost")).to_be_visible()
        examine(page)
        page.goto(f"{base}/account")
        expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
        examine(page)
