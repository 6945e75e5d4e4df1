"""Alerts as people see them: those of their place and below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, or_, select

from collector.alerts.tables import alert
from collector.cases.tables import cases
from collector.places.queries import below
from collector.places.tables import place, touchpoint

#: Whether somebody has to look, looks, or need not look any more.
STATES = OPEN, ACKNOWLEDGED, CLOSED = ("open", "acknowledged", "closed")

_first = alert.alias("first")


@dataclass(frozen=True)
class Alert:
    id: int
    rule: str
    #: touchpoint/5, store/3, kiosk/exit-1, printer/2.
    subject: str
    store_id: int
    store: str
    zone: ZoneInfo
    touchpoint_id: int | None
    touchpoint: str | None
    #: What was seen when it opened.
    data: dict[str, Any]
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    #: That it opened, or that was open already for its subject.
    case_id: int | None

    @property
    def state(self) -> str:
        if self.closed_at:
            return CLOSED
        return ACKNOWLEDGED if self.acknowledged_at else OPEN

    @property
    def kiosk_id(self) -> str | None:
        kind, _, which = self.subject.partition("/")
        return which if kind == "kiosk" else None


def not_closed(connection: Connection, place_id: int, *, store_id: int | None = None) -> list[Alert]:
    """Those that nobody looks after first, newest first."""
    query = _visible(place_id).where(alert.c.closed_at.is_(None))
    if store_id is not None:
        query = query.where(alert.c.store_id == store_id)
    return _found(connection, query.order_by(alert.c.acknowledged_at.is_not(None), alert.c.id.desc()))


def closed(connection: Connection, place_id: int, *, limit: int, offset: int = 0) -> list[Alert]:
    """The last ones first."""
    query = _visible(place_id).where(alert.c.closed_at.is_not(None))
    return _found(connection, query.order_by(alert.c.closed_at.desc(), alert.c.id.desc()).limit(limit).offset(offset))


def count_closed(connection: Connection, place_id: int) -> int:
    query = _visible(place_id).where(alert.c.closed_at.is_not(None))
    return int(connection.scalar(select(func.count()).select_from(query.subquery())) or 0)


def count_open(connection: Connection, place_id: int) -> int:
    """Those that nobody looks after yet."""
    waits = alert.c.closed_at.is_(None), alert.c.acknowledged_at.is_(None)
    query = select(func.count()).select_from(alert).join(place, place.c.id == alert.c.store_id)
    return connection.execute(query.where(below(place_id), *waits)).scalar_one()


def in_order(
    connection: Connection,
    place_id: int,
    *,
    after: int,
    limit: int,
    state: str | None = None,
    store_id: int | None = None,
    rule: str | None = None,
) -> list[Alert]:
    """A page by id; only those in a state, of a store, of a rule."""
    query = _visible(place_id).where(alert.c.id > after)
    if state is not None:
        query = query.where(_is(state))
    if store_id is not None:
        query = query.where(alert.c.store_id == store_id)
    if rule is not None:
        query = query.where(alert.c.rule == rule)
    return _found(connection, query.order_by(alert.c.id).limit(limit))


def visible_alert(connection: Connection, place_id: int, alert_id: int) -> Alert | None:
    """One alert; None where there is none with this id, or the people of the place do not see it."""
    found = _found(connection, _visible(place_id).where(alert.c.id == alert_id))
    return found[0] if found else None


def _is(state: str) -> Any:
    if state == CLOSED:
        return alert.c.closed_at.is_not(None)
    seen = alert.c.acknowledged_at.is_not(None) if state == ACKNOWLEDGED else alert.c.acknowledged_at.is_(None)
    return alert.c.closed_at.is_(None) & seen


def _visible(place_id: int) -> Select[Any]:
    # Its own one, else that of an earlier alert which had not been resolved when this one opened.
    case_id = (
        select(cases.c.id)
        .join(_first, _first.c.id == cases.c.alert_id)
        .where(_first.c.rule == alert.c.rule, _first.c.subject == alert.c.subject)
        .where(cases.c.opened_at <= alert.c.opened_at)
        .where(or_(cases.c.resolved_at.is_(None), cases.c.resolved_at > alert.c.opened_at, _first.c.id == alert.c.id))
        .order_by(_first.c.id != alert.c.id, cases.c.id.desc())
        .limit(1)
        .correlate(alert)
        .scalar_subquery()
    )
    return (
        select(
            alert,
            place.c.name.label("store"),
            place.c.time_zone,
            touchpoint.c.name.label("touchpoint"),
            case_id.label("case_id"),
        )
        .join(place, place.c.id == alert.c.store_id)
        .outerjoin(touchpoint, touchpoint.c.id == alert.c.touchpoint_id)
        .where(below(place_id))
    )


def _found(connection: Connection, query: Select[Any]) -> list[Alert]:
    rows: Sequence[Row[Any]] = connection.execute(query).all()
    return [
        Alert(
            id=row.id,
            rule=row.rule,
            subject=row.subject,
            store_id=row.store_id,
            store=row.store,
            zone=ZoneInfo(row.time_zone),
            touchpoint_id=row.touchpoint_id,
            touchpoint=row.touchpoint,
            data=row.data,
            opened_at=row.opened_at,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by,
            closed_at=row.closed_at,
            case_id=row.case_id,
        )
        for row in rows
    ]
