"""A segment is changed, put away and brought back, in a real browser without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.voices.segments.queries import add
from collector.voices.segments.rules import Places
from tests.factories import Shop, make_shop


@pytest.fixture
def page(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> Page:
    """Head office's telephone; there is a segment of all stores of which Harbour is one."""
    with engine.begin() as connection:
        make_shop(connection, "Harbour", beside=riverside)
        add(connection, riverside.organisation, "River", Places(), "Ann", "1")
    return open_window(riverside.organisation, "head-office", scripts=False, width=390)


def test_a_segment_is_changed_put_away_and_brought_back(page: Page) -> None:
    page.goto("/segments")
    page.get_by_role("link", name="River", exact=True).click()
    expect(page.get_by_role("heading", name="2 stores now")).to_be_visible()
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Name", exact=True).fill("At the river")
    page.get_by_label("The store's name").fill("river")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("At the river")
    expect(page.get_by_role("heading", name="1 store now")).to_be_visible()
    expect(page.get_by_role("row", name="Riverside")).to_be_visible()
    page.get_by_role("button", name="Put it away").click()
    expect(page.get_by_role("status")).to_contain_text("“At the river” is put away.")
    # Offered nowhere: not on the pages of voices either.
    expect(page.get_by_role("link", name="Their voices")).to_have_count(0)
    page.goto("/segments")
    expect(page.get_by_text("There is none yet.")).to_be_visible()
    page.locator("summary", has_text="Ended (1)").click()
    page.get_by_role("button", name="Bring back At the river").click()
    expect(page.get_by_role("link", name="Their voices")).to_be_visible()
    expect(page.get_by_role("heading", name="1 store now")).to_be_visible()
    # The same by the line that says that it is put away.
    page.get_by_role("button", name="Put it away").click()
    page.get_by_role("status").get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("button", name="Put it away")).to_be_visible()
