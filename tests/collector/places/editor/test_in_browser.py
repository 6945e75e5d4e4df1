"""Places in a real browser: what a store is called, its hours and touchpoints; what is taken out comes back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories import Shop


def test_a_store_is_changed_taken_out_and_brought_back(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, scripts=False)
    page.goto("/places")
    page.get_by_role("link", name="Riverside", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Riverside Mall")
    page.get_by_label("Sunday").fill("")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("status")).to_contain_text("Riverside Mall is kept so.")
    expect(page.get_by_label("Sunday")).to_have_value("")
    # Customers meet the exit first, by another name, and there is one touchpoint more.
    page.get_by_role("listitem").nth(1).get_by_role("button", name="Earlier").click()
    expect(page.get_by_label("Name of touchpoint 1")).to_have_value("Exit")
    page.get_by_label("Name of touchpoint 1").fill("Doors")
    page.get_by_role("button", name="Rename").first.click()
    page.get_by_label("A further touchpoint").fill("Café")
    page.get_by_role("button", name="Add it").click()
    page.goto(f"/stores/{riverside.store}/journey")
    headings = page.get_by_role("main").get_by_role("heading", level=2)
    expect(headings).to_contain_text(["Doors", "Checkout", "Café"])
    # The touchpoint comes back by the line that says that it is gone, the store from the list of what ended.
    page.goto(f"/places/{riverside.store}")
    page.get_by_role("button", name="Take out").nth(2).click()
    expect(page.get_by_role("status")).to_contain_text("Café is taken out.")
    page.get_by_role("status").get_by_role("button", name="Bring back").click()
    expect(page.get_by_label("Name of touchpoint 3")).to_have_value("Café")
    page.get_by_role("button", name="Take Riverside Mall out").click()
    expect(page.get_by_role("status")).to_contain_text("Riverside Mall is taken out.")
    assert page.goto(f"/stores/{riverside.store}").status == 404  # type: ignore[union-attr]
    page.goto("/places")
    page.get_by_text("Ended (1)").click()
    page.get_by_role("button", name="Bring back Riverside Mall").click()
    expect(page.get_by_role("status")).to_contain_text("Riverside Mall is back.")
    page.goto(f"/stores/{riverside.store}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Riverside Mall")


def test_a_new_region_gets_a_store(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, width=360)
    page.goto("/places")
    page.get_by_role("link", name="Add a region").click()
    page.get_by_label("Name").fill("North")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="Add a store").click()
    expect(page.get_by_text("below North")).to_be_visible()
    page.get_by_label("Name").fill("Lakeside")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="All places").click()
    expect(page.get_by_role("listitem").filter(has_text="Lakeside")).to_contain_text("opening hours are not known yet")
