"""The loop of `smilepost jobs`: it sleeps until the database says that something changed, or a clock is due.

Deliveries, mail, text messages, the broker's keeper and the archivist have threads of their own: a receiver or a broker
that is slow, or a large month, holds up nothing here.
"""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import structlog
from psycopg.rows import TupleRow
from sqlalchemy.exc import OperationalError

from collector import changes, clock
from collector.accounts.sessions import forget_expired
from collector.alerts.watch import Watch
from collector.broker.keeper import Keeper, users_of
from collector.cases.changes.by_clock import climb, remind
from collector.cases.changes.opening import examine_left
from collector.contacts.held import release_held
from collector.database import connect, make_engine
from collector.fleet.authority import Telling
from collector.fleet.rollout.watch import Watch as Rollouts
from collector.fleet.settings.giving import Giving
from collector.fleet.settings.improvements import Kiosks
from collector.ingest import health
from collector.insights.days import Days
from collector.insights.uptime import Uptime
from collector.notify import relay as events
from collector.notify.senders import senders
from collector.personal.retention import erase_expired
from collector.press_filter import runs as filter_runs
from collector.press_filter.fresh import Fresh
from collector.queue.worker import Worker
from collector.ratings import relay as ratings
from collector.ratings.archive import Archivist
from collector.reports.watch import Watch as Reports
from collector.settings import Settings
from collector.slips.fetch.clock import Clock
from collector.surveys import devices
from collector.surveys.digests import give_digests
from collector.voices.themes.reading import Reading

log = structlog.get_logger()

#: Seconds between two rounds of each clock; notifications come at once.
ROUND = 1.0
HOUSEKEEPING = timedelta(hours=1)


class Jobs:
    """Runs the background work until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = make_engine(settings)
        users = users_of(settings)
        self._keeper = Keeper(settings, users) if users else None
        self._workers = [Worker(settings, sender, sender.at_once) for sender in senders(self._engine, settings)]
        self._archivist = Archivist(settings, settings.archive_after) if settings.archive_after else None
        self._printers = Clock()
        self._filter = Fresh()
        self._alerts = Watch(self._engine, settings)
        self._improvements = Kiosks(self._engine, settings)
        self._reports = Reports(self._engine, settings)
        self._giving = Giving(self._engine, settings)
        self._telling = Telling(self._engine, settings)
        self._rollouts = Rollouts(self._engine, settings)
        self._days = Days()
        self._uptime = Uptime()
        self._themes = Reading(self._engine)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work; when the database goes away, wait for it and begin again."""
        beside = [threading.Thread(target=worker.run, name="deliveries") for worker in self._workers]
        if self._keeper:
            beside.append(threading.Thread(target=self._keeper.run, name="keeper"))
        for thread in beside:
            thread.start()
        if self._archivist:
            # Nobody waits for its end: a month may take minutes, and is archived whole or not at all.
            threading.Thread(target=self._archivist.run, name="archive", daemon=True).start()
        try:
            while not self._stopping.is_set():
                try:
                    with connect(self._settings, autocommit=True) as connection:
                        log.info("database connected")
                        self._work(connection)
                except (psycopg.OperationalError, OperationalError) as problem:
                    log.warning("database away, waiting", problem=str(problem).strip())
                    self._stopping.wait(ROUND)
        finally:
            # Whatever ends the loop ends the process: half of it would be worse than none, which is started again.
            self.stop()
            for thread in beside:
                thread.join()
            self._engine.dispose()

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is in hand has come to its end."""
        self._stopping.set()
        for worker in self._workers:
            worker.stop()
        if self._archivist:
            self._archivist.stop()
        if self._keeper:
            self._keeper.stop()

    def _work(self, connection: psycopg.Connection[TupleRow]) -> None:
        connection.execute(f"LISTEN {changes.STORES}")
        with self._engine.begin() as first:
            give_digests(first, self._settings)
        kept_house = datetime.min.replace(tzinfo=UTC)
        while not self._stopping.is_set():
            now = clock.now(self._settings)
            examine_left(self._engine, self._settings, now)
            climb(self._engine, self._settings, now)
            remind(self._engine, self._settings, now)
            release_held(self._engine, now)
            is_reading = self._themes.look()
            # Before anybody is alerted of it: what nobody meant is marked.
            given = ratings.advance(connection)
            given += self._filter.look(connection, now) + filter_runs.work(connection)
            self._alerts.look(now, are_ratings_judged=not self._filter.is_behind(connection))
            self._improvements.look(now)
            self._reports.look(now)
            is_giving = self._giving.look(now)
            self._telling.look(now)
            self._rollouts.look(now)
            self._printers.look(connection, now)
            given += events.advance(connection)
            is_adding_up = self._days.look(connection, now)
            is_adding_up |= self._uptime.look(connection, now)
            if abs(now - kept_house) >= HOUSEKEEPING:  # a clock that went back is no reason to wait, either
                forget_expired(connection)
                erase_expired(connection, now)
                health.forget(connection, now)
                with self._engine.begin() as further:
                    devices.forget(further, now)
                kept_house = now
            # While there is something to give, no time to wait; but every clock has its turn.
            is_busy = given or is_giving or is_adding_up or is_reading
            list(connection.notifies(timeout=0 if is_busy else ROUND, stop_after=1))
