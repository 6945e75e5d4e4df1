"""Posters of a store in a real browser: seen in another language, fetched, and scanned."""

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect

from tests.collector.customers import Phone
from tests.factories import Shop
from tests.qr_codes import read


def test_a_poster_is_chosen_and_scanned(open_window: Callable[..., Page], riverside: Shop, phone: Phone) -> None:
    page = open_window(riverside.store, "store", scripts=False, width=360)
    page.goto(f"/stores/{riverside.store}")
    page.get_by_role("link", name="Posters").click()
    page.get_by_role("link", name="Polski").click()
    expect(page.get_by_role("img", name="Poster of Exit: A4, for a wall")).to_be_visible()
    link = page.get_by_role("link", name="PNG: Exit, A4, for a wall")
    with page.expect_download() as fetched:
        link.click()
    code = read(Image.open(io.BytesIO(fetched.value.path().read_bytes())))
    theirs = open_window(scripts=False, width=360)
    theirs.goto("/Q/" + code.rpartition("/")[2])
    expect(theirs.get_by_role("button", name="very good")).to_be_visible()
