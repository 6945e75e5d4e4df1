"""How a store handles cases, chosen in a real browser without scripts: the ladder, when customers are written to, and
templates of replies."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories import Shop


def test_a_region_chooses_how_its_stores_handle_cases(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "head-office", scripts=False, width=360)
    page.goto(f"/places/{riverside.region}/ladder")
    expect(page.get_by_text("Nobody has said anything else, so this holds:")).to_be_visible()
    page.get_by_role("button", name="Write own steps instead").click()
    page.get_by_role("button", name="Add a step").click()
    steps = page.get_by_role("group", name="Step")
    first = steps.filter(has=page.locator("legend", has_text="Step 1"))
    first.get_by_label("Its name").fill("The shift")
    first.get_by_role("group", name="A person answers within").get_by_label("how many").fill("soon")
    page.get_by_role("button", name="Keep it so").last.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is kept yet")
    first.get_by_role("group", name="A person answers within").get_by_label("how many").fill("2")
    page.locator("summary", has_text="Messenger").click()
    page.get_by_role("button", name="Keep it so").last.click()
    expect(page.get_by_role("status")).to_contain_text("From now on this holds at Region of Riverside and below.")
    # What the region chose, the store has; when customers are written to, it may say for itself.
    page.goto(f"/places/{riverside.store}/ladder")
    expect(page.get_by_text("As Region of Riverside wants it for all below")).to_be_visible()
    page.get_by_role("link", name="When customers are written to").click()
    page.get_by_label("From", exact=True).fill("20:00")
    page.get_by_label("Until").fill("9")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_text("A time of day, for example 21:00.")).to_be_visible()
    page.get_by_label("Until").fill("09:00")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("status")).to_contain_text("From now on this holds at Riverside and below.")
    expect(page.get_by_label("From", exact=True)).to_have_value("20:00")
    page.get_by_role("button", name="Go back to what holds above it").click()
    expect(page.get_by_label("From", exact=True)).not_to_have_value("20:00")
    page.goto(f"/places/{riverside.region}/ladder")
    page.get_by_role("button", name="Go back to").click()
    expect(page.get_by_text("The usual one: the store, then each place above it")).to_be_visible()


def test_a_reply_is_written_once_and_offered_below(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "head-office", scripts=False)
    page.goto(f"/places/{riverside.store}/replies")
    expect(page.get_by_text("There is none of this place's own yet.")).to_be_visible()
    page.get_by_role("link", name="Region of Riverside").click()
    page.get_by_label("Name").fill("Queue")
    page.get_by_label("English").fill("We are sorry that you waited at {store}.")
    page.get_by_role("button", name="Offer it").click()
    page.locator("summary", has_text="Queue").click()
    own = page.get_by_role("region", name="For Region of Riverside")
    own.get_by_label("Ukrainian").first.fill("Вибачте, що ви чекали.")
    own.get_by_role("button", name="Keep it so").click()
    expect(page.locator("summary", has_text="Queue")).to_contain_text("Ukrainian, English")
    page.goto(f"/places/{riverside.store}/replies")
    above = page.get_by_role("region", name="From above")
    expect(above).to_contain_text("Queue · Region of Riverside")
    expect(above).to_contain_text("Вибачте, що ви чекали.")
    above.get_by_role("link", name="Region of Riverside").click()
    page.locator("summary", has_text="Queue").click()
    own.get_by_role("button", name="Take it away").click()
    expect(page.get_by_text("There is none of this place's own yet.")).to_be_visible()
