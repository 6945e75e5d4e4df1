"""A technician with a phone at a kiosk: notes, a photo, its label; it is moved, replaced and retired."""

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdfium2 import PdfDocument
from sqlalchemy import Engine

from collector.fleet.credentials import new_secret
from collector.fleet.registry.changes import Wanted, make
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.factories import Shop, make_kiosk, make_shop


@pytest.fixture
def kiosks(engine: Engine, settings: Settings, riverside: Shop) -> None:
    """`exit-1` and `till-1` at Riverside, `hill-1` at Hilltop."""
    with engine.begin() as connection:
        ensure_default(connection)
        for name, touchpoint in (("exit-1", riverside.exit), ("till-1", riverside.checkout)):
            make(connection, settings, Wanted(touchpoint, name, "pico_w"))
            new_secret(connection, settings, name)
        make_kiosk(connection, make_shop(connection, "Hilltop", beside=riverside), "hill-1")


@pytest.mark.usefixtures("kiosks")
def test_a_kiosk_from_the_list_to_its_end(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "technician", scripts=False, width=360)
    page.goto("/kiosks")
    page.get_by_role("link", name="exit-1").click()
    page.get_by_label("For whoever comes next").fill("The socket is behind the plant.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("The socket is behind the plant.")).to_be_visible()
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    page.get_by_label("Add a photo").set_input_files(
        {"name": "place.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("img", name="Photo of the place")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Take it away: photo of the place")).click()
    expect(page.get_by_text("No photo yet.")).to_be_visible()
    printed = page.request.get(page.get_by_role("link", name="PDF, 62 × 29 mm").get_attribute("href") or "")
    with PdfDocument(printed.body()) as label:
        assert "exit-1" in label[0].get_textpage().get_text_range()
    # To the other store, where it takes the place of another, and there to its end.
    page.get_by_role("link", name="Move it").click()
    page.get_by_label("It stands now at").select_option(label="Exit · Hilltop")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("heading", name="The place")).to_contain_text("Exit · Hilltop")
    page.get_by_role("link", name="Replace it").click()
    page.get_by_label("Which kiosk stands there now?").select_option("hill-1")
    page.get_by_label("What happened").fill("Its case is cracked.")
    page.get_by_role("button", name="Replace it").click()
    expect(page.get_by_role("status")).to_contain_text("hill-1 stands in the place of exit-1 now.")
    page.goto("/kiosks/exit-1")
    expect(page.get_by_text("Its case is cracked.")).to_be_visible()
    page.get_by_role("link", name="To hill-1").click()
    page.get_by_role("link", name="Broken, lost, stolen, not needed").click()
    page.get_by_label("stolen").check()
    page.get_by_role("button", name="Cut it off for good").click()
    expect(page.get_by_role("link", name="Move it")).to_have_count(0)
    page.goto("/kiosks")
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("link", name="hill-1"))).to_contain_text("stolen")


@pytest.mark.usefixtures("kiosks")
def test_what_is_asked_of_a_kiosk_stands_on_its_page_at_once(open_window: Callable[..., Page], riverside: Shop) -> None:
    page = open_window(riverside.organisation, "technician")
    page.goto("/kiosks/till-1")
    page.evaluate("document.body.dataset.mine = 'yes'")
    expect(page.get_by_text("Nothing was asked of it yet.")).to_be_visible()
    asked = page.get_by_role("region", name="From here")
    asked.get_by_role("button", name="Identify").click()
    expect(asked.get_by_role("listitem")).to_contain_text("Identify")
    for words in ("30 days", "90 days"):
        page.get_by_role("link", name=words).click()
        expect(page.get_by_text("Nothing was heard of it in these days.")).to_be_visible()
