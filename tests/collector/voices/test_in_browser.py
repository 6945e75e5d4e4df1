"""The pages of voices in a real browser, on a phone and on a wide screen, by day and by night: somebody finds what is
said about queues, sees by which channel, and keeps it as a segment; and an accessibility checker goes along."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.accounts.sessions import open_session
from collector.ratings.kinds import Channel
from collector.surveys.answers import Consent, Contact
from tests.browser import examine
from tests.factories import NOW, Shop, add_up, make_account, make_kiosk, make_ratings

DAY = timedelta(days=1)
SAID = (
    (Channel.POSTER_QR, 4, "Long queue, only one till was open.", {"reasons": [2]}),
    (Channel.RECEIPT_QR, 1, "Friendly cashier, thank you Olha!", {}),
    (Channel.REVIEW, 3, "Too expensive, and the toilets were dirty.", {}),
    (Channel.EMAIL, 2, "Довга черга, але персонал привітний.", {"language": "uk"}),
    (Channel.HOTLINE, 4, "Zugluft an der Kasse", {"language": "de", "author": "Taras"}),
    (Channel.WEB, 1, "Lovely.", {}),
)


@pytest.fixture
def session(engine: Engine, riverside: Shop, say: Callable[..., int], read: Callable[[], None]) -> str:
    """Iryna of the head office is signed in."""
    until = (NOW + 90 * DAY).date()
    for at, (channel, button, comment, more) in enumerate(SAID):
        say(f"a{at}", channel, replies={"1": button}, comment=comment, before=at * DAY, **more)
    contact, agreed = Contact("oksana@example.org", "answer", "Yes", until), Consent("invitation", "Yes", until)
    say("b", comment="A queue again.", contact=contact, consents=[agreed], before=DAY)
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        for before in range(12, -1, -1):
            presses = [1, 1, 2, 1, 3 if before % 3 else 4, 2, 1, 4 if before < 4 else 1]
            make_ratings(connection, kiosk, presses, happened=NOW - before * DAY)
        add_up(connection)
        account = make_account(connection, riverside.organisation, "Iryna")
        made = open_session(connection, account)
    read()
    return made


@pytest.fixture(params=[("light", 1440), ("dark", 360)], ids=["wide-by-day", "phone-by-night"])
def page(request: pytest.FixtureRequest, open_window: Callable[..., Page], session: str) -> Page:
    colours, width = request.param
    return open_window(session=session, width=width, height=900, colours=colours)


def test_everybody_can_use_them(page: Page, riverside: Shop) -> None:
    for path in (
        f"/places/{riverside.organisation}/voices",
        f"/places/{riverside.store}/voices?q=queue&face=very-bad&mark=any",
        f"/places/{riverside.organisation}/channels",
        f"/places/{riverside.store}/themes",
        f"/places/{riverside.store}/themes/queue",
        f"/places/{riverside.store}/themes/new",
        "/segments",
        "/segments/new?kind=places",
        "/segments/new?kind=customers",
    ):
        page.goto(path)
        examine(page)


def test_queues_are_found_and_kept_as_a_segment(page: Page, riverside: Shop) -> None:
    page.goto("/")
    page.get_by_role("link", name="Voices").first.click()
    expect(page.get_by_role("heading", name="7 voices")).to_be_visible()
    page.get_by_role("region", name="What do they speak of?").get_by_role("link", name="Queue and waiting").click()
    expect(page.get_by_role("heading", name="3 voices")).to_be_visible()
    page.get_by_label("Words").fill("till")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="1 voice")).to_be_visible()
    expect(page.locator("mark")).to_have_text("till")
    page.get_by_role("button", name="is spam").click()
    expect(page.get_by_text("No voice is like this.")).to_be_visible()
    page.get_by_role("link", name="Show all of this time").click()
    expect(page.get_by_role("heading", name="6 voices")).to_be_visible()
    of_voices = page.url
    page.get_by_role("link", name="As CSV").click()
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "A queue again." in download.value.path().read_text()
    expect(page.get_by_text("Done: 6 rows.")).to_be_visible()
    page.goto(of_voices)
    page.get_by_role("link", name="Segments").first.click()
    page.get_by_role("link", name="Choose voices").click()
    page.get_by_label("Name", exact=True).fill("Queues")
    page.get_by_label("Queue and waiting").check()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    examine(page)
    page.get_by_role("link", name="These channels").click()
    expect(page.get_by_role("heading", name="E-mail")).to_be_visible()
    expect(page.get_by_role("heading", name="Receipt")).to_have_count(0)
    examine(page)
    page.get_by_role("combobox", name="Segment").select_option(label="none")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Kiosk buttons")).to_be_visible()
