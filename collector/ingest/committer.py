"""Commits batches, one after the other, however long the database is away; then confirms them."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
import structlog
from psycopg.rows import TupleRow

from collector import clock, standby
from collector.database import connect
from collector.ingest.answers import Answer
from collector.ingest.messages import Excess, Message
from collector.ingest.registry import Registry
from collector.ingest.source import Delivery, Source
from collector.ingest.voice import Voice
from collector.ingest.watch import APPLICATION_NAME
from collector.ingest.writer import put_aside, write
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from collector.shared_secrets import INGEST, ForeignSecrets, agree

log = structlog.get_logger()

Database = psycopg.Connection[TupleRow]

#: Records in one transaction, about.
RECORDS = 1000
#: The database's own trouble, in which no message has a part: it is away or full; it has not the shape we expect.
AWAY, REFUSES = psycopg.OperationalError, (psycopg.ProgrammingError, psycopg.InternalError)
#: Trouble that may lie with a few rows (a lock that nobody gives back, a damaged page): how its SQLSTATE begins.
#: After TRIES of it the batch is halved, so that only those wait whom it concerns.
OF_A_ROW, TRIES = ("54", "55", "57014", "58", "XX"), 2
#: Seconds between two attempts, at first and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
#: Seconds for which the database may be silent over one batch before that is told, and before it is given up.
SLOW, SILENCE = 5.0, 60.0
#: Whoever waits for a row of ours, or we for one of theirs, does not wait for ever; and committed means on the disk.
OPTIONS = "-c idle_in_transaction_session_timeout=30s -c lock_timeout=5s -c synchronous_commit=on"


class Committer:
    """Takes batches from the source, writes them and confirms them, until `stop` is called."""

    def __init__(self, settings: Settings, source: Source, voice: Voice) -> None:
        self._settings, self._source, self._voice = settings, source, voice
        self._registry = Registry()
        self._database: Database | None = None
        self._partitions_of: tuple[int, int] | None = None
        self._stopping = threading.Event()
        self._asked_at: float | None = None
        self._trouble = ""
        #: Messages of that batch, and records committed since the beginning.
        self.in_hand = self.records = 0

    def run(self) -> None:
        """Commit until stopped."""
        try:
            while not self._stopping.is_set():
                self._work()
        finally:
            self._disconnect()

    def stop(self) -> None:
        """End `run` after the batch in hand; without it, where the database is away."""
        self._stopping.set()

    @property
    def trouble(self) -> str:
        """Why the database does not take the batch in hand, a sentence; "" while it does."""
        asked_at = self._asked_at
        if asked_at is not None and time.monotonic() - asked_at > SLOW:
            return "The database does not answer."
        return self._trouble

    def give_up_silence(self) -> None:
        """End the connection to a database that has been silent for too long: a cut cable never says that it is cut."""
        asked_at, database = self._asked_at, self._database
        if asked_at is None or database is None or time.monotonic() - asked_at < SILENCE:
            return
        log.error("database silent, connection given up", seconds=SILENCE)
        with (
            contextlib.suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(database.pgconn.socket)) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    def _work(self) -> None:
        deliveries, excesses = self._source.backlog.take(RECORDS)
        self.in_hand = len(deliveries)
        try:
            if deliveries or excesses:
                self._commit(deliveries, excesses)
        finally:
            self.in_hand = 0
            self._source.backlog.done()

    def _commit(self, deliveries: Sequence[Delivery], excesses: Sequence[Excess]) -> None:
        answers = self._write([delivery.message for delivery in deliveries], excesses)
        if answers is not None:  # else stopped while the database was away: nothing is confirmed, all of it comes again
            self.records += sum(delivery.records for delivery in deliveries)
            self._source.confirm(deliveries, self._voice.words(answers))

    def _write(
        self, messages: Sequence[Message], excesses: Sequence[Excess] = (), tries: int = TRIES
    ) -> list[Answer] | None:
        """Commit the messages, however long the database is away; None when stopped meanwhile."""
        try:
            return self._committed(
                lambda database, now: write(database, self._registry, messages, now, excesses), tries
            )
        except Exception:
            if len(messages) > 1:
                # One of them spoils the batch: it is halved until that one is alone, and the others are in.
                log.warning("batch failed, writing it in halves", messages=len(messages), exc_info=True)
                return self._write_in_halves(messages)
            if not messages:
                raise
            # Not the message's fault: whoever sent it keeps it and sends it again.
            log.exception("message failed", kiosk=messages[0].kiosk)
            return self._put_aside(messages[0])

    def _put_aside(self, message: Message) -> list[Answer] | None:
        reason = "The collector could not store this message, and has not taken it; its log says why."
        try:
            return self._committed(lambda database, now: put_aside(database, message, reason, now), tries=1)
        except Exception:
            log.exception("message not even put aside", kiosk=message.kiosk)
            return []

    def _write_in_halves(self, messages: Sequence[Message]) -> list[Answer] | None:
        answers: list[Answer] = []
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            more = self._write(half, tries=1)
            if more is None:
                return None
            answers += more
        return answers

    def _committed(self, work: Callable[[Database, datetime], list[Answer]], tries: int) -> list[Answer] | None:
        """Run `work` in the database, again and again while the database itself is the trouble.

        Parameters
        ----------
        tries: how often trouble may come that may be that of a few rows.

        Raises
        ------
        Exception: whatever else it ends with, and trouble that may be that of a few rows.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                self._asked_at = time.monotonic()
                answers = self._once(work)
            except (AWAY, *REFUSES, ForeignSecrets) as problem:
                if _is_of_a_row(problem) and not self._waits_for_standby():
                    tries -= 1
                    if not tries:
                        raise
                self._trouble = _trouble_of(problem)
                log.warning(
                    "nothing is stored, trying again; see smilepost doctor", problem=self._trouble, seconds=pause
                )
                self._disconnect()
                if self._stopping.wait(pause):
                    return None
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._trouble = ""
                return answers
            finally:
                self._asked_at = None

    def _once(self, work: Callable[[Database, datetime], list[Answer]]) -> list[Answer]:
        if self._database is None:
            self._database = connect(self._settings, autocommit=True, name=APPLICATION_NAME, options=OPTIONS)
            agree(self._settings, self._database, INGEST)
            self._registry = Registry()
            self._partitions_of = None
            log.info("database connected")
        now = clock.now(self._settings)
        if self._partitions_of != (now.year, now.month):
            ensure_partitions(self._database, now)
            self._partitions_of = (now.year, now.month)
        self._voice.codes.renew_key(self._database)
        try:
            return work(self._database, now)
        except psycopg.errors.CheckViolation:
            self._partitions_of = None  # perhaps its partition is gone
            raise

    def _waits_for_standby(self) -> bool:
        """Whether commits wait for the database's standby: then whoever keeps a row locked is a batch that was given up
        here and still waits there, and no message is at fault."""
        try:
            return self._database is not None and standby.is_awaited(self._database)
        except psycopg.Error:
            return False

    def _disconnect(self) -> None:
        database, self._database = self._database, None
        if database:
            database.close()


def _is_of_a_row(problem: Exception) -> bool:
    """Whether it may lie with a few rows."""
    return isinstance(problem, psycopg.Error) and (problem.sqlstate or "").startswith(OF_A_ROW)


def _trouble_of(problem: Exception) -> str:
    if isinstance(problem, ForeignSecrets):
        return str(problem)
    return f"The database {'is away' if isinstance(problem, AWAY) else 'refuses'}: {str(problem).strip()}"
