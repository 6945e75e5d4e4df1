"""The files of a case and its customer's address, in a real browser without scripts: what is added, what is refused,
and who has seen whom."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.collector.customers import Phone
from tests.factories import Shop

ADDRESS = "oksana@example.org"


@pytest.fixture
def page(open_window: Callable[..., Page], riverside: Shop, poster: str, phone: Phone) -> Page:
    """An admin's telephone, on which Oksana's case is open."""
    phone.answer(poster, 4, comment="Cold soup.", contact=ADDRESS, agrees=True)
    page = open_window(riverside.organisation, scripts=False, width=390)
    page.goto("/cases/1")
    return page


def add(page: Page, name: str, type: str, content: bytes) -> None:
    summary = page.locator("summary", has_text="Add a picture or a PDF")
    if not page.get_by_label("Picture (JPEG, PNG) or PDF").is_visible():
        summary.click()
    page.get_by_label("Picture (JPEG, PNG) or PDF").set_input_files({"name": name, "mimeType": type, "buffer": content})
    page.get_by_role("button", name="Add the file").click()


def test_a_picture_and_a_paper_are_added_and_seen(page: Page) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "PNG")
    add(page, "soup.png", "image/png", picture.getvalue())
    shown = page.get_by_role("img", name="soup.png")
    expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 64
    add(page, "../../receipt 4711.pdf", "application/pdf", b"%PDF-1.7 a receipt")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="receipt 4711.pdf").click()
    # It is kept by its name alone, and never opened within the console.
    assert fetched.value.suggested_filename == "receipt 4711.pdf"
    assert fetched.value.path().read_bytes() == b"%PDF-1.7 a receipt"
    log = page.get_by_role("region", name="What happened").get_by_role("listitem")
    expect(log.filter(has_text="added a file")).to_have_count(2)


def test_what_is_neither_is_refused_with_a_clear_sentence(page: Page) -> None:
    # What is inside decides, whatever its name and its browser say.
    add(page, "soup.png", "image/png", b"<script>alert(1)</script>")
    expect(page.get_by_role("alert")).to_contain_text("This is not a JPEG or PNG picture or a PDF.")
    add(page, "long.pdf", "application/pdf", b"%PDF-" + b"0" * 5 * 2**20)
    expect(page.get_by_role("alert")).to_contain_text("It is too large: 5 MB at most.")
    page.goto("/cases/1")
    expect(page.get_by_role("heading", name="Files")).to_have_count(0)


def test_an_address_is_shown_to_whoever_asks_and_that_is_written_down(page: Page) -> None:
    customer = page.get_by_role("region", name="The customer")
    expect(customer).to_contain_text("who looks is written down")
    expect(page.get_by_text(ADDRESS)).to_have_count(0)
    customer.get_by_role("button", name="Show").click()
    expect(customer).to_contain_text(ADDRESS)
    # It is shown this once: whoever comes back asks again.
    page.goto("/cases/1")
    expect(page.get_by_text(ADDRESS)).to_have_count(0)
    page.goto("/audit?kind=customers")
    seen = page.get_by_role("main").get_by_role("listitem").filter(has_text="saw the contact of case #1")
    expect(seen).to_have_count(1)
    expect(page.get_by_text(ADDRESS)).to_have_count(0)
