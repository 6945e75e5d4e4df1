"""An alert opens, is acknowledged, closes. Each change is one conditional statement: of two at once, one wins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from collector import changes
from collector.accounts.tables import account
from collector.alerts.readings import Reading
from collector.alerts.tables import DEVICES, alert
from collector.alerts.words import message
from collector.cases.changes.opening import open_for_alert
from collector.contacts.messages import tell_staff
from collector.database import driver
from collector.places.queries import below
from collector.places.tables import place
from collector.settings import Settings


def open_alert(
    connection: Connection, settings: Settings, rule: str, reading: Reading, now: datetime, *, tells: bool
) -> int | None:
    """Open an alert, with its case and its messages to people, in one transaction; returns its id.

    None where one of this rule is open for the same subject: nothing has happened.

    Parameters
    ----------
    tells: whether the store's people are written to; what devices need is gathered first (gather).
    """
    values = {"store_id": reading.store_id, "touchpoint_id": reading.touchpoint_id, "data": reading.data}
    opened = insert(alert).values(rule=rule, subject=reading.subject, **values, opened_at=now)
    once = opened.on_conflict_do_nothing(index_elements=["rule", "subject"], index_where=alert.c.closed_at.is_(None))
    alert_id = connection.execute(once.returning(alert.c.id)).scalar()
    if alert_id is None:
        return None
    case_id = open_for_alert(connection, settings, alert_id, now) if reading.opens_case else None
    if tells and rule not in DEVICES and (people := people_of(connection, reading.store_id)):
        tell_staff(
            connection,
            settings,
            account_ids=people,
            what="alert",
            store_id=reading.store_id,
            case_id=case_id,
            alert_id=alert_id,
            key=f"alert/{alert_id}",
            now=now,
            says=lambda: message(rule, reading.subject, reading.data),
        )
    changes.tell(driver(connection), changes.STORES, [reading.store_id])
    return int(alert_id)


def close_alert(connection: Connection, alert_id: int, now: datetime) -> bool:
    """The data have recovered; False where it is closed already."""
    still = update(alert).where(alert.c.id == alert_id, alert.c.closed_at.is_(None)).values(closed_at=now)
    row = connection.execute(still.returning(alert.c.store_id)).first()
    if row is not None:
        changes.tell(driver(connection), changes.STORES, [row.store_id])
    return row is not None


def acknowledge(connection: Connection, alert_id: int, author: str, place_id: int, now: datetime) -> bool:
    """Somebody has seen it and looks after it; True also where they had said so before.

    False where somebody else was first, it is closed, or the people of `place_id` do not see it.
    """
    theirs = alert.c.store_id.in_(select(place.c.id).where(below(place_id)))
    waits = alert.c.acknowledged_at.is_(None), alert.c.closed_at.is_(None)
    changed = update(alert).where(alert.c.id == alert_id, theirs, *waits)
    row = connection.execute(
        changed.values(acknowledged_at=now, acknowledged_by=author).returning(alert.c.store_id)
    ).first()
    if row is not None:
        changes.tell(driver(connection), changes.STORES, [row.store_id])
        return True
    mine = select(alert.c.id).where(alert.c.id == alert_id, theirs, alert.c.acknowledged_by == author)
    return connection.execute(mine).first() is not None


def people_of(connection: Connection, store_id: int) -> Sequence[int]:
    """Those of the store who can be told, else those of the nearest place above that has any."""
    path = select(place.c.path).where(place.c.id == store_id).scalar_subquery()
    nearest: Any = func.array_position(path, account.c.place_id)
    rows = connection.execute(
        select(account.c.id, nearest.label("nearest"))
        .where(nearest.is_not(None), account.c.ended_at.is_(None))
        .where(account.c.email.is_not(None) | account.c.phone.is_not(None))
        .order_by(nearest.desc(), account.c.id)
    ).all()
    return [row.id for row in rows if row.nearest == rows[0].nearest]
