"""Figures of other days, of one channel, of regions; by hand, on a phone, without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories import Shop


def test_other_days_another_channel_and_who_is_first(open_window: Callable[..., Page], heard_of: Shop) -> None:
    page = open_window(heard_of.organisation, "head-office", scripts=False, width=360)
    page.goto(f"/places/{heard_of.store}/insights")
    page.get_by_label("From", exact=True).fill("2026-11-02")
    page.get_by_label("To", exact=True).fill("2026-11-08")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Insights Riverside")
    expect(page.get_by_text("· 7 days")).to_be_visible()
    page.get_by_label("Channel").select_option(label="E-mail")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("No rating counted in this time.")).to_be_visible()
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-11-02")
    page.get_by_label("Channel").select_option(label="all")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="28 days").click()
    page.locator("summary", has_text="As a table").first.click()
    expect(page.get_by_role("table").first).to_be_visible()
    # Of a whole region: one touchpoint of every store, while these were open.
    page.goto(f"/places/{heard_of.organisation}/insights")
    expect(page.get_by_role("img", name="At which hours are customers content?")).to_be_visible()
    page.get_by_label("Touchpoint").select_option(label="Checkout")
    page.get_by_label("only while open").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("30 counted of 30")).to_be_visible()
    expect(page.get_by_label("only while open")).to_be_checked()
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_label("Touchpoint")).to_have_value("Checkout")
    expect(page.get_by_label("only while open")).to_be_checked()
    # Who is first of the stores, and of the regions.
    page.goto(f"/places/{heard_of.organisation}/ranking")
    expect(page.get_by_role("link", name="Riverside", exact=True)).to_be_visible()
    page.get_by_role("link", name="Regions").click()
    expect(page.get_by_text("Region of Harbour").first).to_be_visible()
    # All channels side by side, then one alone.
    page.goto(f"/places/{heard_of.organisation}/channels")
    expect(page.get_by_role("heading", name="Kiosk buttons")).to_be_visible()
    page.locator("summary", has_text="Choose channels").click()
    page.get_by_role("group", name="Side by side").get_by_label("E-mail").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Kiosk buttons")).to_have_count(0)
