"""A customer who wants no more messages, and then nothing kept: by their case's link, without scripts, on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.collector.customers import Phone, case_code


def test_no_more_messages_and_nothing_kept(open_window: Callable[..., Page], phone: Phone, poster: str) -> None:
    code = case_code(phone.answer(poster, 4, comment="Cold soup.", contact="oksana@example.org", agrees=True))
    page = open_window(scripts=False, width=320)
    page.goto(f"/Q/{code}")
    page.get_by_role("link", name="No more messages").click()
    expect(page.get_by_text("We then write nothing more to o•••@example.org")).to_be_visible()
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_text("You get no more messages.")).to_be_visible()
    page.goto(f"/Q/{code}")
    page.get_by_role("link", name="Erase").click()
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("status")).to_have_text("It is erased.")
    page.goto(f"/Q/{code}")
    expect(page.get_by_text("Cold soup.")).to_have_count(0)
