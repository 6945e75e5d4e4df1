"""What customers said: the list, the search, the themes, the table to download, and a person's say in what is spam."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update

from collector.places.tables import place
from collector.ratings.kinds import Channel
from collector.ratings.tables import rating_hour
from collector.surveys.answers import Contact
from tests.collector.customers import words
from tests.collector.surveys.asking import EVERYTHING, STAFF, ask, make_staff_room
from tests.factories import NOW, Shop, make_shop

Browser = Callable[..., FlaskClient]
Say = Callable[..., int]
DAY = timedelta(days=1)
#: Spam by its link.
WATCHES = "Cheap watches: https://watches.example/buy"


def counted(engine: Engine) -> tuple[int, int]:
    """Ratings that count, and those that do not."""
    with engine.connect() as connection:
        sums = select(func.sum(rating_hour.c.counted), func.sum(rating_hour.c.marked))
        count, marked = connection.execute(sums).one()
    return count or 0, marked or 0


def test_every_voice_stands_in_the_list(browser: Browser, say: Say, riverside: Shop) -> None:
    client, path = browser(riverside.store), f"/places/{riverside.store}/voices?said=all"
    assert client.get("/voices?said=all").location == path
    assert "Nobody has written anything in this time." in words(client.get(f"/places/{riverside.store}/voices"))
    say("a", comment="Nobody <helped>.", reasons=[2], reference="4711", before=timedelta(minutes=5))
    say("b", Channel.HOTLINE, replies={}, comment="Thanks to Olha.", author="Taras", touchpoint=None)
    say("c", is_tap=True, replies={"1": 1}, before=DAY)
    contact = Contact("oksana@example.org", "answer", "Yes", (NOW + 9 * DAY).date())
    say("d", Channel.EMAIL, contact=contact, before=2 * DAY)
    say("e", comment="Long ago.", before=40 * DAY)
    page = client.get(path)
    shown = " ".join(words(page).split())
    assert "4 voices" in shown
    assert "no rating 11:52 · hotline · written down by Taras Thanks to Olha. It is spam" in shown
    assert "very bad 11:47 · Exit · poster · 4711 Nobody <helped>. Service Case #1 It is spam" in shown
    assert "very good yesterday 11:52 · Exit · poster only the first tap so far" in shown
    assert "very bad 20 Nov 11:52 · Exit · e-mail" in shown
    assert "oksana" not in page.text
    assert shown.index("Thanks to Olha") < shown.index("helped") < shown.rindex("first tap so far")
    assert "Long ago." in words(client.get(f"{path}&days=90"))


def test_every_scale_of_an_answer(browser: Browser, engine: Engine, say: Say, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING)
    say("a", replies={"1": 2, "3": 9, "7e": 5, "7p": 3})
    assert (
        "Would you recommend us? 9 of 10 · How clean it was, expected 5 of 5 · How clean it was, found 3 of 5"
    ) in words(browser(riverside.store).get(f"/places/{riverside.store}/voices?said=all")).replace(" ,", ",")


def test_the_list_is_filtered(
    browser: Browser, engine: Engine, say: Say, read: Callable[[], None], riverside: Shop
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        hours = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
        connection.execute(update(place).where(place.c.id == hillside.store).values(opening_hours=hours))
    say("a", comment="Poster: a LONG queue, rude cashier.", replies={"1": 3})
    say("b", Channel.REVIEW, comment="Review: очередь, довга черга!", replies={"1": 1}, language="uk", before=3 * DAY)
    say("c", comment=WATCHES)
    say("d", is_tap=True, replies={"1": 1}, before=timedelta(minutes=1))
    say("e", store=hillside.store, touchpoint=hillside.exit, comment="Uphill, on a Sunday.")
    read()
    head = browser(riverside.organisation)

    def found(query: str, at: int = riverside.organisation) -> set[str]:
        shown = words(head.get(f"/places/{at}/voices?{query}"))
        return set(re.findall(r"Poster|Review|watches|first tap so far|Uphill", shown.split("first what")[0]))

    def listed(query: str, at: int = riverside.organisation) -> set[str]:
        page = head.get(f"/places/{at}/voices?{query}").text
        said = " ".join(re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL))
        taps = " tap" * len(re.findall(r'<p class="quiet">only the first tap so far', page))
        return set(re.findall(r"Poster|Review|watches|Uphill|tap", re.sub("<[^>]*>", "", said) + taps))

    comments = {"Poster", "Review", "Uphill"}
    assert found("") >= comments
    assert listed("") == comments
    assert listed("said=all") == {*comments, "tap"}
    assert listed("said=partial") == {"tap"}
    assert listed("channel=review&channel=web") == {"Review"}
    assert listed("mark=spam") == {"watches"}
    assert listed("mark=any") == {*comments, "watches"}
    assert listed("face=bad&face=good") == {"Poster"}
    assert listed("face=very-good") == {"Review"}
    assert listed("days=2") == {"Poster", "Uphill"}
    assert listed(f"from={NOW - 4 * DAY:%Y-%m-%d}&to={NOW - 2 * DAY:%Y-%m-%d}") == {"Review"}
    assert listed("theme=queue") == {"Poster", "Review"}
    assert listed("theme=none") == {"Uphill"}
    assert listed("theme=queue&face=bad") == {"Poster"}
    assert listed("q=LÓNG+cash") == {"Poster"}
    assert listed("q=чер") == {"Review"}
    assert listed("q=…") == set()
    assert listed("hours=closed") == {"Uphill"}
    assert listed("hours=open") == {"Poster", "Review"}
    assert listed(f"touchpoint={riverside.exit}", riverside.store) == {"Poster", "Review"}
    assert listed(f"touchpoint={riverside.checkout}", riverside.store) == set()
    assert (listed("touchpoint=exit"), listed("touchpoint=Checkout")) == (comments, set())  # of all stores
    assert listed("touchpoint=exit", hillside.region) == {"Uphill"}
    assert listed("", hillside.region) == {"Uphill"}
    assert listed("channel=pigeon&mark=blue&said=&theme=x&face=&segment=&days=x&page=x&hours=never") == comments
    moved = head.get(f"/places/{riverside.organisation}/voices?at={hillside.store}&q=uphill&touchpoint=1")
    assert moved.location.startswith(f"/places/{hillside.store}/voices?from=")
    assert listed(moved.location.partition("?")[2], hillside.store) == {"Uphill"}
    assert "No voice is like this." in words(head.get(f"/places/{riverside.store}/voices?mark=mashing"))
    shown = head.get(f"/places/{riverside.store}/voices?q=lon&theme=queue")
    assert "a <mark>LONG</mark> queue" in shown.text
    assert "Queue and waiting 1 Staff and service 1 A comment may speak of several things." in words(shown)


def test_each_sees_their_place_and_below(browser: Browser, engine: Engine, say: Say, riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    say("a", comment="At Riverside.")
    neighbour, own = browser(hillside.region, "region"), f"/places/{riverside.store}"
    for path in ("voices", "channels", "themes", "themes/queue"):
        assert neighbour.get(f"{own}/{path}").status_code == 404
        assert browser(riverside.store).get(f"{own}/{path}").status_code == 200
    technician = browser(riverside.store, "technician")
    assert technician.get(f"{own}/voices").status_code == 403
    assert technician.get(f"{own}/channels").status_code == 200
    assert "/voices" not in re.findall(r"<main>.*", technician.get(f"{own}/channels").text, re.DOTALL)[0]


def test_all_of_it_is_downloaded_as_a_table(
    browser: Browser, say: Say, read: Callable[[], None], riverside: Shop
) -> None:
    say("a", comment='=HYPERLINK("evil") in the queue', reasons=[2], replies={"1": 3})
    say("b", comment="Чисто,\nгарно", language="uk", replies={"1": 1}, before=DAY)
    say("c", comment="Dirty.", before=2 * DAY)
    read()
    client, path = browser(riverside.store, "store"), f"/places/{riverside.store}/voices"
    page = client.get(f"{path}?days=2&face=bad&face=very-good").text
    [to_list] = re.findall(r'href="([^"]+)">As CSV', page)
    form = client.get(html.unescape(to_list)).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)) | {"face": "bad"}
    assert 'value="voices" required checked' in form
    days = dict(re.findall(r'name="(from|to)" type="date" value="([^"]+)"', form))
    assert days == {"from": "2026-11-21", "to": "2026-11-22"}
    asked = {**fields, "list": "voices", "place": str(riverside.store), **days}
    asked["face"] = ["bad", "very-good", "nonsense"]  # type: ignore[assignment]
    one = client.post("/exports", data=asked).location
    assert "2 rows wait for you to fetch them." in client.get(one).text
    answer = client.get(f"{one}/file.csv")
    assert answer.mimetype == "text/csv"
    first, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    table = [dict(zip(first, row, strict=True)) for row in rows]
    answer.close()
    assert [each["comment"] for each in table] == ['\'=HYPERLINK("evil") in the queue', "Чисто,\nгарно"]
    assert table[0] | {"comment": "", "id": ""} == {
        **{"id": "", "said": "2026-11-22T11:52:01+02:00", "store": "Riverside", "touchpoint": "Exit"},
        **{"channel": "poster-qr", "rating": "bad", "score": "33.3", "themes": "Queue and waiting", "comment": ""},
        **{"reasons": "Service", "further": "", "language": "en", "reference": "", "case": "1", "mark": "counted"},
    }
    assert table[1]["themes"] == "Cleanliness"
    assert "Done: 2 rows." in client.get(one).text
    # Who had it is written down.
    assert "exported a list: Voices" in words(browser(riverside.store).get("/audit"))


def test_a_person_decides_what_counts(browser: Browser, engine: Engine, say: Say, riverside: Shop) -> None:
    spam = say("a", comment=WATCHES)
    say("b", replies={"1": 1})
    client, path = browser(riverside.store, "store"), f"/places/{riverside.store}/voices"
    assert counted(engine) == (1, 1)
    page = client.get(f"{path}?mark=spam")
    assert "not counted: spam Count it" in words(page)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]

    def mark(answer_id: int, as_what: str, who: FlaskClient = client, token: str = token) -> Any:
        sent = {"csrf_token": token, "mark": as_what}
        return who.post(f"{path}/{answer_id}/mark?channel=poster-qr", data=sent)

    assert mark(spam, "none").location == f"{path}?channel=poster-qr#answer-{spam}"
    assert counted(engine) == (2, 0)
    assert "not counted" not in words(client.get(f"{path}?mark=any"))
    mark(spam, "spam")
    mark(spam, "spam")
    assert counted(engine) == (1, 1)
    assert mark(spam, "mashing").status_code == 400
    assert mark(999, "spam").status_code == 404
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    neighbour = browser(hillside.region)
    own = re.findall(r'name="csrf_token" value="([^"]+)"', neighbour.get("/account").text)[0]
    assert mark(spam, "none", neighbour, own).status_code == 404
    sideways = client.post(f"/places/{hillside.store}/voices/{spam}/mark", data={"csrf_token": token, "mark": "none"})
    assert sideways.status_code == 404
    assert counted(engine) == (1, 1)


def test_single_answers_of_staff_are_nobodys_to_see(
    browser: Browser, engine: Engine, say: Say, read: Callable[[], None], riverside: Shop
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.store, definition=STAFF, audience="staff")
    staffs = say("a", touchpoint=room, replies={"1": 2}, comment="My boss shouts, dirty place.")
    read()
    client, path = browser(riverside.organisation), f"/places/{riverside.store}/voices"
    page = words(client.get(f"{path}?said=all&mark=any"))
    assert "0 voices" in page
    assert "Nobody wrote anything here" in page
    assert "shouts" not in client.get(f"{path}.csv?mark=any").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[0]
    answer = client.post(f"{path}/{staffs}/mark", data={"csrf_token": token, "mark": "spam"})
    assert answer.status_code == 404


def test_what_would_take_long_is_cut_short_and_said(
    browser: Browser, say: Say, riverside: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(4):
        say(f"a{at}", comment=f"A queue, {at}.", before=at * 20 * DAY)
    client, path = browser(riverside.store), f"/places/{riverside.store}/voices"
    assert "4 voices" in words(client.get(f"{path}?days=91"))
    monkeypatch.setattr("collector.voices.queries.MOST_COUNTED", 3)
    year = words(client.get(f"{path}?days=365"))
    assert "Over 3 voices" in year
    assert "Themes are counted in periods of up to 91 days." in year
    by_hours = words(client.get(f"{path}?days=365&hours=open"))
    assert "2 voices" in by_hours
    assert "By opening hours, at most 31 days are looked through." in by_hours


def test_the_list_has_pages(browser: Browser, say: Say, riverside: Shop) -> None:
    for at in range(51):
        say(f"a{at}", replies={"1": 1}, comment=f"Number {at}.", before=timedelta(minutes=at))
    client, path = browser(riverside.store), f"/places/{riverside.store}/voices"
    first = words(client.get(path))
    assert "Number 50." not in first
    assert "Older" in first
    last = words(client.get(f"{path}?page=2&channel=poster-qr"))
    assert "Number 50." in last
    assert "Number 49." not in last
    assert "Newer" in last
