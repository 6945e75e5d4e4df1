"""Kiosks of which nothing is heard, each for itself or a whole store at once."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, update

from collector.fleet.tables import kiosk_placement, kiosk_status
from collector.ingest.state import Doing, IngestState, this_machine
from collector.places.tables import place
from collector.settings import Settings
from tests.collector.alerts.conftest import Look
from tests.factories import NOW, Shop, make_kiosk, make_shop

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def listen(settings: Settings) -> Callable[..., None]:
    """The intake says what it does, and since when."""

    def say(at: datetime, since: datetime, doing: Doing = Doing.RUNNING) -> None:
        state = IngestState(this_machine(), os.getpid(), doing, since, "", 0, 0, at)
        (settings.data / "run").mkdir(exist_ok=True)
        (settings.data / "run" / f"ingest-{os.getpid()}.json").write_bytes(msgspec.json.encode(state))

    return say


@pytest.fixture
def absent(look: Look, listen: Callable[..., None]) -> Look:
    """Looks whether kiosks are away; the intake has listened for a day."""

    def at(now: datetime) -> list[Any]:
        listen(now, now - 24 * HOUR)
        return look(now, "away")

    return at


def test_half_an_hour_without_a_word(absent: Look, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", heard=NOW)
        make_kiosk(connection, riverside, "exit-2", heard=NOW + 10 * HOUR)
        make_kiosk(connection, riverside, "exit-3", state=None)
        make_kiosk(connection, riverside, "exit-4", state="asleep", heard=NOW, asleep_until=NOW + 6 * HOUR)
    assert absent(NOW + 29 * MINUTE) == []
    [opened] = absent(NOW + 30 * MINUTE)
    assert (opened.rule, opened.subject, opened.touchpoint_id) == ("away", "kiosk/exit-1", riverside.exit)
    assert len(absent(NOW + HOUR)) == 1
    with engine.begin() as connection:
        connection.execute(update(kiosk_status).values(received_at=NOW + 2 * HOUR))
    assert [each.closed_at for each in absent(NOW + 2 * HOUR)] == [NOW + 2 * HOUR]


def test_the_alert_goes_with_a_kiosk_to_another_store(absent: Look, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        make_kiosk(connection, riverside, "exit-1", heard=NOW)
    assert len(absent(NOW + HOUR)) == 1
    with engine.begin() as connection:
        connection.execute(update(kiosk_placement).values(touchpoint_id=hilltop.exit))
    absent(NOW + 2 * HOUR)
    here, there = absent(NOW + 3 * HOUR)
    assert (here.store_id, here.closed_at) == (riverside.store, NOW + 2 * HOUR)
    assert (there.store_id, there.touchpoint_id, there.closed_at) == (hilltop.store, hilltop.exit, None)


def test_a_sleeper_has_two_wakings(absent: Look, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", state="asleep", heard=NOW, asleep_until=NOW + 6 * HOUR)
    assert absent(NOW + 12 * HOUR) == []
    assert len(absent(NOW + 12 * HOUR + 6 * MINUTE)) == 1


def test_a_whole_store_is_one_alert(absent: Look, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        for number in range(10):
            make_kiosk(connection, riverside, f"exit-{number}", heard=NOW - number * MINUTE, state="offline")
    [opened] = absent(NOW + 30 * MINUTE)
    assert (opened.subject, opened.data["kiosks"]) == (f"store/{riverside.store}", 10)
    # One comes back: it was not the store; and those that are still away are told of now.
    with engine.begin() as connection:
        here = update(kiosk_status).where(kiosk_status.c.kiosk_id != "exit-1")
        connection.execute(here.values(received_at=NOW + 40 * MINUTE, state="online"))
    later = absent(NOW + 41 * MINUTE)
    assert [(each.subject, each.closed_at is None) for each in later] == [
        (f"store/{riverside.store}", False),
        ("kiosk/exit-1", True),
    ]


def test_what_is_off_with_its_store_is_no_alert(absent: Look, engine: Engine, riverside: Shop) -> None:
    hours = {"sun": [["09:00", "12:00"]], "mon": [["09:00", "21:00"]]}
    with engine.begin() as connection:
        connection.execute(update(place).values(opening_hours=hours))
        make_kiosk(connection, riverside, "exit-1", heard=NOW)  # eight minutes before it closes
        make_kiosk(connection, riverside, "exit-2", heard=NOW - 2 * HOUR)
    assert [each.subject for each in absent(NOW + 2 * HOUR)] == ["kiosk/exit-2"]
    monday = NOW.replace(day=23, hour=7, minute=19)
    assert [each.subject for each in absent(monday)] == ["kiosk/exit-2"]
    assert [each.subject for each in absent(monday + MINUTE)] == ["kiosk/exit-2", "kiosk/exit-1"]


@pytest.mark.parametrize(
    ("since", "doing"),
    [(HOUR, Doing.WAITING_FOR_BROKER), (HOUR, Doing.WAITING_FOR_DATABASE), (4 * MINUTE, Doing.RUNNING), (None, None)],
    ids=["no broker", "no database", "only just begun", "no intake"],
)
def test_while_nobody_listens_nobody_is_away(
    look: Look,
    absent: Look,
    listen: Callable[..., None],
    engine: Engine,
    riverside: Shop,
    since: timedelta | None,
    doing: Doing | None,
) -> None:
    now = NOW + 2 * HOUR
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", heard=NOW)
    if since is not None:
        listen(now, now - since, doing)
    assert look(now, "away") == []
    assert len(absent(now)) == 1
    # What is open stays open, too, for all that anybody knows.
    if since is not None:
        listen(now, now - since, doing)
        assert [each.closed_at for each in look(now, "away")] == [None]
