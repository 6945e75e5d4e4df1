"""The feed of ratings: every rating once, whatever commits when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.database import connect
from collector.ingest.tables import cursor
from collector.ratings.kinds import Mark
from collector.ratings.relay import advance
from collector.settings import Settings
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop, press

Program = Callable[..., Callable[..., Any]]


def test_a_rating_in_full(program: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        at = make_kiosk(connection, riverside, "exit-1")
        epoch = connection.scalar(select(cursor.c.epoch).where(cursor.c.id == at))
        make_ratings(connection, at, [2], happened=NOW, delay=timedelta(seconds=3), mark=Mark.TEST)
        earliest = NOW - timedelta(hours=1)
        make_ratings(connection, at, [4], happened=NOW, delay=timedelta(seconds=4), earliest=earliest)
    first, second = program(riverside.store)("ratings").json["items"]
    cursors = first.pop("cursor"), second.pop("cursor")
    assert cursors[0] != cursors[1]
    assert first == {
        "kiosk": "exit-1",
        "epoch": epoch,
        "seq": 1,
        "channel": "kiosk-button",
        "store": riverside.store,
        "touchpoint": {"id": riverside.exit, "name": "Exit"},
        "question": riverside.question,
        "scale": "smileys",
        "button": 2,
        "buttons": 4,
        "score": pytest.approx(66.67, abs=0.01),
        "happened_at": "2026-11-22T09:52:01.250Z",
        "earliest_at": None,
        "time_quality": "exact",
        "received_at": "2026-11-22T09:52:04.250Z",
        "counted": False,
        "mark": "test",
    }
    assert (second["time_quality"], second["earliest_at"]) == ("unknown", "2026-11-22T08:52:01.250Z")
    assert (second["counted"], second["mark"]) == (True, "counted")


def test_pages_bring_every_rating_once_and_polling_goes_on(program: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        one, two = (make_kiosk(connection, riverside, name) for name in ("one", "two"))
        for at in (one, two, one):
            make_ratings(connection, at, [1, 2, 3, 4], happened=NOW)
    get, seen, after = program(riverside.store), [], {}
    for _ in range(4):
        page = get("ratings", limit=5, **after).json
        seen += [(item["kiosk"], item["seq"]) for item in page["items"]]
        after = {"after": page["next"]}
    assert seen == [
        (kiosk, seq) for kiosk, seqs in (("one", "1234"), ("two", "1234"), ("one", "5678")) for seq in map(int, seqs)
    ]
    assert get("ratings", **after).json == {"items": [], "next": after["after"]}
    with engine.begin() as connection:
        make_ratings(connection, two, [1], happened=NOW - timedelta(days=3), delay=timedelta(days=1))
    assert [item["seq"] for item in get("ratings", **after).json["items"]] == [5]


def test_what_has_no_position_yet_is_not_shown_yet_and_not_missed_later(
    program: Program, settings: Settings, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        one, two = (make_kiosk(connection, riverside) for _ in range(2))
        make_ratings(connection, one, [2])
    get = program(riverside.store)
    with connect(settings, autocommit=True) as relay, engine.connect() as slow:
        press(slow, one, [4])
        with engine.begin() as connection:
            press(connection, two, [1])
        assert [item["button"] for item in get("ratings").json["items"]] == [2]
        advance(relay)
        page = get("ratings").json
        assert [item["button"] for item in page["items"]] == [2, 1]
        slow.commit()
        advance(relay)
    assert [item["button"] for item in get("ratings", after=page["next"]).json["items"]] == [4]


def test_filters(program: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        for shop, name, hours in ((riverside, "one", 3), (riverside, "two", 2), (hilltop, "three", 1)):
            make_ratings(connection, make_kiosk(connection, shop, name), [1], happened=NOW - timedelta(hours=hours))
    get = program(riverside.organisation)

    def kiosks(**query: Any) -> list[str]:
        return [item["kiosk"] for item in get("ratings", **query).json["items"]]

    assert kiosks() == ["one", "two", "three"]
    assert kiosks(store=riverside.store) == ["one", "two"]
    assert kiosks(kiosk="two") == ["two"]
    assert kiosks(since="2026-11-22T07:52:01.250Z") == ["two", "three"]
    assert kiosks(since="2026-11-22T10:00:00+02:00", store=riverside.store) == []
    assert kiosks(kiosk="nobody") == []


def test_other_places_ratings_stay_theirs(program: Program, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        for shop in (riverside, hilltop):
            make_ratings(connection, make_kiosk(connection, shop), [1], happened=NOW)
    assert {item["store"] for item in program(hilltop.region)("ratings").json["items"]} == {hilltop.store}
    assert program(hilltop.store)("ratings", store=riverside.store).json["items"] == []
