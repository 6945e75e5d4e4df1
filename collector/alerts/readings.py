"""What each rule sees right now: one query a rule, whatever the number of kiosks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, text

from collector.alerts.policy import AlertPolicy
from collector.alerts.rules import Verdict, judge_battery, judge_index, judge_printer, judge_share
from collector.insights.queries import LATE_AFTER
from collector.places.hours import OpeningHours
from collector.places.tables import place
from collector.ratings.kinds import Channel, Mark, TimeQuality
from collector.slips.judge import UNKNOWN, UNWATCHED
from collector.slips.queries import visible_printers
from printer.condition import CONDITIONS

#: Voices that are given where and when it happened. What comes by receipt, web or telephone is not *right now*.
ON_THE_SPOT = (Channel.KIOSK_BUTTON, Channel.KIOSK_TOUCH, Channel.KIOSK_QR, Channel.POSTER_QR)


@dataclass(frozen=True)
class Watched:
    """A store, and what holds there."""

    id: int
    zone: ZoneInfo
    opening_hours: OpeningHours
    policy: AlertPolicy


@dataclass(frozen=True)
class Reading:
    """What a rule sees of one subject."""

    #: touchpoint/5, store/3, kiosk/exit-1, printer/2.
    subject: str
    verdict: Verdict
    store_id: int
    touchpoint_id: int | None
    #: For the alert's page.
    data: Mapping[str, Any]
    opens_case: bool


Stores = Mapping[int, Watched]


def bad_shares(connection: Connection, stores: Stores, now: datetime) -> Iterator[Reading]:
    """Of each touchpoint with ratings in its store's window, how many were bad."""
    rules = {store.id: rule for store in stores.values() if (rule := store.policy.bad_share)}
    windows = {store_id: timedelta(minutes=rule.minutes) for store_id, rule in rules.items()}
    for row in _lately(connection, _SHARES, windows, now):
        rule = rules[row.store_id]
        yield Reading(
            f"touchpoint/{row.touchpoint_id}",
            judge_share(rule, row.bad, row.number),
            row.store_id,
            row.touchpoint_id,
            {"bad": row.bad, "count": row.number, "percent": rule.percent, "minutes": rule.minutes},
            rule.opens_case,
        )


def indices(connection: Connection, stores: Stores, now: datetime) -> Iterator[Reading]:
    """The index of each store over its window."""
    rules = {store.id: rule for store in stores.values() if (rule := store.policy.index)}
    windows = {store_id: timedelta(minutes=rule.minutes) for store_id, rule in rules.items()}
    for row in _lately(connection, _INDICES, windows, now):
        rule = rules[row.store_id]
        yield Reading(
            f"store/{row.store_id}",
            judge_index(rule, row.value, row.number),
            row.store_id,
            None,
            {"index": round(row.value, 1), "count": row.number, "below": rule.below, "minutes": rule.minutes},
            rule.opens_case,
        )


def batteries(connection: Connection, stores: Stores, _now: datetime) -> Iterator[Reading]:
    """The battery of each kiosk that measures one, as it said last."""
    for row in connection.execute(_BATTERIES):
        rule = stores[row.store_id].policy.battery
        if rule:
            yield Reading(
                f"kiosk/{row.kiosk_id}",
                judge_battery(rule, row.battery),
                row.store_id,
                row.touchpoint_id,
                {"millivolts": round(row.battery), "below": rule.millivolts},
                rule.opens_case,
            )


def printers(connection: Connection, stores: Stores, now: datetime) -> Iterator[Reading]:
    """How each printer is."""
    roots = connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).all()
    for printer in (each for root in roots for each in visible_printers(connection, root, now)):
        rule = stores[printer.store_id].policy.printer
        if rule:
            # Where nobody has looked, nothing is known of the printer.
            prints = None if printer.state in (UNKNOWN, UNWATCHED) else CONDITIONS[printer.state].ready
            yield Reading(
                f"printer/{printer.id}",
                judge_printer(rule, printer.state_since, now, prints=prints),
                printer.store_id,
                None,
                {"name": printer.name, "state": printer.state, "minutes": rule.minutes},
                rule.opens_case,
            )


def _lately(connection: Connection, query: str, windows: Mapping[int, timedelta], now: datetime) -> Sequence[Row[Any]]:
    if not windows:
        return []
    about = {
        "stores": list(windows),
        "since": [now - window for window in windows.values()],
        "earliest": now - max(windows.values()),
        "late": LATE_AFTER,
        "counted": Mark.COUNTED,
        "unknown": TimeQuality.UNKNOWN,
        "channels": list(ON_THE_SPOT),
    }
    return connection.execute(text(query), about).all()


# One look into the index of the ratings for each store. `earliest` says no more, but keeps the older months out of it.
# Late ratings and marked ones are no news, and only the customers' smileys make the index.
_HEARD = """
    FROM unnest(CAST(:stores AS int[]), CAST(:since AS timestamptz[])) AS asked (store_id, since)
    CROSS JOIN LATERAL (
        SELECT rating.touchpoint_id, rating.question_id, rating.score FROM rating
        WHERE rating.store_id = asked.store_id AND rating.received_at >= asked.since
          AND rating.received_at >= :earliest AND rating.happened_at >= asked.since
          AND rating.received_at - rating.happened_at <= :late AND rating.mark = :counted
          AND rating.time_quality < :unknown AND rating.channel = ANY(CAST(:channels AS smallint[]))
        OFFSET 0) AS heard
    JOIN question ON question.id = heard.question_id AND question.kind = 'smileys'
    JOIN touchpoint ON touchpoint.id = heard.touchpoint_id AND touchpoint.audience = 'customers'
"""
_SHARES = f"""
    SELECT asked.store_id, heard.touchpoint_id, count(*) AS number, count(*) FILTER (WHERE heard.score < 50) AS bad
    {_HEARD} GROUP BY asked.store_id, heard.touchpoint_id
"""
_INDICES = f"""
    SELECT asked.store_id, count(*) AS number, avg(heard.score) AS value {_HEARD} GROUP BY asked.store_id
"""
_BATTERIES = text("""
    SELECT kiosk.id AS kiosk_id, touchpoint.store_id, touchpoint.id AS touchpoint_id,
           (kiosk_status.health ->> 'battery')::float AS battery
    FROM kiosk
    JOIN kiosk_status ON kiosk_status.kiosk_id = kiosk.id
    JOIN kiosk_placement ON kiosk_placement.kiosk_id = kiosk.id AND kiosk_placement.until IS NULL
    JOIN touchpoint ON touchpoint.id = kiosk_placement.touchpoint_id
    WHERE kiosk.state = 'enrolled' AND jsonb_typeof(kiosk_status.health -> 'battery') = 'number'
""")
