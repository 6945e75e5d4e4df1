"""What kiosks and printers need is told store by store: one message for all that changed within some minutes.

1. What has opened, or is over, since somebody was told waits until the oldest of it is GATHERED old, and the store has
   been quiet for QUIET.
2. One statement marks it as told; of two processes at once, one finds nothing left. The message is in the same
   transaction, under a key of the alerts that it tells of.
3. What closed before it was told of is not told at all, nor what somebody looks after already.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, and_, func, select, union_all, update

from collector.alerts.changes import people_of
from collector.alerts.readings import Stores
from collector.alerts.tables import DEVICES, alert
from collector.alerts.words import gathered, message
from collector.contacts.messages import tell_staff
from collector.settings import Settings

log = structlog.get_logger()

#: For so long others are waited for, and so long apart are two messages about a store.
GATHERED, QUIET = timedelta(minutes=5), timedelta(minutes=30)
#: An alert on a device rarely lives longer.
_LOOKED_BACK = timedelta(days=60)

_opened = and_(
    alert.c.rule.in_(DEVICES),
    alert.c.closed_at.is_(None),
    alert.c.told_at.is_(None),
    alert.c.acknowledged_at.is_(None),
)
_ended = and_(
    alert.c.rule.in_(DEVICES),
    alert.c.closed_at.is_not(None),
    alert.c.told_at.is_not(None),
    alert.c.end_told_at.is_(None),
)


def tell_of_devices(engine: Engine, settings: Settings, stores: Stores, now: datetime) -> None:
    """Write to the people of each store where something has waited for long enough."""
    changed = union_all(
        select(alert.c.store_id, alert.c.opened_at.label("at")).where(_opened),
        select(alert.c.store_id, alert.c.closed_at.label("at")).where(_ended),
    ).subquery()
    waits = select(changed.c.store_id).group_by(changed.c.store_id).having(func.min(changed.c.at) <= now - GATHERED)
    with engine.connect() as connection:
        due = connection.scalars(waits.order_by(changed.c.store_id)).all()
    for store_id in due:
        if stores[store_id].policy.tells:
            with engine.begin() as connection:
                _tell(connection, settings, store_id, now)


def _tell(connection: Connection, settings: Settings, store_id: int, now: datetime) -> None:
    if not _is_quiet(connection, store_id, now):
        return
    opened = _mark(connection, store_id, _opened, told_at=now)
    ended = _mark(connection, store_id, _ended, end_told_at=now)
    if not opened and not ended:
        return
    alone = opened[0] if len(opened) == 1 and not ended else None
    told = tell_staff(
        connection,
        settings,
        account_ids=people_of(connection, store_id),
        what="alert" if opened else "over",
        store_id=store_id,
        alert_id=alone.id if alone else None,
        key=f"alerts/{opened[0].id}" if opened else f"alerts/{ended[0].id}/over",
        now=now,
        says=lambda: message(alone.rule, alone.subject, alone.data) if alone else gathered(opened, ended),
    )
    log.info("told of devices", store=store_id, opened=len(opened), ended=len(ended), people=told)


def _is_quiet(connection: Connection, store_id: int, now: datetime) -> bool:
    last = select(func.greatest(func.max(alert.c.told_at), func.max(alert.c.end_told_at))).where(
        alert.c.store_id == store_id, alert.c.rule.in_(DEVICES), alert.c.opened_at > now - _LOOKED_BACK
    )
    told_at: datetime | None = connection.scalar(last)
    return told_at is None or now - told_at >= QUIET


def _mark(connection: Connection, store_id: int, which: Any, **values: datetime) -> Sequence[Row[Any]]:
    marked = update(alert).where(alert.c.store_id == store_id, which).values(**values)
    rows = connection.execute(marked.returning(alert.c.id, alert.c.rule, alert.c.subject, alert.c.data)).all()
    return sorted(rows, key=lambda row: row.id)
