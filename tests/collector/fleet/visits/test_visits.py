"""What a technician should visit, worst first, with the reason and what to bring."""

import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from collector.fleet.condition import Condition, State
from collector.fleet.health.rules import Forecast
from collector.fleet.tables import kiosk, kiosk_acceptance, kiosk_alarm, kiosk_health, kiosk_status
from collector.fleet.visits.rules import Bring, Kind, KioskFacts, PrinterFacts, StoreFacts, visits
from collector.ingest.tables import completeness_past, cursor, kiosk_record
from tests.factories import NOW, Shop, make_kiosk, make_shop

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ONLINE = Condition(State.ONLINE, NOW)
KYIV = ZoneInfo("Europe/Kyiv")
_numbers = itertools.count(1)


def a_kiosk(**facts: Any) -> KioskFacts:
    return KioskFacts(
        **{"id": "exit-1", "touchpoint": "Exit", "enrolled_at": NOW - 90 * DAY, "condition": ONLINE, **facts}
    )


def kinds(*kiosks: KioskFacts, printers: list[PrinterFacts] | None = None) -> list[Kind]:
    found = visits([StoreFacts(3, "Riverside", KYIV, kiosks, printers or [])], NOW)
    return [reason.kind for visit in found for reason in visit.reasons]


def away(days: float, state: State = State.SILENT) -> Condition:
    return Condition(state, NOW - days * DAY)


def ends(days: float) -> Forecast:
    end = NOW + days * DAY
    return Forecast(end, end - DAY, end + DAY, 3600, -10, NOW - 20 * DAY)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, []),
        ({"condition": away(0.5)}, []),
        ({"condition": away(1)}, [Kind.AWAY]),
        ({"condition": away(2, State.OFFLINE)}, [Kind.AWAY]),
        ({"condition": away(2, State.CLOSED)}, []),
        ({"condition": away(2, State.LATE)}, []),
        ({"condition": Condition(State.ASLEEP, NOW + DAY)}, []),
        ({"condition": Condition(State.NEW), "enrolled_at": NOW - DAY}, []),
        ({"condition": Condition(State.NEW)}, [Kind.UNHEARD]),
        ({"battery": ends(9)}, [Kind.BATTERY]),
        ({"battery": ends(11)}, []),
        ({"stuck": [2, 3]}, [Kind.STUCK, Kind.STUCK]),
        ({"unlit": 1}, [Kind.UNLIT]),
        ({"watchdog": 5, "fault": "OSError: 5"}, [Kind.RESETS]),
        ({"watchdog": 4}, []),
        ({"fault": "OSError: 5"}, [Kind.FAULT]),
        ({"signal": -81}, [Kind.SIGNAL]),
        ({"signal": -80}, []),
        ({"clock_days": 3}, [Kind.CLOCK]),
        ({"lost": 1}, [Kind.LOST]),
        ({"unsent_since": NOW - 2 * DAY}, [Kind.UNSENT]),
        ({"unsent_since": NOW - DAY}, []),
        ({"unsent_since": NOW - 9 * DAY, "condition": away(3)}, [Kind.AWAY]),
        ({"passed": False}, [Kind.FAILED]),
        ({"is_beyond_update": True}, [Kind.UPDATE]),
    ],
)
def test_what_is_a_reason_and_what_is_none(facts: dict[str, Any], found: list[Kind]) -> None:
    assert kinds(a_kiosk(**facts)) == found


def test_a_whole_store_is_one_reason() -> None:
    assert kinds(*(a_kiosk(id=f"exit-{number}", condition=away(2)) for number in range(10))) == [Kind.DARK]
    # Today it may be a power cut, and tomorrow it is over.
    assert kinds(*(a_kiosk(id=f"exit-{number}", condition=away(0.5)) for number in range(10))) == []


def test_a_printer_for_which_nobody_has_found_paper() -> None:
    out = PrinterFacts("Counter", "paper_out", NOW - 2 * DAY)
    [visit] = visits([StoreFacts(3, "Riverside", KYIV, [], [out])], NOW)
    assert (visit.reasons[0].device, visit.bring) == ("Counter", [Bring.PAPER])
    assert kinds(printers=[PrinterFacts("Counter", "paper_out", NOW - HOUR)]) == []


def test_the_worst_store_and_its_worst_reason_come_first_and_everything_is_brought_once() -> None:
    weak, worn = a_kiosk(id="exit-1", signal=-90), a_kiosk(id="exit-2", unlit=3, is_beyond_update=True)
    stuck = a_kiosk(id="lake-1", stuck=[1])
    stores = [
        StoreFacts(4, "Hillside", KYIV, [weak]),
        StoreFacts(5, "Lakeside", KYIV, [stuck]),
        StoreFacts(3, "Riverside", KYIV, [weak, worn]),
        StoreFacts(6, "Seaside", KYIV, [a_kiosk()]),
    ]
    found = visits(stores, NOW)
    assert [visit.store for visit in found] == ["Riverside", "Lakeside", "Hillside"]
    assert [reason.kind for reason in found[0].reasons] == [Kind.UNLIT, Kind.SIGNAL, Kind.UPDATE]
    assert found[0].bring == [Bring.KIOSK, Bring.LAPTOP, Bring.WIFI]


@pytest.fixture
def troubled(engine: Engine, riverside: Shop) -> Shop:
    """A shop in which everything that can be seen from afar has gone wrong."""
    with engine.begin() as connection:
        health = {"stuck": [2], "unlit": 4, "signal": -88, "depth": 7, "oldest": 3 * 86_400_000, "battery": 3520}
        health["fault"] = 'boot 6: OSError: 5 File "kiosk/app.py", line 177'
        journal = make_kiosk(connection, riverside, "exit-1", health=health, boot=7)
        make_kiosk(connection, riverside, "exit-2", heard=NOW - 3 * DAY)
        make_kiosk(connection, riverside, "exit-3", health={"fault": "boot 1: OSError: 5 long ago"}, boot=70)
        make_kiosk(connection, riverside, "exit-4", state=None)
        connection.execute(update(kiosk).where(kiosk.c.id == "exit-4").values(enrolled_at=NOW - 5 * DAY))
        for number in range(6):
            event = {"cursor_id": journal, "seq": 100 + number, "kind": 4, "value": 1, "extra": 2, "flags": 1}
            at = {"happened_at": NOW - number * HOUR, "received_at": NOW}
            connection.execute(insert(kiosk_record).values(**event, **at, boot=1, uptime=1, time_quality=0))
        stuck = {
            "cursor_id": journal,
            "seq": 200,
            "kind": 4,
            "value": 2,
            "extra": 2,
            "flags": 1,
            "boot": 1,
            "uptime": 1,
        }
        at = NOW - 5 * HOUR
        connection.execute(insert(kiosk_record).values(**stuck, happened_at=at, received_at=at, time_quality=0))
        for ago in range(4):
            alarm = {"kiosk_id": "exit-1", "kind": "clock", "reason": "Off.", "first_at": NOW, "last_at": NOW}
            connection.execute(insert(kiosk_alarm).values(**alarm, day=(NOW - ago * DAY).date()))
        for ago in range(14 * 24):
            values = {"battery": 3560 + ago, "signal": -88, "depth": 7}
            at = NOW.replace(minute=0, second=0, microsecond=0) - ago * HOUR
            connection.execute(insert(kiosk_health).values(kiosk_id="exit-1", hour=at, **values))
        today = NOW.date()
        connection.execute(update(cursor).where(cursor.c.id == journal).values(day=today, lost=1))
        for ago, lost in ((1, 2), (9, 500)):
            past = {"cursor_id": journal, "day": today - ago * DAY, "recorded": 9, "received": 9, "lost": lost}
            connection.execute(insert(completeness_past).values(past))
        tested = {"kiosk_id": "exit-1", "board": "pico_w", "firmware": "0.7.0", "steps": [], "author": "Ann"}
        connection.execute(insert(kiosk_acceptance).values(**tested, passed=False))
    return riverside


def words(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_list_of_those_who_see_the_store(
    browser: Callable[[int], FlaskClient], troubled: Shop, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, beside := make_shop(connection, "Lakeside", beside=troubled), "lake-1")
    page = words(browser(troubled.organisation).get("/visits").text)
    for said in (
        "Sunday 22 November · ",
        "1 store needs somebody.",
        "exit-1 Exit Its memory did not take 4 presses",
        "exit-2 Exit · since 19 Nov 11:52 It has not been heard.",
        "Its battery, now at 3,559 mV, ends about 24 Nov.",
        "· since 06:52 Button 2 is stuck.",
        "since 19 Nov 11:52 It is in touch, and does not get rid",
        "It got stuck and started again 6 times within a week. It says: OSError: 5 File",
        "It lost 3 records this week.",
        "exit-4 Exit · since 17 Nov 11:52 It is in the registry, and was never heard.",
        "It did not pass its last acceptance test.",
        "Its Wi-Fi is weak: −88 dBm",
        "Its clock was off on 4 days this week.",
        "Bring a spare kiosk · a laptop with a USB cable · a power supply and a cable · a charged battery",
    ):
        assert said in page
    assert "exit-3" not in page
    assert page.index("did not take") < page.index("not been heard") < page.index("Wi-Fi is weak")
    assert "Nobody has to go anywhere." in browser(beside.store).get("/visits").text
    assert 'href="/visits"' in browser(troubled.store).get("/kiosks").text


def test_nobody_goes_for_a_battery_that_was_charged_today(
    browser: Callable[[int], FlaskClient], troubled: Shop, engine: Engine
) -> None:
    client = browser(troubled.organisation)
    assert "Its battery" in client.get("/visits").text
    with engine.begin() as connection:
        charged = kiosk_status.c.health.has_key("battery"), kiosk_status.c.health.op("||")({"battery": 4150})
        connection.execute(update(kiosk_status).where(charged[0]).values(health=charged[1]))
    assert "Its battery" not in client.get("/visits").text


def test_the_same_for_a_program(program: Callable[..., Any], troubled: Shop) -> None:
    [visit] = program(troubled.organisation)("visits").json["items"]
    assert (visit["store"], visit["name"]) == (troubled.store, "Riverside")
    assert [reason["kind"] for reason in visit["reasons"]] == [
        *("unlit", "away", "battery", "stuck", "unsent", "resets", "lost", "unheard", "failed", "signal", "clock")
    ]
    assert visit["reasons"][3] == {
        "kind": "stuck",
        "device": "exit-1",
        "since": "2026-11-22T04:52:01.250Z",
        "words": "Button 2 is stuck.",
    }
    assert visit["bring"] == ["kiosk", "laptop", "power", "battery", "button", "wifi"]
    assert program(troubled.organisation)("visits", store=troubled.store + 1000).json["items"] == []


@pytest.mark.parametrize(
    "health",
    [
        {"stuck": "all", "unlit": "many", "signal": "weak", "depth": [1], "oldest": {}, "battery": None, "fault": 7},
        {"stuck": [None, -1, 10**30], "unlit": -4, "signal": -1e300, "depth": 1, "oldest": 1e300, "fault": "boot x: y"},
    ],
)
def test_what_a_kiosk_says_is_from_outside(
    browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop, health: dict[str, Any]
) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", health=health)
    assert "Nobody has to go anywhere." in browser(riverside.store).get("/visits").text
    with engine.begin() as connection:
        connection.execute(update(kiosk_status).values(received_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert "It has not been heard." in browser(riverside.store).get("/visits").text
