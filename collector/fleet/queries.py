"""What people and programs want to know of the kiosks: where each stands, how it is, and whether all has arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from collector.fleet.condition import Condition, judge
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_settings, kiosk_status
from collector.ingest.tables import completeness_day, cursor, gap, put_aside
from collector.places.queries import below
from collector.places.tables import place, touchpoint

#: Where a kiosk stands now: joined on `until IS NULL`.
_stands = kiosk_placement.alias("stands")


@dataclass(frozen=True)
class Kiosk:
    id: str
    #: enrolled or retired.
    state: str
    enrolled_at: datetime
    store_id: int
    store: str
    touchpoint: str
    zone: ZoneInfo
    condition: Condition
    #: Newest settings version that it should have, and the one it says it has.
    settings_wanted: int
    settings_reported: int | None
    #: What it said of itself; from outside, so nothing about its shape is sure.
    health: dict[str, Any]
    heard_at: datetime | None


@dataclass(frozen=True)
class Completeness:
    """What one journal of a kiosk recorded, and what became of it."""

    cursor_id: int
    epoch: int
    opened_at: datetime
    recorded: int
    #: Committed: stored, put aside or declared lost.
    received: int
    stored: int
    put_aside: int
    lost: int

    @property
    def on_its_way(self) -> int:
        return max(0, self.recorded - self.received)


def visible_kiosks(
    connection: Connection,
    place_id: int,
    now: datetime,
    *,
    store_id: int | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Kiosk]:
    """The kiosks that stand where the people of a place see them, by id.

    Parameters
    ----------
    store_id: only those of one store.
    after: only ids that come after this one.
    """
    query = _kiosks(place_id).where(kiosk.c.id > after).order_by(kiosk.c.id).limit(limit)
    if store_id is not None:
        query = query.where(place.c.id == store_id)
    return [_kiosk(row, now) for row in connection.execute(query)]


def visible_kiosk(connection: Connection, place_id: int, kiosk_id: str, now: datetime) -> Kiosk | None:
    """One kiosk; None where there is none with this id, or the people of the place do not see it."""
    row = connection.execute(_kiosks(place_id).where(kiosk.c.id == kiosk_id)).first()
    return _kiosk(row, now) if row else None


def completeness(connection: Connection, kiosk_id: str) -> list[Completeness]:
    """Of every journal the kiosk ever had, the newest first."""
    days = (
        select(
            completeness_day.c.cursor_id,
            *(func.sum(completeness_day.c[name]).label(name) for name in ("stored", "put_aside", "lost")),
        )
        .group_by(completeness_day.c.cursor_id)
        .subquery()
    )
    rows = connection.execute(
        select(cursor, *(func.coalesce(days.c[name], 0).label(name) for name in ("stored", "put_aside", "lost")))
        .join(days, days.c.cursor_id == cursor.c.id, isouter=True)
        .where(cursor.c.kiosk_id == kiosk_id)
        .order_by(cursor.c.id.desc())
    )
    return [
        Completeness(
            row.id, row.epoch, row.opened_at, row.recorded, row.seq, int(row.stored), int(row.put_aside), int(row.lost)
        )
        for row in rows
    ]


def newest_journals(connection: Connection, kiosk_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(recorded, received) of the newest journal of each kiosk that has one."""
    rows = connection.execute(
        select(cursor.c.kiosk_id, cursor.c.recorded, cursor.c.seq)
        .ext(distinct_on(cursor.c.kiosk_id))
        .where(cursor.c.kiosk_id.in_(kiosk_ids))
        .order_by(cursor.c.kiosk_id, cursor.c.id.desc())
    )
    return {kiosk_id: (max(recorded, received), received) for kiosk_id, recorded, received in rows}


def completeness_by_day(connection: Connection, kiosk_id: str) -> Sequence[Row[Any]]:
    """Rows (epoch, day, recorded, received, stored, put_aside, lost), newest day first."""
    return connection.execute(
        select(completeness_day, cursor.c.epoch)
        .join(cursor, cursor.c.id == completeness_day.c.cursor_id)
        .where(cursor.c.kiosk_id == kiosk_id)
        .order_by(completeness_day.c.day.desc(), cursor.c.id.desc())
    ).all()


def gaps(connection: Connection, kiosk_id: str) -> Sequence[Row[Any]]:
    """Rows (epoch, first_seq, last_seq, reason, found_at), newest first."""
    return connection.execute(
        select(gap, cursor.c.epoch)
        .join(cursor, cursor.c.id == gap.c.cursor_id)
        .where(cursor.c.kiosk_id == kiosk_id)
        .order_by(gap.c.found_at.desc(), gap.c.first_seq.desc())
    ).all()


def new_journals(journals: Sequence[Completeness], now: datetime) -> int:
    """How many journals were opened within the last day. One is usual at enrolment; several are not."""
    return sum(now - journal.opened_at < timedelta(days=1) for journal in journals)


def put_aside_visible(place_id: int) -> Select[Any]:
    """What was put aside, of the kiosks that the people of a place see.

    What names no kiosk that stands anywhere is seen at the top of the tree, so that it does not go unseen.
    """
    return (
        select(put_aside, place.c.time_zone)
        .join(_stands, and_(_stands.c.kiosk_id == put_aside.c.kiosk_id, _stands.c.until.is_(None)), isouter=True)
        .join(touchpoint, touchpoint.c.id == _stands.c.touchpoint_id, isouter=True)
        .join(place, place.c.id == touchpoint.c.store_id, isouter=True)
        .where(or_(below(place_id), and_(place.c.id.is_(None), _is_top(place_id))))
    )


def count_put_aside(connection: Connection, place_id: int) -> int:
    """How many different things were put aside, each counted once however often it came."""
    return int(connection.scalar(select(func.count()).select_from(put_aside_visible(place_id).subquery())) or 0)


def list_put_aside(connection: Connection, place_id: int, *, offset: int, limit: int) -> Sequence[Row[Any]]:
    """What was put aside, newest first, with the time zone of the kiosk's store."""
    query = put_aside_visible(place_id).order_by(put_aside.c.last_at.desc(), put_aside.c.id.desc())
    return connection.execute(query.offset(offset).limit(limit)).all()


def _is_top(place_id: int) -> ColumnElement[bool]:
    top = place.alias("top")
    return select(top.c.parent_id.is_(None)).where(top.c.id == place_id).scalar_subquery()


def _kiosks(place_id: int) -> Select[Any]:
    wanted = select(func.max(kiosk_settings.c.version)).where(kiosk_settings.c.kiosk_id == kiosk.c.id).scalar_subquery()
    return (
        select(
            kiosk,
            place.c.id.label("store_id"),
            place.c.name.label("store"),
            place.c.time_zone,
            touchpoint.c.name.label("touchpoint"),
            func.coalesce(wanted, 0).label("settings_wanted"),
            kiosk_status.c.settings_version.label("settings_reported"),
            kiosk_status.c.state.label("said"),
            kiosk_status.c.asleep_until,
            kiosk_status.c.health,
            kiosk_status.c.received_at.label("heard_at"),
        )
        .join(_stands, and_(_stands.c.kiosk_id == kiosk.c.id, _stands.c.until.is_(None)))
        .join(touchpoint, touchpoint.c.id == _stands.c.touchpoint_id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .join(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id, isouter=True)
        .where(below(place_id))
    )


def _kiosk(row: Row[Any], now: datetime) -> Kiosk:
    return Kiosk(
        id=row.id,
        state=row.state,
        enrolled_at=row.enrolled_at,
        store_id=row.store_id,
        store=row.store,
        touchpoint=row.touchpoint,
        zone=ZoneInfo(row.time_zone),
        condition=judge(row.said, row.heard_at, row.asleep_until, now),
        settings_wanted=row.settings_wanted,
        settings_reported=row.settings_reported,
        health=row.health or {},
        heard_at=row.heard_at,
    )
