"""An organisation says it in its own words, and all pages say it so."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.factories import Shop, add_up, make_kiosk, make_ratings


def test_markets_instead_of_stores(open_window: Callable[..., Page], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside), [1, 1, 4])
        add_up(connection)
    page = open_window(riverside.organisation, scripts=False, width=360)
    page.goto(f"/places/{riverside.organisation}/words")
    expect(page.get_by_text("As above this place.")).to_be_visible()
    english = page.get_by_role("region", name="English")
    english.get_by_label("Store: one").fill("Market")
    english.get_by_label("Store: several").fill("Markets")
    english.get_by_label("very good", exact=True).fill("delighted")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("status")).to_contain_text("From now on the pages of Smilepost say it so.")
    # Seen where places are listed, and where faces are.
    page.goto("/places")
    expect(page.get_by_role("listitem").filter(has_text="Riverside").last).to_contain_text("Market")
    page.get_by_role("link", name="Riverside", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Riverside Market")
    page.goto(f"/stores/{riverside.store}")
    expect(page.get_by_text("delighted").first).to_be_visible()
    # The store's own people read it; who looks after its region calls one face otherwise there, and takes it back.
    theirs = open_window(riverside.store, "region", scripts=False, width=360)
    theirs.goto(f"/places/{riverside.store}/words")
    expect(theirs.get_by_text("Only people of a place above Riverside change it.")).to_be_visible()
    expect(theirs.get_by_role("region", name="English").get_by_label("Store: one")).to_have_value("Market")
    page.goto(f"/places/{riverside.store}/words")
    page.get_by_role("region", name="English").get_by_label("very good", exact=True).fill("over the moon")
    page.get_by_role("button", name="Keep it so").click()
    theirs.get_by_role("link", name="Home").click()
    expect(theirs.get_by_text("over the moon").first).to_be_visible()
    page.get_by_role("button", name="Do as the place above").click()
    theirs.reload()
    expect(theirs.get_by_text("delighted").first).to_be_visible()
