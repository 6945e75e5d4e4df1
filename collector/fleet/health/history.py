"""What is known of a kiosk over time: read from what was kept of each hour, and from its own journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from collector.alerts.policy import AlertPolicy, Battery
from collector.fleet.health.rules import DAY, MOST_DAYS, Forecast, Hour, Unknown, battery_forecast
from collector.fleet.queries import Kiosk
from collector.fleet.tables import kiosk_health
from collector.ingest.completeness import journals_of
from collector.ingest.frames import EVENT, STARTED
from collector.ingest.tables import completeness_day, kiosk_record
from collector.policies.queries import policy_at

#: How many of its last starts are shown.
STARTS = 20


@dataclass(frozen=True)
class Start:
    at: datetime
    #: A Cause, or a number that a later firmware tells.
    cause: int


@dataclass(frozen=True)
class Arrived:
    """Of a day of the store: how far the journals had got, and what of that had come by its end."""

    day: date
    recorded: int
    received: int


@dataclass(frozen=True)
class History:
    days: int
    hours: Sequence[Hour]
    #: The newest first; at most STARTS.
    starts: Sequence[Start]
    arrived: Sequence[Arrived]
    #: The battery is as good as empty there, mV.
    empty: int
    battery: Forecast | Unknown


def history_of(connection: Connection, kiosk: Kiosk, days: int, now: datetime) -> History:
    """The last days of a kiosk that somebody may see; each of the four looks goes by an index, and no further back."""
    since = now - days * DAY
    hours = _hours(connection, kiosk.id, min(since, now - MOST_DAYS * DAY))
    empty = empty_at(connection, kiosk.store_id)
    readings = [(hour.hour, float(hour.battery)) for hour in hours if hour.battery is not None]
    return History(
        days,
        [hour for hour in hours if hour.hour >= since],
        _starts(connection, kiosk.id, since),
        _arrived(connection, kiosk.id, since.astimezone(kiosk.zone).date()),
        empty,
        battery_forecast(readings, empty, now),
    )


def empty_at(connection: Connection, store_id: int) -> int:
    """The millivolts below which the store wants to be alerted: the last tenth of a cell goes fast."""
    rule = policy_at(connection, store_id, "alerts", AlertPolicy).battery or Battery()
    return rule.millivolts


def _hours(connection: Connection, kiosk_id: str, since: datetime) -> list[Hour]:
    columns = [column for column in kiosk_health.c if column.name != "kiosk_id"]
    query = select(*columns).where(kiosk_health.c.kiosk_id == kiosk_id, kiosk_health.c.hour >= since)
    return [Hour(**row._mapping) for row in connection.execute(query.order_by(kiosk_health.c.hour))]


def _starts(connection: Connection, kiosk_id: str, since: datetime) -> list[Start]:
    query = select(kiosk_record.c.happened_at, kiosk_record.c.extra).where(
        kiosk_record.c.cursor_id.in_(journals_of(connection, [kiosk_id])),
        kiosk_record.c.kind == EVENT,
        kiosk_record.c.value == STARTED,
        kiosk_record.c.happened_at >= since,
    )
    newest = query.order_by(kiosk_record.c.happened_at.desc(), kiosk_record.c.seq.desc()).limit(STARTS)
    return [Start(row.happened_at, row.extra) for row in connection.execute(newest)]


def _arrived(connection: Connection, kiosk_id: str, first: date) -> list[Arrived]:
    seen = completeness_day.c
    query = (
        select(seen.day, func.sum(seen.recorded).label("recorded"), func.sum(seen.received).label("received"))
        .where(seen.cursor_id.in_(journals_of(connection, [kiosk_id])), seen.day >= first)
        .group_by(seen.day)
        .order_by(seen.day)
    )
    return [Arrived(row.day, int(row.recorded), int(row.received)) for row in connection.execute(query)]
