"""Printers, slips and print jobs of a store in a real browser."""

import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.collector.slips.conftest import UNSURE
from tests.factories import Shop

Jobs = Callable[[], list[Any]]
Becomes = Callable[..., None]


def test_a_printer_is_set_up_changed_and_taken_away(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.store, scripts=False, width=360)
    page.goto(f"/stores/{riverside.store}/printers")
    page.get_by_role("link", name="Add a printer").click()
    page.get_by_label("Where does it stand?").fill("Counter")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert").first).to_contain_text("still open")
    page.get_by_label("Star CloudPRNT").check()
    page.get_by_label("What kind is it?").select_option("star-80")
    page.get_by_role("button", name="Add it").click()
    # It calls for its slips at an address that is shown this once; a new one can be made.
    first = page.locator("#address").inner_text()
    assert "/print/" in first
    page.locator("summary", has_text="New address to call").click()
    page.get_by_role("button", name="Make a new address").click()
    assert page.locator("#address").inner_text() != first
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Where does it stand?").fill("Checkout 2")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout 2")
    page.get_by_role("button", name="Print test page").click()
    expect(page.get_by_role("listitem").filter(has_text="Test page")).to_be_visible()
    page.locator("summary", has_text="Take it away").click()
    page.get_by_role("button", name="Take Checkout 2 away").click()
    expect(page.get_by_role("status")).to_contain_text("The printer at Checkout 2 was taken away.")
    expect(page.get_by_text("No printer stands here yet.")).to_be_visible()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout 2")
    expect(page.get_by_role("heading", name="Its address to call")).to_be_visible()


def test_a_slip_that_perhaps_did_not_print(
    open_window: Callable[..., Page], riverside: Shop, counter: int, print_jobs: Jobs, becomes: Becomes
) -> None:
    page = open_window(riverside.store, "store", scripts=False)
    page.goto(f"/stores/{riverside.store}")
    page.get_by_role("button", name="Print review slip").click()
    expect(page.get_by_text("The slip is on its way.")).to_be_visible()
    [job] = print_jobs()
    becomes(job.id, "unknown", UNSURE)
    page.get_by_role("link", name="Print jobs").click()
    expect(page.get_by_role("listitem")).to_contain_text(UNSURE)
    page.get_by_role("button", name="It did not: print again").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    _, again = print_jobs()
    becomes(again.id, "failed", "The printer is out of paper.")
    page.reload()
    page.get_by_role("button", name="Print again").first.click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)
    assert print_jobs()[-1].state == "queued"


def test_slips_get_a_logo_and_a_language(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "head-office", scripts=False)
    page.goto(f"/places/{riverside.organisation}/slips")
    paper = page.get_by_role("img", name="A slip as it prints")
    expect(paper).to_be_visible()
    before = paper.screenshot()
    picture, file = Image.new("L", (96, 48), 0), io.BytesIO()
    picture.save(file, "PNG")
    page.get_by_label("Language").select_option(label="German")
    page.get_by_label("Logo").set_input_files({"name": "logo.txt", "mimeType": "text/plain", "buffer": b"Hello"})
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Logo").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("status")).to_contain_text("From now on slips look like this.")
    assert paper.screenshot() != before
    # The store below has it too, and says so.
    page.goto(f"/places/{riverside.store}/slips")
    expect(page.get_by_text("Now it is the logo of Smilepost.")).to_be_visible()
    expect(page.get_by_label("Language")).to_contain_text("as above this place: German")
    page.get_by_role("link", name="Smilepost", exact=True).last.click()
    page.get_by_label("Without this logo").check()
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_label("Without this logo")).to_have_count(0)
