"""The worker: at most once on paper, and nobody waits for somebody else's trouble."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.queue.executor import Done, Job, Later, Outcome
from collector.queue.jobs import CUT_OFF
from collector.queue.worker import NOT_FORESEEN
from collector.settings import Settings
from tests.collector.queue.conftest import Machine, Paper, Queue, working
from tests.waiting import until

Begin = Callable[[], None]


def _cut_off(database: psycopg.Connection[TupleRow]) -> None:
    """End the worker's connections; the test's go on."""
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND application_name = 'smilepost' AND pid <> %s",
        [database.info.dbname, database.info.backend_pid],
    )


def test_jobs_of_a_target_go_in_their_order(settings: Settings, jobs: Queue) -> None:
    keys = [f"{number:02}" for number in range(30)]
    for key in keys:
        jobs.put(key)
    executor = Paper()
    with working(settings, executor), working(settings, executor):
        jobs.wait_for(**dict.fromkeys(keys, "done"))
    assert [executor.begun.get() for _ in keys] == keys


def test_a_target_in_trouble_holds_up_no_other(settings: Settings, jobs: Queue) -> None:
    mended = threading.Event()

    def work(job: Job, begin: Begin) -> Outcome:
        if job.target == "printer/1":
            assert mended.wait(30)
        begin()
        return Done()

    executor = Paper(work)
    with working(settings, executor):
        for number in range(10):
            jobs.put(f"dead {number}", "printer/1")
        for number in range(10):
            jobs.put(f"well {number}", f"printer/{2 + number % 2}")
        jobs.wait_for(**{f"well {number}": "done" for number in range(10)})
        assert {jobs.states()[f"dead {number}"] for number in range(1, 10)} == {"queued"}
        mended.set()
        jobs.wait_for(**{f"dead {number}": "done" for number in range(10)})


def test_what_the_receiver_itself_refused_may_be_sent_again(settings: Settings, jobs: Queue) -> None:
    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        if job.attempts == 3:
            return Done()
        return Later("It said that it took nothing.", 0, refused=job.key == "refused")

    with working(settings, Paper(work)):
        jobs.put("refused", "printer/1")
        jobs.put("silent", "printer/2")
        jobs.wait_for(refused="done", silent="unknown")
    assert jobs.rows()["silent"].attempts == 1


def test_those_that_wait_for_long_take_no_place(settings: Settings, jobs: Queue) -> None:
    mended = threading.Event()

    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        if job.target != "well":
            assert mended.wait(30)
        return Done()

    executor = Paper(work)
    with working(settings, executor, threads=2):
        for number in range(5):
            jobs.put(f"waits {number}", f"printer/{number}")
        jobs.put("well", "well")
        jobs.wait_for(well="done", **{f"waits {number}": "sending" for number in range(5)})
        mended.set()
        jobs.wait_for(**{f"waits {number}": "done" for number in range(5)})
        jobs.put("last", "well")
        jobs.wait_for(last="done")


def test_those_that_wait_for_long_come_to_their_end_before_it_stops(settings: Settings, jobs: Queue) -> None:
    aside, mended = threading.Event(), threading.Event()

    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        if job.key == "a":
            assert mended.wait(30)
        else:
            aside.set()
        return Done()

    with working(settings, Paper(work), threads=1) as running:
        jobs.put("a", "printer/1")
        jobs.wait_for(a="sending")
        jobs.put("b", "printer/2")
        assert aside.wait(30)
        running.stop()
        mended.set()
    assert jobs.states() == {"a": "done", "b": "done"}


def test_when_the_database_comes_back_nobody_waits_for_those_that_wait(
    settings: Settings, jobs: Queue, database: psycopg.Connection[TupleRow]
) -> None:
    mended = threading.Event()

    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        if job.key == "a":
            assert mended.wait(30)
        return Done()

    with working(settings, Paper(work), threads=1):
        jobs.put("a", "printer/1")
        jobs.wait_for(a="sending")
        _cut_off(database)
        jobs.put("b", "printer/2")
        jobs.wait_for(a="unknown", b="done")
        mended.set()
    assert jobs.rows()["a"].outcome == CUT_OFF


def test_what_is_later_is_done_later(settings: Settings, jobs: Queue) -> None:
    def work(job: Job, begin: Begin) -> Outcome:
        if job.attempts < 3:
            return Later("Not yet.", 0)
        begin()
        return Done()

    jobs.put("a")
    with working(settings, Paper(work)):
        jobs.wait_for(a="done")
    assert jobs.rows()["a"].attempts == 3


@pytest.mark.parametrize(("executor", "state"), [(Paper, "unknown"), (Machine, "done")])
def test_later_after_the_first_byte_is_a_repeat(
    settings: Settings, jobs: Queue, executor: type[Paper], state: str
) -> None:
    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        return Later("Half way.", 0) if job.attempts == 1 else Done()

    jobs.put("a", kind=executor.kind)
    with working(settings, executor(work)):
        jobs.wait_for(a=state)


@pytest.mark.parametrize(("begun", "state"), [(False, "queued"), (True, "unknown")])
def test_a_bug_costs_one_job_its_turn_and_the_others_nothing(
    settings: Settings, jobs: Queue, begun: bool, state: str
) -> None:
    def work(job: Job, begin: Begin) -> Outcome:
        if begun or job.key == "well":
            begin()
        if job.key == "bug":
            raise LookupError("what nobody thought of")
        return Done()

    jobs.put("bug")
    jobs.put("well", "printer/2")
    with working(settings, Paper(work)):
        jobs.wait_for(bug=state, well="done")
        until(lambda: jobs.rows()["bug"].outcome, "the outcome to be written down")
    assert jobs.rows()["bug"].outcome == NOT_FORESEEN


def test_a_job_that_somebody_else_put_back_is_not_sent(
    settings: Settings, jobs: Queue, database: psycopg.Connection[TupleRow]
) -> None:
    sent: list[int] = []

    def work(job: Job, begin: Begin) -> Outcome:
        if job.attempts == 1:
            database.execute("UPDATE job SET state = 'queued', worker = NULL WHERE key = 'a'")
        begin()
        sent.append(job.attempts)
        return Done()

    jobs.put("a")
    with working(settings, Paper(work)):
        jobs.wait_for(a="done")
    assert sent == [2]


def test_it_goes_on_when_the_database_comes_back(
    settings: Settings, jobs: Queue, database: psycopg.Connection[TupleRow]
) -> None:
    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        if job.key == "a":
            _cut_off(database)
        return Done()

    with working(settings, Paper(work)):
        jobs.put("a")
        jobs.put("b")
        # Its outcome could not be written down, so nobody knows; the one behind it is done.
        jobs.wait_for(a="unknown", b="done")


def test_told_to_stop_it_ends_what_it_has_in_hand_and_takes_no_more(settings: Settings, jobs: Queue) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(job: Job, begin: Begin) -> Outcome:
        begin()
        begun.set()
        assert go_on.wait(30)
        return Done()

    jobs.put("a")
    jobs.put("b")
    with working(settings, Paper(work), threads=1) as running:  # a second thread may be about to look
        assert begun.wait(30)
        running.stop()
        go_on.set()
    assert jobs.states() == {"a": "done", "b": "queued"}


def test_other_kinds_are_left_alone(settings: Settings, jobs: Queue) -> None:
    jobs.put("paper")
    jobs.put("machine", kind="webhook")
    with working(settings, Machine()):
        jobs.wait_for(machine="done")
    assert jobs.states()["paper"] == "queued"
