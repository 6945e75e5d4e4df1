"""The other pages: who sees what, kiosks, what was put aside, and what is said when something does not work."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from collector import cli
from collector.console.words import payload
from collector.database import driver
from collector.fleet.commands import commands_of, conclude
from collector.fleet.releases import publish
from collector.fleet.tables import kiosk, kiosk_settings, kiosk_status
from collector.ingest.tables import completeness_past, cursor, gap
from collector.places.tables import place
from collector.settings import Settings
from tests.collector.console.test_store_page import words
from tests.collector.releases import PUBLIC, archive, manifest_of
from tests.factories import NOW, Shop, make_journal, make_kiosk, make_put_aside, make_ratings, make_shop

Browser = Callable[[int], FlaskClient]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """A store in another region, with a kiosk of which something was put aside; Riverside has one of its own."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        for place, name in ((riverside, "river-1"), (shop, "hill-1")):
            make_ratings(connection, make_kiosk(connection, place, name), [1], happened=NOW)
            make_put_aside(connection, name, b"[9]", f"Odd things from {name}.")
        make_put_aside(connection, "stranger", b"{}", "No enrolled kiosk has this name.")
    return shop


def test_a_page_of_a_place_leads_to_all_of_that_place(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    def ways(client: FlaskClient, path: str) -> list[str]:
        found = re.search(r'<nav class="here".*?</nav>', client.get(path).text, re.DOTALL)
        return re.findall(r'href="([^"]+)"', found[0]) if found else []

    boss, store, region = browser(riverside.organisation), hilltop.store, hilltop.region
    figures = ("insights", "voices")
    of_store = [f"/stores/{store}", *(f"/places/{store}/{each}" for each in figures), f"/stores/{store}/journey"]
    of_store += [f"/places/{store}/channels", f"/places/{store}/money", f"/places/{store}"]
    of_region = [f"/places/{region}/{each}" for each in ("today", *figures, "ranking", "channels", "money")]
    for pages in (of_store, [*of_region, f"/places/{region}"]):
        for page in pages:
            assert ways(boss, page) == pages
    # Of one's own place the menu speaks.
    assert ways(boss, f"/places/{riverside.organisation}/insights") == []
    assert ways(browser(store), f"/stores/{store}") == ways(browser(region), f"/stores/{store}") == []


def test_what_holds_at_a_place_is_found_on_its_page_and_leads_back(
    browser: Browser, riverside: Shop, hilltop: Shop
) -> None:
    boss, here = browser(riverside.organisation), f"/places/{hilltop.store}"
    found = re.search(r'<section id="holds".*?</section>', boss.get(here).text, re.DOTALL)
    assert found
    links = re.findall(r'href="([^"#]+)', found[0])
    chosen = ["surveys", "ladder", "contacts", "alerts", "replies", "filter", "themes", "slips", "words", "money"]
    chosen += ["kiosk-settings", "board/links"]
    assert {f"{here}/{each}" for each in chosen} < set(links)
    for each in chosen:
        main = boss.get(f"{here}/{each}").text.partition("<main>")[2]
        assert f'href="{here}#holds"' in main, each


def test_a_places_people_see_their_place_and_below(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    def seen(place_id: int) -> set[str]:
        client = browser(place_id)
        paths = {f"/stores/{riverside.store}", f"/stores/{hilltop.store}", "/kiosks/river-1", "/kiosks/hill-1"}
        paths |= {f"/stores/{riverside.store}/today", f"/stores/{hilltop.store}/today"}
        answers = {path: client.get(path).status_code for path in paths}
        assert set(answers.values()) <= {200, 404}
        listed = client.get("/kiosks").text + client.get("/put-aside").text
        return {path for path, status in answers.items() if status == 200} | {
            name for name in ("river-1", "hill-1", "stranger") if re.search(rf"\b{name}\b", listed)
        }

    river = {f"/stores/{riverside.store}", f"/stores/{riverside.store}/today", "/kiosks/river-1", "river-1"}
    hill = {f"/stores/{hilltop.store}", f"/stores/{hilltop.store}/today", "/kiosks/hill-1", "hill-1"}
    assert seen(riverside.store) == seen(riverside.region) == river
    assert seen(hilltop.store) == seen(hilltop.region) == hill
    assert seen(riverside.organisation) == river | hill | {"stranger"}


def test_navigation_counts_what_was_put_aside(browser: Browser, riverside: Shop, hilltop: Shop) -> None:
    assert "Put aside (1)" in browser(riverside.store).get("/kiosks").text
    assert "Put aside (3)" in browser(riverside.organisation).get("/kiosks").text


def test_navigation_shows_the_shop_floor_while_there_is_one(
    browser: Browser, riverside: Shop, settings: Settings
) -> None:
    client = browser(riverside.store)
    assert "Shop floor" not in client.get("/kiosks").text
    (settings.data / "run").mkdir()
    (settings.data / "run" / "floor").touch()
    assert f'href="http://localhost:{settings.floor_port}/"' in client.get("/kiosks").text


def test_kiosks_that_need_a_visit_come_first(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        well = make_kiosk(connection, riverside, "a-well")
        make_kiosk(connection, riverside, "b-silent", heard=NOW - timedelta(minutes=10))
        make_kiosk(connection, riverside, "c-new", state=None)
        make_kiosk(connection, riverside, "d-asleep", state="asleep", asleep_until=NOW + timedelta(hours=9))
        make_ratings(connection, well, [1, 1, 1, 1], happened=NOW)
        connection.execute(update(cursor).where(cursor.c.id == well).values(recorded=6))
    page = browser(riverside.store).get("/kiosks").text
    rows = [words(row).strip() for row in re.findall(r"<li>.*?</li>", page, re.DOTALL)]
    assert [row.partition(" ")[0] for row in rows] == ["b-silent", "c-new", "a-well", "d-asleep"]
    assert rows[0].endswith("○ silent since 11:42 nothing recorded yet")
    assert rows[1].endswith("○ made; no board has its secret yet nothing recorded yet")
    assert rows[2].endswith("● online 6 records · 2 on their way")
    assert rows[3].endswith("● asleep until 20:52 nothing recorded yet")


def test_many_kiosks_come_in_pages_and_are_found(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        for number in range(52):
            make_kiosk(connection, riverside, f"exit-{number:02}")
    client = browser(riverside.store)
    kiosks = [re.findall(r'href="/kiosks/(exit-\d+)"', client.get(f"/kiosks?page={page}").text) for page in (1, 2, 99)]
    assert [len(each) for each in kiosks] == [50, 2, 2]
    assert kiosks[1] == kiosks[2] == ["exit-50", "exit-51"]
    assert "Page 2 of 2" in client.get("/kiosks?page=2").text
    assert re.findall(r'href="/kiosks/(exit-\d+)"', client.get("/kiosks?q=XIT-3").text) == [
        f"exit-{number}" for number in range(30, 40)
    ]
    assert "No kiosk here has “nowhere”" in client.get("/kiosks?q=nowhere").text


def test_a_kiosk_in_full(browser: Browser, engine: Engine, riverside: Shop) -> None:
    health = {"firmware": "0.1.0", "uptime": 7_300_000, "reset": 2, "depth": 3, "oldest": 5101, "totals": [1, 2, 3, 4]}
    with engine.begin() as connection:
        old = make_kiosk(connection, riverside, "exit-1", health=health)
        make_ratings(connection, old, [1] * 5, happened=NOW)
        connection.execute(insert(gap).values(cursor_id=old, first_seq=6, last_seq=15, reason="full", found_at=NOW))
        connection.execute(update(cursor).where(cursor.c.id == old).values(seq=15, recorded=17, lost=10))
        new = make_journal(connection, "exit-1", seq=2, recorded=4)
        values = {"cursor_id": new, "day": NOW.date(), "recorded": 4, "received": 2, "stored": 1, "put_aside": 1}
        connection.execute(insert(completeness_past).values(**values))
        settings = {"version": 2, "question_id": riverside.question, "settings": {}}
        connection.execute(insert(kiosk_settings).values(kiosk_id="exit-1", **settings))
    page = words(browser(riverside.store).get("/kiosks/exit-1").text)
    assert "4 recorded 2 received 2 on their way 1 stored 1 put aside 0 declared lost" in page
    assert "17 recorded 15 received 2 never came 5 stored 0 put aside 10 declared lost" in page
    assert "10 records lost numbers 6 to 15 · its memory was full" in page
    assert "version 1; version 2 is sent when it says it is online" in page
    assert "Running for 2 h" in page
    assert "Started by its watchdog" in page
    assert "Oldest of these 5 s" in page
    assert "Presses per button 1 · 2 · 3 · 4" in page


def test_a_kiosk_is_told_what_to_do_once_for_each_tap(
    browser: Browser, engine: Engine, riverside: Shop, hilltop: Shop
) -> None:
    client = browser(riverside.store)
    path = "/kiosks/river-1"
    assert "Nothing was asked of it yet." in client.get(path).text
    form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', client.get(path).text.partition("<main>")[2]))
    for _ in range(2):
        answer = client.post(f"{path}/commands", data={**form, "do": "log"})
        assert answer.headers["Location"] == f"{path}#commands"
    page = words(client.get(f"{path}/now").text)
    assert page.count("Ask for its log account-") == 1
    assert "on its way to the kiosk; worth doing until" in page
    with engine.begin() as connection:
        [made] = commands_of(connection, "river-1", NOW, limit=9)
        conclude(
            driver(connection), "river-1", made.id, NOW, done=True, outcome="11:51 <b>connected</b>\n11:52 all well"
        )
        connection.execute(update(kiosk_status).where(kiosk_status.c.kiosk_id == "river-1").values(state="offline"))
    page = client.get(path).text
    assert "done 11:52" in words(page)
    assert "<pre>11:51 &lt;b&gt;connected&lt;/b&gt;\n11:52 all well</pre>" in page
    for data, target, status in (
        ({**form, "do": "ca"}, path, 400),
        ({"csrf_token": form["csrf_token"], "do": "log"}, path, 400),
        ({**form, "do": "log"}, "/kiosks/hill-1", 404),
    ):
        assert client.post(f"{target}/commands", data=data).status_code == status


def test_a_kiosks_page_tells_its_firmware_and_its_last_troubles(
    browser: Browser, engine: Engine, riverside: Shop
) -> None:
    health = {"board": "virtual", "release": 11, "signal": -67, "battery": 3710, "update": "It fetches 3 of 12 files."}
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", health=health, secret=3)
        made = publish(connection, archive(manifest_of(12)), PUBLIC)
        connection.execute(update(kiosk).values(release_id=made.id))
    page = words(browser(riverside.store).get("/kiosks/exit-1").text)
    assert "Release number 11; number 12 is offered" in page
    assert "Update It fetches 3 of 12 files." in page
    assert "Wi-Fi signal −67 dBm" in page
    assert "Battery 3,710 mV" in page
    assert "Signs in with secret number 3" in page


@pytest.mark.parametrize("value", ["x", None, [], {}, -1, 10**30, True, "<b>"])
def test_a_kiosk_may_say_anything_of_itself(browser: Browser, engine: Engine, riverside: Shop, value: object) -> None:
    names = ("firmware", "board", "uptime", "reset", "depth", "oldest", "clock_error", "totals", "free")
    names += ("release", "update", "signal", "battery", "fault")
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", health=dict.fromkeys(names, value))
    answer = browser(riverside.store).get("/kiosks/exit-1")
    assert answer.status_code == 200
    assert "<b>" not in answer.text


def test_what_was_put_aside_is_shown_safely(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        at = make_kiosk(connection, riverside, "exit-1")
        script = b"<script>alert(1)</script>"
        make_put_aside(connection, "exit-1", script, "Kind 9 is not known.", cursor_id=at, seq=41, times=3)
    page = browser(riverside.store).get("/put-aside").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "Kind 9 is not known." in page
    assert "record 41" in words(page)
    assert "3 times" in words(page)


def test_there_may_be_a_lot_of_it(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1")
        for number in range(51):
            at = {"first_at": NOW, "last_at": NOW + timedelta(seconds=number)}
            make_put_aside(connection, "exit-1", b"x", f"Reason {number}.", **at)
    client = browser(riverside.store)
    first, second = client.get("/put-aside").text, client.get("/put-aside?page=2").text
    assert first.index("Reason 50.") < first.index("Reason 1.")
    assert "Reason 0." not in first
    assert "Reason 0." in second
    assert client.get("/put-aside?page=x").status_code == 200


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b'{"v":1}', '{"v":1}'),
        ("Дякуємо".encode(), "Дякуємо"),
        (b"\xff\xfe\x00", "ff fe 00"),
        (b"a\x00b\x1b[31m", "a\\u0000b\\u001b[31m"),
        ("a\u202eb".encode(), "a\\u202eb"),
        (b"x" * 1024, "x" * 1024),
        (b"x" * 1025, "x" * 1024 + " …"),
        (b"x" * 1023 + "є".encode(), "x" * 1023 + " …"),
        (b"x" * 1022 + b"\xd1x" + b"y", ("78 " * 1022) + "d1 78 …"),
        (b"", ""),
    ],
)
def test_any_bytes_can_be_shown(content: bytes, shown: str) -> None:
    assert payload(content) == shown


def test_a_page_that_is_not_there(browser: Browser, riverside: Shop) -> None:
    answer = browser(riverside.store).get("/stores/99999")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
    assert "Kiosks" in answer.text


def test_without_its_database_a_page_says_so_and_breaks_nothing(make_app: Callable[..., Flask]) -> None:
    client = make_app(database="postgresql://nobody@127.0.0.1:1/none").test_client()
    client.set_cookie("smilepost", "something")
    answer = client.get("/kiosks")
    assert answer.status_code == 503
    assert "The kiosks keep every rating" in answer.text
    answer = client.get("/api/v1/stores")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"


def test_something_breaks(own_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    cli._set_up_log()
    own_app.add_url_rule("/sign-in/link/<int:secret>/x", view_func=lambda secret: secret / 0)
    answer = own_app.test_client().get("/sign-in/link/123456789/x")
    assert answer.status_code == 500
    assert "Something broke on our side." in answer.text
    log = capsys.readouterr()
    assert "ZeroDivisionError" in log.out + log.err
    assert "123456789" not in log.out + log.err


def test_a_store_that_is_away_as_a_whole_is_said_once(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
        for number in range(3):
            make_kiosk(connection, riverside, f"a-{number}", state="offline", heard=NOW - timedelta(minutes=52))
        make_kiosk(connection, beside, "z-silent", heard=NOW - timedelta(minutes=10))
        make_kiosk(connection, beside, "z-well")
    head = browser(riverside.organisation)
    page = head.get("/kiosks").text
    assert "Riverside: all kiosks are away since 11:00" in words(page).replace(" :", ":")
    # It is no reason to put ten lines before the one kiosk that is away by itself.
    assert page.index("z-silent") < page.index("a-0")
    assert "all kiosks are away since 11:00" in head.get(f"/stores/{riverside.store}").text
    assert "1 of 2 kiosks is not well" in head.get(f"/stores/{beside.store}").text


def test_kiosks_that_are_off_with_their_store_are_well(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).values(opening_hours={"sat": [["09:00", "21:00"]]}))
        closing = NOW.replace(day=21, hour=19, minute=0)
        for number in range(2):
            make_kiosk(connection, riverside, f"exit-{number}", state="offline", heard=closing)
    client = browser(riverside.store)
    assert "the kiosks are off with the store" in client.get(f"/stores/{riverside.store}").text
    assert "● off while the store is closed, heard yesterday 21:00" in words(client.get("/kiosks").text)
