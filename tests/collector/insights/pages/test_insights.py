"""`/places/<id>/insights`: a figure, how sure it is, and whether it is getting better."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, insert, update

from collector.insights.asked import MOST
from collector.insights.tables import store_uptime
from collector.places.editor.changes import Setup, change
from collector.places.tables import touchpoint
from collector.places.tree import add_touchpoint
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
    # Places above have the figures of all below, and their hours.
    above = words(client, f"/places/{heard_of.organisation}/insights")
    assert "825 counted of 825" in above
    assert "Places in a fair order" in above
    assert (
        "At which hours are customers content? index of 0 to 100, hours of the week by each store's own clock" in above
    )
    assert "Sat 11:00 to 12:00 58 132" in above
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
    assert "Nothing falls short of what was expected by more than chance." in said  # three say nothing
    assert "And the staff? 100" in said or "And the staff?" in said
    assert "Slow: alone 100 % of the 3 reasons given." in said
    assert "eNPS" not in said


def test_only_while_it_is_open(heard_of: Shop, browser: Browser, engine: Engine) -> None:
    """Ratings came at 11:52 in Kyiv, in summer at 12:52; and at 23:52 twenty of them, by answers from home, say."""
    late = timedelta(days=3) - timedelta(hours=12)
    week = {day: [["09:00", "13:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, heard_of), [4] * 20, happened=NOW - late)
        _open(connection, heard_of, week)
    client, path = browser(heard_of.organisation), f"/places/{heard_of.store}/insights"
    assert "833 counted of 833" in words(client, path)
    said = words(client, path, open="1")
    assert "813 counted of 813" in said
    assert "Only what came at a known time in hours in which the store is open, by its opening hours of today." in said
    assert 'name="open" value="1" checked' in client.get(f"{path}?open=1").text
    assert "20 ratings outside opening hours are not drawn" in words(client, path)
    assert "are not drawn" not in said
    # So it is of long periods, and of places above; what is odd is said there, too.
    assert "Mon 9 Nov : only 3" in said
    assert "2,313 counted of 2,313" in words(client, path, days=365, open="1")
    for place_id in (heard_of.region, heard_of.organisation):
        above = f"/places/{place_id}/insights"
        assert "23:00 to 24:00" in words(client, above)
        said = words(client, above, open="1")
        assert ("813 counted of 813" if place_id == heard_of.region else "825 counted of 825") in said
        assert "all of it where nobody knows them" in said
        assert "23:00 to 24:00" not in said
    for kind, count in (("channels", "825"), ("ranking", "813")):
        elsewhere = f"/places/{heard_of.organisation}/{kind}"
        assert count not in words(client, elsewhere)
        assert count in words(client, elsewhere, open="1")
    # Not on Mondays any more: what was odd on one is not said.
    with engine.begin() as connection:
        _open(connection, heard_of, {day: hours for day, hours in week.items() if day != "mon"})
    assert "Mon 9 Nov : only" not in words(client, path)
    assert "Mon 9 Nov : only" not in words(client, f"/places/{heard_of.region}/insights")


def _open(connection: Connection, shop: Shop, week: dict[str, list[list[str]]]) -> None:
    """A store's opening hours from now on, and what `smilepost jobs` makes of it."""
    change(connection, shop.store, Setup("Riverside", "Europe/Kyiv", week), "Olena")
    add_up(connection)


def test_where_nobody_knows_when_it_is_open_nobody_is_asked(engine: Engine, riverside: Shop, browser: Browser) -> None:
    with engine.begin() as connection:
        _open(connection, riverside, {})
    for place_id in (riverside.store, riverside.organisation):
        assert 'name="open"' not in browser(riverside.organisation).get(f"/places/{place_id}/insights").text


def test_touchpoints_of_a_name_at_all_stores(heard_of: Shop, browser: Browser, engine: Engine) -> None:
    with engine.begin() as connection:
        add_touchpoint(connection, heard_of.store, "Fitting room", 3)
        connection.execute(
            insert(touchpoint).values(store_id=heard_of.store, name="Canteen", position=4, audience="staff")
        )
        connection.execute(update(touchpoint).where(touchpoint.c.id == heard_of.exit).values(name="EXIT"))
    client, query = browser(heard_of.organisation), {"touchpoint": "Checkout"}
    for kind in ("insights", "ranking", "channels", "voices"):
        page = client.get(f"/places/{heard_of.organisation}/{kind}", query_string=query).text
        choices = re.findall(r'<option value="([^"]*)"( selected)?>', page[page.index('name="touchpoint"') :])
        assert choices[:4] == [("", ""), ("Checkout", " selected"), ("Exit", ""), ("Fitting room", "")], kind
        assert "Canteen" not in page
    # Checkouts of all stores; of stores with other writing, too.
    above = f"/places/{heard_of.organisation}/insights"
    assert "30 counted of 30" in words(client, above, **query)
    assert "795 counted of 795" in words(client, above, touchpoint="exit")
    assert "783 counted of 783" in words(client, f"/places/{heard_of.region}/insights", touchpoint="exit")
    said = words(client, f"/places/{heard_of.organisation}/ranking", **query)
    assert "1 Riverside 33" in said
    assert "Nothing was heard of: Harbour, Lake." in said
    assert "30" in words(client, f"/places/{heard_of.organisation}/channels", **query)
    # On the way to the store the name stays; there its own touchpoints are offered.
    link = f'href="/places/{heard_of.store}/insights?from=2026-10-26&amp;to=2026-11-22&amp;touchpoint=Checkout"'
    assert link in client.get(f"/places/{heard_of.organisation}/ranking", query_string=query).text
    below = f"/places/{heard_of.store}/insights"
    assert "30 counted of 30" in words(client, below, **query)
    assert f'<option value="{heard_of.checkout}" selected>' in client.get(below, query_string=query).text
    nowhere = client.get(above, query_string={"touchpoint": "<Till>"}).text
    assert '<option value="&lt;Till&gt;" selected>' in nowhere
