"""What a browser says of our headers: nothing, or it would say it on every page."""

from collections.abc import Callable

from playwright.sync_api import Page


def test_a_browser_knows_every_header(open_window: Callable[..., Page]) -> None:
    page, said = open_window(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").wait_for()
    assert said == []
