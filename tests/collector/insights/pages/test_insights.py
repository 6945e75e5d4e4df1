"""`/places/<id>/insights`: a figure, how sure it is, and whether it is getting better."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from collector.insights.asked import MOST
from collector.insights.tables import store_uptime
from collector.places.tables import place
from collector.settings import Settings
from printer.codes import Poster
from tests.collector.customers import Phone, code_of
from tests.collector.surveys.asking import BEST, EVERYTHING, ask
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings

Browser = Callable[..., FlaskClient]


def words(client: FlaskClient, path: str, **query: str | int) -> str:
    """What a page says, as it is read."""
    page = client.get(path, query_string=query)
    assert page.status_code == 200, page.text
    main = re.search(r"<main>.*</main>", page.text, re.DOTALL)
    assert main
    plain = html.unescape(re.sub(r"<[^>]*>", " ", main[0]))
    return " ".join(plain.replace("\u2009", "").replace("\u00a0", " ").split())


def test_an_index_with_its_interval_its_count_and_whether_it_changed(heard_of: Shop, browser: Browser) -> None:
    said = words(browser(heard_of.store, "store"), f"/places/{heard_of.store}/insights")
    assert "26 Oct–22 Nov · 28 days" in said
    assert "65 ± 3 of 100" in said
    assert "Up 5.4 ± 4.6 on the 28 days before: more than chance." in said
    assert "813 counted of 813" in said
    assert "a year ago" not in said
    # What it splits into, with counts; what is not sure says so.
    assert "Tue 10 Nov 80 66 and 94 30" in said
    assert "Mon 9 Nov 67 30 and 100 3 · too few" in said
    assert "Most often: very good, 65 % of 813 answers." in said
    assert "Highest: Exit, 67. Lowest: Checkout, 33." in said
    assert "No hour stands out." in said  # 53 to 70, of some hundred ratings each
    assert "Satisfied (CSAT) 65 %" in said
    # Days unlike the weeks before; the one that is running is not called quiet.
    assert "Sat 14 Nov : the index was 13; on this weekday it is usually 60" in said
    assert "Mon 9 Nov : only 3 ratings; on this weekday there are usually 30" in said
    assert "Sun 22 Nov :" not in said


def test_a_day_on_which_the_kiosks_were_away_is_not_called_unusual(
    heard_of: Shop, browser: Browser, engine: Engine
) -> None:
    days = [{"day": date(2026, 11, 9), "up": 1}, {"day": date(2026, 11, 14), "up": 5}]
    with engine.begin() as connection:
        connection.execute(insert(store_uptime).values(store_id=heard_of.store, due=10), days)
    for place_id in (heard_of.store, heard_of.organisation):
        said = words(browser(heard_of.organisation), f"/places/{place_id}/insights")
        assert "Mon 9 Nov : only" not in said
        assert "Few ratings, as kiosks were away: 9 November 2026." in said
        assert "Sat 14 Nov : the index was 13" in said


def test_what_is_asked_for_is_shown_and_what_makes_no_sense_is_left_out(heard_of: Shop, browser: Browser) -> None:
    client, path = browser(heard_of.organisation), f"/places/{heard_of.store}/insights"
    # A day that the reader picks is tested; the filter keeps it.
    said = words(client, path, change="2026-11-10", channel="kiosk-button", touchpoint=heard_of.exit)
    assert "From 10 November 2026 on: +14 points (95 % interval +1.5 to +27): more than chance;" in said
    assert "Of 100 pairs of a customer before and one after, the later is the happier in 57." in said
    assert "Lowest: Checkout" not in said
    quiet = words(client, path, **{"from": "2026-11-09", "to": "2026-11-10", "change": "2026-11-10"})
    assert "Too few to compare: each side needs 20 ratings. Before that day there are 3, from it on 30." in quiet
    assert "33 counted of 33" in quiet
    # What cannot be is left out, as if it had not been typed.
    for nonsense in ("2026-10-01", "tomorrow", "2026-10-26", ""):
        assert "2026 on:" not in words(client, path, change=nonsense)
    assert "28 days" in words(client, path, **{"from": "never", "days": "0", "touchpoint": "x", "channel": "pigeon"})
    assert f"{MOST} days" in words(client, path, **{"from": "2001-01-01"})
    silent = words(client, path, channel="hotline", **{"from": "2020-01-01", "to": "2020-02-01"})
    assert "1 Jan–1 Feb 2020 · 32 days" in silent
    assert "No rating counted in this time. Choose a longer one, or all channels." in silent
    assert "Is it getting better?" not in silent
    # Places above have the figures of all below, and no hours of their own.
    above = words(client, f"/places/{heard_of.organisation}/insights")
    assert "825 counted of 825" in above
    assert "Places in a fair order" in above
    assert "At which hours" not in above
    assert "813 counted of 813" in words(client, f"/places/{heard_of.region}/insights")


def test_too_few_are_never_compared(engine: Engine, riverside: Shop, browser: Browser) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        make_ratings(connection, kiosk, [1] * 19, happened=NOW - timedelta(days=28))
        make_ratings(connection, kiosk, [4] * 30, happened=NOW)
    said = words(browser(riverside.store), f"/places/{riverside.store}/insights")
    assert "Too few to compare with the 28 days before: each needs 20 ratings, and there are 30 and 19." in said


def test_the_same_weeks_a_year_ago_where_they_were_heard(engine: Engine, riverside: Shop, browser: Browser) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        make_ratings(connection, kiosk, [4] * 60, happened=NOW - timedelta(weeks=52))
        make_ratings(connection, kiosk, [1] * 60, happened=NOW)
    client, path = browser(riverside.store), f"/places/{riverside.store}/insights"
    for query in ({}, {"touchpoint": riverside.exit}):
        assert "Up 100 ± " in (said := words(client, path, **query))
        assert "on the same weeks a year ago: more than chance." in said


def test_measures_stand_where_they_are_asked(
    engine: Engine, settings: Settings, riverside: Shop, phone: Phone, browser: Browser
) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING, touchpoint_id=riverside.exit)
    for number in range(3):
        reply = {f"reply-{key}": str(value) for key, value in BEST.items() if key != "1"}
        reply |= {"reply-7e": "5", "reply-7p": "2"} if number else {}
        customer = Phone(phone.client.application, address=f"10.0.1.{number}")
        customer.answer(code_of(engine, settings, Poster(riverside.exit)), 4, reasons=[2], **reply)
    said = words(browser(riverside.store), f"/places/{riverside.store}/insights")
    assert "NPS +100" in said
    assert "of 3 answers · too few to compare" in said
    assert "NPS of 100 100" in said
    assert "Effort (CES) 7.0" in said
    assert "Satisfaction index (CSI) 50" in said
    assert "How clean it was falls shortest: −2.0." in said
    assert "And the staff? 100" in said or "And the staff?" in said
    assert "Slow: alone 100 % of the 3 reasons given." in said
    assert "eNPS" not in said


def test_only_while_it_is_open(heard_of: Shop, browser: Browser, engine: Engine) -> None:
    """Ratings came at 11:52 in Kyiv; and at 23:52 twenty of them, by answers from home, say."""
    late = timedelta(days=3) - timedelta(hours=12)
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, heard_of), [4] * 20, happened=NOW - late)
        add_up(connection)
        week = {day: [["09:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        connection.execute(update(place).where(place.c.id == heard_of.store).values(opening_hours=week))
    client, path = browser(heard_of.organisation), f"/places/{heard_of.store}/insights"
    assert "833 counted of 833" in words(client, path)
    said = words(client, path, open="1")
    assert "813 counted of 813" in said
    assert 'name="open" value="1" checked' in client.get(f"{path}?open=1").text
    assert "23:00 to 24:00" in words(client, path)
    assert "23:00 to 24:00" not in said
    channels = f"/places/{heard_of.store}/channels"
    assert "833" in words(client, channels)
    assert "813" in words(client, channels, open="1")
    # Of long periods, and of places above stores, it is not offered.
    for elsewhere in (f"{path}?days=365&open=1", f"/places/{heard_of.organisation}/insights?open=1"):
        assert 'name="open"' not in client.get(elsewhere).text
    # Not on Mondays any more: what was odd on one is not said.
    assert "Mon 9 Nov : only 3" in words(client, path)
    with engine.begin() as connection:
        closed = {day: hours for day, hours in week.items() if day != "mon"}
        connection.execute(update(place).where(place.c.id == heard_of.store).values(opening_hours=closed))
    assert "Mon 9 Nov : only" not in words(client, path)
