"""The loop of `smilepost jobs`: it sleeps until the database says that something changed, or a clock is due."""

import threading
import time

import psycopg
import structlog
from psycopg.rows import TupleRow

from collector.accounts.housekeeping import forget_expired
from collector.broker.nats import EmbeddedBroker
from collector.database import connect
from collector.fleet.enrolment import CREDENTIALS_CHANGED
from collector.ratings.relay import advance
from collector.settings import Settings

log = structlog.get_logger()

#: Seconds between two rounds of each clock; notifications come at once.
ROUND, HOUSEKEEPING = 1.0, 3600.0


class Jobs:
    """Runs the background work until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._broker = EmbeddedBroker(settings) if settings.broker == "embedded" else None
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work; when the database goes away, wait for it and begin again."""
        while not self._stopping.is_set():
            try:
                with connect(self._settings, autocommit=True) as connection:
                    log.info("database connected")
                    self._work(connection)
            except psycopg.OperationalError as problem:
                log.warning("database away, waiting", problem=str(problem).strip())
                self._stopping.wait(1)

    def stop(self) -> None:
        self._stopping.set()

    def _work(self, connection: psycopg.Connection[TupleRow]) -> None:
        connection.execute("LISTEN ratings")
        connection.execute(f"LISTEN {CREDENTIALS_CHANGED}")
        credentials_changed = True  # while nobody listened
        housekeeping_due = 0.0
        while not self._stopping.is_set():
            while advance(connection):
                pass
            if credentials_changed and self._broker:
                self._broker.refresh_users(connection)
            if time.monotonic() >= housekeeping_due:
                forget_expired(connection)
                housekeeping_due = time.monotonic() + HOUSEKEEPING
            heard = {notify.channel for notify in connection.notifies(timeout=ROUND, stop_after=1)}
            credentials_changed = CREDENTIALS_CHANGED in heard
