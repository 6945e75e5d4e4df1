"""History is looked through first and then marked, in pieces, and what dies in between goes on."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select, update

from collector.database import connect
from collector.places.tables import place
from collector.policies.queries import give_policy
from collector.press_filter import asking, runs
from collector.press_filter.policy import FilterPolicy, Repeat
from collector.ratings import past
from collector.ratings.kinds import Mark
from collector.ratings.rollup import differences
from collector.settings import Settings
from tests.collector.pressing import Database, Send, marks
from tests.factories import NOW, Shop, make_kiosk, make_shop

FIVE = FilterPolicy(repeat=Repeat(5))
FIRST, LAST = date(2026, 9, 1), date(2026, 11, 22)
Ask = Callable[..., asking.Run]


@pytest.fixture
def ask(engine: Engine, riverside: Shop) -> Ask:
    """Asks for a run, or looks at it again."""

    def ask(place_id: int = riverside.organisation, key: str = "a form") -> asking.Run:
        with engine.begin() as connection:
            run_id = asking.ask(connection, place_id, FIRST, LAST, "Olena", key)
            found = asking.visible_run(connection, riverside.organisation, run_id)
        assert found is not None
        return found

    return ask


def choose(engine: Engine, place_id: int, policy: FilterPolicy) -> None:
    with engine.begin() as connection:
        give_policy(connection, place_id, "filter", policy, "a test")


def work(database: Database) -> int:
    """All that is to be done; returns how many pieces that were."""
    pieces = 0
    while runs.work(database):
        pieces += 1
    return pieces


def test_raw_530_counted_412(engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask) -> None:
    """96 repeats, 22 closed: as it is promised."""
    choose(engine, riverside.organisation, FIVE)
    with engine.begin() as connection:
        hours = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        connection.execute(update(place).where(place.c.id == riverside.store).values(opening_hours=hours))
    for day in range(4):  # 100 + 24 presses by day, 4 … 10 by night
        begin = NOW - timedelta(days=20 - 5 * day)
        by_day = [
            at
            for customer in range(103)
            for at in ([60.0 * customer, 60.0 * customer + 3] if customer < 24 else [60.0 * customer])
        ]
        for part in range(0, len(by_day), 60):
            send(*by_day[part : part + 60], start=begin)
        by_night = [12 * 3600 + 60.0 * customer for customer in range((4, 4, 4, 10)[day])]
        send(*by_night, start=begin)
    run = ask()
    assert run.state == "previewing"
    work(empty_database)
    run = ask()
    assert (run.state, run.preview.raw, run.preview.counted_before) == ("ready", 530, 530)
    assert run.preview.after == {Mark.COUNTED: 412, Mark.REPEAT: 96, Mark.CLOSED: 22}
    assert set(marks(empty_database)) == {"counted"}  # nothing is changed yet
    with engine.begin() as connection:
        assert asking.begin(connection, run, "Olena")
        assert not asking.begin(connection, run, "Olena")  # the second tap
    work(empty_database)
    run = ask()
    assert (run.state, run.progress.changed, run.progress.percent) == ("done", 118, 100)
    assert (marks(empty_database).count("counted"), run.finished_at is None) == (412, False)
    assert differences(empty_database, NOW - timedelta(days=60), NOW + timedelta(days=1)) == []
    again = ask(key="another form")
    work(empty_database)
    assert ask(key="another form").preview.changed == 0
    assert again.id != run.id


def test_back_to_what_it_was(engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask) -> None:
    send(0, 1, 4, 60, repeats=[1])
    before = empty_database.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall()
    none_is = FilterPolicy(repeat=Repeat(0))
    said = (["counted", "repeat", "repeat"], ["counted"] * 3, ["counted", "repeat", "counted"])
    for number, policy in enumerate((FIVE, none_is, FilterPolicy())):
        choose(engine, riverside.store, policy)
        run = ask(key=f"form {number}")
        work(empty_database)
        with engine.begin() as connection:
            asking.begin(connection, run, "Olena")
        work(empty_database)
        assert marks(empty_database) == [*said[number], "counted"]
    assert empty_database.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall() == before


def test_a_run_that_dies_or_is_stopped_goes_on_where_it_was(
    settings: Settings, engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask
) -> None:
    choose(engine, riverside.organisation, FIVE)
    with engine.begin() as connection:
        other = make_kiosk(connection, make_shop(connection, "Hillside", beside=riverside))
    send(0, 1, start=NOW - timedelta(days=70))
    send(0, 1)
    send(0, 1, journal=other)
    run = ask()
    assert work(empty_database) == 2 * 3 + 1  # two stores, three times 28 days, and the end
    with engine.begin() as connection:
        asking.begin(connection, run, "Olena")
    assert [runs.work(empty_database) for _ in range(2)] == [True, True]
    # It dies with a piece that it had done and not committed.
    with connect(settings, autocommit=True) as dies, dies.transaction(force_rollback=True):
        assert runs.work(dies)
        assert not runs.work(empty_database)  # nobody else does it meanwhile
    with engine.begin() as connection:
        assert asking.stop(connection, run, "Olena")
    assert work(empty_database) == 0
    stopped = ask()
    assert (stopped.state, stopped.progress.changed) == ("stopped", 1)
    with engine.begin() as connection:
        assert asking.go_on(connection, stopped, "Olena")
    assert work(empty_database) == 4 + 1
    done = ask()
    assert (done.state, done.progress.changed, done.progress.stores) == ("done", 3, 2)
    assert marks(empty_database) == ["counted", "repeat"] * 3


def test_it_does_what_the_filter_was_when_it_was_asked_for(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask
) -> None:
    choose(engine, riverside.organisation, FIVE)
    send(0, 3)
    run = ask()
    assert not run.is_outdated
    choose(engine, riverside.store, FilterPolicy(repeat=Repeat(1)))
    work(empty_database)
    assert ask().preview.after == {Mark.COUNTED: 1, Mark.REPEAT: 1}
    assert ask().is_outdated
    assert not ask(key="a new one").is_outdated


def test_other_opening_hours_are_looked_through_anew(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask
) -> None:
    choose(engine, riverside.organisation, FIVE)
    send(0, 3)
    run = ask()
    work(empty_database)
    assert not ask().is_outdated
    with engine.begin() as connection:
        assert asking.begin(connection, run, "Olena")
        connection.execute(update(place).where(place.c.id == riverside.store).values(opening_hours={}))
    assert ask().is_outdated
    work(empty_database)
    assert (ask().state, ask().why, ask().progress.changed) == ("stopped", runs.OTHER_HOURS, 0)
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == riverside.store).values(time_zone="Europe/Warsaw"))
    assert ask(key="a new one").is_outdated is False


def test_a_month_in_an_archive_file_stops_it_and_somebody_who_archives_is_not_waited_for(
    settings: Settings, engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask
) -> None:
    choose(engine, riverside.organisation, FIVE)
    send(0, 1)
    run = ask()
    work(empty_database)
    with engine.begin() as connection:
        asking.begin(connection, run, "Olena")
    with connect(settings, autocommit=True) as archivist, archivist.transaction():
        past.hold(archivist)
        assert not runs.work(empty_database)
    empty_database.execute("INSERT INTO rating_archive VALUES ('2026-10-01', 'ratings-2026-10.gz', 1, '', now())")
    work(empty_database)
    stopped = ask()
    assert stopped.state == "stopped"
    assert "ratings-2026-10.gz" in (stopped.why or "")
    with engine.connect() as connection:
        assert connection.scalar(select(asking.filter_run.c.finished_at)) is None
        assert asking.since_when(connection, NOW - timedelta(days=80)).date() == date(2026, 11, 1)


def test_what_breaks_stops_that_run_alone(
    engine: Engine, empty_database: Database, riverside: Shop, send: Send, ask: Ask
) -> None:
    send(0, 1)
    broken, other = ask(key="one"), ask(key="two")
    empty_database.execute('UPDATE filter_run SET preview = \'{"raw": "many"}\' WHERE id = %s', [broken.id])
    work(empty_database)
    states = empty_database.execute("SELECT state, why FROM filter_run ORDER BY id").fetchall()
    assert states == [("stopped", runs.BROKEN), ("ready", None)]
    assert other.id != broken.id
