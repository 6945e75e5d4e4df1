"""Print jobs: into the queue, and out of it onto paper, at most once.

A printer that is not ready keeps its jobs waiting, in order. Once the first byte has left, a slip that the printer
has not confirmed is *unknown*, and stays so until a person has looked.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
import structlog
from sqlalchemy import Connection, Engine, Row, ScalarSelect, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from collector import changes, clock
from collector.database import driver, make_engine
from collector.queue.executor import Done, Executor, Failed, Job, Later, Outcome, Unknown
from collector.queue.jobs import enqueue
from collector.queue.queries import LOOKED
from collector.queue.tables import job
from collector.queue.worker import Worker
from collector.settings import Settings
from collector.slips import relay
from collector.slips.addresses import kind_of
from collector.slips.state import NOTED_EVERY
from collector.slips.tables import printer
from collector.slips.watch import Turns, Watch, note
from printer import self_test
from printer.condition import NO_PROOF, Condition
from printer.escpos import render
from printer.profiles import PROFILES, Profile, profile_of
from printer.slip import Slip, TooLong
from printer.transport import NoAddress, NotReady, Unsure, deliver, open_link

log = structlog.get_logger()

#: Jobs that this part brings to their printers. Of the other kinds the printer comes for, or a kiosk prints them.
KIND = "print"
KINDS = (KIND, "fetch", "relay")
#: How long each kind of slip is wanted: a review slip that comes later meets no customer, and nobody stands waiting for
#: a test page; a copy or a label is wanted by somebody who may have to see to the printer first.
LIFETIMES = {
    "review": timedelta(minutes=10),
    "copy": timedelta(hours=1),
    "label": timedelta(hours=1),
    "self_test": timedelta(minutes=10),
}
#: How often a printer that is not ready is asked again, s.
ASK_AGAIN = 5.0
#: How long to wait for whoever speaks with a printer, s: the watch is brief, a slip may wait for paper.
TURN_WITHIN = 5.0
#: Of a slip whose printer has another in hand, which this spool began before it lost its database.
BUSY = "The printer still has the slip before this one in hand."

TAKEN_AWAY = "The printer was taken away before the slip was printed."
SET_UP_ANEW = "The printer was set up in another way while the slip was on its way to it: print it again."


class Payload(msgspec.Struct, omit_defaults=True):
    """What a print job is about, for whoever carries it out."""

    #: Id of the printer.
    printer: int
    slip: Slip | None = None
    #: Instead of a slip: the page by which a technician sees what the printer can do.
    self_test: bool = False
    #: The job by which it was printed again; of several the last.
    again: int | None = None

    @property
    def lifetime(self) -> timedelta:
        if self.slip is None:
            return LIFETIMES["self_test"]
        return LIFETIMES["copy" if self.slip.copy else self.slip.kind]


def print_slip(connection: Connection, printer_id: int, slip: Slip, *, key: str, now: datetime) -> int:
    """Put a slip into the queue, in the caller's transaction; returns the job's id.

    Parameters
    ----------
    key: idempotency key; with one that is known, the job it belongs to is returned and nothing is printed.

    Raises
    ------
    LookupError: the printer was taken away.
    """
    return _put(connection, Payload(printer_id, slip), key, now)


def print_self_test(connection: Connection, printer_id: int, *, key: str, now: datetime) -> int:
    """Put a printer's self-test page into the queue; parameters and the rest as for `print_slip`."""
    return _put(connection, Payload(printer_id, self_test=True), f"self-test/{printer_id}/{key}", now)


def print_again(connection: Connection, job_id: int, *, key: str, now: datetime) -> int:
    """Put the slip of a print job into the queue once more, marked as a copy; returns the new job's id.

    Parameters
    ----------
    job_id: one that the viewer may see.
    key: idempotency key; with one that is known for this job, nothing more is printed.

    Raises
    ------
    LookupError: the printer was taken away.
    """
    found = connection.execute(select(job.c.payload).where(job.c.id == job_id, job.c.kind.in_(KINDS))).scalar_one()
    first = payload_of(found)
    copy = Payload(first.printer, first.slip and replace(first.slip, copy=True), first.self_test)
    again = _put(connection, copy, f"copy/{job_id}/{key}", now)
    noted = job.c.payload.op("||")(func.jsonb_build_object("again", again))
    connection.execute(update(job).where(job.c.id == job_id).values(payload=noted))
    return again


def payload_of(payload: object) -> Payload:
    """What a print job is about."""
    return msgspec.convert(payload, Payload)


def slip_of(payload: object) -> Slip | None:
    """The slip of a print job; None: it is the self-test page."""
    return payload_of(payload).slip


def target_of(printer_id: int) -> str:
    """A printer's line in the queue."""
    return f"printer/{printer_id}"


def _put(connection: Connection, payload: Payload, key: str, now: datetime) -> int:
    # It is not set up anew in between; with all who change printers and jobs, the printer comes first.
    its = select(printer).where(printer.c.id == payload.printer).with_for_update(read=True, key_share=True)
    found = connection.execute(its).one()
    if found.retired_at:
        known = connection.scalar(select(job.c.id).where(job.c.key == key))
        if known is None:
            raise LookupError(f"printer {payload.printer} was taken away")
        return int(known)
    job_id = enqueue(
        connection,
        kind=kind_of(found.address),
        target=target_of(payload.printer),
        key=key,
        payload=msgspec.to_builtins(payload),
        expires_at=now + payload.lifetime,
        created_at=now,
    )
    if kind_of(found.address) == relay.KIND:
        relay.announce(connection, found.address)
    return job_id


class Spool:
    """The part that prints, and looks at printers that have nothing to print; runs until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._engine = make_engine(settings, pool_size=8, max_overflow=64)
        turns = Turns()
        self._printing = Printing(settings, self._engine, turns)
        self._worker = Worker(settings, self._printing)
        self._watch = Watch(settings, self._engine, turns)

    def run(self) -> None:
        watching = threading.Thread(target=self._watch.run, name="watch")
        watching.start()
        try:
            self._worker.run()
        finally:
            self._watch.stop()
            watching.join()
            self._engine.dispose()

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is on its way has come to its end."""
        self._printing.stop()
        self._worker.stop()
        self._watch.stop()


class Printing(Executor):
    """Carries out print jobs."""

    kind = KIND
    repeatable = False  # paper knows no repeat
    in_order = True

    def __init__(self, settings: Settings, engine: Engine, turns: Turns) -> None:
        self._settings, self._engine = settings, engine
        self._turns = turns
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Wait no longer for a printer that a person would have to see to."""
        self._stopping.set()

    def execute(self, job: Job, begin: Callable[[], None]) -> Outcome:
        payload = payload_of(job.payload)
        with self._engine.connect() as connection:
            unsure = _after_unsure(job.id, job.target).label("after_unsure")
            found = connection.execute(select(printer, unsure).where(printer.c.id == payload.printer)).one()
        if found.retired_at:
            return Failed(TAKEN_AWAY)
        if kind_of(found.address) != KIND:
            return Failed(SET_UP_ANEW)
        try:
            profile = profile_of(found.profile, found.code_page)
        except LookupError as problem:
            return Failed(str(problem.args[0]))
        turn = self._turns.of(found.id)
        if not turn.acquire(timeout=TURN_WITHIN):
            return Later(BUSY, ASK_AGAIN)
        try:
            return self._print(job, payload, found, profile, begin)
        finally:
            turn.release()

    def settled(self, job: Job) -> None:
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))  # nothing is lost with it
            its = printer.c.id == payload_of(job.payload).printer
            store_id = connection.execute(select(printer.c.store_id).where(its)).scalar_one()
            changes.tell(driver(connection), changes.STORES, [store_id])

    def _print(
        self, job: Job, payload: Payload, found: Row[Any], profile: Profile, begin: Callable[[], None]
    ) -> Outcome:
        told: Condition | None = None
        told_at = 0.0

        def tell(condition: Condition) -> None:
            nonlocal told, told_at
            if condition != told or time.monotonic() - told_at > NOTED_EVERY.total_seconds():
                told, told_at = condition, time.monotonic()
                self._note(found.id, condition)
            if self._stopping.is_set() and not condition.ready:
                raise Unsure(f"{condition.sentence} The program was ended while it waited for that.")

        expires_in = (job.expires_at - clock.now(self._settings)).total_seconds()
        try:
            with open_link(found.address) as link:
                if payload.slip:
                    paper = render(payload.slip, profile, job.id)
                else:
                    paper = self_test.render(found.name, PROFILES[found.profile], self_test.probe(link), job.id)
                condition = deliver(
                    link,
                    paper,
                    begin,
                    until=time.monotonic() + expires_in,
                    tell=tell,
                    after_unsure=bool(found.after_unsure),
                )
        except NotReady as problem:
            self._note(found.id, problem.condition)
            return Later(str(problem), ASK_AGAIN)
        except Unsure as problem:
            return Unknown(str(problem))
        except (NoAddress, TooLong) as problem:
            return Failed(str(problem))
        self._note(found.id, condition)
        return Done(None if paper.answer else NO_PROOF)

    def _note(self, printer_id: int, condition: Condition) -> None:
        try:
            note(self._engine, printer_id, condition, clock.now(self._settings))
        except (SQLAlchemyError, psycopg.Error) as problem:  # what became of the slip matters more
            log.warning("could not write down how a printer is", printer=printer_id, problem=str(problem).strip())


def _after_unsure(job_id: int, target: str) -> ScalarSelect[Any]:
    """Whether the printer may have got only half of the slip before this one; null: there is none."""
    before = job.c.target == target, job.c.id < job_id, job.c.finished_at.is_not(None)
    # Nothing of those that failed had left, unless somebody found that out by looking.
    has_left = (job.c.state != "failed") | job.c.outcome.contains(LOOKED)
    # Where somebody looked at it, or no proof will ever come, the outcome says so.
    is_unsure = (job.c.state != "done") | job.c.outcome.is_not(None)
    return select(is_unsure).where(*before, has_left).order_by(job.c.id.desc()).limit(1).scalar_subquery()
