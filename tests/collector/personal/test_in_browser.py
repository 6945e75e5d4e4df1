"""A customer wants to know what is kept of them, and to have it erased: in a real browser, without scripts."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.collector.personal.conftest import ADDRESS, WORDS, Customer
from tests.factories import Shop


def test_a_customer_is_found_and_erased_and_the_log_says_so(
    open_window: Callable[..., Page], riverside: Shop, oksana: Customer
) -> None:
    page = open_window(riverside.organisation, "head-office", scripts=False, width=360)
    page.goto("/personal")
    expect(page.get_by_role("listitem").filter(has_text="Riverside").first).to_contain_text("#1")
    page.get_by_label("A customer wants to see or erase their data").fill("nobody@example.org")
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is kept of this customer here.")
    page.get_by_label("A customer wants to see or erase their data").fill(ADDRESS)
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_role("link", name=f"Case #{oksana.case}")).to_be_visible()
    assert ADDRESS not in page.url
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Export").click()
    assert WORDS in fetched.value.path().read_text(encoding="utf-8")
    page.get_by_label("I have made sure that the customer wants it").check()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("Erased.")
    expect(page.get_by_text("None. Whoever leaves an address")).to_be_visible()
    page.get_by_role("link", name="Who saw, exported, erased").click()
    log = page.get_by_role("main").get_by_role("listitem")
    expect(log.filter(has_text="exported").first).to_be_visible()
    log.filter(has_text="erased").first.get_by_role("link", name="case #").click()
    expect(page.get_by_text(WORDS)).to_have_count(0)


def test_one_customers_data_from_their_case(
    open_window: Callable[..., Page], riverside: Shop, oksana: Customer, complain: Callable[[str], Customer]
) -> None:
    taras = complain("taras@example.org")
    page = open_window(riverside.organisation, "head-office", scripts=False, width=390)
    page.goto(f"/cases/{oksana.case}")
    page.get_by_role("link", name="Export or erase").click()
    expect(page).to_have_url(re.compile(f"/personal/cases/{oksana.case}$"))
    expect(page.get_by_text("Only this one case: an address may have been mistyped.")).to_be_visible()
    expect(page.get_by_text("Either is written down with your name.")).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Export").click()
    told = fetched.value.path().read_text(encoding="utf-8")
    assert WORDS in told
    assert "taras@example.org" not in told
    # Nothing goes by a slip of the hand: the browser asks for the tick first.
    page.get_by_role("button", name="Erase for good").click()
    expect(page).to_have_url(re.compile(f"/personal/cases/{oksana.case}$"))
    page.get_by_label("I have made sure that the customer wants it").check()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("Erased.")
    page.goto(f"/cases/{oksana.case}")
    expect(page.get_by_text(WORDS)).to_have_count(0)
    # What others left stays.
    page.goto(f"/cases/{taras.case}")
    expect(page.get_by_text(WORDS).first).to_be_visible()
    page.goto("/audit?kind=customers")
    log = page.get_by_role("main").get_by_role("listitem")
    for did in ("exported", "erased"):
        expect(log.filter(has_text=f"{did} case #{oksana.case}")).to_have_count(1)
