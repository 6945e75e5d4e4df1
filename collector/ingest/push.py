"""Tells kiosks at once what is new for them, instead of when they next say that they are online; and other machines,
how this process is.
"""

import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from psycopg.rows import TupleRow

from collector import changes, clock
from collector.database import connect
from collector.fleet.commands import expire
from collector.ingest.answers import Answer
from collector.ingest.news import news_of_online
from collector.ingest.state import IngestState, forget, forget_killed, tell
from collector.ingest.watch import APPLICATION_NAME
from collector.settings import Settings
from collector.shared_secrets import INGEST, ForeignSecrets, agree
from collector.slips import relay

log = structlog.get_logger()

#: How often commands and slips whose time is over are looked for, s.
EXPIRE_EVERY = 60.0
#: Pause after the database did not answer, s.
PAUSE = 5.0
#: How soon it notices that it should stop, s.
ROUND = 0.5


class Push:
    """Listens to the database until `stop` is called.

    Parameters
    ----------
    state: what this process does, as it said last; a new object each time that it says so.
    """

    def __init__(
        self, settings: Settings, say: Callable[[Answer], None], state: Callable[[], IngestState | None]
    ) -> None:
        self._settings, self._say, self._state = settings, say, state
        self._told: IngestState | None = None
        self._stopping = threading.Event()
        self._in_order = False

    def run(self) -> None:
        """Listen; while the database is away, nothing is lost: all of it goes with the next status, too."""
        while not self._stopping.is_set():
            try:
                with connect(self._settings, autocommit=True, name=APPLICATION_NAME) as database:
                    forget_killed(database)
                    self._tell(database)
                    agree(self._settings, database, INGEST)
                    self._listen(database)
                    if self._in_order and self._told:
                        forget(database, self._told.machine, [self._told.pid])
            except (psycopg.Error, ForeignSecrets) as problem:
                log.warning("news wait for the database", problem=str(problem).strip())
                self._stopping.wait(PAUSE)

    def stop(self, *, in_order: bool) -> None:
        """End `run`.

        Parameters
        ----------
        in_order: the process has not failed, so nobody needs to know of it any more.
        """
        self._in_order = in_order
        self._stopping.set()

    def _listen(self, database: psycopg.Connection[TupleRow]) -> None:
        database.execute(f"LISTEN {changes.NEWS}".encode())
        expire_at = 0.0
        while not self._stopping.is_set():
            self._tell(database)
            if time.monotonic() >= expire_at:
                now = clock.now(self._settings)
                expire(database, now)
                relay.expire(database, now)
                expire_at = time.monotonic() + EXPIRE_EVERY
            # All of them first: the connection is not free before.
            for kiosk_id in {notify.payload for notify in database.notifies(timeout=ROUND, stop_after=1)}:
                with database.transaction():
                    answers = news_of_online(database, kiosk_id, clock.now(self._settings))
                for answer in answers:
                    self._say(answer)

    def _tell(self, database: psycopg.Connection[TupleRow]) -> None:
        """Pass on what this process has said since; one that hangs says nothing new."""
        state = self._state()
        if state and state is not self._told:
            tell(database, state)
            self._told = state
