"""The wall board: what it says, place after place; and links that open it where nobody is signed in."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.improvements.changes import add
from collector.web import masked
from tests.collector.console.test_store_page import words
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """Riverside was pressed 30 times today, Hilltop four times this week, Lakeside a month ago."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        quiet = make_shop(connection, "Lakeside", beside=riverside)
        make_ratings(connection, make_kiosk(connection, riverside), [1] * 24 + [4] * 6)
        make_ratings(connection, make_kiosk(connection, shop), [1, 1, 1, 4], happened=NOW - timedelta(days=3))
        make_ratings(connection, make_kiosk(connection, quiet), [4] * 40, happened=NOW - timedelta(days=30))
        told = {"place_id": riverside.store, "touchpoint_id": riverside.exit, "case_id": None, "author": "Olena"}
        add(connection, **told, text={"en": "A second till is open."}, now=NOW, days=30)
        add_up(connection)
    return shop


def test_the_board_turns_through_the_stores_that_speak(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    client = browser(riverside.organisation, "head-office")
    path, said = f"/places/{riverside.organisation}/board", []
    part = f"{path}/now?n=0"
    for _ in range(4):
        page = client.get(part).text
        said.append(words(page).strip())
        [part] = re.findall(r'data-then="([^"]+)"', page)
    assert re.search(r"^Smilepost 80 ± \d+ of 100 30 ratings today", said[0])
    assert re.search(r"^Hilltop 75 ± \d+ of 100 4 ratings in seven days 75 % very good", said[1])
    assert re.search(r"^Riverside 80 ± \d+ of 100 30 ratings today", said[2])
    assert said[2].endswith("You said, we did A second till is open.")
    assert said[3] == said[0]
    # Without a script the page turns by itself, and can be told not to.
    page = client.get(f"{path}?n=2").text
    assert re.search(rf'http-equiv="refresh" content="15;url={path}\?n=0"', page)
    assert "http-equiv" not in client.get(f"{path}?n=2&stay=1").text
    assert browser(riverside.store, "store").get(f"/places/{hilltop.store}/board").status_code == 404
    assert browser(riverside.store, "store").get(path).status_code == 404


def test_a_link_opens_the_board_and_nothing_else_until_it_is_ended(
    browser: Browser, visitor: FlaskClient, riverside: Shop, hilltop: Shop
) -> None:
    client, path = browser(riverside.store, "store"), f"/places/{riverside.store}/board/links"

    def form() -> dict[str, str]:
        return dict(re.findall(r'name="(csrf_token)" value="([^"]+)"', client.get(path).text.partition("<main>")[2]))

    assert client.post(path, data={**form(), "name": " "}).status_code == 422
    page = client.post(path, data={**form(), "name": "Staff room"})
    [link] = re.findall(r"/board/[\w-]{43}", page.text)
    assert link not in client.get(path).text
    assert "Staff room made by" in words(page.text)
    assert "not opened yet" in page.text
    board = visitor.get(link)
    assert words(board.text).count("Riverside 80 ±") == 1
    assert "Sign out" not in board.text
    assert visitor.get(f"{link}/now").status_code == 200
    assert "last seen 11:52" in words(client.get(path).text)
    for other in (f"/places/{riverside.store}/board", path, f"/stores/{riverside.store}"):
        assert visitor.get(other).status_code == 302
    assert link.removeprefix("/board/") not in masked(link) + masked(f"{link}/now")

    # After a year it opens nothing, unless somebody prolongs it.
    assert "opens the board until 22 November 2027" in words(client.get(path).text)
    client.application.extensions["now"] = lambda: NOW + timedelta(days=366)
    assert visitor.get(link).status_code == 404
    assert "its year is over" in client.get(path).text
    [prolong] = re.findall(r'action="(/board-links/\d+/prolong)"', client.get(path).text)
    assert client.post(prolong, data=form()).location == path
    assert visitor.get(link).status_code == 200
    client.application.extensions["now"] = lambda: NOW
    [end] = re.findall(r'action="(/board-links/\d+/end)"', client.get(path).text)
    foreign = browser(hilltop.store, "store")
    token = dict(re.findall(r'name="(csrf_token)" value="([^"]+)"', foreign.get("/kiosks").text))
    assert foreign.post(end, data=token).status_code == 404
    assert visitor.get(link).status_code == 200
    data = form()
    for _ in range(2):
        assert client.post(end, data=data).location == path
    assert visitor.get(link).status_code == visitor.get(f"{link}/now").status_code == 404
    assert "Links in use" not in client.get(path).text
    # Who tries links is told to wait.
    tries = [visitor.get(f"/board/{number:043}").status_code for number in range(25)]
    assert (tries[0], tries[-1]) == (404, 429)


@pytest.mark.usefixtures("hilltop")
def test_the_board_in_a_browser(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "head-office", width=1920, height=1080)
    page.clock.install()
    page.goto(f"/places/{riverside.organisation}/board")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Smilepost")
    page.clock.fast_forward(15_000)
    expect(heading).to_have_text("Hilltop")
    expect(page).to_have_title("Hilltop · Smilepost")
    page.get_by_role("button", name="Pause").click()
    page.clock.fast_forward(60_000)
    expect(heading).to_have_text("Hilltop")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Go on").click()
    page.clock.fast_forward(15_000)
    expect(heading).to_have_text("Riverside")
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
