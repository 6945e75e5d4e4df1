"""You said, we did: written by hand, read on the wall board, and ended; without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories import Shop


def test_customers_read_what_was_changed(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.store, scripts=False, width=360)
    page.goto("/improvements")
    expect(page.get_by_text("Nothing. When customers see")).to_be_visible()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("English").fill("You said: long queues. Now a third till is open.")
    page.get_by_label("Where?").select_option("Checkout")
    page.get_by_label("For how many days?").fill("14")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("status")).to_contain_text("Kiosks say it within a minute")
    row = page.get_by_role("region", name="Shown now").get_by_role("listitem")
    expect(row).to_contain_text("Checkout")
    expect(row).to_contain_text("until 6 Dec 11:52")
    row.get_by_role("button", name="Show it no longer").click()
    expect(page.get_by_text("Nothing. When customers see")).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Bring back").click()
    expect(row).to_contain_text("Now a third till is open.")
