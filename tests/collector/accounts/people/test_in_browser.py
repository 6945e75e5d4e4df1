"""Inviting somebody, and their coming in, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import examine
from tests.factories import Shop


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1440)])
def test_an_admin_invites_a_store_manager_and_makes_a_token(
    open_window: Callable[..., Page], riverside: Shop, scheme: str, width: int
) -> None:
    page, theirs = open_window(riverside.organisation, width=width, colours=scheme), open_window(width=width)
    page.goto("/people")
    examine(page)
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Name").fill("Olha")
    page.get_by_label("Store manager").check()
    page.get_by_label("Where?").select_option(str(riverside.store))
    examine(page)
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#address").inner_text()
    theirs.goto(link[link.index("/sign-in") :])
    theirs.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_text("no password yet")).to_be_visible()
    page.get_by_role("link", name="Olha").click()
    expect(page.get_by_role("heading", name="Signed in on 1 device")).to_be_visible()
    examine(page)
    page.get_by_role("button", name="Olha has left").click()
    expect(page.get_by_role("status")).to_contain_text("does not sign in any more")
    page.get_by_role("status").get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("status")).to_contain_text("may sign in again")
    page.goto("/tokens")
    page.get_by_label("What is it for?").fill("till 2")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#address")).to_contain_text("sp_")
    page.get_by_role("link", name="Programs").click()
    expect(page.get_by_text("till 2 · Smilepost")).to_be_visible()
    examine(page)
    page.goto("/account")
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    examine(page)
