"""Somebody gets another role, is signed out, let in anew, leaves and comes back, as both see it; without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.accounts.sessions import open_session
from tests.factories import Shop, make_account


def test_a_store_manager_becomes_a_technician(
    open_window: Callable[..., Page], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        session = open_session(connection, make_account(connection, riverside.store, "Olha", role="store"))
    boss = open_window(riverside.organisation, scripts=False, width=360)
    olha = open_window(session=session, scripts=False, width=360)
    olha.goto("/")
    expect(olha.get_by_role("link", name="Cases", exact=True)).to_be_visible()
    boss.goto("/people")
    boss.get_by_label("Name, place or e-mail address").fill("olh")
    boss.get_by_role("button", name="Find").click()
    boss.get_by_role("link", name="Olha").click()
    boss.get_by_label("Technician").check()
    boss.get_by_label("E-mail", exact=True).fill("olha@example.org")
    boss.get_by_role("button", name="Keep it so").click()
    olha.goto("/")
    expect(olha.get_by_role("heading", level=1)).to_have_text("Today's round")
    expect(olha.get_by_role("link", name="Cases", exact=True)).to_have_count(0)
    refused = olha.goto("/cases")
    assert refused
    assert refused.status == 403
    # Her telephone is lost: she is signed out everywhere, and a new link lets her in once.
    boss.goto("/people")
    boss.get_by_role("link", name="Olha").click()
    boss.get_by_role("button", name="Sign out everywhere").click()
    olha.goto("/visits")
    expect(olha.get_by_role("heading", name="Sign in")).to_be_visible()
    boss.get_by_role("button", name="Show me a new link").click()
    link = boss.locator("#address").inner_text()
    olha.goto(link[link.index("/sign-in") :])
    olha.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(olha.get_by_text("no password yet")).to_be_visible()
    # She leaves; her tokens are ended with a click, and she can come back.
    boss.get_by_role("link", name="Olha").click()
    boss.get_by_role("button", name="Olha has left").click()
    olha.goto("/visits")
    expect(olha.get_by_role("heading", name="Sign in")).to_be_visible()
    boss.goto("/people")
    expect(boss.get_by_role("link", name="Olha")).to_have_count(0)
    boss.get_by_role("link", name="Have left").click()
    boss.get_by_role("link", name="Olha").click()
    boss.get_by_role("button", name="Bring back").click()
    expect(boss.get_by_role("status")).to_contain_text("may sign in again")
    boss.goto("/audit")
    log = boss.get_by_role("main").get_by_role("listitem").filter(has_text="Olha")
    expect(log.first).to_be_visible()


def test_a_programs_token_is_made_and_ended(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, scripts=False, width=360)
    page.goto("/tokens")
    page.get_by_label("What is it for?").fill("till 2")
    page.get_by_label("Read figures, ratings, answers and cases").uncheck()
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".against")).to_be_visible()
    expect(page.get_by_label("What is it for?")).to_have_value("till 2")
    page.get_by_label("Read figures, ratings, answers and cases").check()
    page.get_by_label("Where?").select_option(str(riverside.store))
    page.get_by_role("button", name="Make it").click()
    headers = {"Authorization": f"Bearer {page.locator('#address').inner_text()}"}
    assert "Riverside" in page.request.get("/api/v1/stores", headers=headers).text()
    page.get_by_role("link", name="Programs").click()
    page.get_by_role("button", name="End “till 2”").click()
    expect(page.get_by_role("status")).to_contain_text("“till 2” lets nobody in any more.")
    assert page.request.get("/api/v1/stores", headers=headers).status == 401
