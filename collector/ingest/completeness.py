"""Whether all that the kiosks recorded has arrived: per journal and day, and where something is missing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from collector.ingest.tables import completeness_day, cursor, gap

#: What can become of a record that was received.
_FATES = ("stored", "put_aside", "lost")


@dataclass(frozen=True)
class Completeness:
    """What one journal of a kiosk recorded, and what became of it; `received` is never more than `recorded`."""

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
        return self.recorded - self.received


def journals_of(connection: Connection, kiosk_ids: Collection[str]) -> list[int]:
    """The cursors of these kiosks. Days are looked up by their values: a view of many does not see through a join."""
    theirs = cursor.c.kiosk_id == any_(literal(list(kiosk_ids), ARRAY(Text)))
    return list(connection.scalars(select(cursor.c.id).where(theirs)))


def of_journals(connection: Connection, kiosk_id: str) -> list[Completeness]:
    """Of every journal the kiosk ever had, the newest first."""
    days = (
        select(
            completeness_day.c.cursor_id,
            *(func.sum(completeness_day.c[name]).label(name) for name in _FATES),
        )
        .where(completeness_day.c.cursor_id.in_(journals_of(connection, [kiosk_id])))
        .group_by(completeness_day.c.cursor_id)
        .subquery()
    )
    rows = connection.execute(
        select(
            *(cursor.c[name] for name in ("id", "epoch", "opened_at", "recorded", "seq")),
            *(func.coalesce(days.c[name], 0).label(name) for name in _FATES),
        )
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
    return {kiosk_id: (recorded, received) for kiosk_id, recorded, received in rows}


def by_day(connection: Connection, kiosk_id: str) -> Sequence[Row[Any]]:
    """Rows (epoch, day, recorded, received, stored, put_aside, lost), newest day first."""
    return connection.execute(
        select(completeness_day, cursor.c.epoch)
        .join(cursor, cursor.c.id == completeness_day.c.cursor_id)
        .where(completeness_day.c.cursor_id.in_(journals_of(connection, [kiosk_id])))
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
