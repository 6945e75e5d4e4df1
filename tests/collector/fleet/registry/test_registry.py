"""The registry where several technicians work at once, and where an organisation has only begun."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text, update

from collector.broker.dynamic_security import secrets_of
from collector.broker.nats import EmbeddedBroker
from collector.database import connect, driver
from collector.fleet import due
from collector.fleet.commands import order
from collector.fleet.life import Why
from collector.fleet.queries import Kiosk, visible_kiosk
from collector.fleet.registry import changes as registry
from collector.fleet.registry.changes import Wanted, make
from collector.fleet.settings.giving import Giving
from collector.fleet.tables import kiosk, kiosk_due, kiosk_placement, kiosk_secret, kiosk_settings
from collector.places.tables import place
from collector.settings import Settings
from collector.surveys.tables import survey
from tests.factories import NOW, Shop, make_shop
from tests.waiting import until


def test_two_who_make_kiosks_at_once_get_one_each(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        # Another store of this name: its kiosks are called alike.
        other = make_shop(connection, beside=riverside)

    def work(number: int) -> str:
        at = other.exit if number % 2 else riverside.exit
        with engine.begin() as connection:
            return make(connection, settings, Wanted(at), f"key/{number}")[0]

    with ThreadPoolExecutor(4) as workers:
        made = list(workers.map(work, range(12)))
    assert sorted(made) == sorted(f"riverside-exit-{number}" for number in range(1, 13))


def test_one_who_asks_twice_at_once_gets_one(engine: Engine, settings: Settings, riverside: Shop) -> None:
    def work(_: int) -> tuple[str, bool]:
        with engine.begin() as connection:
            return make(connection, settings, Wanted(riverside.exit), "the same key")

    with ThreadPoolExecutor(4) as workers:
        made = list(workers.map(work, range(4)))
    assert {name for name, _ in made} == {"riverside-exit-1"}
    assert [is_new for _, is_new in made].count(True) == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(kiosk_settings)) == 1


def test_the_first_kiosk_of_an_organisation_asks_the_survey_that_all_begin_with(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        assert connection.execute(select(survey.c.id)).all() == []
        make(connection, settings, Wanted(riverside.exit))
        assert len(connection.execute(select(survey.c.id)).all()) == 1
        make(connection, settings, Wanted(riverside.checkout))
        assert len(connection.execute(select(survey.c.id)).all()) == 1


def test_what_was_given_is_taken_at_once_with_all_that_it_could_do(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        name, _ = make(connection, settings, Wanted(riverside.exit))
        shown = visible_kiosk(connection, riverside.organisation, name, NOW)
        assert shown
        for key in "ab":
            assert registry.give_secret(connection, settings, shown, "Oksana", key)
        assert registry.secret_numbers(connection, name) == [1, 2]
        registry.retire(connection, shown, Why.LOST, None, "Oksana", NOW)
        assert connection.execute(select(kiosk_secret)).all() == []
        row = connection.execute(select(kiosk)).one()
    assert (row.state, row.retired_why, row.retired_at) == ("retired", "lost", NOW)


def test_whoever_asks_for_a_secret_while_the_kiosk_is_retired_gets_none(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        name, _ = make(connection, settings, Wanted(riverside.exit))
        shown = visible_kiosk(connection, riverside.organisation, name, NOW)
    assert shown

    with engine.begin() as connection:
        registry.retire(connection, shown, Why.STOLEN, None, "Taras", NOW)
        asked = meanwhile(engine, lambda other: registry.give_secret(other, settings, shown, "Oksana", "a"))
    with pytest.raises(registry.CannotChange, match="is retired"):
        asked.result(10)
    with engine.connect() as connection:
        assert connection.execute(select(kiosk_secret)).all() == []


def test_a_stolen_kiosk_gets_no_secret_however_late_somebody_asks(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    shown = kiosks(engine, settings, riverside, "exit-1")[0]
    with engine.begin() as connection:
        assert registry.give_secret(connection, settings, shown, "Oksana")
        due.put(connection, due.SECRET, ["exit-1"], "Oksana")
    with engine.begin() as connection:
        registry.retire(connection, shown, Why.STOLEN, None, "Taras", NOW)
        ordered = meanwhile(engine, lambda other: order(other, settings, "exit-1", "secret", "Oksana", NOW, None))
    assert ordered.result(10) is None
    with engine.begin() as connection:
        assert [connection.execute(select(what)).all() for what in (kiosk_secret, kiosk_due)] == [[], []]
        # However one may have got there: no broker is told of it.
        connection.execute(insert(kiosk_secret).values(kiosk_id="exit-1", number=9, bcrypt="$2b$"))
        assert secrets_of(driver(connection)) == []
    with connect(settings) as database:
        EmbeddedBroker(settings).prepare(database)
    assert "exit-1" not in (settings.data / "broker" / "users.conf").read_text()


def test_of_two_replacements_at_once_one_is_done(engine: Engine, settings: Settings, riverside: Shop) -> None:
    old, first, second = kiosks(engine, settings, riverside, "exit-1", "spare-1", "spare-2")
    with engine.begin() as connection:
        registry.replace(connection, settings, old, first, None, "Oksana", NOW)
        late = meanwhile(engine, lambda other: registry.replace(other, settings, old, second, None, "Taras", NOW))
    with pytest.raises(registry.CannotChange, match="was replaced by spare-1 already"):
        late.result(10)


def test_of_two_moves_at_once_the_second_holds_and_no_stay_ends_before_it_began(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    [shown] = kiosks(engine, settings, riverside, "exit-1")
    with engine.begin() as connection:
        registry.move(connection, settings, shown, riverside.checkout, "Oksana")
        # It began later, and saw the kiosk where it was.
        late = meanwhile(engine, lambda other: registry.move(other, settings, shown, riverside.exit, "Taras"))
        late_by = connection.scalar(select(func.clock_timestamp()))
    late.result(10)
    with engine.connect() as connection:
        stays = connection.execute(select(kiosk_placement).order_by(kiosk_placement.c.since)).all()
    assert [each.touchpoint_id for each in stays] == [riverside.exit, riverside.checkout, riverside.exit]
    assert [each.until for each in stays] == [stays[1].since, stays[2].since, None]
    assert stays[2].since >= late_by


def test_a_name_is_found_though_somebody_took_the_highest(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.kind == "store").values(name="Riverside shopping centre"))
        for name in ("riverside-shopping-centre-e-9999", "riverside-shopping-centre-e-1"):
            make(connection, settings, Wanted(riverside.exit, name))
        assert make(connection, settings, Wanted(riverside.exit)) == ("riverside-shopping-centre-e-2", True)
        taken = [{"id": f"riverside-shopping-centre-e-{number}", "state": "retired"} for number in range(3, 9999)]
        connection.execute(insert(kiosk), taken)
        with pytest.raises(registry.CannotChange, match="Name it yourself"):
            make(connection, settings, Wanted(riverside.exit))


def test_a_key_is_for_one_place_wherever_its_kiosk_went(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        name, _ = make(connection, settings, Wanted(riverside.exit), "a key")
        with pytest.raises(registry.KeyUsed):
            make(connection, settings, Wanted(riverside.checkout), "a key")
    with engine.begin() as connection:
        shown = visible_kiosk(connection, riverside.organisation, name, NOW)
        assert shown
        registry.move(connection, settings, shown, riverside.checkout, "Oksana")
        assert make(connection, settings, Wanted(riverside.exit), "a key") == (name, False)


def test_what_goes_wrong_with_one_kiosk_holds_up_no_other(engine: Engine, settings: Settings, riverside: Shop) -> None:
    kiosks(engine, settings, riverside, "exit-1", "exit-2")
    with engine.begin() as connection:
        for what in (due.SECRET, due.SETTINGS):
            due.put(connection, what, ["exit-1", "exit-2"], "Oksana")
        # A fault nobody thought of, in what the database holds of one kiosk.
        connection.execute(text("ALTER TABLE kiosk_command ADD CONSTRAINT odd CHECK (kiosk_id <> 'exit-1') NOT VALID"))
    while Giving(engine, settings).look(NOW):
        pass
    with engine.connect() as connection:
        left = connection.execute(select(kiosk_due.c.kiosk_id, kiosk_due.c.what)).all()
        [(kiosk_id, why)] = due.problems(connection, riverside.store, due.SECRET)
    assert (left, kiosk_id) == ([("exit-1", "secret")], "exit-1")
    assert "went wrong" in why


def kiosks(engine: Engine, settings: Settings, at: Shop, *names: str) -> list[Kiosk]:
    """Kiosks of these names at the shop's exit."""
    with engine.begin() as connection:
        for name in names:
            make(connection, settings, Wanted(at.exit, name))
        found = [visible_kiosk(connection, at.organisation, name, NOW) for name in names]
    return [each for each in found if each]


def meanwhile(engine: Engine, change: Callable[[Connection], object]) -> Future[object]:
    """Somebody else changes something, and waits already for what this thread holds."""

    def changed() -> object:
        with engine.begin() as connection:
            return change(connection)

    worker = ThreadPoolExecutor(1)
    future = worker.submit(changed)
    worker.shutdown(wait=False)
    with engine.connect() as other:
        until(lambda: is_waiting(other), "the other one to wait")
    return future


def is_waiting(connection: Connection) -> bool:
    """Whether somebody waits for a lock in this database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    found = bool(connection.scalar(text(waiting)))
    connection.rollback()
    return found
