"""The store page: today, now, and what it says when there is nothing to say."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from collector.places.tables import place
from collector.ratings.kinds import Mark
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.cases.house import House
from tests.factories import NOW, Shop, make_kiosk, make_ratings


def words(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(" .", ".")


def test_today_in_figures(browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        make_kiosk(connection, riverside, touchpoint=riverside.checkout)
        make_ratings(connection, kiosk, [1] * 7 + [2] * 2 + [4], happened=NOW)
        make_ratings(connection, kiosk, [1, 1], mark=Mark.TEST, happened=NOW)
        make_ratings(connection, kiosk, [2, 2], happened=NOW - timedelta(weeks=1, hours=2))
    client = browser(riverside.store)
    page = words(client.get(f"/stores/{riverside.store}").text)
    assert "83 ± 21 of 100" in page
    # Ten beside two: nobody could compare them.
    assert "10 ratings · 2 not counted · too few to compare 70 % very good" in page
    assert "70 % very good 7" in page
    assert "20 % good 2" in page
    assert "0 % bad 0" in page
    assert "10 % very bad 1" in page
    assert "2 kiosks well" in page
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [2] * 18, happened=NOW - timedelta(weeks=1, hours=2))
    assert "same weekday" not in client.get(f"/stores/{riverside.store}").text
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [1] * 10, happened=NOW)
    page = words(client.get(f"/stores/{riverside.store}").text)
    assert "20 ratings · 2 not counted · same weekday until 11:00: 67 ± 9 (1 day of the last four weeks)" in page


def test_the_last_ratings_say_what_to_think_of_them(
    browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside, touchpoint=riverside.checkout)
        make_ratings(connection, kiosk, [2] * 9, happened=NOW - timedelta(minutes=9))
        make_ratings(connection, kiosk, [1], happened=NOW - timedelta(minutes=7))
        make_ratings(connection, kiosk, [4], happened=NOW - timedelta(minutes=8), delay=timedelta(minutes=3))
        make_ratings(connection, kiosk, [3], happened=NOW, earliest=NOW - timedelta(minutes=1))
        make_ratings(connection, kiosk, [2], happened=NOW, mark=Mark.PERHAPS_REPEATED)
    page = browser(riverside.store).get(f"/stores/{riverside.store}").text
    rows = [words(row).strip() for row in re.findall(r"<li data-key.*?</li>", page, re.DOTALL)]
    assert len(rows) == 10
    assert rows[0].endswith("good · Checkout · not counted: perhaps a repeat")
    assert re.search(r"bad · Checkout · time uncertain: between .*\d\d:\d\d and .*\d\d:\d\d$", rows[1])
    assert rows[2].endswith("very bad · Checkout · late")
    assert rows[3].endswith("very good · Checkout")


def test_times_are_the_stores(browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == riverside.store).values(time_zone="Pacific/Kiritimati"))
        make_ratings(connection, make_kiosk(connection, riverside), [1], happened=NOW)
    page = words(browser(riverside.store).get(f"/stores/{riverside.store}").text)
    assert (NOW + timedelta(hours=14)).strftime("%H:%M") in page


def test_the_chart_has_its_table(browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        make_ratings(connection, kiosk, [1, 2, 3], happened=NOW)
        make_ratings(connection, kiosk, [1], happened=NOW, earliest=NOW - timedelta(minutes=1))
    page = browser(riverside.store).get(f"/stores/{riverside.store}").text
    assert len(re.findall(r'<rect x="[\d.]+%"', page)) in {23, 24, 25}
    assert "1 more, whose time is uncertain" in words(page)
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", page))) == 3
    assert re.search(r"<desc[^>]*>Most between \d\d:\d\d and \d\d:\d\d: 3\.</desc>", page)


def test_a_quiet_morning_says_what_to_do(
    browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop
) -> None:
    client = browser(riverside.store)
    assert "As soon as one is enrolled" in client.get(f"/stores/{riverside.store}").text
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        make_ratings(connection, kiosk, [1] * 20, happened=NOW - timedelta(weeks=1, hours=2))
    page = words(client.get(f"/stores/{riverside.store}").text)
    assert "Press a button on a kiosk" in page
    assert "Same weekday until 11:00: 100 ± 11 (1 day" in page


def test_kiosks_that_need_somebody(browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside)
        make_kiosk(connection, riverside, state="offline", heard=NOW - timedelta(minutes=11))
    assert "1 of 2 kiosks is not well" in browser(riverside.store).get(f"/stores/{riverside.store}").text


def test_the_moving_part_is_the_same_as_in_the_page(
    browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside), [1, 4], happened=NOW)
    client = browser(riverside.store)
    part = client.get(f"/stores/{riverside.store}/today").text
    assert part.strip() in client.get(f"/stores/{riverside.store}").text


def test_the_page_may_connect_to_the_live_events_of_its_own_host(
    browser: Callable[[int], FlaskClient], riverside: Shop, settings: Settings
) -> None:
    client = browser(riverside.store)
    answer = client.get(f"/stores/{riverside.store}")
    assert f'data-live="http://localhost:{settings.live_port}/stores/{riverside.store}"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert f"connect-src 'self' http://localhost:{settings.live_port};" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|\sstyle=|\son\w+=|javascript:", answer.text)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_five_buttons_have_a_neutral_face(
    browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside), [3], scale=5, happened=NOW)
    page = words(browser(riverside.store).get(f"/stores/{riverside.store}").text)
    assert "100 % neither 1" in page


def test_what_to_fix(browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop, settings: Settings) -> None:
    client = browser(riverside.store, "store")
    assert "Nothing just now" in words(client.get(f"/stores/{riverside.store}").text)
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", state="offline", heard=NOW - timedelta(minutes=52))
        ensure_default(connection)
    house = House(engine, settings, riverside)
    for reasons, days in (([1], 3), ([1], 2), ([2], 1), ([3], 35)):
        house.complain(reasons=reasons, hours=-24 * days)
    page = words(client.get(f"/stores/{riverside.store}").text)
    assert "To fix Long queue: 2 of 3 unhappy customers in four weeks Service: 1 of 3 unhappy customers exit-1" in page
    assert re.search(r"exit-1 Exit offline since \d\d:\d\d", page)
    # A technician sees kiosks and figures, and nothing of what customers wrote.
    page = words(browser(riverside.store, "technician").get(f"/stores/{riverside.store}").text)
    assert "unhappy customers" not in page
    assert "Yours" not in page
