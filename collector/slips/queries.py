"""Printers and print jobs as people see them: those of their place and below."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, Text, func, select, true
from sqlalchemy.dialects.postgresql import array

from collector.fleet.queries import Kiosk, visible_kiosks
from collector.places.queries import below
from collector.places.tables import place
from collector.queue.queries import count_waiting, find_job, find_jobs
from collector.queue.tables import job
from collector.slips.addresses import Way, way_of
from collector.slips.judge import STATES, judge
from collector.slips.spool import payload_of, slip_of, target_of
from collector.slips.tables import printer
from printer.slip import Kind, Slip

#: What is on the paper of a print job.
SELF_TEST = "self-test"
PAPERS = *get_args(Kind), SELF_TEST


@dataclass(frozen=True)
class Printer:
    id: int
    store_id: int
    name: str
    address: str
    #: A key of `printer.profiles.PROFILES`, and which of its code pages.
    profile: str
    code_page: str | None
    #: How it is now, as `collector.slips.judge` has it.
    state: str
    #: When it was last heard of.
    seen_at: datetime | None
    #: Since when it has been so, as far as anybody looked.
    state_since: datetime | None
    #: A printer that fetches its slips has an address of ours to call.
    has_secret: bool = False
    #: Of the Raspberry Pi that it stands behind; None: it stands behind none.
    kiosk_is_well: bool | None = None
    #: Taken away; it prints nothing any more.
    retired: bool = False

    @property
    def way(self) -> Way:
        return way_of(self.address)

    @property
    def kiosk_id(self) -> str | None:
        """The Raspberry Pi that it stands behind."""
        return urlsplit(self.address).netloc if self.way == "kiosk" else None


@dataclass(frozen=True)
class PrintJob:
    """One slip on its way to a printer, or behind it."""

    id: int
    printer: Printer
    #: None: it is the self-test page.
    slip: Slip | None
    state: str
    #: Why it waits, failed or is unsure, or who looked: a sentence or two.
    outcome: str | None
    created_at: datetime
    finished_at: datetime | None
    #: The job by which it was printed again.
    again: int | None

    @property
    def may_be_printed_again(self) -> bool:
        """Whether it is known not to have been printed, nobody has had it printed again, and its printer is there."""
        return self.state == "failed" and self.again is None and not self.printer.retired

    @property
    def kind(self) -> str:
        """Of `PAPERS`."""
        return self.slip.kind if self.slip else SELF_TEST


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


def visible_printers(
    connection: Connection,
    place_id: int,
    now: datetime,
    *,
    store_id: int | None = None,
    with_retired: bool = False,
    after: int = 0,
    limit: int | None = None,
) -> list[Printer]:
    """The printers that the people of a place see, by id.

    Parameters
    ----------
    store_id: only those of one store.
    with_retired: also those that were taken away, whose jobs are still there to be seen.
    after: only ids that come after this one.
    """
    query = select(printer).join(place, place.c.id == printer.c.store_id).where(below(place_id), printer.c.id > after)
    if store_id is not None:
        query = query.where(printer.c.store_id == store_id)
    if not with_retired:
        query = query.where(printer.c.retired_at.is_(None))
    rows = connection.execute(query.order_by(printer.c.id).limit(limit)).all()
    kiosks: dict[str, Kiosk] = {}
    if any(way_of(row.address) == "kiosk" for row in rows):
        kiosks = {each.id: each for each in visible_kiosks(connection, place_id, now, store_id=store_id)}
    return [_printer(row, kiosks, now) for row in rows]


def visible_printer(connection: Connection, place_id: int, printer_id: int, now: datetime) -> Printer | None:
    """One printer; None where there is none with this id, or it was taken away, or they do not see it."""
    found = visible_printers(connection, place_id, now, after=printer_id - 1, limit=1)
    return found[0] if found and found[0].id == printer_id else None


def count_printers(connection: Connection, now: datetime) -> dict[str, int]:
    """How many printers there are in each state, at all places."""
    roots = connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).all()
    found = Counter(each.state for root in roots for each in visible_printers(connection, root, now))
    return {state: found[state] for state in STATES}


def _printer(row: Row[Any], kiosks: Mapping[str, Kiosk], now: datetime) -> Printer:
    way = way_of(row.address)
    kiosk = kiosks.get(urlsplit(row.address).netloc) if way == "kiosk" else None
    is_well = kiosk is not None and kiosk.state == "enrolled" and kiosk.condition.is_here
    # Where its printing does not work, a kiosk says nothing of a printer.
    prints = is_well and kiosk is not None and "printer" in kiosk.health
    state = judge(way, row.state, row.seen_at, now, kiosk_prints=prints)
    return Printer(
        id=row.id,
        store_id=row.store_id,
        name=row.name,
        address=row.address,
        profile=row.profile,
        code_page=row.code_page,
        state=state,
        seen_at=row.seen_at,
        state_since=row.state_since if state == row.state else row.seen_at,
        has_secret=row.secret_hash is not None,
        kiosk_is_well=is_well if way == "kiosk" else None,
        retired=row.retired_at is not None,
    )


def desks(connection: Connection, place_id: int, store_id: int, now: datetime) -> list[Desk]:
    """The printers of a store by name, with what is to be said of each."""
    found = visible_printers(connection, place_id, now, store_id=store_id)
    return with_jobs(connection, sorted(found, key=lambda each: each.name))


def with_jobs(connection: Connection, printers: Sequence[Printer]) -> list[Desk]:
    """What is to be said of these printers."""
    targets = [target_of(each.id) for each in printers]
    waiting, unsure = count_waiting(connection, targets), _count_unsure(connection, targets)
    last = {each.printer.id: each for each in _last(connection, printers)}
    return [
        Desk(each, waiting.get(target, 0), unsure.get(target, 0), last.get(each.id))
        for each, target in zip(printers, targets, strict=True)
    ]


def _last(connection: Connection, printers: Sequence[Printer]) -> list[PrintJob]:
    """The newest print job of each of these printers that has any: one look into the index each."""
    targets = array([target_of(each.id) for each in printers], type_=Text)
    wanted = func.unnest(targets).table_valued("target", name="wanted").render_derived()
    newest_of = (
        select(job).where(job.c.target == wanted.c.target).order_by(job.c.id.desc()).limit(1).lateral("newest_of")
    )
    found = connection.execute(select(newest_of).select_from(wanted.join(newest_of, true()))).all()
    return _print_jobs(found, printers)


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


def lock_print_job(connection: Connection, job_id: int) -> None:
    """Have others who lock it wait for this transaction: of two who print it again, the second sees that it was."""
    connection.execute(select(job.c.id).where(job.c.id == job_id).with_for_update())


def visible_print_job(connection: Connection, place_id: int, job_id: int, now: datetime) -> PrintJob | None:
    """One print job; None where there is none with this id, or the people of the place do not see it."""
    printers = visible_printers(connection, place_id, now, with_retired=True)
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
            payload_of(row.payload).again,
        )
        for row in rows
    ]


def _count_unsure(connection: Connection, targets: Sequence[str]) -> dict[str, int]:
    query = select(job.c.target, func.count().label("unsure")).where(
        job.c.target.in_(targets), job.c.state == "unknown"
    )
    return {row.target: row.unsure for row in connection.execute(query.group_by(job.c.target))}
