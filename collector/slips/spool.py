"""Print jobs: into the queue, and out of it onto paper, at most once.

A printer that is not ready keeps its jobs waiting, in order. Once the first byte has left, a slip that the printer
has not confirmed is *unknown*, and stays so until a person has looked.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.pool import NullPool

from collector import changes
from collector.database import driver, make_engine
from collector.queue.executor import Done, Executor, Failed, Job, Later, Outcome, Unknown
from collector.queue.jobs import enqueue
from collector.queue.tables import job
from collector.queue.worker import Worker
from collector.settings import Settings
from collector.slips.tables import printer
from printer.condition import Condition
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import Slip
from printer.transport import NotReady, Unsure, deliver

KIND = "print"
#: A review slip that comes later than this meets no customer.
WANTED_FOR = timedelta(minutes=10)
#: How often a printer that is not ready is asked again, s.
ASK_AGAIN = 5.0


def print_slip(connection: Connection, printer_id: int, slip: Slip, *, key: str, now: datetime) -> int:
    """Put a slip into the queue, in the caller's transaction; returns the job's id.

    Parameters
    ----------
    key: idempotency key; with one that is known, the job it belongs to is returned and nothing is printed.
    """
    return enqueue(
        connection,
        kind=KIND,
        target=target_of(printer_id),
        key=key,
        payload={"printer": printer_id, "slip": asdict(slip)},
        expires_at=now + WANTED_FOR,
    )


def print_again(connection: Connection, job_id: int, *, key: str, now: datetime) -> int:
    """Put the slip of a print job into the queue once more, marked as a copy; returns the new job's id.

    Parameters
    ----------
    job_id: one that the viewer may see.
    key: idempotency key; with one that is known for this job, nothing more is printed.
    """
    found = connection.execute(select(job.c.payload).where(job.c.id == job_id, job.c.kind == KIND)).scalar_one()
    first = msgspec.convert(found, _Payload)
    again = replace(first.slip, copy=True)
    return print_slip(connection, first.printer, again, key=f"copy/{job_id}/{key}", now=now)


def target_of(printer_id: int) -> str:
    """A printer's line in the queue."""
    return f"printer/{printer_id}"


def slip_of(payload: object) -> Slip:
    """The slip of a print job."""
    return msgspec.convert(payload, _Payload).slip


def spool(settings: Settings) -> Worker:
    """The part that prints; `smilepost print` calls its `run`, a signal its `stop`."""
    # A connection is opened for a look or two at each slip: nothing against the seconds that paper takes.
    return Worker(settings, Printing(make_engine(settings, poolclass=NullPool)))


class Printing(Executor):
    """Carries out print jobs."""

    kind = KIND
    repeatable = False  # paper knows no repeat
    in_order = True

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def execute(self, job: Job, begin: Callable[[], None]) -> Outcome:
        payload = msgspec.convert(job.payload, _Payload)
        with self._engine.connect() as connection:
            found = connection.execute(select(printer).where(printer.c.id == payload.printer)).one()
        profile = PROFILES.get(found.profile)
        if profile is None:
            return Failed(f"The printer is set up as {found.profile!r}, which nobody knows: choose another profile.")
        try:
            condition = deliver(found.address, render(payload.slip, profile, job.id), begin)
        except NotReady as problem:
            self._note(found.id, problem.condition)
            return Later(str(problem), ASK_AGAIN)
        except Unsure as problem:
            return Unknown(str(problem))
        self._note(found.id, condition)
        return Done()

    def settled(self, job: Job) -> None:
        printer_id = msgspec.convert(job.payload, _Payload).printer
        with self._engine.begin() as connection:
            store_id = connection.execute(select(printer.c.store_id).where(printer.c.id == printer_id)).scalar_one()
            changes.tell(driver(connection), changes.STORES, [store_id])

    def _note(self, printer_id: int, condition: Condition) -> None:
        seen = {"state": condition.state, "seen_at": func.now()}
        with self._engine.begin() as connection:
            connection.execute(update(printer).where(printer.c.id == printer_id).values(seen))


class _Payload(msgspec.Struct):
    printer: int
    slip: Slip
