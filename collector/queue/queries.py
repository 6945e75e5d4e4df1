"""Jobs as people see them, and what a person decides about an unsure one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from collector.queue.tables import job

#: Stands in the outcome of each job that was unknown until somebody looked.
LOOKED = " looked: it was "


def find_jobs(
    connection: Connection, targets: Sequence[str], *, states: Sequence[str] = (), after: int = 0, limit: int = 100
) -> Sequence[Row[Any]]:
    """Jobs of these targets, by id.

    Parameters
    ----------
    targets: those that the viewer may see, see `collector.slips.spool.target_of`.
    states: only jobs in these; none for all.
    after: id of the last one on the page before.
    """
    query = select(job).where(job.c.target.in_(targets), job.c.id > after)
    if states:
        query = query.where(job.c.state.in_(states))
    return connection.execute(query.order_by(job.c.id).limit(limit)).all()


def find_job(connection: Connection, job_id: int, targets: Sequence[str]) -> Row[Any] | None:
    """One job; None where there is none with this id, or it is none of these targets'."""
    return connection.execute(select(job).where(job.c.id == job_id, job.c.target.in_(targets))).first()


def count_waiting(connection: Connection, targets: Sequence[str]) -> dict[str, int]:
    """How many jobs of each of these targets are still to be done or are being done; none is not there."""
    waiting = job.c.state.in_(("queued", "claimed", "sending"))
    query = select(job.c.target, func.count().label("waiting")).where(job.c.target.in_(targets), waiting)
    return {row.target: row.waiting for row in connection.execute(query.group_by(job.c.target))}


def resolve_unknown(connection: Connection, job_id: int, author: str, *, printed: bool, now: datetime) -> bool:
    """unknown → done or failed: a person has looked. Whether it was still unknown; nothing is printed by this.

    Parameters
    ----------
    author: who looked, as pages show it.
    printed: what they found.
    """
    outcome = f"{author}{LOOKED}printed." if printed else f"{author}{LOOKED}not printed."
    resolved = (
        update(job)
        .where(job.c.id == job_id, job.c.state == "unknown")
        .values(state="done" if printed else "failed", outcome=outcome, finished_at=now)
    )
    return connection.execute(resolved).rowcount == 1
