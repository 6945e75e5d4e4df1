"""Claims the jobs of one kind and has them carried out, several targets at a time, one job a target.

1. The worker draws a number and holds the advisory lock of that number for as long as it lives.
2. What dead workers had in hand is put back, what is too old is given up; again at every round.
3. A thread claims a job. If it found one, it wakes a colleague, who looks for the next.
4. The executor prepares, calls `begin`, and only then sends. If that takes long, its place goes to another thread.
5. What it says of the outcome is written down, and the thread looks for more.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import psycopg
import structlog

from collector import clock
from collector.database import connect
from collector.queue import jobs
from collector.queue.executor import Executor, Job, Later, Lost, Outcome, Unknown
from collector.settings import Settings

log = structlog.get_logger()

#: Seconds between two looks at the clock; new jobs are told by the database, at once.
ROUND = 1.0
#: How many places there are: targets served at a time. A dead one takes one, for as long as it lets us wait.
THREADS = 32
#: A job that has been on its way for so long, s, waits for something, be it a person with paper: it keeps its thread,
#: and takes no place any more.
LONG = 1.0
#: When to try again what broke in a way that no outcome describes, s.
AFTER_A_BUG = 60.0
#: Of such a job.
NOT_FORESEEN = "Something happened that the program did not foresee; its log says what."


class Worker:
    """Works until `stop` is called; when the database goes away, waits for it and begins again.

    Parameters
    ----------
    threads: how many targets are served at a time, without those on which it waits long.
    """

    def __init__(self, settings: Settings, executor: Executor, threads: int = THREADS) -> None:
        self._settings = settings
        self._executor = executor
        self._threads = threads
        self._stopping = threading.Event()
        #: Threads that take no place, of whichever shift.
        self._aside: set[threading.Thread] = set()
        self._now = partial(clock.now, settings)

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._settings, autocommit=True) as database:
                    self._work(database)
            except psycopg.Error as problem:
                log.warning("database away, waiting", problem=str(problem).strip())
                self._stopping.wait(ROUND)
        for thread in tuple(self._aside):
            thread.join()

    def stop(self) -> None:
        """Claim no more; `run` returns when what is in hand has come to its end."""
        self._stopping.set()

    def _work(self, database: jobs.Database) -> None:
        # Its own connection, because waiting for a notification keeps a connection busy. What happens on the other is
        # one statement at a time, each committed by itself, so all threads can share it.
        with (
            connect(self._settings, autocommit=True) as ears,
            _Shift(database, self._executor, self._stopping, self._threads, self._aside, self._now) as shift,
        ):
            ears.execute(f"LISTEN {jobs.CHANNEL}".encode())
            tidy_at = 0.0
            while not self._stopping.is_set():
                if shift.broken:
                    raise shift.broken
                shift.wake()  # first of all: somebody stands there and waits
                if time.monotonic() >= tidy_at:
                    self._tidy_up(database, shift.worker)
                    tidy_at = time.monotonic() + ROUND
                    shift.make_room(LONG)
                    shift.wake()
                for _ in ears.notifies(timeout=max(0.0, tidy_at - time.monotonic()), stop_after=1):
                    pass

    def _tidy_up(self, database: jobs.Database, worker: int) -> None:
        if put_back := jobs.recover(database, self._executor, worker, self._now()):
            log.warning("put back what a worker left", kind=self._executor.kind, jobs=put_back)
        if given_up := jobs.expire(database, self._executor.kind, self._now()):
            log.warning("gave up what was too old", kind=self._executor.kind, jobs=given_up)


class _Shift:
    """One worker number, the connection that holds its lock, and the threads that work under it."""

    def __init__(
        self,
        database: jobs.Database,
        executor: Executor,
        stopping: threading.Event,
        threads: int,
        aside: set[threading.Thread],
        now: Callable[[], datetime],
    ) -> None:
        self.worker = secrets.randbits(63)
        database.execute("SELECT pg_advisory_lock(%s)", [self.worker])
        #: Why a state could not be written. Then nobody knows what this number has in hand, and it must end.
        self.broken: psycopg.Error | None = None
        self._database = database
        self._executor = executor
        self._stopping = stopping
        self._threads = threads
        self._idle = threading.Semaphore(threads)
        self._over = False
        #: Those that have begun and take a place, each since when.
        self._sending: dict[threading.Thread, float] = {}
        self._aside = aside
        self._now = now
        self._places = threading.Lock()

    def __enter__(self) -> "_Shift":
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        self._over = True
        if isinstance(problem, psycopg.Error):
            self.broken = problem
            self.make_room(0)  # what these come to cannot be written down: the next shift need not wait for them
        for _thread in range(self._threads):  # each comes back idle, and none is left for more work
            self._idle.acquire()
        if not self.broken:
            for thread in tuple(self._aside):
                thread.join()

    def make_room(self, after: float) -> None:
        """Give the places away of those that have been sending for so long, s."""
        with self._places:
            slow = [thread for thread, since in self._sending.items() if time.monotonic() - since >= after]
            for thread in slow:
                del self._sending[thread]
                self._aside.add(thread)
                self._idle.release()

    def wake(self) -> None:
        """Let an idle thread look for work; if all are busy, each looks for itself when it is ready."""
        if self._idle.acquire(blocking=False):
            threading.Thread(target=self._look_for_work, name=f"{self._executor.kind} worker").start()

    def _look_for_work(self) -> None:
        this = threading.current_thread()
        try:
            while not (self._stopping.is_set() or self.broken or self._over or this in self._aside):
                job = jobs.claim(self._database, self._executor, self.worker)
                if not job:
                    break
                self.wake()
                self._carry_out(job)
                with self._places:
                    self._sending.pop(this, None)
        except psycopg.Error as problem:
            self.broken = problem
        finally:
            with self._places:
                self._sending.pop(this, None)
                if this in self._aside:
                    self._aside.remove(this)
                else:
                    self._idle.release()

    def _carry_out(self, job: Job) -> None:
        outcome, begun = self._execute(job)
        if begun and isinstance(outcome, Later) and not (outcome.refused or self._executor.repeatable):
            outcome = Unknown(outcome.reason)
        if outcome and not jobs.finish(self._database, job, self.worker, outcome, self._now()):
            outcome = None
        try:
            self._executor.settled(job)
        except Exception:  # the outcome stands; only whoever is looking was not told
            log.exception("could not tell of a job's outcome", job=job.id)
        log.info("job", job=job.id, kind=self._executor.kind, target=job.target, outcome=str(outcome or "lost"))

    def _execute(self, job: Job) -> tuple[Outcome | None, bool]:
        """How it went, None if the job was lost on the way; and whether anything may have left."""
        begun = False

        def begin() -> None:
            nonlocal begun
            try:
                begun = not self.broken and jobs.begin(self._database, job, self.worker)
            except psycopg.Error as problem:
                self.broken = problem
            if not begun:
                raise Lost
            with self._places:
                self._sending[threading.current_thread()] = time.monotonic()

        try:
            return self._executor.execute(job, begin), begun
        except Lost:
            return None, begun
        except Exception:
            log.exception("a job broke", job=job.id, kind=self._executor.kind, target=job.target)
            return Later(NOT_FORESEEN, AFTER_A_BUG), begun
