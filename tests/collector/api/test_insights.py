"""`/insights` as a program asks for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from collector.insights import days
from collector.ratings.kinds import Channel, Mark
from collector.ratings.tables import rating_hour
from collector.surveys.tables import question
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop

DAY = timedelta(days=1)


@pytest.fixture
def harbour(engine: Engine, riverside: Shop) -> Shop:
    """A second store; both were heard of today and yesterday, Riverside's customers answered a survey too."""
    with engine.begin() as connection:
        harbour = make_shop(connection, "Harbour", beside=riverside)
        for shop, buttons in ((riverside, [1, 1, 1, 2]), (harbour, [4, 4, 3])):
            kiosk = make_kiosk(connection, shop)
            for back in range(2):
                make_ratings(connection, kiosk, buttons, happened=NOW - back * DAY)
                make_ratings(connection, kiosk, [4], happened=NOW - back * DAY, mark=Mark.TEST)
        for kind, buttons, replies in (
            ("nps", 11, {1: 6, 4: 2, 11: 2}),
            ("expectation", 5, {1: 4}),
            ("perception", 5, {2: 4}),
            ("ces", 7, {1: 3}),
        ):
            asking = insert(question).values(text={"en": "Clean?"}, buttons=buttons, kind=kind).returning(question.c.id)
            asked = connection.execute(asking).scalar_one()
            cell = {"store_id": riverside.store, "hour": NOW.replace(minute=0, second=0, microsecond=0)}
            cell |= {"touchpoint_id": riverside.exit, "question_id": asked, "channel": Channel.WEB, "timed": True}
            connection.execute(
                insert(rating_hour),
                [{**cell, "button": button, "counted": times, "marked": 0} for button, times in replies.items()],
            )
        days.note_all(connection.connection.driver_connection)  # type: ignore[arg-type]
        add_up(connection)
    return harbour


def test_the_figures_of_a_store(riverside: Shop, harbour: Shop, program: Callable[..., Any]) -> None:
    got = program(riverside.region)("insights", place=riverside.store, **{"from": "2026-11-20"}).json
    assert (got["place"], got["from"], got["to"]) == (riverside.store, "2026-11-20", "2026-11-22")
    assert got["trust"] == {
        "counted": 8, "marked": 2, "marked_percent": 20, "uptime_percent": None, "on_its_way": 0
    }  # fmt: skip
    figures = got["figures"]
    assert (figures["index"]["value"], figures["index"]["count"]) == (91.67, 8)
    assert figures["index"]["low"] < 91.67 < figures["index"]["high"] <= 100
    assert (figures["nps"]["value"], figures["nps_of_100"]["value"]) == (40, 70)
    assert (figures["gap"]["value"], figures["csi"]["value"], figures["ces"]["value"]) == (-1, 75, 7)
    assert figures["csat"]["value"] == 100
    assert [(each["day"], each["counted"]) for each in got["days"]] == [("2026-11-21", 4), ("2026-11-22", 4)]
    assert [(each["channel"], each["counted"]) for each in got["channels"]] == [("kiosk-button", 8), ("web", 0)]
    assert [(each["touchpoint"], each["counted"]) for each in got["touchpoints"]] == [(riverside.exit, 8)]
    by_web = program(riverside.region)("insights", place=riverside.store, channel="web").json
    assert (by_web["figures"]["index"], by_web["figures"]["nps"]["count"]) == (None, 10)
    till = program(riverside.region)("insights", place=riverside.store, touchpoint=riverside.checkout).json
    assert (till["trust"]["counted"], till["days"], till["touchpoints"]) == (0, [], [])


def test_the_figures_and_the_ranking_of_the_organisation(
    riverside: Shop, harbour: Shop, program: Callable[..., Any]
) -> None:
    get = program(riverside.organisation)
    got = get("insights").json
    assert (got["place"], got["trust"]["counted"], got["touchpoints"]) == (riverside.organisation, 14, [])
    order = get("insights/ranking").json
    assert [(each["place"], each["rank"]) for each in order["items"]] == [(riverside.store, 1), (harbour.store, 2)]
    first = order["items"][0]
    assert order["weight"] == 0.23
    assert first["value"] == pytest.approx((order["mean"] * 0.23 + first["index"] * 8) / 8.23, abs=0.05)
    assert first["low"] < first["value"] < first["high"]
    regions = get("insights/ranking", kind="region").json
    assert [each["place"] for each in regions["items"]] == [riverside.region, harbour.region]
    silent = get("insights/ranking", **{"from": "2025-01-01", "to": "2025-02-01"}).json
    assert (silent["items"], silent["mean"]) == ([], None)


def test_nobody_sees_what_is_not_below_their_place(riverside: Shop, harbour: Shop, program: Callable[..., Any]) -> None:
    for path in ("insights", "insights/ranking"):
        assert program(harbour.region)(path, place=riverside.store).status_code == 404
        assert program(riverside.store)(path, place=riverside.region).status_code == 404
        assert program(riverside.store, "provision")(path).status_code == 403


@pytest.mark.parametrize(
    "query",
    [{"from": "2024-01-01", "to": "2026-11-22"}, {"from": "2026-11-02", "to": "2026-11-01"}, {"channel": "pigeon"}],
)
def test_what_makes_no_sense_is_refused(query: dict[str, str], riverside: Shop, program: Callable[..., Any]) -> None:
    assert program(riverside.organisation)("insights", **query).status_code == 422


def test_far_days_are_quiet(riverside: Shop, program: Callable[..., Any]) -> None:
    get = program(riverside.organisation)
    for query in ({"from": "2000-01-01"}, {"from": "2100-01-01"}, {"to": "2000-01-01"}):
        found = get("insights", **query)
        assert (found.status_code, found.json["days"]) == (200, [])
