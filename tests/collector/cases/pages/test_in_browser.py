"""The console's pages of cases in a real browser, on a phone and without scripts: an accessibility checker, and what
forms show and hide by themselves."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.accounts.sessions import open_session
from collector.cases.rules.policy import CasePolicy, Step
from collector.cases.settings import replies
from collector.policies.queries import give_policy
from tests.browser import examine
from tests.collector.customers import Phone
from tests.factories import Shop, make_account


@pytest.fixture
def session(engine: Engine, riverside: Shop, poster: str, phone: Phone) -> str:
    """Iryna of the head office is signed in; a customer has complained, and there is a template for her answer."""
    phone.answer(poster, 4, reasons=[1], comment="Only one till was open.", contact="oksana@example.org", agrees=True)
    phone.answer(poster, 4, comment="Cold soup.")
    with engine.begin() as connection:
        replies.add(connection, riverside.store, "Queue", {"en": "We are sorry that you waited at {store}."}, "Iryna")
        give_policy(connection, riverside.store, "cases", CasePolicy(steps=(Step(), Step("top"))), "a test")
        return open_session(connection, make_account(connection, riverside.organisation, "Iryna"))


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, open_window: Callable[..., Page], session: str) -> Page:
    """A phone, by day and by night."""
    return open_window(session=session, width=390, height=844, colours=request.param)


def test_everybody_can_use_them(page: Page, riverside: Shop) -> None:
    for path in (
        "/cases",
        "/cases/1",
        "/cases/chosen?case=1&case=2",
        f"/cases/new?store={riverside.store}",
        f"/places/{riverside.store}/ladder",
        f"/places/{riverside.store}/contacts",
        f"/places/{riverside.store}/replies",
        "/account",
    ):
        page.goto(path)
        examine(page)


def test_from_the_template_to_the_resolution(page: Page) -> None:
    page.goto("/cases/1")
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("link", name="Queue").first.click()
    expect(page.get_by_label("What you write")).to_have_value("We are sorry that you waited at Riverside.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Iryna wrote to the customer")).to_be_visible()
    page.get_by_label("How it was resolved").fill("A second till opens at five.")
    page.locator("summary").get_by_text("You said, we did").click()
    page.get_by_label("English").fill("A second till from five.")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("resolved 11:52")).to_be_visible()
    examine(page)


def test_own_hours_are_asked_for_where_they_matter(page: Page, riverside: Shop) -> None:
    page.goto(f"/places/{riverside.store}/ladder")
    first = page.get_by_role("group", name="Step 1", exact=True)
    expect(first.get_by_label("Hours", exact=False)).to_be_hidden()
    first.get_by_label("Its clocks run").select_option(label="at hours of their own")
    first.get_by_label("Hours", exact=False).fill("mon-fri 09:00-18:00")
    page.get_by_role("button", name="Add a step").click()
    expect(page.get_by_role("group", name="Step 3", exact=True)).to_be_visible()
    expect(first.get_by_label("Hours", exact=False)).to_have_value("mon-fri 09:00-18:00")
    page.get_by_role("button", name="Keep it so").last.click()
    expect(page.get_by_text("From now on this holds at Riverside and below.")).to_be_visible()
    expect(first.get_by_label("Hours", exact=False)).to_have_value("mon-fri 09:00-18:00")


def test_lines_of_the_list_stand_below_each_other(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/cases/1")
    page.get_by_role("button", name="Take it").click()
    page.goto("/cases")
    for row in page.locator(".cases li").all():
        turn, about = row.locator(".whose").bounding_box(), row.locator(".quiet").bounding_box()
        assert turn
        assert about
        assert about["y"] >= turn["y"] + turn["height"]
