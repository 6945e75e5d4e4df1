"""Whether the intake does its work, as others judge it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from collector.database import connect
from collector.ingest import watch
from collector.ingest.state import Doing, StateFile
from collector.ingest.watch import Trouble, Why, judge, sentences
from collector.settings import Settings
from tests.collector.intake import say, state
from tests.factories import NOW


@pytest.mark.parametrize("doing", [Doing.RUNNING, Doing.WAITING_FOR_DATABASE, Doing.WAITING_FOR_BROKER])
def test_one_that_runs_is_enough(doing: Doing) -> None:
    assert judge([state(doing), state(Doing.RUNNING)], NOW) is None


@pytest.mark.parametrize("doing", [Doing.WAITING_FOR_DATABASE, Doing.WAITING_FOR_BROKER])
def test_one_that_waits_says_why(doing: Doing) -> None:
    longer = state(doing, since=timedelta(minutes=9))
    assert judge([state(doing), longer], NOW) == Trouble(Why(doing), longer.since, "Nobody answers at port 1.")
    assert sentences(Trouble(Why(doing), longer.since, longer.reason)) == (
        f"The collector waits{doing.removeprefix('waiting')}. Nobody answers at port 1.",
        f"It goes on by itself when {doing.removeprefix('waiting for ')} is back.",
    )


def test_nobody_hears_of_a_short_wait() -> None:
    assert judge([state(Doing.WAITING_FOR_BROKER, since=timedelta(seconds=4))], NOW) is None


def test_one_that_says_nothing_any_more_does_not_run() -> None:
    hangs = state(Doing.RUNNING, at=NOW - timedelta(seconds=31))
    assert judge([hangs], NOW) == Trouble(Why.SILENT, hangs.at)
    assert judge([hangs, state(Doing.RUNNING)], NOW) is None


def test_none_at_all(settings: Settings, engine: Engine) -> None:
    with engine.connect() as connection:
        assert watch.look(settings, connection, NOW) == Trouble(Why.ABSENT)


def test_one_on_another_machine_is_seen_at_the_database(settings: Settings, engine: Engine) -> None:
    with (
        connect(settings, name=watch.APPLICATION_NAME),
        engine.connect() as connection,
    ):
        assert watch.look(settings, connection, NOW) is None
        say(settings, state(Doing.WAITING_FOR_BROKER))
        trouble = watch.look(settings, connection, NOW)
    assert trouble is not None
    assert trouble.why is Why.BROKER


def test_what_a_process_writes_is_what_is_judged(settings: Settings, engine: Engine) -> None:
    file = StateFile(settings)
    with engine.connect() as connection:
        file.write(Doing.RUNNING, "", 0, 0)
        assert watch.look(settings, connection, datetime.now(UTC)) is None
        file.write(Doing.WAITING_FOR_DATABASE, "It is full.", 7, 0)
        trouble = watch.look(settings, connection, datetime.now(UTC) + timedelta(seconds=6))
        file.remove()
        assert watch.look(settings, connection, datetime.now(UTC)) == Trouble(Why.ABSENT)
    assert trouble is not None
    assert (trouble.why, trouble.reason) == (Why.DATABASE, "It is full.")
