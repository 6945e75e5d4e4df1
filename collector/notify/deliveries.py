"""What became of the events that webhooks were to hear of, as people see it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from collector.notify.events import target_of
from collector.notify.tables import outbox
from collector.queue.tables import job


def newest_deliveries(connection: Connection, webhook_id: int, *, limit: int) -> Sequence[Row[Any]]:
    """A webhook's deliveries, dead letters first, then the newest: each a row of `job` with its event's `type`,
    `subject` and `event_id`."""
    query = (
        select(job, outbox.c.type, outbox.c.subject, outbox.c.event_id)
        .join(outbox, outbox.c.event_id == job.c.payload["event"].astext)
        .where(job.c.target == target_of(webhook_id))
        .order_by(job.c.state != "failed", job.c.id.desc())
    )
    return connection.execute(query.limit(limit)).all()


def count_dead(connection: Connection, webhook_ids: Collection[int]) -> dict[int, int]:
    """How many dead letters each webhook has; none is not there."""
    of_target = {target_of(webhook_id): webhook_id for webhook_id in webhook_ids}
    counted = select(job.c.target, func.count().label("dead")).where(job.c.target.in_(of_target))
    rows = connection.execute(counted.where(job.c.state == "failed").group_by(job.c.target))
    return {of_target[row.target]: row.dead for row in rows}
