"""A queue with nothing in it, and workers that do what a test tells them."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.queue.executor import Done, Executor, Job, Outcome
from collector.queue.jobs import enqueue
from collector.queue.tables import job
from collector.queue.worker import Worker
from collector.settings import Settings
from tests.collector.at_work import at_work

Work = Callable[[Job, Callable[[], None]], Outcome]


class Paper(Executor):
    """Work that must not be repeated, as `work` does it; what was begun is in `begun`, in order."""

    kind = "print"
    repeatable = False
    in_order = True

    def __init__(self, work: Work | None = None) -> None:
        self.begun: queue.Queue[str] = queue.Queue()
        self._work = work

    def execute(self, job: Job, begin: Callable[[], None]) -> Outcome:
        def note() -> None:
            begin()
            self.begun.put(job.key)

        if self._work:
            return self._work(job, note)
        note()
        return Done()


class Machine(Paper):
    """Work whose receiver knows a repeat."""

    kind = "webhook"
    repeatable = True
    in_order = False


class Queue:
    """The queue of a test's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, key: str, target: str = "printer/1", *, kind: str = "print", minutes: float = 60, **when: Any) -> int:
        with self._engine.begin() as connection:
            expires_at = datetime.now(UTC) + timedelta(minutes=minutes)
            values = {"kind": kind, "target": target, "key": key, "payload": {}, "expires_at": expires_at}
            return enqueue(connection, **values, **when)

    def rows(self) -> dict[str, Any]:
        """All jobs by key."""
        with self._engine.connect() as connection:
            return {row.key: row for row in connection.execute(select(job).order_by(job.c.id))}

    def states(self) -> dict[str, str]:
        return {key: row.state for key, row in self.rows().items()}

    def wait_for(self, **states: str) -> None:
        """Wait until these jobs have these states."""
        tick = threading.Event()
        for _ in range(1500):
            if states.items() <= self.states().items():
                return
            tick.wait(0.02)
        pytest.fail(f"{states} expected, {self.rows()} found")


@pytest.fixture
def jobs(engine: Engine) -> Queue:
    return Queue(engine)


@contextlib.contextmanager
def working(settings: Settings, executor: Executor, threads: int = 8) -> Iterator[Worker]:
    """A worker that works until the block ends."""
    worker = Worker(settings, executor, threads)
    with at_work(settings, worker):
        yield worker
