"""Several cases at once, and one opened by hand, in a real browser without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.collector.customers import Phone
from tests.factories import Shop


@pytest.fixture
def page(open_window: Callable[..., Page], riverside: Shop, poster: str, phone: Phone) -> Page:
    """Two customers have complained of the same."""
    for words in ("Only one till was open.", "The queue was long."):
        phone.answer(poster, 4, comment=words)
    return open_window(riverside.store, "store", scripts=False, width=360)


def test_two_that_say_the_same_are_one(page: Page) -> None:
    page.goto("/cases")
    page.get_by_role("button", name="With those chosen").click()
    expect(page.get_by_role("status")).to_contain_text("Choose some cases first")
    for box in page.get_by_role("main").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="With those chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 cases")
    page.get_by_role("button", name="Take them").click()
    expect(page.get_by_role("status")).to_have_text("All 2 cases were changed as you wanted.")
    page.goto("/cases/chosen?case=1&case=2")
    page.locator("summary", has_text="Put them together").click()
    page.get_by_role("button", name="Put together").click()
    page.get_by_role("region", name="Changed").get_by_role("link", name="#2").click()
    expect(page.get_by_text("It goes on as part of #1.")).to_be_visible()
    page.goto("/cases")
    expect(page.get_by_role("main").get_by_role("checkbox")).to_have_count(1)


def test_a_case_by_hand_is_found_by_its_state_and_resolved(page: Page) -> None:
    page.goto("/cases")
    page.get_by_role("link", name="Open one by hand").click()
    page.get_by_label("Where").select_option("Exit")
    page.get_by_label("What it is about").fill("The door sticks.")
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url("**/cases/3")
    page.goto("/cases")
    page.locator("summary", has_text="Find").click()
    page.get_by_label("or its number").fill("3")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**/cases/3*")
    page.goto("/cases/chosen?case=3")
    page.locator("summary", has_text="Resolve them alike").click()
    page.get_by_label("How they were resolved").fill("It has a new hinge.")
    page.get_by_role("button", name="Resolve them").click()
    page.goto("/cases/3")
    expect(page.get_by_text("It has a new hinge.").first).to_be_visible()
