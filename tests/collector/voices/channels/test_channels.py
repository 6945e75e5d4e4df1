"""Channels side by side."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine

from collector.insights.asked import Asked
from collector.insights.heard import Cell, Heard
from collector.ratings.kinds import Channel, Mark
from collector.voices.channels.figures import columns
from collector.voices.segments.queries import add
from collector.voices.segments.rules import Places
from tests.collector.customers import words
from tests.collector.surveys.asking import STAFF as STAFFS
from tests.collector.surveys.asking import ask, make_staff_room
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]
FIRST = date(2026, 1, 1)


def cell(channel: Channel, presses: list[int], day: int = 0, kind: str = "smileys", marked: int = 0) -> Cell:
    return Cell(1, FIRST + timedelta(days=day), 1, channel, 1, kind, len(presses), presses, marked)


def test_a_column_has_figures_with_how_sure_they_are() -> None:
    asked = Asked(1, FIRST, FIRST + timedelta(days=55))
    poster = Channel.POSTER_QR
    cells = [cell(poster, [6, 3, 1, 0]), cell(poster, [0, 0, 0, 12], day=2, marked=2), cell(Channel.WEB, [1, 0, 0, 0])]
    cells += [cell(Channel.EMAIL, [1] * 11, kind="nps"), cell(Channel.SMS, [0, 0], kind="faces")]
    first, web, email, hotline = columns(Heard(cells), asked, {poster: 4, Channel.HOTLINE: 1})[:3] + columns(
        Heard([cell(Channel.HOTLINE, [0, 0], kind="faces")]), asked, {Channel.HOTLINE: 1}
    )
    assert (first.channel, first.counted, first.marked, first.heard, first.comments) == (poster, 22, 2, 24, 4)
    assert first.index is not None
    assert round(first.index.value, 1) == 37.9
    assert first.index.low < first.index.value < first.index.high
    assert first.csat is not None
    assert round(first.csat.value) == 41
    assert round(first.marked_share, 1) == 8.3
    # Two days are a step here.
    assert len(first.line) == 28
    assert [value if value is None else round(value) for value in first.line[:3]] == [83, 0, None]
    assert web.is_few
    assert not first.is_few
    assert email.index is None
    assert email.nps is not None
    assert email.nps.count == 11
    assert (hotline.counted, hotline.comments, list(hotline.shares)) == (0, 1, [])


def test_channels_stand_side_by_side(
    browser: Browser, engine: Engine, say: Callable[..., int], riverside: Shop
) -> None:
    client, path = browser(riverside.store), f"/places/{riverside.store}/channels"
    assert "Nothing was heard in this time." in words(client.get(path))
    for at, channel in enumerate([*list(Channel)[2:]] * 2):
        say(f"a{at}", channel, replies={"1": 1}, comment="Well." if at else None)
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        kiosk = make_kiosk(connection, riverside)
        make_ratings(connection, kiosk, [1] * 15 + [4] * 5)
        make_ratings(connection, kiosk, [4] * 5, mark=Mark.PERHAPS_REPEATED)
        make_ratings(connection, make_kiosk(connection, hillside, touchpoint=hillside.exit), [4] * 30)
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.store, definition=STAFFS, audience="staff")
        add_up(connection)
    say("staffs", touchpoint=room, replies={"1": 2}, comment="My boss shouts.")
    shown = words(client.get(path))
    assert "Kiosk buttons 75 ± 18 20 ratings very good 75 %, good 0 %, bad 0 %, very bad 25 %" in shown
    assert "satisfied 75 % not counted 20 %" in shown
    assert "Receipt too few to compare 2 ratings very good 100 %" in shown
    assert "Nothing came by: Kiosk touch screen." in shown
    assert "The ten that were heard most" not in shown
    assert "38 counted of 43 · 12 % not counted" in shown
    chosen = words(client.get(f"{path}?channel=web&channel=kiosk-touch"))
    assert "2 counted of 2" in chosen
    assert "Nothing came by: Kiosk touch screen." in chosen
    assert "Kiosk buttons 75" not in chosen
    assert "Nothing was heard" in words(client.get(f"{path}?touchpoint={riverside.checkout}"))
    assert "Nothing was heard" in words(client.get(f"{path}?to={NOW - timedelta(days=3):%Y-%m-%d}"))
    head = browser(riverside.organisation)
    whole = words(head.get(f"/places/{riverside.organisation}/channels"))
    assert "50 ratings very good 30 %" in whole
    moved = head.get(f"/places/{riverside.organisation}/channels?at={hillside.store}&channel=web&segment=")
    assert moved.location.startswith(f"/places/{hillside.store}/channels?")
    assert "channel=web" in moved.location
    own = re.findall(r'href="([^"]*voices\?[^"]*)"', client.get(path).text)
    assert any("channel=receipt-qr" in each for each in own)


def test_a_segment_of_places_knows_a_store_s_touchpoints(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside), [1] * 100)
        make_ratings(connection, make_kiosk(connection, riverside, touchpoint=riverside.checkout), [4] * 30)
        add_up(connection)
        segment = add(connection, riverside.organisation, "All of them", Places(), "Oksana", "key-1")
    client, path = browser(riverside.organisation), f"/places/{riverside.store}/channels?segment={segment}"
    assert "130 counted of 130" in words(client.get(path))
    assert "30 counted of 30" in words(client.get(f"{path}&touchpoint={riverside.checkout}"))
