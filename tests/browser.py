"""A real browser for tests, and what a person does with it."""

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.qr_codes import read

#: A browser as it starts on a machine without a screen, a network or a sandbox of its own.
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "The tests need Chromium. On Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, width: int = 1280, height: int = 800, language: str = "en-GB") -> Iterator[Page]:
    """A window of somebody who has not been here before; nothing on its pages may break."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda trouble: troubles.append(str(trouble)))
    try:
        yield page
    finally:
        context.close()
    assert not troubles


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
