"""A kiosk's health over time, on its page and for programs."""

import math
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, text

from collector.fleet.tables import kiosk_health
from collector.ingest.tables import completeness_past, kiosk_record
from tests.factories import NOW, Shop, make_kiosk, make_shop

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LAST_HOUR = NOW.replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def quarter(engine: Engine, riverside: Shop) -> Shop:
    """A battery kiosk that was heard every hour of a quarter, and was charged four weeks ago."""
    with engine.begin() as connection:
        journal = make_kiosk(connection, riverside, "exit-1", health={"battery": 3710, "signal": -61})
        rows = []
        for ago in range(90 * 24):
            level = 3710 + ago / 4 - (600 if ago > 28 * 24 else 0)
            rows.append(
                {
                    **{"kiosk_id": "exit-1", "hour": LAST_HOUR - ago * HOUR, "battery": round(level), "boots": 0},
                    **{"signal": -61 + round(3 * math.sin(ago)), "depth": ago % 25, "oldest": 1000 * ago % 9_000_000},
                    **{"clock": -40, "firmware": "0.7.0" if ago < 100 else "0.6.0", "release": 4 if ago < 100 else 3},
                }
            )
        connection.execute(insert(kiosk_health), rows)
        for number, (cause, ago) in enumerate([(2, 3 * HOUR), (1, 2 * DAY), (3, 40 * DAY)]):
            at = NOW - ago
            event = {"cursor_id": journal, "seq": number + 1, "kind": 4, "value": 1, "extra": cause, "flags": 1}
            dated = {"happened_at": at, "received_at": at, "boot": 1, "uptime": 1, "time_quality": 0}
            connection.execute(insert(kiosk_record).values(**event, **dated))
        past = {"cursor_id": journal, "day": NOW.date() - DAY, "recorded": 40, "received": 31}
        connection.execute(insert(completeness_past).values(past))
    return riverside


def words(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_kiosk_over_a_week(browser: Callable[[int], FlaskClient], quarter: Shop) -> None:
    page = browser(quarter.store).get("/kiosks/exit-1").text
    said = words(page)
    for sentence in (
        "How long will its battery last? mV about 5 weeks left",
        "Is its Wi-Fi strong enough? dBm −58 dBm now",
        "When was it heard? hours in which it said something in 168 of 168 hours",
        "Does it get rid of what it records?",
        "Had everything arrived by the evening? records that had not, each day 9 records at most",
        "Is its clock right?",
        "Does it start again and again?",
        "its watchdog: something had got stuck",
        "firmware 0.7.0 · release 4 since 18 Nov",
        "firmware 0.6.0 · release 3 since 15 Nov 12:00, or before",
    ):
        assert sentence in said
    assert page.count('<svg class="trend"') == page.count("<details>\n    <summary>As a table") == 8
    assert "its software" not in said  # that was forty days ago
    assert "style=" not in page
    assert page.count("<tr>") < 8 * 60


def test_over_a_month_and_a_quarter(browser: Callable[[int], FlaskClient], quarter: Shop) -> None:
    client = browser(quarter.store)
    assert "its software" not in client.get("/kiosks/exit-1?days=30").text
    page = client.get("/kiosks/exit-1?days=90").text
    assert "its software" in page
    assert page.index('days=90#history" aria-current="true"') > page.index("days=30#history")
    # Whatever else somebody asks for is a week.
    for odd in ("0", "-1", "100000", "x"):
        assert 'days=7#history" aria-current="true"' in client.get(f"/kiosks/exit-1?days={odd}").text


def test_a_kiosk_that_was_never_heard(browser: Callable[[int], FlaskClient], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", state=None)
    page = browser(riverside.store).get("/kiosks/exit-1").text
    assert "Nothing was heard of it in these days." in page
    assert "<figure" not in page


def test_the_same_for_a_program(program: Callable[..., Any], quarter: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=quarter)
    told = program(quarter.store)("kiosks/exit-1/health", days=3).json
    assert len(told["hours"]) == 72
    assert told["hours"][-1]["battery"] == 3710
    assert [start["cause"] for start in told["starts"]] == [2, 1]
    assert told["battery"]["known"]
    assert told["battery"]["empty"] == 3500
    assert told["battery"]["earliest"] <= told["battery"]["ends"] <= told["battery"]["latest"]
    assert told["battery"]["ends"].startswith("2026-12-27")
    assert program(quarter.store)("kiosks/exit-1/health", days=91).status_code == 422
    assert program(beside.store)("kiosks/exit-1/health").status_code == 404


def test_no_look_reads_all_of_history(engine: Engine, quarter: Shop) -> None:
    looks = {
        "SELECT * FROM kiosk_health WHERE kiosk_id = 'exit-1' AND hour >= now()": "kiosk_health_pkey",
        "SELECT * FROM kiosk_record WHERE cursor_id = 1 AND kind = 4 AND value = 1 AND happened_at >= now()"
        " ORDER BY happened_at DESC LIMIT 20": "kiosk_record_events",
    }
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        for query, index in looks.items():
            plan = "\n".join(connection.scalars(text(f"EXPLAIN {query}")))
            assert index in plan
