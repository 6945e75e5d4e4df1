"""Reports, results and lists in a real browser: on a phone and a desk, by day and night, with an accessibility checker;
a report is chosen and read, a poster and a list are fetched."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdfium2 import PdfDocument

from tests.browser import examine
from tests.factories import Shop


@pytest.mark.parametrize(("width", "colours"), [(360, "light"), (1440, "dark")])
def test_a_report_is_read_chosen_and_hung_up(
    open_window: Callable[..., Page], rated: Shop, width: int, colours: str, tmp_path: Path
) -> None:
    page = open_window(rated.organisation, width=width, colours=colours)
    page.goto(f"/places/{rated.store}/report?period=week&day=2026-11-16")
    expect(page.get_by_role("heading", name="Report Riverside")).to_be_visible()
    expect(page.get_by_role("img", name="The poster of these results")).to_be_visible()
    examine(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="A3 as PDF", exact=True).click()
    fetched.value.save_as(tmp_path / "wall.pdf")
    with PdfDocument(tmp_path / "wall.pdf") as document:
        assert "Ви сказали, ми зробили" in document[0].get_textpage().get_text_range()
    page.get_by_role("link", name="Have it sent by e-mail").click()
    own = page.get_by_role("region", name="One for you")
    own.get_by_label("Of which place").select_option("Riverside")
    own.get_by_label("How often").select_option("every month")
    own.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("The first one comes")
    expect(page.get_by_role("region", name="Sent")).to_contain_text("every month")
    examine(page)
    page.get_by_role("button", name="End it:").click()
    page.get_by_text("Ended (1)").click()
    page.get_by_role("button", name="Bring back:").click()
    expect(page.get_by_role("status")).to_contain_text("It is sent again")


@pytest.mark.parametrize(("width", "colours"), [(360, "dark"), (1440, "light")])
def test_a_list_is_fetched_and_its_bar_fills(
    open_window: Callable[..., Page], rated: Shop, width: int, colours: str, tmp_path: Path
) -> None:
    page = open_window(rated.organisation, width=width, colours=colours)
    page.goto("/exports")
    examine(page)
    page.get_by_label("Ratings Each press").check()
    page.get_by_label("Of which place").select_option("Riverside")
    page.get_by_role("button", name="Make the file").click()
    bar = page.get_by_role("progressbar", name="About 601 rows wait for you to fetch them.")
    expect(bar).to_have_attribute("value", "0")
    examine(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download").click()
    fetched.value.save_as(tmp_path / "ratings.csv")
    expect(page.get_by_role("progressbar", name="Done: 601 rows.")).to_have_attribute("value", "100")
    with (tmp_path / "ratings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 601


def test_without_scripts(open_window: Callable[..., Page], rated: Shop) -> None:
    page = open_window(rated.organisation, width=390, scripts=False)
    page.goto("/exports")
    page.get_by_label("Places Regions").check()
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download():
        page.get_by_role("link", name="Download").click()
    page.get_by_role("link", name="How far is it now?").click()
    expect(page.get_by_role("progressbar", name="Done: 3 rows.")).to_be_visible()


def test_reports_for_somebody_else_and_of_another_place(
    open_window: Callable[..., Page], rated: Shop, reader: Callable[..., int]
) -> None:
    reader(rated.store, "Olha")
    reader(rated.region, "Petro", email=None)
    page = open_window(rated.organisation, width=390, scripts=False)
    page.goto("/reports")
    others, sent = (page.get_by_role("region", name=name) for name in ("One for somebody else", "Sent"))
    expect(others.get_by_label("For whom")).to_contain_text("Petro · Region of Riverside · no e-mail address")
    for person, place, period in (("Olha", "Riverside", "every day"), ("Petro", "Region of Riverside", "every week")):
        whom = others.get_by_label("For whom").get_by_role("option").filter(has_text=person).get_attribute("value")
        others.get_by_label("For whom").select_option(whom)
        others.get_by_label("Of which place").select_option(label=place)
        others.get_by_label("How often").select_option(period)
        others.get_by_role("button", name="Send it to them").click()
        row = sent.get_by_role("listitem").filter(has_text=f"{period}, to {person}")
        expect(row.get_by_role("link", name=place, exact=True)).to_be_visible()
    # Who has no address hears of it where it would be sent.
    expect(row).to_contain_text("Nothing is sent: there is no e-mail address.")
    # A report is of a place that its reader sees: Olha is of Riverside alone.
    olha = others.get_by_label("For whom").get_by_role("option").filter(has_text="Olha").get_attribute("value")
    others.get_by_label("For whom").select_option(olha)
    others.get_by_label("Of which place").select_option(label="Smilepost")
    others.get_by_role("button", name="Send it to them").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(sent.get_by_role("listitem").filter(has_text="to Olha")).to_have_count(1)
