"""What the list of visits is made of: a handful of queries for all kiosks that somebody sees, each by an index."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from collector.fleet.health.history import empty_at
from collector.fleet.health.rules import DAY, MOST_DAYS, WEAK_SIGNAL, Forecast, battery_forecast
from collector.fleet.queries import Kiosk, number_of, visible_kiosks
from collector.fleet.visits.rules import LOOKED_BACK, KioskFacts, PrinterFacts, StoreFacts
from collector.ingest.frames import EVENT, STARTED, STUCK, Cause
from collector.places.queries import visible_stores
from collector.slips.judge import UNKNOWN, UNWATCHED
from collector.slips.queries import visible_printers
from printer.condition import CONDITIONS

#: Only a battery that is not further above empty than this, mV, may end before the next list; of the others nobody asks
#: for the month.
NEAR_EMPTY = 400
#: A fault as `health` tells it: boot 6: OSError: 28 File "kiosk/app.py" …
_FAULT = re.compile(r"boot (\d{1,10}): (.{1,400})", re.DOTALL)


def facts(connection: Connection, place_id: int, now: datetime, *, store_id: int | None = None) -> list[StoreFacts]:
    """What is known of the stores, kiosks and printers that the people of a place see.

    Parameters
    ----------
    store_id: only of this store.
    """
    kiosks = [each for each in visible_kiosks(connection, place_id, now, store_id=store_id) if each.state == "enrolled"]
    known = _known(connection, kiosks, now)
    by_store: defaultdict[int, list[KioskFacts]] = defaultdict(list)
    for kiosk in kiosks:
        by_store[kiosk.store_id].append(_kiosk(kiosk, known.get(kiosk.id, {})))
    troubled: defaultdict[int, list[PrinterFacts]] = defaultdict(list)
    for printer in visible_printers(connection, place_id, now, store_id=store_id):
        is_known = printer.state not in (UNKNOWN, UNWATCHED)
        if is_known and not CONDITIONS[printer.state].ready and printer.state_since:
            troubled[printer.store_id].append(PrinterFacts(printer.name, printer.state, printer.state_since))
    return [
        StoreFacts(store.id, store.name, store.zone, by_store[store.id], troubled[store.id])
        for store in visible_stores(connection, place_id)
        if store.id in by_store or store.id in troubled
    ]


def _kiosk(kiosk: Kiosk, known: Mapping[str, Any]) -> KioskFacts:
    health = kiosk.health
    stuck = health.get("stuck")
    fault = _FAULT.match(said) if isinstance(said := health.get("fault"), str) else None
    is_fresh = fault is not None and known.get("boot", 0) - int(fault[1]) <= 1
    depth, oldest = number_of(health.get("depth")), health.get("oldest")
    waits = bool(depth) and isinstance(oldest, int | float) and 0 < oldest < 1e12 and kiosk.heard_at is not None
    return KioskFacts(
        id=kiosk.id,
        touchpoint=kiosk.touchpoint,
        enrolled_at=kiosk.enrolled_at,
        condition=kiosk.condition,
        passed=kiosk.passed,
        battery=known.get("battery"),
        stuck=[each for each in stuck if number_of(each)][:10] if isinstance(stuck, list) else [],
        stuck_since=known.get("stuck_since"),
        unlit=number_of(health.get("unlit")) or 0,
        fault=" ".join(fault[2].split()) if fault and is_fresh else None,
        watchdog=known.get("watchdog", 0),
        clock_days=known.get("clock_days", 0),
        lost=known.get("lost", 0),
        signal=known.get("signal"),
        unsent_since=kiosk.heard_at - (oldest / 86_400_000) * DAY if waits and kiosk.heard_at and oldest else None,
        is_beyond_update=kiosk.release_wanted is not None and kiosk.release_reported is None and bool(health),
    )


def _known(connection: Connection, kiosks: Sequence[Kiosk], now: datetime) -> dict[str, dict[str, Any]]:
    """By kiosk, what stands elsewhere than in its last status."""
    known: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    about = {"kiosks": [kiosk.id for kiosk in kiosks], "since": now - LOOKED_BACK, "weak": WEAK_SIGNAL}
    for query in (_BOOTS, _EVENTS, _CLOCKS, _LOST, _SIGNALS):
        for row in connection.execute(text(query), about):
            known[row.kiosk_id] |= {name: value for name, value in row._mapping.items() if name != "kiosk_id"}
    empty = _near_empty(connection, kiosks)
    readings: defaultdict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for row in connection.execute(text(_BATTERIES), {"kiosks": list(empty), "since": now - MOST_DAYS * DAY}):
        readings[row.kiosk_id].append((row.at, float(row.battery)))
    for kiosk_id, measured in readings.items():
        found = battery_forecast(measured, empty[kiosk_id], now)
        known[kiosk_id]["battery"] = found if isinstance(found, Forecast) else None
    return known


def _near_empty(connection: Connection, kiosks: Sequence[Kiosk]) -> dict[str, int]:
    """The kiosks whose battery may end soon, and where that is as good as empty, mV."""
    measured = {kiosk.id: number_of(kiosk.health.get("battery")) for kiosk in kiosks}
    stores = {kiosk.store_id for kiosk in kiosks if measured[kiosk.id] is not None}
    empty = {store_id: empty_at(connection, store_id) for store_id in stores}
    return {
        kiosk.id: empty[kiosk.store_id]
        for kiosk in kiosks
        if (level := measured[kiosk.id]) is not None and level <= empty[kiosk.store_id] + NEAR_EMPTY
    }


_BOOTS = "SELECT kiosk_id, boot FROM kiosk_status WHERE kiosk_id = ANY(CAST(:kiosks AS text[]))"
# The kind stands in the text: by it the index is chosen.
_EVENTS = f"""
    SELECT cursor.kiosk_id, count(*) FILTER (WHERE event.value = {STARTED}) AS watchdog,
           max(event.happened_at) FILTER (WHERE event.value = {STUCK}) AS stuck_since
    FROM cursor
    JOIN kiosk_record AS event ON event.cursor_id = cursor.id AND event.kind = {EVENT} AND event.happened_at >= :since
    WHERE cursor.kiosk_id = ANY(CAST(:kiosks AS text[]))
      AND (event.value = {STARTED} AND event.extra = {Cause.WATCHDOG:d} OR event.value = {STUCK})
    GROUP BY cursor.kiosk_id
"""  # noqa: S608 - our own numbers
_CLOCKS = """
    SELECT kiosk_id, count(*) AS clock_days FROM kiosk_alarm
    WHERE kiosk_id = ANY(CAST(:kiosks AS text[])) AND kind = 'clock' AND day > CAST(:since AS timestamptz)::date
    GROUP BY kiosk_id
"""
# A view of many days does not see through a join: the cursors are looked up first.
_LOST = """
    SELECT cursor.kiosk_id, sum(days.lost)::int AS lost
    FROM cursor
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(past.lost), 0) + cursor.lost AS lost FROM completeness_past AS past
        WHERE past.cursor_id = cursor.id AND past.day > CAST(:since AS timestamptz)::date) AS days
    WHERE cursor.kiosk_id = ANY(CAST(:kiosks AS text[])) AND cursor.day > CAST(:since AS timestamptz)::date
    GROUP BY cursor.kiosk_id
"""
# Only of those that are weak just now: of the others nobody asks for the week.
_SIGNALS = """
    SELECT weak.kiosk_id, median.signal
    FROM kiosk_status AS weak
    CROSS JOIN LATERAL (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY signal) AS signal FROM kiosk_health
        WHERE kiosk_health.kiosk_id = weak.kiosk_id AND hour >= :since) AS median
    WHERE weak.kiosk_id = ANY(CAST(:kiosks AS text[]))
      AND jsonb_typeof(weak.health -> 'signal') = 'number' AND (weak.health ->> 'signal')::numeric < :weak
"""
_BATTERIES = """
    SELECT near.kiosk_id, daily.at, daily.battery
    FROM unnest(CAST(:kiosks AS text[])) AS near (kiosk_id)
    CROSS JOIN LATERAL (
        SELECT to_timestamp(avg(extract(epoch FROM hour))) AS at,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY battery) AS battery
        FROM kiosk_health
        WHERE kiosk_health.kiosk_id = near.kiosk_id AND hour >= :since AND battery IS NOT NULL
        GROUP BY date_trunc('day', hour, 'UTC')) AS daily
"""
