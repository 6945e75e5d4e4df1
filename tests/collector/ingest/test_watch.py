"""Whether the intake does its work, as others judge it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from msgspec import structs
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector import standby
from collector.broker.nats import EmbeddedBroker
from collector.ingest import watch
from collector.ingest.state import REMEMBERED, Doing, IngestState, StateFile, forget_killed, known_states, tell
from collector.ingest.watch import Trouble, Why, gather, judge, sentences
from collector.settings import Settings
from tests.collector.intake import say, state
from tests.factories import NOW
from tests.waiting import until

Database = psycopg.Connection[TupleRow]
HERE = "m1"


def here(*states: IngestState) -> Trouble | None:
    """What is judged of these, which are of one machine."""
    [trouble] = judge(states, NOW).values()
    return trouble


@pytest.mark.parametrize("doing", [Doing.RUNNING, Doing.WAITING_FOR_DATABASE, Doing.WAITING_FOR_BROKER])
def test_one_that_runs_is_enough(doing: Doing) -> None:
    assert here(state(doing), state(Doing.RUNNING)) is None


@pytest.mark.parametrize("doing", [Doing.WAITING_FOR_DATABASE, Doing.WAITING_FOR_BROKER])
def test_one_that_waits_says_why(doing: Doing) -> None:
    longer = state(doing, since=timedelta(minutes=9))
    assert here(state(doing), longer) == Trouble(Why(doing), longer.since, "Nobody answers at port 1.")
    assert sentences(Trouble(Why(doing), longer.since, longer.reason)) == (
        f"The collector waits{doing.removeprefix('waiting')}. Nobody answers at port 1.",
        f"It goes on by itself when {doing.removeprefix('waiting for ')} is back.",
    )


def test_nobody_hears_of_a_short_wait() -> None:
    assert here(state(Doing.WAITING_FOR_BROKER, since=timedelta(seconds=4))) is None


def test_one_that_says_nothing_any_more_does_not_run() -> None:
    hangs = state(Doing.RUNNING, at=NOW - timedelta(seconds=31))
    assert here(hangs) == Trouble(Why.SILENT, hangs.at)
    assert here(hangs, state(Doing.RUNNING)) is None


def test_of_several_machines_each_that_has_trouble_is_named() -> None:
    machines = judge(
        [
            state(Doing.RUNNING, machine="m1"),
            state(Doing.WAITING_FOR_BROKER, machine="m3"),
            state(Doing.WAITING_FOR_BROKER, machine="m2", since=timedelta(minutes=9)),
            state(Doing.RUNNING, machine="m4", at=NOW - timedelta(hours=2)),
        ],
        NOW,
    )
    waits, silent = gather(machines, here=HERE)
    nine = NOW - timedelta(minutes=9)
    assert waits == Trouble(Why.BROKER, nine, "Nobody answers at port 1.", ("m2", "m3"), others_work=True)
    assert (silent.why, silent.machines) == (Why.SILENT, ("m4",))
    what, _ = sentences(waits)
    assert what == (
        "On m2, m3: The collector waits for the broker. Nobody answers at port 1. Others take ratings in meanwhile."
    )
    assert "forgotten a day after" in sentences(silent)[1]


def test_machines_are_named_where_there_is_another_alone() -> None:
    waits = state(Doing.WAITING_FOR_BROKER, machine="m1")
    [trouble] = gather(judge([waits], NOW), here="m1")
    assert (trouble.machines, trouble.others_work) == ((), False)
    [trouble] = gather(judge([waits], NOW), here="m2")
    assert (trouble.machines, trouble.others_work) == (("m1",), False)


def test_none_at_all(settings: Settings, engine: Engine) -> None:
    with engine.connect() as connection:
        assert watch.look(settings, connection, NOW) == [Trouble(Why.ABSENT)]


def test_one_on_another_machine_is_heard_by_the_database(
    settings: Settings, engine: Engine, database: Database
) -> None:
    with engine.connect() as connection:
        tell(database, state(Doing.RUNNING, machine="m2"))
        assert watch.look(settings, connection, NOW) == []
        tell(database, state(Doing.WAITING_FOR_BROKER, machine="m2"))
        [trouble] = watch.look(settings, connection, NOW)
        assert (trouble.why, trouble.machines, trouble.others_work) == (Why.BROKER, ("m2",), False)
        assert trouble.since is not None
        # Whatever that machine's clock says: so long ago by the database's.
        assert timedelta(minutes=3) <= NOW - trouble.since < timedelta(minutes=4)
        say(settings, state(Doing.RUNNING))
        [trouble] = watch.look(settings, connection, NOW)
        assert (trouble.machines, trouble.others_work) == (("m2",), True)


def test_while_the_database_waits_for_its_standby_nobody_works(
    settings: Settings, engine: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has nothing to commit does not know yet."""
    say(settings, state(Doing.RUNNING))
    tell(database, state(Doing.WAITING_FOR_DATABASE, machine="m2"))
    tell(database, state(Doing.WAITING_FOR_BROKER, machine="m3"))
    monkeypatch.setattr(standby, "is_awaited", lambda _connection: True)
    with engine.connect() as connection:
        troubles = watch.look(settings, connection, NOW)
    assert {(each.why, each.machines, each.others_work) for each in troubles} == {
        (Why.STANDBY, (), False),
        (Why.BROKER, ("m3",), False),
    }


def test_one_that_was_killed_is_silent_for_a_day(settings: Settings, engine: Engine, database: Database) -> None:
    tell(database, state(Doing.RUNNING, machine="m2"))
    age = "UPDATE ingest_process SET told_at = told_at - %s"
    with engine.connect() as connection:
        database.execute(age, [watch.SILENT_AFTER])
        [trouble] = watch.look(settings, connection, NOW)
        assert (trouble.why, trouble.machines) == (Why.SILENT, ("m2",))
        database.execute(age, [REMEMBERED])
        assert watch.look(settings, connection, NOW) == [Trouble(Why.ABSENT)]
    forget_killed(database)
    assert database.execute("SELECT count(*) FROM ingest_process").fetchone() == (0,)


def test_one_that_was_killed_is_forgotten_when_one_begins_again_there(
    settings: Settings, engine: Engine, database: Database
) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    mine, there = state(), state(machine="m2")
    for told in (mine, structs.replace(mine, pid=ended.pid), structs.replace(there, pid=ended.pid)):
        tell(database, told)
    forget_killed(database)
    with engine.connect() as connection:
        known = {(each.machine, each.pid) for each in known_states(settings, connection, NOW)}
    assert known == {(mine.machine, mine.pid), ("m2", ended.pid)}


def test_what_a_process_writes_is_what_is_judged(settings: Settings, engine: Engine) -> None:
    file = StateFile(settings)
    with engine.connect() as connection:
        file.write(Doing.RUNNING, "", 0, 0)
        assert watch.look(settings, connection, datetime.now(UTC)) == []
        file.write(Doing.WAITING_FOR_DATABASE, "It is full.", 7, 0)
        [trouble] = watch.look(settings, connection, datetime.now(UTC) + timedelta(seconds=6))
        file.remove()
        assert watch.look(settings, connection, datetime.now(UTC)) == [Trouble(Why.ABSENT)]
    assert (trouble.why, trouble.reason) == (Why.DATABASE, "It is full.")


def test_two_machines_one_of_which_misses_the_broker_and_is_killed(
    settings: Settings, engine: Engine, database: Database, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Looked at from a third one, which has no collector."""

    def troubles() -> list[tuple[str, tuple[str, ...], bool]]:
        with engine.connect() as connection:
            found = watch.look(settings, connection, datetime.now(UTC))
        return [(trouble.why, trouble.machines, trouble.others_work) for trouble in found]

    with ExitStack() as running:
        running.enter_context(collector(settings, "west", tmp_path))
        until(lambda: troubles() == [], "west to work")
        with collector(replace(settings, broker_port=1), "east", tmp_path) as east:
            until(lambda: troubles() == [(Why.BROKER, ("east",), True)], "east to miss the broker")
            east.send_signal(signal.SIGKILL)
            east.wait(30)
        passed = "UPDATE ingest_process SET told_at = told_at - %s WHERE machine = 'east'"
        database.execute(passed, [watch.SILENT_AFTER])
        assert troubles() == [(Why.SILENT, ("east",), True)]
        running.enter_context(collector(settings, "east", tmp_path))
        until(lambda: troubles() == [], "another one on east")
    assert troubles() == [(Why.ABSENT, (), False)], "they ended in order"


@contextmanager
def collector(settings: Settings, machine: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`smilepost ingest` on a machine of this name, with a data folder of its own and the same secrets."""
    data = folder / machine
    data.mkdir(exist_ok=True)
    if not (data / "secrets").exists():
        (data / "secrets").symlink_to(settings.data / "secrets")
    program = f"""
import socket
socket.gethostname = lambda: {machine!r}
from collector.cli import main
main(["ingest"])
"""
    environment = replace(settings, data=data).environment()
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
