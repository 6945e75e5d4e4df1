"""A job's way through the queue: each state has one winner, and the dead are found out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector.database import connect
from collector.queue.executor import Done, Failed, Later, Unknown
from collector.queue.jobs import CUT_OFF, REPEATS, TOO_LATE, begin, claim, expire, finish, recover
from collector.queue.queries import count_waiting, find_job, find_jobs, resolve_unknown
from collector.settings import Settings
from tests.collector.queue.conftest import Machine, Paper, Queue
from tests.factories import NOW

Database = psycopg.Connection[TupleRow]
ME, OTHER = 1, 2
PAPER, MACHINE = Paper(), Machine()


@pytest.fixture
def mine(settings: Settings) -> Iterator[Database]:
    with connect(settings, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [ME])
        yield connection


@pytest.fixture
def other(settings: Settings) -> Iterator[Database]:
    with connect(settings, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [OTHER])
        yield connection


def test_a_key_is_one_job(jobs: Queue) -> None:
    assert jobs.put("a") == jobs.put("a")
    assert jobs.put("b") != jobs.put("a")
    assert jobs.states() == {"a": "queued", "b": "queued"}


def test_a_new_job_is_told_at_the_commit(jobs: Queue, mine: Database) -> None:
    mine.execute("LISTEN jobs")
    jobs.put("a")
    jobs.put("a")
    assert [heard.payload for heard in mine.notifies(timeout=0.1)] == ["print"]


def test_from_queued_to_done(jobs: Queue, mine: Database) -> None:
    jobs.put("a")
    claimed = claim(mine, PAPER, ME)
    assert claimed
    assert (claimed.key, claimed.attempts, jobs.states()) == ("a", 1, {"a": "claimed"})
    assert begin(mine, claimed, ME)
    assert jobs.states() == {"a": "sending"}
    assert finish(mine, claimed, ME, Done(), NOW)
    assert jobs.states() == {"a": "done"}
    assert jobs.rows()["a"].finished_at == NOW  # for people: by the clock that they see
    assert not finish(mine, claimed, ME, Failed("Again."), NOW)
    assert claim(mine, PAPER, ME) is None


def test_a_target_has_one_job_in_hand_over_all_workers(jobs: Queue, mine: Database, other: Database) -> None:
    for key, target in (("a", "printer/1"), ("b", "printer/1"), ("c", "printer/2")):
        jobs.put(key, target)
    first, second = claim(mine, PAPER, ME), claim(other, PAPER, OTHER)
    assert first
    assert second
    assert (first.key, second.key) == ("a", "c")
    assert claim(other, PAPER, OTHER) is None
    finish(mine, first, ME, Done(), NOW)
    third = claim(other, PAPER, OTHER)
    assert third
    assert third.key == "b"


def test_the_table_itself_refuses_a_second_job_in_hand(jobs: Queue, mine: Database) -> None:
    for key in "ab":
        jobs.put(key)
    with pytest.raises(psycopg.errors.UniqueViolation):
        mine.execute("UPDATE job SET state = 'claimed', worker = 1")


def test_in_order_the_first_holds_up_those_behind_it_otherwise_not(jobs: Queue, mine: Database) -> None:
    for kind in ("print", "webhook"):
        jobs.put(f"{kind} 1", kind=kind, due_at=datetime.now(UTC) + timedelta(minutes=1))
        jobs.put(f"{kind} 2", kind=kind)
    assert claim(mine, PAPER, ME) is None
    claimed = claim(mine, MACHINE, ME)
    assert claimed
    assert claimed.key == "webhook 2"


@pytest.mark.parametrize(
    ("executor", "state", "leave_room"),
    [(PAPER, "claimed", False), (PAPER, "sending", True), (MACHINE, "claimed", False), (MACHINE, "sending", False)],
)
def test_those_that_failed_before_leave_room_and_paper_under_way_has_not_failed(
    jobs: Queue, mine: Database, executor: Paper, state: str, leave_room: bool
) -> None:
    for number in range(REPEATS):
        jobs.put(f"in hand {number}", f"printer/{number}", kind=executor.kind)
    mine.execute("UPDATE job SET state = %s, worker = 2, attempts = 2", [state])
    jobs.put("again", "printer/again", kind=executor.kind)
    mine.execute("UPDATE job SET attempts = 1 WHERE key = 'again'")
    assert bool(claim(mine, executor, ME)) == leave_room
    jobs.put("new", "printer/new", kind=executor.kind)
    assert claim(mine, executor, ME)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Failed("No."), "failed"), (Unknown("Who knows?"), "unknown"), (Later("Wait.", 60), "queued")],
)
def test_outcomes_say_why(jobs: Queue, mine: Database, outcome: Failed | Unknown | Later, state: str) -> None:
    jobs.put("a")
    claimed = claim(mine, PAPER, ME)
    assert claimed
    assert finish(mine, claimed, ME, outcome, NOW)
    row = jobs.rows()["a"]
    assert (row.state, row.outcome, row.worker) == (state, outcome.reason, None)
    assert (row.finished_at is None) == (state == "queued")
    assert (row.due_at > datetime.now(UTC) + timedelta(seconds=30)) == (state == "queued")


def test_what_is_too_old_fails_and_says_what_it_waited_for(jobs: Queue, mine: Database) -> None:
    jobs.put("a", minutes=-1)
    jobs.put("b")
    mine.execute("UPDATE job SET outcome = 'The printer is out of paper.' WHERE key = 'a'")
    assert expire(mine, "print", NOW) == 1
    assert claim(mine, PAPER, ME) is not None
    row = jobs.rows()["a"]
    assert (row.state, row.outcome) == ("failed", f"{TOO_LATE} The printer is out of paper.")


@pytest.mark.parametrize(
    ("executor", "begun", "state"),
    [(PAPER, False, "queued"), (PAPER, True, "unknown"), (MACHINE, False, "queued"), (MACHINE, True, "queued")],
)
def test_what_a_dead_worker_had_in_hand(
    jobs: Queue, mine: Database, other: Database, executor: Paper, begun: bool, state: str
) -> None:
    jobs.put("a", kind=executor.kind)
    claimed = claim(other, executor, OTHER)
    assert claimed
    if begun:
        begin(other, claimed, OTHER)
    assert recover(mine, executor, ME, NOW) == 0, "it lives"
    other.close()
    while not recover(mine, executor, ME, NOW):
        pass  # PostgreSQL notices in its own time that a connection is gone
    row = jobs.rows()["a"]
    assert (row.state, row.worker, row.outcome) == (state, None, CUT_OFF if state == "unknown" else None)


def test_a_job_that_was_put_back_cannot_be_begun(jobs: Queue, mine: Database) -> None:
    jobs.put("a")
    claimed = claim(mine, PAPER, ME)
    assert claimed
    mine.execute("UPDATE job SET state = 'queued', worker = NULL")
    assert not begin(mine, claimed, ME)
    assert not finish(mine, claimed, ME, Done(), NOW)


def test_a_person_decides_about_the_unsure_once(jobs: Queue, mine: Database, engine: Engine) -> None:
    job_id = jobs.put("a")
    with engine.begin() as connection:
        assert not resolve_unknown(connection, job_id, "Olha", printed=True, now=NOW)
        mine.execute("UPDATE job SET state = 'unknown'")
        assert resolve_unknown(connection, job_id, "Olha", printed=False, now=NOW)
        assert not resolve_unknown(connection, job_id, "Petro", printed=True, now=NOW)
    assert (jobs.rows()["a"].state, jobs.rows()["a"].outcome) == ("failed", "Olha looked: it was not printed.")


def test_people_see_jobs_of_their_targets_alone(jobs: Queue, engine: Engine) -> None:
    mine, theirs = jobs.put("a", "printer/1"), jobs.put("b", "printer/2")
    with engine.connect() as connection:
        assert [row.id for row in find_jobs(connection, ["printer/1"])] == [mine]
        assert find_jobs(connection, ["printer/1"], states=["done"]) == []
        assert find_jobs(connection, ["printer/1"], after=mine) == []
        assert find_job(connection, theirs, ["printer/1"]) is None
        assert count_waiting(connection, ["printer/1", "printer/3"]) == {"printer/1": 1}
