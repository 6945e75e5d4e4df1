"""What unhappy customers are worth, said and reckoned in a real browser without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.collector.customers import Phone
from tests.factories import Shop


def test_what_a_customer_is_worth(open_window: Callable[..., Page], riverside: Shop, phone: Phone, poster: str) -> None:
    phone.answer(poster, 4, comment="Cold soup.")
    page = open_window(riverside.organisation, "head-office", scripts=False, width=360)
    page.goto(f"/places/{riverside.organisation}/money")
    expect(page.get_by_text("Nobody has said yet what a customer is worth here.")).to_be_visible()
    # The organisation's own currency stands there already.
    expect(page.get_by_label("Currency")).to_have_value("UAH")
    for field, value in (("Average order", "40"), ("Currency", "EUR"), ("Purchases a year", "6"), ("Years", "2,5")):
        page.get_by_label(field).fill(value)
    page.get_by_label("Who leaves").fill("all")
    page.get_by_role("button", name="Reckon so").click()
    expect(page.get_by_text("A whole number from 1 to 100.")).to_be_visible()
    expect(page.get_by_label("Average order")).to_have_value("40")
    page.get_by_label("Who leaves").fill("20")
    page.get_by_role("button", name="Reckon so").click()
    expect(page.get_by_role("status")).to_contain_text("From now on it is reckoned so.")
    expect(page.get_by_text("1 unhappy customer whose problem nobody has resolved")).to_be_visible()
    expect(page.get_by_text("At risk: 1 customer × 20 % who leave × €600 = €120.")).to_be_visible()
    page.get_by_role("link", name="365 days").click()
    page.goto(f"/places/{riverside.store}/money")
    expect(page.get_by_text("Value of a customer: an order of €40")).to_be_visible()
    page.goto(f"/places/{riverside.organisation}/money")
    page.locator("summary", has_text="What a customer is worth").click()
    page.get_by_role("button", name="Do as the place above").click()
    expect(page.get_by_text("Nobody has said yet what a customer is worth here.")).to_be_visible()
