"""A screen for the staff room: a link is made, opened where nobody is signed in, turned by hand, and ended; without
scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.factories import Shop, add_up, make_kiosk, make_ratings


def test_a_screen_comes_and_goes(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside), [1] * 8 + [4] * 2)
        add_up(connection)
    page = open_window(riverside.organisation, "head-office", scripts=False, width=360)
    page.goto(f"/places/{riverside.organisation}/board/links")
    page.get_by_label("Where the screen hangs").fill("Staff room")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#address").inner_text()
    expect(page.get_by_role("region", name="Links in use")).to_contain_text("not opened yet")
    screen = open_window(scripts=False, width=1920, height=1080)
    screen.goto(link[link.index("/board/") :])
    expect(screen.get_by_role("heading", level=1)).to_have_text("Smilepost")
    expect(screen.get_by_text("10 ratings in seven days")).to_be_visible()
    screen.get_by_role("link", name="Pause").click()
    screen.get_by_role("link", name="Go on").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Riverside")
    page.goto(f"/places/{riverside.organisation}/board/links")
    expect(page.get_by_role("region", name="Links in use")).to_contain_text("last seen 11:52")
    page.get_by_role("button", name="End it Staff room").click()
    expect(page.get_by_role("status")).to_contain_text("The link opens nothing any more.")
    reloaded = screen.goto(link[link.index("/board/") :])
    assert reloaded
    assert reloaded.status == 404
