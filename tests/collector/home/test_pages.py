"""Where each role begins, and what its page says."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, update

from collector.cases.changes.by_people import reply, take
from collector.places.tables import place
from collector.policies.queries import give_policy
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.cases.house import House
from tests.collector.console.test_store_page import words
from tests.collector.pages import send
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]
GOOD, BAD = [1] * 18 + [4] * 2, [1] * 4 + [4] * 16


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    with engine.begin() as connection:
        ensure_default(connection)
        return make_shop(connection, "Hilltop", beside=riverside)


def hear(engine: Engine, shop: Shop, *weeks: list[int]) -> None:
    """Ratings of the last weeks, the newest first."""
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, shop)
        for back, buttons in enumerate(weeks):
            make_ratings(connection, kiosk, buttons, happened=NOW - timedelta(weeks=back, minutes=5))
        add_up(connection)


def test_each_role_begins_where_its_work_is(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    def start(place_id: int, role: str) -> str:
        return str(browser(place_id, role).get("/").location)

    assert start(riverside.store, "store") == f"/stores/{riverside.store}"
    # A region of one store is that store.
    assert start(riverside.region, "region") == f"/stores/{riverside.store}"
    assert start(riverside.organisation, "head-office") == f"/places/{riverside.organisation}/today"
    assert start(riverside.organisation, "technician") == "/technician"
    head = browser(riverside.organisation, "head-office")
    assert head.get(f"/places/{riverside.store}/today").location == f"/stores/{riverside.store}"
    store = browser(riverside.store, "store")
    for foreign in (riverside.organisation, hilltop.store, hilltop.region, 999999):
        assert store.get(f"/places/{foreign}/today").status_code == 404
        assert store.get(f"/places/{foreign}/today/now").status_code == 404


def test_a_house_without_a_store_says_where_to_begin(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.kind == "store").values(ended_at=NOW))
    owner, office = browser(riverside.organisation), browser(riverside.organisation, "head-office")
    assert owner.get("/").location == "/set-up"
    assert office.get("/").location == f"/places/{riverside.organisation}/today"
    for page in ("today", "completeness"):
        path = f"/places/{riverside.organisation}/{page}"
        for who, leads_on in ((owner, True), (office, False)):
            main = who.get(path).text.partition("<main>")[2]
            assert "There is no store at your place yet." in main
            assert ('href="/set-up"' in main) == leads_on


def test_the_start_page_speaks_of_first_steps_until_they_are_put_away(
    browser: Browser, riverside: Shop, hilltop: Shop
) -> None:
    top, store = f"/places/{riverside.organisation}/today", f"/stores/{riverside.store}"
    owner = browser(riverside.organisation)
    [count] = re.findall(r"First steps: (\d+) open", owner.get(top).text)
    assert words(owner.get("/set-up").text).count(" to do ") == int(count)
    assert "First steps: " in browser(riverside.store).get(store).text
    assert "First steps: " not in owner.get(store).text  # not where they begin
    assert "First steps: " not in browser(riverside.organisation, "head-office").get(top).text
    send(owner, "/set-up", "/set-up/put-away")
    assert "First steps: " not in owner.get(top).text
    send(owner, "/set-up", "/set-up/show-again")
    assert f"First steps: {count} open" in owner.get(top).text


def test_the_head_office_sees_which_places_need_it(
    browser: Browser, engine: Engine, settings: Settings, riverside: Shop, hilltop: Shop
) -> None:
    client = browser(riverside.organisation, "head-office")
    path = f"/places/{riverside.organisation}/today"
    assert "Nothing has been heard yet." in words(client.get(path).text)
    hear(engine, riverside, GOOD, GOOD, GOOD)
    assert "Nobody needs you just now" in words(client.get(path).text)
    hear(engine, hilltop, BAD, GOOD, GOOD)
    house = House(engine, settings, riverside)
    for hours in (-60, -59):
        house.complain(hours=hours, reasons=[1])
    house.pass_time(0)
    page = client.get(path).text
    rows = [words(row).strip() for row in re.findall(r'<li data-key="need-.*?</ul>', page, re.DOTALL)]
    assert len(rows) == 2
    assert re.search(r"^Hilltop 20 ± \d+ 20 ratings down 70 ± \d+ against the four weeks before Journey$", rows[0])
    assert re.search(r"^Riverside 90 ± \d+ 20 ratings 2 cases went up, because nobody acted in time", rows[1])
    assert rows[1].endswith("Said most in four weeks: Long queue: 2 of 2 unhappy customers Journey")
    assert f'href="/stores/{hilltop.store}/journey"' in page
    text = words(page)
    assert re.search(r"Last seven days 55 ± \d+ of 100 40 ratings · down 35 ± \d+ against", text)
    assert "40 counted of 40" in text
    # Nobody works in the region, nor yet in the head office when they were opened: they went on.
    assert "Step 4 · Head office 2 , of these 2 late" in text
    assert "Yours 2 cases" in text
    assert re.search(r"Region of Hilltop 20 ± \d+ · 20 ratings · down 70 ± \d+", text)
    assert "Is it getting better?" in text
    assert re.search(r"Hilltop 20 ± \d+ 20 Riverside 90 ± \d+ 20", text)
    part = client.get(f"{path}/now").text
    assert part.strip() in page
    assert f'data-live="http://localhost:{settings.live_port}/places/{riverside.organisation}"' in page
    assert "unsafe" not in client.get(path).headers["Content-Security-Policy"]


def test_promises_are_counted_as_customers_count(
    browser: Browser, engine: Engine, settings: Settings, riverside: Shop, hilltop: Shop
) -> None:
    house = House(engine, settings, riverside)
    in_time, too_late, unheard, fresh = (house.complain(hours=hours) for hours in (-100, -100, -100, -2))
    house.complain(hours=-29 * 24)  # before these weeks
    for case_id, hours in ((in_time, -90.0), (too_late, -50.0)):
        house.do(take, case_id, house.by(hours=hours))
        house.do(reply, case_id, house.by(hours=hours), "Two tills are open now.")
    path = f"/places/{riverside.organisation}/today"
    page = words(browser(riverside.organisation, "head-office").get(path).text)
    assert re.search(r"Answered in time 1 of 3 33 % \(\d+ to \d+\)", page)
    assert "Customers who have heard 2 of 4" in page
    assert "Opened again by their customer 0" in page
    assert unheard != fresh


def test_a_technician_sees_where_to_go_and_nothing_that_customers_wrote(
    browser: Browser, engine: Engine, settings: Settings, riverside: Shop, hilltop: Shop
) -> None:
    client = browser(riverside.organisation, "technician")
    assert "Nobody has to go anywhere." in words(client.get("/technician").text)
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "river-1", state="offline", heard=NOW - timedelta(days=3))
        make_kiosk(connection, riverside, "river-2")
        make_kiosk(connection, riverside, "river-3", heard=NOW - timedelta(minutes=30))
        for number in (1, 2):
            make_kiosk(connection, hilltop, f"hill-{number}", state="offline", heard=NOW - timedelta(minutes=40))
    page = client.get("/technician")
    text = words(page.text)
    assert "1 of 5 kiosks are well" in text
    assert re.search(r"What to visit Riverside river-1 Exit It has not been heard. Bring a spare kiosk", text)
    assert re.search(r"Hilltop all kiosks are away since \d\d:\d\d", text)
    assert re.search(r"river-3 silent since \d\d:\d\d Riverside · Exit", text)
    assert client.get("/technician/now").text.strip() in page.text
    for word in ("Cases", "Messages", "Hotline", "Answers"):
        assert f">{word}<" not in page.text
    region = words(client.get(f"/places/{riverside.organisation}/today").text)
    assert "Promises kept" not in region
    assert "Yours" not in region


def test_pages_take_few_statements_however_many_stores(
    browser: Browser, engine: Engine, settings: Settings, riverside: Shop, hilltop: Shop
) -> None:
    client = browser(riverside.organisation, "head-office")
    seen: list[str] = []
    database = client.application.extensions["database"]
    event.listen(database, "before_cursor_execute", lambda *about: seen.append(about[2]))

    def count(path: str) -> int:
        seen.clear()
        assert client.get(path).status_code == 200
        return len(seen)

    paths = (f"/places/{riverside.organisation}/today", "/technician", f"/stores/{riverside.store}")
    before = {path: count(path) for path in paths}
    with engine.begin() as connection:
        for name in ("Lakeside", "Old Town", "Station"):
            shop = make_shop(connection, name, beside=riverside)
            make_ratings(connection, make_kiosk(connection, shop), [1, 2, 4], happened=NOW)
            give_policy(connection, shop.store, "cases", None, "a test")
        add_up(connection)
    assert {path: count(path) - before[path] for path in paths} == dict.fromkeys(paths, 0)
    assert max(before.values()) <= 40


def test_many_ratings_are_said_as_many(browser: Browser, engine: Engine, riverside: Shop, hilltop: Shop) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        for _ in range(12):
            make_ratings(connection, kiosk, [1] * 100)
        add_up(connection)
    page = words(browser(riverside.organisation, "head-office").get(f"/places/{riverside.organisation}/today").text)
    assert "100 ± 0.2 of 100 1,200 ratings" in page
    assert "± 0 " not in page
