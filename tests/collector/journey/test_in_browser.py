"""The journey, money and the press filter in a real browser: on a phone and a wide screen, by day and by night, with an
accessibility checker; the filter is changed and history looked through and marked."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.cases.submit import submit
from collector.money.policy import MoneyPolicy, Worth
from collector.policies.queries import give_policy
from collector.press_filter import runs
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Gap, Smileys
from tests.browser import examine
from tests.collector.customers import ask
from tests.collector.pressing import marks, send_presses
from tests.factories import NOW, Shop, add_up, make_kiosk, make_shop


@pytest.fixture
def rated(engine: Engine, settings: Settings, riverside: Shop) -> Shop:
    """Some weeks of Riverside, where customers are asked what they had expected, and of Hillside."""
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        kiosks = [make_kiosk(connection, riverside, touchpoint=at) for at in (riverside.checkout, riverside.exit)]
        kiosks.append(make_kiosk(connection, hillside))
        for days in range(27, -1, -3):
            for number, journal in enumerate(kiosks):
                buttons = [1 + (each * (2 + number)) % 4 for each in range(1, 9)]
                at = [60.0 * each + (2 if each % 4 == 3 else 0) - (57 if each % 4 == 3 else 0) for each in range(8)]
                how = {"repeats": (), "delay": timedelta(), "stuck": None, "start": NOW - timedelta(days=days)}
                send_presses(connection, journal, at, buttons, **how)  # type: ignore[arg-type]
        ask(connection, riverside.organisation, Smileys(1, {"en": "How?"}), Gap(2, {"en": "How clean it was"}))
        give_policy(connection, riverside.organisation, "money", MoneyPolicy(Worth("EUR", 40, 6, 2.5, 20)), "a test")
    for number, touchpoint in enumerate((riverside.checkout, riverside.exit, riverside.exit)):
        source = Source(f"a{number}", Channel.RECEIPT_QR, riverside.store, touchpoint)
        replies = {"1": 3 + number % 2, "2e": 5, "2p": 3 + number}
        submit(engine, settings, source, Reply("en", replies=replies, comment="Only one till was open."), NOW)
    with engine.begin() as connection:
        add_up(connection)
    return riverside


@pytest.mark.parametrize(("width", "colours"), [(360, "light"), (1024, "light"), (1440, "dark")])
def test_from_the_journey_to_a_rating_and_what_it_may_cost(
    open_window: Callable[..., Page], rated: Shop, width: int, colours: str
) -> None:
    page = open_window(rated.organisation, "head-office", width=width, colours=colours)
    page.goto(f"/stores/{rated.store}/journey")
    expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    expect(page.get_by_role("img", name="Where is less found than expected?")).to_be_visible()
    examine(page)
    page.get_by_role("link", name="Ratings of Exit").click()
    page.get_by_role("link", name="Unhappy").click()
    expect(page.get_by_text("Only one till was open.").first).to_be_visible()
    examine(page)
    page.goto(f"/places/{rated.organisation}/money")
    expect(page.get_by_text("3 unhappy customers whose problems nobody has resolved")).to_be_visible()
    examine(page)
    page.get_by_role("link", name="Riverside", exact=True).click()
    expect(page.get_by_role("heading", name="Money Riverside")).to_be_visible()


@pytest.mark.parametrize(("width", "colours", "scripts"), [(360, "light", False), (1440, "dark", True)])
def test_the_filter_is_changed_and_history_marked(
    open_window: Callable[..., Page],
    rated: Shop,
    empty_database: psycopg.Connection[tuple[object, ...]],
    width: int,
    colours: str,
    *,
    scripts: bool,
) -> None:
    page = open_window(rated.organisation, "head-office", width=width, colours=colours, scripts=scripts)
    page.goto(f"/places/{rated.organisation}/filter")
    page.get_by_text("it comes soon after another at the same kiosk").click()
    page.get_by_label("Within seconds; 0").fill("6")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_text("From now on it is so.")).to_be_visible()
    if scripts:
        examine(page)
    page.get_by_role("button", name="Look what would change").click()
    expect(page.get_by_text("0 of 2 stores")).to_be_visible()
    if scripts:
        examine(page)
    while runs.work(empty_database):
        pass
    if not scripts:
        page.reload()
    expect(page.get_by_text("raw 240, counted 180: 60 × pressed again at once")).to_be_visible()
    if scripts:
        examine(page)
    page.get_by_role("button", name="Mark them so").click()
    while runs.work(empty_database):
        pass
    if not scripts:
        page.reload()
    expect(page.get_by_text("60 ratings have another mark now.")).to_be_visible()
    assert marks(empty_database).count("repeat") == 60
    if scripts:
        examine(page)
