"""Alerts open by what happens now, once for each subject, and close by themselves."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from collector.accounts.tables import account
from collector.alerts.policies import watched_stores
from collector.alerts.policy import AlertPolicy, BadShare
from collector.alerts.tables import alert
from collector.alerts.watch import Watch, look_at
from collector.cases.tables import cases
from collector.contacts.tables import message
from collector.fleet.tables import kiosk, kiosk_status
from collector.places.tables import touchpoint
from collector.policies.queries import give_policy
from collector.policies.tables import policy
from collector.ratings.kinds import Mark
from collector.settings import Settings
from collector.slips.tables import printer
from collector.surveys.tables import question
from tests.collector.alerts.conftest import Look
from tests.factories import NOW, Shop, make_account, make_kiosk, make_ratings, make_shop

MINUTE = timedelta(minutes=1)


@pytest.fixture
def press(engine: Engine, riverside: Shop) -> Callable[..., None]:
    """Presses the buttons of the kiosk at Riverside's exit."""
    with engine.begin() as connection:
        cursor_id = make_kiosk(connection, riverside, "exit-1")

    def presses(*buttons: int, **how: Any) -> None:
        with engine.begin() as connection:
            make_ratings(connection, cursor_id, buttons, **how)

    return presses


def test_half_of_four_in_a_quarter_of_an_hour_is_an_alert(
    press: Callable[..., None], look: Look, riverside: Shop, engine: Engine
) -> None:
    press(4, 3, 4, happened=NOW - 5 * MINUTE)
    assert look(NOW) == []
    press(1, happened=NOW - MINUTE)
    [opened] = look(NOW)
    assert (opened.rule, opened.subject, opened.touchpoint_id) == (
        "bad-share",
        f"touchpoint/{riverside.exit}",
        riverside.exit,
    )
    assert opened.data == {"bad": 3, "count": 4, "percent": 50, "minutes": 15}
    assert (opened.opened_at, opened.closed_at) == (NOW, None)
    # It is one, however often somebody looks and however many more there are.
    press(4, 4, happened=NOW)
    assert len(look(NOW + MINUTE)) == 1
    with engine.connect() as connection:
        case = connection.execute(select(cases)).one()
    assert (case.kind, case.alert_id, case.store_id, case.touchpoint_id) == (
        "alert",
        opened.id,
        riverside.store,
        riverside.exit,
    )


def test_it_closes_by_itself_when_the_ratings_recover(press: Callable[..., None], look: Look) -> None:
    press(4, 4, 4, 4)
    look(NOW)
    press(1, 1, 1, 1, 1, happened=NOW + MINUTE)  # 4 of 9: not so bad, not well
    assert look(NOW + MINUTE)[0].closed_at is None
    press(1, 1, 1, happened=NOW + 2 * MINUTE)
    assert look(NOW + 2 * MINUTE)[0].closed_at == NOW + 2 * MINUTE
    # Another bad quarter of an hour is another alert.
    press(4, 4, 4, 4, 4, 4, happened=NOW + 40 * MINUTE)
    assert [each.closed_at is None for each in look(NOW + 40 * MINUTE)] == [False, True]


def test_it_closes_when_nobody_rates_any_more(press: Callable[..., None], look: Look) -> None:
    press(4, 4, 4, 4)
    look(NOW)
    assert look(NOW + 14 * MINUTE)[0].closed_at is None
    assert look(NOW + 16 * MINUTE)[0].closed_at == NOW + 16 * MINUTE


@pytest.mark.parametrize(
    "how",
    [
        {"delay": 3 * MINUTE},
        {"mark": Mark.TEST},
        {"mark": Mark.PERHAPS_REPEATED},
        {"happened": NOW, "earliest": NOW - timedelta(hours=3)},
        {"happened": NOW - 16 * MINUTE},
    ],
    ids=["late", "tests", "perhaps repeated", "time unknown", "too long ago"],
)
def test_what_is_no_news_never_raises_one(press: Callable[..., None], look: Look, how: dict[str, Any]) -> None:
    press(4, 4, 4, 4, 4, 4, **{"happened": NOW - 5 * MINUTE, **how})
    assert look(NOW, "bad-share", "index") == []


def test_staff_and_other_scales_raise_none(
    press: Callable[..., None], look: Look, engine: Engine, riverside: Shop
) -> None:
    press(4, 4, 4, 4)
    with engine.begin() as connection:
        connection.execute(update(touchpoint).where(touchpoint.c.id == riverside.exit).values(audience="staff"))
    assert look() == []
    with engine.begin() as connection:
        connection.execute(update(touchpoint).values(audience="customers"))
        connection.execute(update(question).values(kind="stars"))
    assert look() == []
    with engine.begin() as connection:
        connection.execute(update(question).values(kind="smileys"))
    assert len(look()) == 1


def test_a_place_says_when_it_wants_to_be_alerted(
    press: Callable[..., None], look: Look, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
        elsewhere = make_kiosk(connection, beside, "lake-1")
        give_policy(connection, riverside.region, "alerts", AlertPolicy(bad_share=BadShare(at_least=6)), "Ann")
    press(4, 4, 4, 4)
    with engine.begin() as connection:
        make_ratings(connection, elsewhere, [4, 4, 4, 4])
    assert [each.store_id for each in look()] == [beside.store]
    # Switched off, what is open ends.
    with engine.begin() as connection:
        give_policy(connection, riverside.organisation, "alerts", AlertPolicy(bad_share=None), "Ann")
    assert [each.closed_at for each in look(NOW + MINUTE)] == [NOW + MINUTE]


def test_the_index_of_a_store_over_three_hours(press: Callable[..., None], look: Look, riverside: Shop) -> None:
    press(*[2] * 9, *[3] * 10, happened=NOW - 100 * MINUTE)
    assert look(NOW, "index") == []
    press(3, 3, 3, happened=NOW - 80 * MINUTE)
    [opened] = look(NOW, "index")
    assert (opened.subject, opened.touchpoint_id) == (f"store/{riverside.store}", None)
    assert opened.data == {"index": 47.0, "count": 22, "below": 50, "minutes": 180}
    press(*[1] * 6, happened=NOW)
    assert look(NOW + MINUTE, "index")[0].closed_at is not None


def test_a_battery_and_its_charge(look: Look, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", health={"battery": 3450})
        make_kiosk(connection, riverside, "exit-2", health={"battery": "much"})
        make_kiosk(connection, riverside, "exit-3", health={"battery": 3900})
    [opened] = look()
    assert (opened.rule, opened.subject, opened.data) == (
        "battery",
        "kiosk/exit-1",
        {"millivolts": 3450, "below": 3500},
    )
    with engine.begin() as connection:
        connection.execute(update(kiosk_status).values(health={"battery": 3550}))
    assert look()[0].closed_at is None
    with engine.begin() as connection:
        connection.execute(update(kiosk_status).values(health={"battery": 4100}))
    assert look()[0].closed_at == NOW


def test_a_kiosk_that_was_taken_away_has_no_alert(look: Look, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "exit-1", health={"battery": 3000})
    look()
    with engine.begin() as connection:
        connection.execute(update(kiosk).values(state="retired"))
    assert look()[0].closed_at == NOW


def test_a_printer_that_is_in_trouble_for_ten_minutes(
    look: Look, engine: Engine, make_printer: Callable[..., int]
) -> None:
    printer_id = make_printer()
    with engine.begin() as connection:
        connection.execute(update(printer).values(state="paper_out", seen_at=NOW))
        since = connection.execute(select(printer.c.state_since)).scalar_one()

    def seen(state: str, at: datetime) -> None:
        with engine.begin() as connection:
            connection.execute(update(printer).values(state=state, seen_at=at))

    seen("paper_out", since + 9 * MINUTE)
    assert look(since + 9 * MINUTE) == []
    seen("paper_out", since + 10 * MINUTE)
    [opened] = look(since + 10 * MINUTE)
    assert (opened.subject, opened.data["state"], opened.data["name"]) == (
        f"printer/{printer_id}",
        "paper_out",
        "Counter",
    )
    # That nobody looks says nothing of the printer.
    assert look(since + timedelta(hours=1))[0].closed_at is None
    seen("ready", since + timedelta(hours=2))
    assert look(since + timedelta(hours=2))[0].closed_at is not None


def test_people_of_the_store_are_told_once_else_those_above(
    press: Callable[..., None], look: Look, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        ann, ben, cem = (
            make_account(connection, place_id) for place_id in (riverside.region, riverside.region, riverside.store)
        )
        address = update(account).where(account.c.id.in_([ann, ben]))
        connection.execute(address.values(email=account.c.name + "@example.com"))
    press(4, 4, 4, 4)
    look()
    look(NOW + MINUTE)
    with engine.connect() as connection:
        told = connection.execute(select(message).order_by(message.c.id)).all()
    assert {each.key.split("/")[1] for each in told if "alert" in each.key} == {str(ann), str(ben)}
    assert all(
        "4 of 4 ratings within 15 minutes were bad." in each.content["text"] for each in told if "alert" in each.key
    )
    with engine.begin() as connection:
        connection.execute(update(account).where(account.c.id == cem).values(email="cem@example.com"))
        connection.execute(update(alert).values(closed_at=NOW))
    look(NOW + 2 * MINUTE)
    with engine.connect() as connection:
        more = connection.execute(select(message).where(message.c.id > told[-1].id)).all()
    assert {each.key.split("/")[1] for each in more if "alert" in each.key} == {str(cem)}


def test_of_two_that_look_at_once_one_opens_it(
    press: Callable[..., None], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    press(4, 4, 4, 4)
    with engine.connect() as connection:
        stores = watched_stores(connection)
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        look_at(engine, settings, "bad-share", stores, NOW)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert len(connection.execute(select(alert)).all()) == 1
        assert len(connection.execute(select(cases)).all()) == 1


def test_a_policy_that_is_not_understood_holds_up_no_store(
    press: Callable[..., None], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.region, "alerts", AlertPolicy(bad_share=BadShare(at_least=1)), "a test")
        later = {"place_id": riverside.store, "kind": "alerts", "version": 1, "author": "a later version"}
        connection.execute(insert(policy).values(**later, definition={"noise": {"decibels": 90}}))
    press(4)
    Watch(engine, settings).look(NOW)
    with engine.connect() as connection:
        assert connection.execute(select(alert.c.rule)).scalars().all() == ["bad-share"]


def test_ratings_that_the_press_filter_has_not_seen_alert_nobody(
    press: Callable[..., None], engine: Engine, settings: Settings
) -> None:
    watch = Watch(engine, settings)
    press(4, 4, 4, 4)
    for are_judged, rules in ((False, []), (True, ["bad-share"])):
        watch.look(NOW, are_ratings_judged=are_judged)
        with engine.connect() as connection:
            assert connection.scalars(select(alert.c.rule)).all() == rules
