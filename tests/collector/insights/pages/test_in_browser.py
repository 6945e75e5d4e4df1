"""The pages of figures in a real browser, on a phone and wide, by day, by night and on paper: what a person does there,
and an accessibility checker. They have no script of their own."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import examine
from tests.factories import Shop


def examine_figures(page: Page) -> None:
    """All drawings are labelled as well."""
    examine(page)
    assert page.locator("main svg[role=img]:not(:has(title))").count() == page.locator("main svg.spark").count()


def test_a_manager_asks_whether_it_got_better(open_window: Callable[..., Page], heard_of: Shop) -> None:
    page = open_window(heard_of.organisation, "head-office", width=360, height=740, colours="dark")
    page.goto(f"/places/{heard_of.organisation}/ranking")
    examine_figures(page)
    page.get_by_role("link", name="Riverside", exact=True).click()
    expect(page.get_by_role("heading", name="Insights")).to_contain_text("Riverside")
    page.get_by_label("Touchpoint").select_option(label="Exit")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_label("The day something was changed").fill("2026-11-10")
    page.get_by_role("button", name="Compare before and after").click()
    expect(page.get_by_text("From 10 November 2026 on:")).to_be_visible()
    expect(page.get_by_label("Touchpoint")).to_have_value(str(heard_of.exit))
    expect(page.get_by_role("img", name="Is it getting better?")).to_be_visible()
    examine_figures(page)
    # By day and on a wide screen the same: nothing but colours and places change.
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})
    examine_figures(page)
    # On paper the drawings stay, and what can only be tapped goes.
    page.emulate_media(media="print")
    expect(page.get_by_role("img", name="Is it getting better?")).to_be_visible()
    expect(page.get_by_label("Touchpoint")).to_be_hidden()
