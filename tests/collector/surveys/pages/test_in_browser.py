"""Service quality, and the staff's own code, in a real browser without scripts, on a phone."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.cases.submit import submit
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Gap, Smileys
from tests.browser import scan
from tests.collector.surveys.asking import ask
from tests.factories import NOW, Shop, make_shop


def test_what_was_expected_and_what_it_was_like(
    open_window: Callable[..., Page], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        make_shop(connection, "Hilltop", beside=riverside)
    page = open_window(riverside.organisation, "region", scripts=False, width=360)
    page.goto("/quality")
    expect(page.get_by_text("Nobody has said in this time")).to_be_visible()
    with engine.begin() as connection:
        ask(connection, riverside.organisation, Smileys(1, {"en": "How?"}), Gap(2, {"en": "How clean it was"}))
    for at, clean in enumerate((2, 3, 2)):
        source = Source(f"a{at}", Channel.POSTER_QR, riverside.store, riverside.exit)
        submit(
            engine, settings, source, Reply("en", replies={"1": 2, "2e": 5, "2p": clean}), NOW - timedelta(days=40 * at)
        )
    page.get_by_label("Where", exact=True).select_option("Riverside")
    page.get_by_role("button", name="Show").click()
    page.locator("summary", has_text="As a table").click()
    expect(page.get_by_role("row", name="How clean it was")).to_contain_text("−2.7")
    page.get_by_label("In the last").select_option("30 days")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Where", exact=True)).to_have_value(str(riverside.store))
    page.locator("summary", has_text="As a table").click()
    expect(page.get_by_role("row", name="How clean it was")).to_contain_text("−3.0")


def test_the_staff_get_a_code_and_answer_by_it(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.store, scripts=False, width=360)
    page.goto("/staff")
    page.get_by_label("Where does it hang?").fill("Back office")
    page.get_by_role("button", name="Make the link").click()
    code = page.get_by_role("img", name="QR code of Back office")
    link = scan(code)
    expect(page.get_by_text(link, exact=True)).to_be_visible()
    theirs = open_window(scripts=False, width=360)
    theirs.goto("/Q/" + link.rpartition("/")[2])
    theirs.get_by_role("button", name="9 of 10").click()
    theirs.get_by_role("button", name="Send").click()
    expect(theirs.get_by_role("heading", name="Thank you!")).to_be_visible()
    page.reload()
    expect(page.get_by_text("fewer than").first).to_be_visible()
