"""Reports, results and lists in a real browser: on a phone and a desk, by day and night, with an accessibility checker;
a report is chosen and read, a poster and a list are fetched."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from pypdfium2 import PdfDocument
from sqlalchemy import Engine

from collector.accounts.sessions import COOKIE
from collector.settings import Settings
from tests.browser import chromium
from tests.factories import Shop, make_session
from tests.serving import served


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def desk(make_app: Callable[..., Flask], settings: Settings, engine: Engine, rated: Shop) -> Iterator[dict[str, str]]:
    """Where the application listens, and the cookie of somebody of the head office."""
    with engine.begin() as connection:
        session = make_session(connection, rated.organisation)
    with served(make_app(), settings.port) as base:
        yield {"base_url": base, "session": session}


def opened(chrome: Browser, desk: dict[str, str], width: int, colours: str, *, scripts: bool = True) -> Page:
    context = chrome.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=colours,  # type: ignore[arg-type]
        base_url=desk["base_url"],
        locale="en-GB",
        java_script_enabled=scripts,
    )
    context.add_cookies([{"name": COOKIE, "value": desk["session"], "url": desk["base_url"]}])
    return context.new_page()


def examine(page: Page) -> None:
    """No serious finding, also in what is folded away, and nothing that hangs over the edge."""
    page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "colours"), [(360, "light"), (1440, "dark")])
def test_a_report_is_read_chosen_and_hung_up(
    chrome: Browser, desk: dict[str, str], rated: Shop, width: int, colours: str, tmp_path: Path
) -> None:
    page = opened(chrome, desk, width, colours)
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text))
    page.goto(f"/places/{rated.store}/report?period=week&day=2026-11-16")
    expect(page.get_by_role("heading", name="Report Riverside")).to_be_visible()
    expect(page.get_by_role("img", name="The poster of these results")).to_be_visible()
    examine(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="A3 as PDF", exact=True).click()
    fetched.value.save_as(tmp_path / "wall.pdf")
    with PdfDocument(tmp_path / "wall.pdf") as document:
        assert "Ви сказали, ми зробили" in document[0].get_textpage().get_text_range()
    page.get_by_role("link", name="Have it sent by e-mail").click()
    own = page.get_by_role("region", name="One for you")
    own.get_by_label("Of which place").select_option("Riverside")
    own.get_by_label("How often").select_option("every month")
    own.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("The first one comes")
    expect(page.get_by_role("region", name="Sent")).to_contain_text("every month")
    examine(page)
    page.get_by_role("button", name="End it:").click()
    page.get_by_text("Ended", exact=True).click()
    page.get_by_role("button", name="Bring it back:").click()
    expect(page.get_by_role("status")).to_contain_text("It is sent again")
    page.context.close()
    assert not [each for each in troubles if "Content Security Policy" in each]


@pytest.mark.parametrize(("width", "colours"), [(360, "dark"), (1440, "light")])
def test_a_list_is_fetched_and_its_bar_fills(
    chrome: Browser, desk: dict[str, str], width: int, colours: str, tmp_path: Path
) -> None:
    page = opened(chrome, desk, width, colours)
    page.goto("/exports")
    examine(page)
    page.get_by_label("Ratings Each press").check()
    page.get_by_label("Of which place").select_option("Riverside")
    page.get_by_role("button", name="Make the file").click()
    bar = page.get_by_role("progressbar", name="About 601 rows wait for you to fetch them.")
    expect(bar).to_have_attribute("value", "0")
    examine(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download").click()
    fetched.value.save_as(tmp_path / "ratings.csv")
    expect(page.get_by_role("progressbar", name="Done: 601 rows.")).to_have_attribute("value", "100")
    with (tmp_path / "ratings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 601
    page.context.close()


def test_without_scripts(chrome: Browser, desk: dict[str, str]) -> None:
    page = opened(chrome, desk, 390, "light", scripts=False)
    page.goto("/exports")
    page.get_by_label("Places Regions").check()
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download():
        page.get_by_role("link", name="Download").click()
    page.get_by_role("link", name="How far is it now?").click()
    expect(page.get_by_role("progressbar", name="Done: 3 rows.")).to_be_visible()
    page.context.close()
