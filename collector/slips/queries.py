"""Printers and print jobs as people see them: those of their place and below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from collector.places.queries import below
from collector.places.tables import place
from collector.queue.queries import count_waiting, find_job, find_jobs
from collector.queue.tables import job
from collector.slips.spool import slip_of, target_of
from collector.slips.tables import printer
from printer.slip import Slip


@dataclass(frozen=True)
class Printer:
    id: int
    store_id: int
    name: str
    #: How it was when it was last asked: `state` of a `printer.transport.Condition`, or "unknown".
    state: str
    seen_at: datetime | None


@dataclass(frozen=True)
class PrintJob:
    """One slip on its way to a printer, or behind it."""

    id: int
    printer: Printer
    slip: Slip
    state: str
    #: Why it waits, failed or is unsure, or who looked: a sentence or two.
    outcome: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Desk:
    """A printer as the store page shows it."""

    printer: Printer
    #: Slips that are still to be printed.
    waiting: int
    #: Slips of which nobody knows whether they were printed.
    unsure: int
    #: The newest.
    last: PrintJob | None


def visible_printers(connection: Connection, place_id: int, store_id: int | None = None) -> list[Printer]:
    """The printers that the people of a place see, by store and name."""
    query = select(printer).join(place, place.c.id == printer.c.store_id).where(below(place_id))
    if store_id is not None:
        query = query.where(printer.c.store_id == store_id)
    rows = connection.execute(query.order_by(printer.c.store_id, printer.c.name))
    return [Printer(row.id, row.store_id, row.name, row.state, row.seen_at) for row in rows]


def desks(connection: Connection, place_id: int, store_id: int) -> list[Desk]:
    """The printers of a store, with what is to be said of each."""
    printers = visible_printers(connection, place_id, store_id)
    targets = [target_of(each.id) for each in printers]
    waiting, unsure = count_waiting(connection, targets), _count_unsure(connection, targets)
    return [
        Desk(each, waiting.get(target, 0), unsure.get(target, 0), next(iter(newest(connection, [each], limit=1)), None))
        for each, target in zip(printers, targets, strict=True)
    ]


def newest(connection: Connection, printers: Sequence[Printer], *, limit: int, offset: int = 0) -> list[PrintJob]:
    """Print jobs of these printers, newest first."""
    query = select(job).where(job.c.target.in_([target_of(each.id) for each in printers]))
    rows = connection.execute(query.order_by(job.c.id.desc()).limit(limit).offset(offset))
    return _print_jobs(rows.all(), printers)


def in_order(
    connection: Connection, printers: Sequence[Printer], *, states: Sequence[str], after: int, limit: int
) -> list[PrintJob]:
    """Print jobs of these printers, by id; the further parameters are those of `find_jobs`."""
    targets = [target_of(each.id) for each in printers]
    return _print_jobs(find_jobs(connection, targets, states=states, after=after, limit=limit), printers)


def visible_print_job(connection: Connection, place_id: int, job_id: int) -> PrintJob | None:
    """One print job; None where there is none with this id, or the people of the place do not see it."""
    printers = visible_printers(connection, place_id)
    row = find_job(connection, job_id, [target_of(each.id) for each in printers])
    return _print_jobs([row], printers)[0] if row else None


def _print_jobs(rows: Sequence[Row[Any]], printers: Sequence[Printer]) -> list[PrintJob]:
    by_target = {target_of(each.id): each for each in printers}
    return [
        PrintJob(
            row.id,
            by_target[row.target],
            slip_of(row.payload),
            row.state,
            row.outcome,
            row.created_at,
            row.finished_at,
        )
        for row in rows
    ]


def _count_unsure(connection: Connection, targets: Sequence[str]) -> dict[str, int]:
    query = select(job.c.target, func.count().label("unsure")).where(
        job.c.target.in_(targets), job.c.state == "unknown"
    )
    return {row.target: row.unsure for row in connection.execute(query.group_by(job.c.target))}
