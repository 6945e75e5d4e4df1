"""What devices need is told store by store, on change, and never twice."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select, update

from collector.accounts.tables import account
from collector.alerts.gather import tell_of_devices
from collector.alerts.policies import watched_stores
from collector.alerts.policy import AlertPolicy
from collector.alerts.tables import alert
from collector.contacts.outgoing import shown
from collector.contacts.tables import message
from collector.fleet.tables import kiosk_status
from collector.places.tables import place
from collector.policies.queries import give_policy
from collector.settings import Settings
from tests.collector.alerts.conftest import Look
from tests.factories import NOW, Shop, make_account, make_kiosk, make_shop

MINUTE = timedelta(minutes=1)
Tell = Callable[..., list[Row[Any]]]


@pytest.fixture
def tell(engine: Engine, settings: Settings) -> Tell:
    """Tells people what they should hear at a time; returns all messages that there are then."""

    def at(now: Any) -> list[Row[Any]]:
        with engine.connect() as connection:
            stores = watched_stores(connection)
        tell_of_devices(engine, settings, stores, now)
        with engine.connect() as connection:
            query = select(message, place.c.name.label("store")).join(place, place.c.id == message.c.store_id)
            return list(connection.execute(query.order_by(message.c.id)))

    return at


@pytest.fixture
def weak(engine: Engine, riverside: Shop) -> Shop:
    """Ann hears of Riverside, where twelve batteries are low."""
    with engine.begin() as connection:
        ann = make_account(connection, riverside.store, "Ann")
        connection.execute(update(account).where(account.c.id == ann).values(email="ann@example.com"))
        for number in range(1, 13):
            make_kiosk(connection, riverside, f"exit-{number}", health={"battery": 3400})
    return riverside


def charge(engine: Engine, *kiosks: str, to: int = 4100) -> None:
    with engine.begin() as connection:
        charged = update(kiosk_status).where(kiosk_status.c.kiosk_id.in_(kiosks))
        connection.execute(charged.values(health={"battery": to}))


def test_a_dozen_batteries_are_one_message_after_some_minutes(weak: Shop, look: Look, tell: Tell) -> None:
    assert len(look(NOW, "battery")) == 12
    assert tell(NOW + 4 * MINUTE) == []
    [told] = tell(NOW + 5 * MINUTE)
    assert "The battery of exit-1 is low; The battery of exit-2 is low;" in told.content["text"]
    assert told.content["text"].endswith("and 2 more.")
    assert told.store_id == weak.store
    for minutes in (6, 40, 500):
        assert len(tell(NOW + minutes * MINUTE)) == 1
    assert "Riverside needs a look." in shown(told)


def test_one_alone_is_told_with_its_figures_to_each_in_their_language(
    engine: Engine, weak: Shop, look: Look, tell: Tell
) -> None:
    with engine.begin() as connection:
        olha = make_account(connection, weak.store, "Olha")
        reach = {"email": "olha@example.com", "language": "uk"}
        connection.execute(update(account).where(account.c.id == olha).values(reach))
    charge(engine, *(f"exit-{number}" for number in range(2, 13)))
    [opened] = look(NOW, "battery")
    told, in_ukrainian = tell(NOW + 5 * MINUTE)
    assert told.content["text"].startswith("The battery of exit-1 is low. It is at 3400 mV")
    assert in_ukrainian.content["text"].startswith("Батарея exit-1 розряджена.")
    assert told.content["alert"] == in_ukrainian.content["alert"] == opened.id


def test_what_is_over_is_told_and_what_changes_meanwhile_waits(
    engine: Engine, weak: Shop, look: Look, tell: Tell
) -> None:
    charge(engine, *(f"exit-{number}" for number in range(3, 13)))
    look(NOW, "battery")
    assert len(tell(NOW + 5 * MINUTE)) == 1
    charge(engine, "exit-1")
    charge(engine, "exit-3", to=3400)
    look(NOW + 10 * MINUTE, "battery")
    assert len(tell(NOW + 30 * MINUTE)) == 1  # the store was written to 25 minutes ago
    _, told = tell(NOW + 35 * MINUTE)
    assert told.content["text"] == "The battery of exit-3 is low. Over: The battery of exit-1 is low."
    charge(engine, "exit-2", "exit-3")
    look(NOW + 70 * MINUTE, "battery")
    *_, last = tell(NOW + 75 * MINUTE)
    assert last.content["what"] == "over"
    assert last.content["text"] == "Over: The battery of exit-2 is low; The battery of exit-3 is low."
    assert "needs a look" not in shown(last)
    assert len(tell(NOW + 900 * MINUTE)) == 3


def test_what_closed_before_it_was_told_is_not_told(engine: Engine, weak: Shop, look: Look, tell: Tell) -> None:
    look(NOW, "battery")
    charge(engine, *(f"exit-{number}" for number in range(1, 13)))
    look(NOW + 3 * MINUTE, "battery")
    assert tell(NOW + 40 * MINUTE) == []


def test_who_looks_after_it_need_not_be_told(engine: Engine, weak: Shop, look: Look, tell: Tell) -> None:
    look(NOW, "battery")
    with engine.begin() as connection:
        connection.execute(update(alert).values(acknowledged_at=NOW, acknowledged_by="Ann"))
    assert tell(NOW + 40 * MINUTE) == []


def test_each_store_by_itself_and_none_that_does_not_want_it(
    engine: Engine, weak: Shop, look: Look, tell: Tell
) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=weak)
        ben = make_account(connection, beside.store, "Ben")
        connection.execute(update(account).where(account.c.id == ben).values(email="ben@example.com"))
        make_kiosk(connection, beside, "lake-1", health={"battery": 3400})
        give_policy(connection, weak.store, "alerts", AlertPolicy(tells=False), "a test")
    look(NOW, "battery")
    assert [told.store for told in tell(NOW + 5 * MINUTE)] == ["Lakeside"]


def test_of_two_that_tell_at_once_one_does(engine: Engine, settings: Settings, weak: Shop, look: Look) -> None:
    look(NOW, "battery")
    with engine.connect() as connection:
        stores = watched_stores(connection)
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        tell_of_devices(engine, settings, stores, NOW + 5 * MINUTE)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert len(connection.execute(select(message)).all()) == 1
