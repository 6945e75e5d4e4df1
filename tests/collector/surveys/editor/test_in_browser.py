"""The editor and the hotline in a real browser: with scripts, without them, and by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from collector.surveys.default import ensure_default
from collector.surveys.tables import answer, survey_version
from tests.factories import Shop


@pytest.fixture(autouse=True)
def default(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)


def test_the_survey_is_seen_as_it_is_written(open_window: Callable[..., Page], riverside: Shop, engine: Engine) -> None:
    page = open_window(riverside.organisation)
    page.goto("/surveys/1/questions/1")
    phone = page.frame_locator("iframe[name=preview]")
    expect(phone.get_by_role("heading", name="How was your visit today?")).to_be_visible()
    page.get_by_label("English").fill("How was the market?")
    expect(phone.get_by_role("heading", name="How was the market?")).to_be_visible()
    expect(page.get_by_label("English")).to_be_focused()
    # The preview is walked through like the page itself.
    phone.get_by_role("link", name="Deutsch").click()
    expect(phone.get_by_role("heading", name="Wie war Ihr Besuch heute?")).to_be_visible()
    phone.get_by_role("button", name="sehr schlecht").click()
    phone.get_by_label("Lange Schlange").check()
    phone.get_by_role("button", name="Senden").click()
    expect(phone.get_by_text("Vielen Dank!")).to_be_visible()
    page.get_by_role("button", name="Keep it", exact=True).click()
    expect(page.get_by_text("Customers are still asked version 1.")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("From now on this is asked.")).to_be_visible()
    with engine.connect() as connection:
        assert connection.scalars(select(answer.c.id)).all() == []
        assert len(connection.scalars(select(survey_version.c.id)).all()) == 2


def test_reasons_are_seen_by_whom_they_are_for(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation)
    page.goto("/surveys/1/questions/2")
    phone = page.frame_locator("iframe[name=preview]")
    page.locator("summary", has_text="Cleanliness").last.click()
    page.locator("#good-5-pl").fill("Zapach")
    expect(phone.get_by_label("Zapach")).to_be_visible()
    expect(phone.get_by_role("heading", name="Co się podobało?")).to_be_visible()


def test_without_scripts_a_button_looks(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, scripts=False)
    page.goto("/surveys/1/questions/2")
    page.locator("summary", has_text="Long queue").click()
    page.locator("#bad-0-en").fill("Endless queue")
    phone = page.frame_locator("iframe[name=preview]")
    expect(phone.get_by_label("Long queue")).to_be_visible()
    page.get_by_role("button", name="Keep it and look").click()
    expect(phone.get_by_label("Endless queue")).to_be_visible()


def test_a_call_is_written_down_by_keyboard_alone(
    open_window: Callable[..., Page], riverside: Shop, engine: Engine
) -> None:
    page = open_window(riverside.organisation)
    page.goto("/hotline")
    keyboard = page.keyboard
    expect(page.get_by_label("What do they say?")).to_be_focused()
    keyboard.type("Sour milk.")
    keyboard.press("Tab")
    keyboard.type("a new carton")
    keyboard.press("Tab")  # to the rating: "did not say" is chosen, the arrow goes back to the worst
    keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="very bad")).to_be_checked()
    expect(page.get_by_text("Що було не так?")).to_be_visible()
    expect(page.get_by_text("Що сподобалося?")).not_to_be_visible()
    page.get_by_label("They speak").select_option("pl")
    expect(page.get_by_text("Czy możemy zapisać")).to_be_visible()
    expect(page.get_by_text("Чи можна зберегти")).not_to_be_visible()
    page.get_by_label("What would make it good?").focus()
    keyboard.press("Enter")
    page.wait_for_url("/cases/1")
    with engine.connect() as connection:
        row = connection.execute(select(answer)).one()
    assert (row.comment, row.button, row.language) == ("Sour milk.\nWishes: a new carton", 4, "pl")
