"""A call of a customer, written down on a phone, without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.surveys.default import ensure_default
from tests.factories import Shop, make_shop


def test_a_call_becomes_a_case(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
        make_shop(connection, "Hilltop", beside=riverside)
    page = open_window(riverside.organisation, "head-office", scripts=False, width=360)
    page.goto("/hotline")
    page.get_by_label("Which store is it about?").select_option("Riverside")
    page.get_by_role("button", name="Take the call").click()
    page.get_by_label("What do they say?").fill("The milk was sour.")
    page.get_by_role("radio", name="very bad").check()
    page.get_by_role("button", name="Write it down").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_text("The milk was sour.").first).to_be_visible()
    expect(page.get_by_role("link", name="Riverside").first).to_be_visible()
