"""History is looked through by a new filter, stopped half way, gone on with, and marked, in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.press_filter import runs
from tests.collector.pressing import marks, send_presses
from tests.factories import NOW, Shop, make_kiosk, make_shop


@pytest.mark.parametrize("scripts", [False, True])
def test_a_run_is_stopped_and_gone_on_with(
    open_window: Callable[..., Page],
    engine: Engine,
    riverside: Shop,
    empty_database: psycopg.Connection[Any],
    *,
    scripts: bool,
) -> None:
    with engine.begin() as connection:
        for shop in (riverside, make_shop(connection, "Hillside", beside=riverside)):
            journal = make_kiosk(connection, shop)
            send_presses(connection, journal, [0, 3, 60, 63, 120], [1, 1, 2, 2, 4], (), timedelta(), None, NOW)
    page = open_window(riverside.organisation, "head-office", scripts=scripts, width=360)

    def look() -> None:
        if not scripts:
            page.reload()

    page.goto(f"/places/{riverside.organisation}/filter")
    page.get_by_text("it comes soon after another at the same kiosk").click()
    page.get_by_label("Within seconds; 0").fill("many")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Within seconds; 0").fill("6")
    page.get_by_role("button", name="Keep it so").click()
    page.get_by_role("button", name="Look what would change").click()
    bar = page.get_by_role("progressbar", name="How far it is")
    expect(bar).to_have_attribute("value", "0")
    for _ in range(20):  # some presses at a time, until one of the two stores is done
        assert runs.work(empty_database)
        page.reload()
        if bar.get_attribute("value") != "0":
            break
    expect(bar).to_have_attribute("value", "50")
    page.get_by_role("button", name="Stop").click()
    expect(bar).to_have_count(0)
    while runs.work(empty_database):
        pass
    page.get_by_role("button", name="Go on").click()
    while runs.work(empty_database):
        pass
    look()
    expect(page.get_by_text("raw 10, counted 6: 4 × pressed again at once")).to_be_visible()
    assert not marks(empty_database).count("repeat")
    page.get_by_role("button", name="Mark them so").click()
    while runs.work(empty_database):
        pass
    look()
    expect(page.get_by_text("4 ratings have another mark now.")).to_be_visible()
    page.get_by_role("link", name="The filter of Smilepost").click()
    expect(page.get_by_role("listitem").filter(has_text="done").first).to_be_visible()
