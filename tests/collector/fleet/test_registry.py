"""The registry where several technicians work at once, and where an organisation has only begun."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, func, select, text

from collector.fleet import registry
from collector.fleet.life import Why
from collector.fleet.queries import visible_kiosk
from collector.fleet.registry import Wanted, make
from collector.fleet.tables import kiosk, kiosk_secret, kiosk_settings
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

    def ask() -> object:
        with engine.begin() as connection:
            return registry.give_secret(connection, settings, shown, "Oksana", "a")

    with ThreadPoolExecutor(1) as worker:
        with engine.begin() as connection:
            registry.retire(connection, shown, Why.STOLEN, None, "Taras", NOW)
            asked = worker.submit(ask)
            with engine.connect() as other:
                until(lambda: is_waiting(other), "whoever asks to wait")
        with pytest.raises(registry.CannotChange, match="is retired"):
            asked.result(10)
    with engine.connect() as connection:
        assert connection.execute(select(kiosk_secret)).all() == []


def is_waiting(connection: Connection) -> bool:
    """Whether somebody waits for a lock in this database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    found = bool(connection.scalar(text(waiting)))
    connection.rollback()
    return found
