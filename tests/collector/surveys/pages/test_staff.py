"""The staff's anonymous link, and figures from which nobody's answer can be told."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from collector.cases.submit import submit
from collector.places.tables import touchpoint
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.pages.enps import GROUP, enps, whole_groups
from collector.surveys.tables import survey
from tests.collector.customers import Phone, words
from tests.collector.pages import send
from tests.collector.surveys.asking import STAFF, ask, make_staff_room
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]


@pytest.fixture
def room(engine: Engine, riverside: Shop) -> int:
    """The staff room of Riverside, where the staff's survey is asked."""
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=STAFF, audience="staff")
        return make_staff_room(connection, riverside)


@pytest.fixture
def say(engine: Engine, settings: Settings, riverside: Shop) -> Callable[..., None]:
    """Has somebody of the staff answer."""

    def answer(room: int, reply: int, comment: str | None = None, at: datetime = NOW, store: int = 0) -> None:
        with engine.connect() as connection:
            so_far = connection.scalar(select(func.count()).select_from(survey)) or 0
        identity = f"poster:{so_far}-{room}-{reply}-{comment}-{at.timestamp()}"
        source = Source(identity, Channel.POSTER_QR, store or riverside.store, room)
        submit(engine, settings, source, Reply("en", replies={"1": reply}, comment=comment), at)

    return answer


def test_a_link_is_made_and_asks_without_a_name(app: Flask, browser: Browser, engine: Engine, riverside: Shop) -> None:
    client, path = browser(riverside.store), f"/stores/{riverside.store}/staff"
    assert client.get("/staff").location == path
    assert "without a name" in words(client.get(path))
    send(client, path, name="\u2066\u200d\u2069 ")  # which nobody would see
    assert "Give the place a name" in words(client.get(path))
    for _ in range(2):
        send(client, path, name="Staff \u202eroom")
        with engine.connect() as connection:
            assert connection.scalars(select(touchpoint.c.audience)).all().count("staff") == 1
            assert "Staff room" in connection.scalars(select(touchpoint.c.name)).all()
            assert connection.scalars(select(survey.c.audience)).all() == ["staff"]
        client.post(path, data={"csrf_token": re.findall(r'csrf_token" value="([^"]+)"', client.get(path).text)[0]})
    shown = words(client.get(path))
    assert "Staff room" in shown
    [link] = re.findall(r"HTTP://\S+/Q/([A-Z2-7]{28})(?= )", shown)
    assert f"/Q/{link}?kiosk=1" in shown
    page = Phone(app).scan(link)
    assert "How likely are you to recommend working here to a friend?" in words(page)
    [picture] = re.findall(r'<img src="([^"]+\.svg)"', client.get(path).text)
    code = client.get(picture)
    assert code.mimetype == "image/svg+xml"
    assert scanned(code.text).endswith(f"/Q/{link}")
    poster = re.findall(r'href="([^"]+a4\.pdf)"', client.get(path).text)[0]
    with client.get(poster) as answer:
        assert answer.data.startswith(b"%PDF")


def scanned(svg: str) -> str:
    """What a phone reads from a QR code of squares."""
    from PIL import Image

    side = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    image = Image.new("L", (side, side), 255)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg):
        image.putpixel((int(x), int(y)), 0)
    [code] = zxingcpp.read_barcodes(image.resize((side * 6, side * 6), Image.Resampling.NEAREST))
    return code.text


def test_a_name_that_is_taken_or_empty(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client, path = browser(riverside.store), f"/stores/{riverside.store}/staff"
    send(client, path, name="Exit")
    assert "Another touchpoint of this store is called that." in words(client.get(path))
    send(client, path, name="  ")
    assert "Give the place a name" in words(client.get(path))
    with engine.connect() as connection:
        assert connection.scalars(select(survey.c.id)).all() == []


def test_figures_come_in_whole_groups(browser: Browser, say: Callable[..., None], riverside: Shop, room: int) -> None:
    client, path = browser(riverside.store), f"/stores/{riverside.store}/staff"
    for at, reply in enumerate((10, 9, 8, 0)):
        say(room, reply, at=NOW - timedelta(hours=9 - at))
    before = words(client.get(path))
    assert "2026 Q4 fewer than 5 answers" in before
    say(room, 10, at=NOW - timedelta(hours=5))
    shown = words(client.get(path))
    assert re.search(r"2026 Q4 \+40 ± \d+ 3 1 1", shown), shown
    for at, reply in enumerate((0, 1, 2, 3)):  # each of them looks before and after
        say(room, reply, at=NOW - timedelta(minutes=9 - at))
        assert words(client.get(path)) == shown
    say(room, 0)
    assert re.search(r"2026 Q4 −30 ± \d+ 3 1 6", words(client.get(path)))


def test_quarters_are_counted_apart(browser: Browser, say: Callable[..., None], riverside: Shop, room: int) -> None:
    new_quarter = datetime(2026, 9, 30, 21, tzinfo=UTC)  # midnight in Kyiv
    for at in range(5):
        say(room, 10, at=new_quarter - timedelta(minutes=at + 1))
        say(room, 3, at=new_quarter + timedelta(minutes=at))
    shown = words(browser(riverside.store).get(f"/stores/{riverside.store}/staff"))
    assert re.search(r"2026 Q4 −100 ± \d+ 0 0 5 2026 Q3 \+100 ± \d+ 5 0 0 2026 Q2 fewer", shown), shown


def test_comments_wait_for_company_and_tell_no_order(
    browser: Browser, say: Callable[..., None], riverside: Shop, room: int
) -> None:
    client, path = browser(riverside.store), f"/stores/{riverside.store}/staff"
    for at, comment in enumerate(("Zebra", "apple", "Mango", "Lift")):
        say(room, 5, comment, at=NOW - timedelta(hours=9 - at))
    assert "Zebra" not in words(client.get(path))
    say(room, 5, "Bread", at=NOW - timedelta(hours=1))
    say(room, 5, "Aaron", at=NOW)
    assert "in the order of the alphabet apple Bread Lift Mango Zebra The link" in words(client.get(path))


def test_head_office_sees_no_more_than_each_store(
    browser: Browser, engine: Engine, say: Callable[..., None], riverside: Shop, room: int
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        up = make_staff_room(connection, hillside)
    for at in range(7):
        say(room, 10, at=NOW - timedelta(hours=at))
    for at in range(4):
        say(up, 0, at=NOW - timedelta(hours=at), store=hillside.store)
    head = browser(riverside.organisation)
    shown = words(head.get("/staff"))
    assert re.search(r"2026 Q4 \+100 ± \d+ 5 0 0 ", shown), shown
    assert re.search(r"Riverside \+100 ± \d+ of 5 answers Hillside fewer than 5 answers", shown), shown
    assert browser(hillside.store).get(f"/stores/{riverside.store}/staff").status_code == 404
    assert browser(hillside.store).get(f"/stores/{riverside.store}/staff/{room}.svg").status_code == 404
    assert head.get(f"/stores/{riverside.store}/staff/{riverside.exit}.svg").status_code == 404


@given(st.lists(st.integers(0, 10), max_size=40), st.integers(0, 10))
def test_one_more_answer_changes_nothing_or_a_whole_group(replies: list[int], more: int) -> None:
    def shown(said: list[int]) -> object:
        return enps(said[: whole_groups(len(said))])

    if (len(replies) + 1) % GROUP:
        assert shown(replies) == shown([*replies, more])


def test_enps() -> None:
    assert enps([]) is None
    found = enps([10, 9, 8, 7, 6, 0, 10, 10, 7, 3])
    assert found
    assert (found.promoters, found.passives, found.detractors, found.count) == (4, 3, 3, 10)
    assert found.value == pytest.approx(10)
    assert enps([10] * 5).margin > 0  # type: ignore[union-attr]


def test_above_stores_the_insights_hold_what_each_store_may_show(
    browser: Browser, engine: Engine, riverside: Shop, room: int, say: Callable[..., None]
) -> None:
    with engine.begin() as connection:
        lakeside = make_shop(connection, "Lakeside", beside=riverside)
        there = make_staff_room(connection, lakeside)
    path = f"/places/{riverside.organisation}/insights"
    for number in range(4):
        say(room, 10, at=NOW - timedelta(minutes=number))
        say(there, 0, at=NOW - timedelta(minutes=number), store=lakeside.store)
    assert "What the staff say" not in words(
        browser(riverside.organisation).get(path)
    )  # four of each are nobody's to see
    for number in range(4, 7):
        say(room, 10, at=NOW - timedelta(minutes=number))
    shown = words(browser(riverside.organisation).get(path))
    assert "What the staff say (eNPS) +100" in shown
    assert "of 5 answers" in shown
