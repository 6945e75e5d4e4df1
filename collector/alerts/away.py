"""Kiosks of which nothing is heard: each for itself, or their whole store at once.

While the intake itself does not listen, or has only just begun to, every kiosk seems to be away: then nobody looks.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from collector.alerts.readings import Reading, Stores
from collector.alerts.rules import Verdict, judge_away
from collector.fleet.condition import Condition, closed, dark_since, judge
from collector.ingest.state import Doing, known_states
from collector.ingest.watch import SILENT_AFTER
from collector.moments import to_ms
from collector.settings import Settings

#: For so long kiosks come back to an intake that has begun to listen.
SETTLED = timedelta(minutes=5)


def is_listening(connection: Connection, settings: Settings, now: datetime) -> bool:
    """Whether the intake has heard kiosks for a while, here or on another machine."""
    return any(
        each.state is Doing.RUNNING and now - each.since >= SETTLED and now - each.at < SILENT_AFTER
        for each in known_states(settings, connection, now)
    )


def absences(connection: Connection, stores: Stores, now: datetime) -> Iterator[Reading]:
    """How long each kiosk has been away; where a whole store is, that, and of its kiosks nothing new."""
    kiosks: defaultdict[int, list[tuple[str, int, Condition]]] = defaultdict(list)
    shut = {store.id: closed(store.opening_hours, now, store.zone) for store in stores.values()}
    for row in connection.execute(_KIOSKS):
        condition = judge(row.said, row.heard_at, row.asleep_until, now, shut[row.store_id])
        kiosks[row.store_id].append((row.kiosk_id, row.touchpoint_id, condition))
    for store_id, theirs in kiosks.items():
        rule = stores[store_id].policy.away
        if rule is None:
            continue
        dark = dark_since(condition for _, _, condition in theirs)
        if dark is not None:
            is_long = now - dark >= timedelta(minutes=rule.minutes)
            data = {"since": to_ms(dark), "kiosks": len(theirs)}
            verdict = Verdict.RAISE if is_long else Verdict.KEEP
            yield Reading(f"store/{store_id}", verdict, store_id, None, data, rule.opens_case)
        for kiosk_id, touchpoint_id, condition in theirs:
            verdict = judge_away(rule, condition, now) if dark is None else Verdict.KEEP
            data = {"since": to_ms(condition.at or now), "kiosks": 1}
            yield Reading(f"kiosk/{kiosk_id}", verdict, store_id, touchpoint_id, data, rule.opens_case)


_KIOSKS = text("""
    SELECT kiosk.id AS kiosk_id, touchpoint.store_id, touchpoint.id AS touchpoint_id, kiosk_status.state AS said,
           kiosk_status.received_at AS heard_at, kiosk_status.asleep_until
    FROM kiosk
    JOIN kiosk_placement ON kiosk_placement.kiosk_id = kiosk.id AND kiosk_placement.until IS NULL
    JOIN touchpoint ON touchpoint.id = kiosk_placement.touchpoint_id
    LEFT JOIN kiosk_status ON kiosk_status.kiosk_id = kiosk.id
    WHERE kiosk.state = 'enrolled' ORDER BY kiosk.id
""")
