"""An alert in a real browser: somebody looks after it, sees what was seen, and says when there is to be one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.factories import Shop, make_kiosk, make_ratings


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1440, True)])
def test_somebody_looks_after_it(
    open_window: Callable[..., Page],
    engine: Engine,
    riverside: Shop,
    make_alert: Callable[..., int],
    width: int,
    *,
    scripts: bool,
) -> None:
    with engine.begin() as connection:
        make_ratings(
            connection, make_kiosk(connection, riverside, touchpoint=riverside.checkout), [1, 4, 4, 4, 4, 4, 1]
        )
    make_alert()
    page = open_window(riverside.region, "region", scripts=scripts, width=width)
    page.goto(f"/stores/{riverside.store}")
    page.get_by_role("link", name="Many bad ratings").first.click()
    expect(page.get_by_text("5 of 8 ratings within 15 minutes were bad.").first).to_be_visible()
    expect(page.get_by_role("img", name="Ratings and bad ratings over time")).to_be_visible()
    page.locator("summary", has_text="As a table").click()
    expect(page.get_by_role("columnheader", name="Bad ones")).to_be_visible()
    page.get_by_role("button", name="I look after it").click()
    expect(page.get_by_text("It closes by itself when it is over.")).to_be_visible()
    # Five of eight is too soon here.
    page.get_by_role("link", name="When to alert").click()
    page.get_by_label("Of at least so many ratings").first.fill("none")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("alert")).to_contain_text("One number does not fit")
    page.get_by_label("Of at least so many ratings").first.fill("20")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("status")).to_contain_text("From now on it is so.")
    expect(page.get_by_text("Chosen for Riverside and all below it by")).to_be_visible()
    page.get_by_role("button", name="Do as the place above").click()
    expect(page.get_by_text("As above this place.").last).to_be_visible()
    expect(page.get_by_label("Of at least so many ratings").first).not_to_have_value("20")
    page.goto("/alerts")
    expect(page.get_by_role("listitem").filter(has_text="5 of 8 ratings")).to_be_visible()
