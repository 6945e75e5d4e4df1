"""From an empty organisation to a shop that may open: by a person, on a phone, without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, update

from collector.places.tree import add_place
from collector.queue.tables import job
from tests.factories import NOW

STORES = """\
region;store;time zone;opening hours;touchpoints
North;Lakeside;Europe/Kyiv;mon-fri 09:00-21:00, sat 10:00-18:00;Entrance, Checkout
North;Hilltop;Europe/Kyiv;mon-sun 10:00-20:00;Exit
"""


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """With a mail server, at an address that customers reach."""
    return make_app(smtp="smtp://localhost:2525", mail_from="hello@example.org", url="http://feedback.example.org")


@pytest.fixture
def page(engine: Engine, open_window: Callable[..., Page]) -> Page:
    """The window of whoever sets up an organisation that has nothing yet."""
    with engine.begin() as connection:
        top = add_place(connection, "organisation", "Hearth", time_zone="Europe/Kyiv")
    return open_window(top, scripts=False, width=360)


def step(page: Page, title: str) -> Locator:
    """A step, as the guide shows it now."""
    if not page.url.endswith("/set-up"):
        page.goto("/set-up")
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


def what_a_person_says(page: Page, engine: Engine) -> None:
    """The mail server has taken the test message: that it came, and that the organisation is right, says a person."""
    with engine.begin() as connection:
        connection.execute(update(job).values(state="done", finished_at=NOW))
    page.goto("/set-up")
    step(page, "Mail").get_by_role("button", name="It came").click()
    step(page, "The organisation").get_by_role("link", name="Look at it").click()
    page.get_by_label("Currency").fill("PLN")
    page.get_by_role("button", name="Keep it so").click()


def test_from_nothing_to_a_shop_that_may_open(page: Page, engine: Engine, tmp_path: Path) -> None:
    places = step(page, "Places")
    expect(places).to_contain_text("There is no store yet.")
    places.get_by_role("link").click()
    # One store by the form, with hours that do not fit at first.
    page.get_by_role("link", name="Add a store").click()
    page.get_by_label("Name").fill("Riverside")
    page.get_by_label("Monday").fill("9 to 21")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert")).to_contain_text("Write hours like this")
    expect(page.get_by_label("Name")).to_have_value("Riverside")
    page.get_by_label("Monday").fill("09:00-21:00")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("status")).to_contain_text("Riverside is there.")
    # Two by a table, which says first what it would do.
    table = tmp_path / "stores.csv"
    table.write_text(STORES, encoding="utf-8")
    page.get_by_role("link", name="All places").click()
    page.get_by_role("link", name="Take in a table of stores").click()
    page.get_by_label("A file").set_input_files(table)
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("row", name="Lakeside")).to_contain_text("new touchpoints: Entrance, Checkout")
    page.get_by_role("button", name="Take 2 stores in").click()
    expect(page.get_by_role("status")).to_contain_text("2 stores were taken in.")
    expect(step(page, "Opening hours")).to_contain_text("All stores have opening hours.")
    step(page, "Touchpoints").get_by_role("link").click()
    page.get_by_role("link", name="Riverside").click()
    page.get_by_label("A further touchpoint").fill("Exit")
    page.get_by_role("button", name="Add it").click()
    step(page, "Survey").get_by_role("link").click()
    page.get_by_role("link", name="Make a survey").click()
    page.get_by_label("What do you call it?").fill("After a visit")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text("From now on this is asked.")
    # Whoever is told of cases needs an address; without one not even the test message goes out.
    expect(step(page, "Ladder")).to_contain_text("Of the cases of 3 of 3 stores nobody is told")
    step(page, "Mail").get_by_role("button", name="Send me a test message").click()
    expect(page.get_by_role("status")).to_contain_text("Your account has no e-mail address yet.")
    page.get_by_label("E-mail").fill("owner@example.org")
    page.get_by_role("button", name="Keep it so").click()
    page.get_by_label("New password").fill("a long password")
    page.get_by_label("The same once more").fill("a long password")
    page.get_by_role("button", name="Keep this password").click()
    step(page, "Mail").get_by_role("button", name="Send me a test message").click()
    expect(page.get_by_role("status")).to_contain_text("It is on its way.")
    page.get_by_text("More", exact=False).first.click()
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("link", name="On their way").click()
    expect(page.get_by_text("To the staff: a test")).to_be_visible()
    what_a_person_says(page, engine)
    for done in ("Address", "The organisation", "Places", "Touchpoints", "Survey", "Ladder"):
        expect(step(page, done)).to_contain_text("✓ done")
    expect(page.get_by_text("Next: Kiosks.")).to_be_visible()


def test_a_sample_is_looked_around_in_and_taken_out(page: Page) -> None:
    step(page, "Places").get_by_role("button", name="Make a small sample").click()
    expect(page.get_by_role("status")).to_contain_text("The sample is there.")
    expect(step(page, "Survey")).to_contain_text("“After a visit” is asked.")
    step(page, "Printers").get_by_role("link").click()
    page.get_by_role("link", name="Hillside (sample)").first.click()
    page.get_by_role("link", name="Set one up").click()
    expect(page.get_by_role("link", name="Add a printer")).to_be_visible()
    step(page, "Opening hours").get_by_role("link").click()
    page.get_by_role("link", name="Dnipro (sample)").click()
    page.get_by_role("button", name="Take Dnipro (sample) out").click()
    expect(page.get_by_role("status")).to_contain_text("Dnipro (sample) is taken out.")
    expect(step(page, "Places").get_by_role("button", name="Make a small sample")).to_be_visible()
