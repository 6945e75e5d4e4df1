"""What a technician looks at in the morning, by hand: whom to visit and why, what is odd, what was put aside, and
whether everything has arrived. Without scripts, on a phone."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.collector.alarms import make_alarm
from tests.factories import NOW, Shop, make_kiosk, make_put_aside, make_ratings


def test_a_technicians_morning(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", heard=NOW - timedelta(days=3))
        make_ratings(connection, make_kiosk(connection, riverside, "till-1"), [1, 2, 4])
        make_alarm(connection, "till-1", "clock", reason="Its clock was 40 minutes ahead.")
        make_put_aside(connection, "till-1", b'{"v":9}', "It speaks a version that nobody here knows.")
    page = open_window(riverside.organisation, "technician", scripts=False, width=360)
    page.goto("/visits")
    expect(page.get_by_text("1 store needs somebody.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="exit-1").first).to_contain_text("Bring")
    page.get_by_role("link", name="exit-1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("exit-1")
    page.locator("summary", has_text="More").click()
    page.get_by_role("link", name="Alarms (1)").click()
    expect(page.get_by_text("Its clock was 40 minutes ahead.")).to_be_visible()
    page.get_by_role("link", name="till-1").click()
    odd = page.get_by_role("region", name="What is odd")
    expect(odd).to_contain_text("Its clock was 40 minutes ahead.")
    page.locator("summary", has_text="More").click()
    page.get_by_role("link", name="Put aside (1)").click()
    expect(page.get_by_text("It speaks a version that nobody here knows.")).to_be_visible()
    expect(page.locator("pre")).to_have_text('{"v":9}')
    # Has everything arrived? From the place to the store to the kiosk.
    page.get_by_role("link", name="Kiosks", exact=True).click()
    page.get_by_role("link", name="Has everything arrived?").click()
    page.get_by_role("link", name="Riverside", exact=True).click()
    expect(page.get_by_role("heading", name="By day")).to_be_visible()
    today = page.get_by_role("row").nth(1)
    expect(today.get_by_role("cell").first).to_have_text("3")
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_text("Nothing was recorded in these days.")).to_be_visible()
    page.get_by_role("link", name="Later").click()
    page.get_by_role("link", name="till-1").first.click()
    arrived = page.get_by_role("region", name="Has everything arrived?")
    expect(arrived).to_contain_text("3recorded")
