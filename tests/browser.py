"""A real browser for tests, and what a person does with it."""

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.qr_codes import read

#: A browser as it starts on a machine without a screen, a network or a sandbox of its own.
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

Colours = Literal["light", "dark"]


def program() -> str:
    """Where Debian's Chromium is; its headless shell is the same engine, and opens a page with half the work."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found, "The tests need Chromium. On Debian: apt-get install chromium-headless-shell"
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser in which nobody has been."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser,
    width: int = 1280,
    height: int = 800,
    language: str = "en-GB",
    *,
    colours: Colours = "light",
    scripts: bool = True,
    base_url: str | None = None,
) -> Iterator[Page]:
    """A window of somebody who has not been here before; nothing on its pages may break, or be held back by the
    content security policy."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        color_scheme=colours,
        java_script_enabled=scripts,
        base_url=base_url,
    )
    troubles: list[str] = []
    context.on("weberror", lambda trouble: troubles.append(str(trouble.error)))
    context.on("console", lambda said: troubles.append(said.text) if "Security Policy" in said.text else None)
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not troubles, troubles


def examine(page: Page) -> None:
    """No serious finding of an accessibility checker, also in what is folded away; nothing hangs over the edge."""
    page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    bad = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert not bad, bad
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def sign_in(page: Page, link: str) -> None:
    """Use a sign-in link."""
    page.goto(link)
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Riverside")).to_be_visible()


def scan(thing: Locator) -> str:
    """What a phone reads from something on the screen."""
    return read(Image.open(io.BytesIO(thing.screenshot())))


def follow(page: Page, link: str, port: int) -> None:
    """Open a scanned link; whatever the letters' case, it leads to this machine."""
    match = re.fullmatch(r"HTTP://LOCALHOST:(\d+)(/Q/[A-Z2-7]{28})", link)
    assert match, link
    assert int(match[1]) == port
    page.goto(f"http://localhost:{port}{match[2]}")
