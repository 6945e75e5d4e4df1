"""A survey of a store's own in a real browser without scripts: its questions, what opens a case, when it is asked, and
its end."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.surveys.default import ensure_default
from tests.factories import Shop


def test_a_store_asks_something_of_its_own(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
    page = open_window(riverside.store, scripts=False, width=360)
    page.goto("/surveys")
    expect(page.get_by_text("there is none of its own for now").first).to_be_visible()
    page.get_by_role("link", name="Make a survey").click()
    page.get_by_label("What do you call it?").fill("Summer")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("One more question").select_option(label="Stars, 1 to 5")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("English").fill("How was the coffee?")
    page.get_by_role("button", name="Keep it", exact=True).click()
    page.get_by_role("button", name="Up: How was the coffee?").click()
    page.get_by_role("button", name="Take out: In their own words").click()
    questions = page.get_by_role("region", name="Questions").get_by_role("listitem")
    expect(questions).to_contain_text(["coffee", "visit", "What went wrong?", "E-mail"])
    # What opens a case here.
    page.get_by_role("link", name="Change what opens a case").click()
    page.get_by_label("A rating without a word").select_option(label="opens one if it is bad")
    page.get_by_label("whoever leaves an address").uncheck()
    page.get_by_label("English").fill("mouse, glass")
    page.get_by_role("button", name="Keep it", exact=True).click()
    rules = page.get_by_role("region", name="What opens a case")
    expect(rules).to_contain_text("mouse")
    # It is asked on weekends in summer; now it is November.
    page.get_by_role("link", name="Change its name and when it is asked").click()
    page.get_by_label("First day").fill("2027-08-31")
    page.get_by_label("Last day").fill("2027-06-01")
    page.get_by_role("button", name="Keep it", exact=True).click()
    expect(page.locator("#until-against")).to_be_visible()
    page.get_by_label("First day").fill("2027-06-01")
    page.get_by_label("Last day").fill("2027-08-31")
    page.get_by_label("Sat").check()
    page.get_by_role("button", name="Keep it", exact=True).click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("At this moment it is not asked")).to_be_visible()
    page.goto("/surveys")
    expect(page.get_by_role("listitem").filter(has_text="Summer")).to_contain_text("not at this moment")
    page.get_by_role("link", name="Summer").click()
    page.locator("summary", has_text="Take this survey back").click()
    page.get_by_role("button", name="Ask it no more").click()
    expect(page.get_by_role("status")).to_contain_text("“Summer” is asked no more.")
    page.goto("/surveys")
    page.locator("summary", has_text="Ended (1)").click()
    page.get_by_role("link", name="Summer").click()
    expect(page.get_by_text("It is asked no more. Its answers stay.")).to_be_visible()
