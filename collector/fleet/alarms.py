"""Alarms: what is odd about a kiosk, once a kind and day, for a person to look at. The intake raises them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, Text, cast, func, select, tuple_

from collector.fleet.queries import standing
from collector.fleet.tables import kiosk, kiosk_alarm
from collector.places.queries import below
from collector.places.tables import place

#: What came last longer ago than this is nobody's concern today; it stays in the list.
RECENT = timedelta(days=7)


class Kind(StrEnum):
    #: Its clock is off by more than two minutes.
    CLOCK = "clock"
    #: It opened several new journals in a day.
    EPOCHS = "epochs"
    #: It sends more than the intake takes from one kiosk.
    FLOOD = "flood"
    #: It sent a journal that is another kiosk's.
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Alarm:
    kiosk_id: str
    kind: Kind
    #: UTC: with kiosk and kind, which alarm this is.
    day: date
    #: A sentence.
    reason: str
    times: int
    first_at: datetime
    last_at: datetime
    store_id: int
    store: str
    zone: ZoneInfo

    @property
    def key(self) -> tuple[str, str, str]:
        return self.day.isoformat(), self.kiosk_id, self.kind


def count(connection: Connection, place_id: int, since: datetime | None = None) -> int:
    """How many there are at the kiosks that the people of a place see, `since`: that came again after this."""
    query = _visible(place_id)
    if since is not None:
        query = query.where(kiosk_alarm.c.last_at > since)
    return int(connection.scalar(select(func.count()).select_from(query.subquery())) or 0)


def page(connection: Connection, place_id: int, *, offset: int, limit: int) -> list[Alarm]:
    """The alarms of the kiosks that the people of a place see, newest first."""
    return _found(connection, _newest_first(_visible(place_id)).offset(offset).limit(limit))


def recent(
    connection: Connection, place_id: int, now: datetime, *, kiosk_id: str | None = None, store_id: int | None = None
) -> list[Alarm]:
    """Those of one kiosk or store that came lately, newest first."""
    query = _visible(place_id).where(kiosk_alarm.c.last_at > now - RECENT)
    return _found(connection, _newest_first(_of(query, kiosk_id, store_id)))


def following(
    connection: Connection,
    place_id: int,
    *,
    after: tuple[str, str, str] | None,
    limit: int,
    kiosk_id: str | None = None,
    store_id: int | None = None,
) -> list[Alarm]:
    """A page in an order that never changes: newest day first. An alarm that is raised again keeps its place."""
    key = cast(kiosk_alarm.c.day, Text), kiosk_alarm.c.kiosk_id, kiosk_alarm.c.kind
    query = _of(_visible(place_id), kiosk_id, store_id)
    if after is not None:
        query = query.where(tuple_(*key) < tuple_(*after))
    return _found(connection, query.order_by(*(column.desc() for column in key)).limit(limit))


def _visible(place_id: int) -> Select[Any]:
    return (
        select(kiosk_alarm, place.c.id.label("store_id"), place.c.name.label("store"), place.c.time_zone)
        .select_from(standing)
        .join(kiosk_alarm, kiosk_alarm.c.kiosk_id == kiosk.c.id)
        .where(below(place_id))
    )


def _of(query: Select[Any], kiosk_id: str | None, store_id: int | None) -> Select[Any]:
    if kiosk_id is not None:
        query = query.where(kiosk_alarm.c.kiosk_id == kiosk_id)
    return query if store_id is None else query.where(place.c.id == store_id)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(kiosk_alarm.c.last_at.desc(), kiosk_alarm.c.kiosk_id, kiosk_alarm.c.kind)


def _found(connection: Connection, query: Select[Any]) -> list[Alarm]:
    return [
        Alarm(
            kiosk_id=row.kiosk_id,
            kind=Kind(row.kind),
            day=row.day,
            reason=row.reason,
            times=row.times,
            first_at=row.first_at,
            last_at=row.last_at,
            store_id=row.store_id,
            store=row.store,
            zone=ZoneInfo(row.time_zone),
        )
        for row in connection.execute(query)
    ]
