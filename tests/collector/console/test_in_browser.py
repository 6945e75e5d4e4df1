"""Pages that keep themselves up to date, and pages on paper, in a real browser."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page, expect
from pypdfium2 import PdfDocument
from sqlalchemy import Engine

from tests.browser import window
from tests.factories import NOW, Shop, make_kiosk
from tests.serving import served

PAGE = """
<script src="{{ url_for('console.static', filename='live.js') }}" defer></script>
<div data-live="" data-every="1" data-fragment="/now">PART</div><p id="interrupted" hidden></p>
"""
NOW_PART = """
<input type="hidden" name="key" value="{{ form_key() }}"><p id="said" data-aloud>{{ said }}</p>
{% for name in ("first", "second") %}
<details id="{{ name }}"{% if open == name %} open{% endif %}><summary>{{ name }}</summary></details>
{% endfor %}
"""


def test_a_page_moves_only_where_something_moved(chrome: Browser, own_app: Flask) -> None:
    state = {"said": "all well", "open": "first"}

    def now() -> str:
        return render_template_string(NOW_PART, **state)

    def page_now() -> str:
        return render_template_string(PAGE.replace("PART", NOW_PART), **state)

    own_app.add_url_rule("/page", view_func=page_now)
    own_app.add_url_rule("/now", view_func=now)
    with served(own_app) as base, window(chrome) as page:
        page.goto(f"{base}/page")
        first, second, status = page.locator("#first"), page.locator("#second"), page.get_by_role("status")
        with page.expect_response("**/now"):
            pass
        second.locator("summary").click()
        page.locator("#said").evaluate("each => { each.dataset.mine = 'yes'; }")
        for _ in range(2):
            with page.expect_response("**/now"):
                pass
        # The same, with another form's number in it: what is there stays there.
        expect(page.locator("#said")).to_have_attribute("data-mine", "yes")
        state |= {"said": "one is silent", "open": "second"}
        expect(page.locator("#said")).to_have_text("one is silent")
        expect(status).to_have_text("one is silent")
        assert (first.get_attribute("open"), second.get_attribute("open")) == (None, "")
        second.locator("summary").click()
        state |= {"said": "two are silent"}
        expect(status).to_have_text("two are silent")
        assert (first.get_attribute("open"), second.get_attribute("open")) == (None, None)


def test_what_to_visit_on_paper(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", heard=NOW - timedelta(days=3))
    page = open_window(riverside.organisation)
    page.goto("/visits")
    paper = PdfDocument(page.pdf(format="A4"))
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="exit-1")).to_have_css("text-decoration-line", "none")
    text = " ".join(each.get_textpage().get_text_range() for each in paper)
    assert "exit-1" in text
    assert "a spare kiosk" in text
    for only_on_screen in ("All kiosks", "Alerts", "Account", "Sign out"):
        assert only_on_screen not in text


def test_on_a_phone_ones_account_is_in_the_menu(
    open_window: Callable[..., Page], engine: Engine, riverside: Shop
) -> None:
    page = open_window(riverside.store, width=360)
    page.goto("/alerts")
    box = page.locator("header").bounding_box()
    assert box
    assert box["height"] < 120  # two rows
    expect(page.get_by_role("link", name="Account")).to_be_hidden()
    page.locator("#more summary").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
