"""A survey's versions and its draft, in a real browser: looked at, taken up again, thrown away, brought back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.surveys.default import ensure_default
from tests.factories import Shop


@pytest.fixture
def page(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> Page:
    """The editor, with a second version that asks of the market."""
    with engine.begin() as connection:
        ensure_default(connection)
    page = open_window(riverside.organisation, scripts=False)
    write(page, "How was the market?")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("From now on this is asked.")).to_be_visible()
    return page


def write(page: Page, words: str) -> None:
    page.goto("/surveys/1/questions/1")
    page.get_by_label("English").fill(words)
    page.get_by_role("button", name="Keep it", exact=True).click()


def test_an_earlier_version_is_looked_at_and_taken_up_again(page: Page) -> None:
    phone = page.frame_locator("iframe[name=preview]")
    expect(phone.get_by_role("heading", name="How was the market?")).to_be_visible()
    first = page.get_by_role("listitem").filter(has_text="Version 1")
    first.get_by_role("link", name="Look at it").click()
    # It is walked through like the page itself, and nobody is counted.
    expect(phone.get_by_role("heading", name="How was your visit today?")).to_be_visible()
    phone.get_by_role("button", name="very bad").click()
    expect(phone.get_by_label("Long queue")).to_be_visible()
    page.get_by_role("button", name="Take it up again").click()
    expect(page.get_by_text("Customers are still asked version 2.")).to_be_visible()
    expect(page.get_by_role("link", name="How was your visit today?")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("From now on this is asked.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Version 3")).to_contain_text("published")


def test_changes_are_thrown_away_and_brought_back(page: Page) -> None:
    write(page, "How was the fair?")
    page.get_by_role("button", name="Throw the changes away").click()
    expect(page.get_by_role("status")).to_contain_text("The changes are thrown away.")
    expect(page.get_by_role("link", name="How was the market?")).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("link", name="How was the fair?")).to_be_visible()
    # A version that is taken up goes before the draft, which comes back as well.
    page.get_by_role("listitem").filter(has_text="Version 1").get_by_role("button", name="Take it up again").click()
    expect(page.get_by_role("status")).to_contain_text("Version 1 is the draft now.")
    expect(page.get_by_role("link", name="How was your visit today?")).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("link", name="How was the fair?")).to_be_visible()
