"""How kiosks were, hour by hour: one row a kiosk and hour (fleet.tables.kiosk_health), by its last status of the hour.

What a kiosk says of its health is from outside, so only what can be true is kept of it. Starts are counted by the
records in which kiosks write them down, each with its own cause and time, and not by boot numbers: those say nothing of
when and why, and begin again on blank flash.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.arrays import ints

#: How long it is kept: the same week of last year can still be seen.
KEPT = timedelta(days=400)
#: Milliseconds that a kiosk may say of itself: ten years.
_LONGEST = 10 * 365 * 24 * 3_600_000


class HealthRow(NamedTuple):
    """What a status said, of what is kept."""

    kiosk_id: str
    #: Which status it was.
    boot: int
    connection: int
    battery: int | None
    signal: int | None
    depth: int | None
    oldest: int | None
    clock: int | None
    firmware: str | None
    release: int | None


class StartRow(NamedTuple):
    kiosk_id: str
    happened_at: datetime
    #: As in the event.
    cause: int


def health_row(kiosk_id: str, boot: int, connection: int, health: Mapping[str, object]) -> HealthRow:
    firmware = health.get("firmware")
    return HealthRow(
        kiosk_id,
        boot,
        connection,
        battery=_number(health.get("battery"), 0, 100_000),
        signal=_number(health.get("signal"), -200, 50),
        depth=_number(health.get("depth"), 0, 2**31 - 1),
        oldest=_number(health.get("oldest"), 0, _LONGEST),
        clock=_number(health.get("clock_error"), -_LONGEST, _LONGEST),
        firmware=firmware[:40] if isinstance(firmware, str) else None,
        release=_number(health.get("release"), 0, 2**31 - 1),
    )


def write(
    connection: Connection[TupleRow], healths: Sequence[HealthRow], starts: Sequence[StartRow], received: datetime
) -> None:
    """Write what was said and what had started; most batches have neither."""
    if healths:
        _keep(connection, healths, received)
    if starts:
        _count_starts(connection, starts)


def _keep(connection: Connection[TupleRow], rows: Sequence[HealthRow], received: datetime) -> None:
    """Write what the newest status of each kiosk said, where `kiosk_status` has just taken that very status."""
    newest = {row.kiosk_id: row for row in rows}  # the last one wins
    columns = [list(column) for column in zip(*(newest[name] for name in sorted(newest)), strict=True)]
    connection.execute(_KEEP, [received, *columns, received])


def _count_starts(connection: Connection[TupleRow], starts: Sequence[StartRow]) -> None:
    """Count starts in the hours in which they happened."""
    ordered = sorted(starts)  # by kiosk: two collectors never wait for each other in a circle
    columns = [each.kiosk_id for each in ordered], [each.happened_at for each in ordered]
    connection.execute(_COUNT_STARTS, [*columns, ints([each.cause for each in ordered])])


def forget(connection: Connection[TupleRow], now: datetime) -> None:
    """Forget what is older than KEPT, two days of each kiosk at a time: the next round takes on what is left."""
    connection.execute(_FORGET, [now - KEPT])


def _number(said: object, least: int, most: int) -> int | None:
    """A number that a kiosk said, if it can be true."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not least <= said <= most:
        return None  # NaN is not between any two
    return round(said)


_KEEP = """
INSERT INTO kiosk_health AS known (
    kiosk_id, hour, battery, signal, depth, oldest, clock, firmware, release)
SELECT new.kiosk_id, date_trunc('hour', %b::timestamptz, 'UTC'),
       battery, signal, depth, oldest, clock, firmware, release
FROM unnest(
    %b::text[], %b::int[], %b::int[], %b::int[], %b::int[], %b::int[], %b::int8[], %b::int8[], %b::text[], %b::int[])
    AS new (kiosk_id, boot, connection, battery, signal, depth, oldest, clock, firmware, release)
JOIN kiosk_status AS taken ON taken.kiosk_id = new.kiosk_id AND taken.boot = new.boot
                          AND taken.connection = new.connection AND taken.received_at = %b
ON CONFLICT (kiosk_id, hour) DO UPDATE SET
    battery = coalesce(excluded.battery, known.battery), signal = coalesce(excluded.signal, known.signal),
    depth = excluded.depth, oldest = excluded.oldest, clock = coalesce(excluded.clock, known.clock),
    firmware = coalesce(excluded.firmware, known.firmware), release = coalesce(excluded.release, known.release)
WHERE (known.battery, known.signal, known.depth, known.oldest, known.clock, known.firmware, known.release)
      IS DISTINCT FROM
      (excluded.battery, excluded.signal, excluded.depth, excluded.oldest, excluded.clock, excluded.firmware,
       excluded.release)
"""

_COUNT_STARTS = """
INSERT INTO kiosk_health AS known (kiosk_id, hour, boots, reset)
SELECT kiosk_id, hour, count(*), (array_agg(cause ORDER BY at DESC))[1]
FROM (SELECT kiosk_id, date_trunc('hour', happened_at, 'UTC') AS hour, happened_at AS at, cause
      FROM unnest(%b::text[], %b::timestamptz[], %b::int[]) AS started (kiosk_id, happened_at, cause)) AS each
GROUP BY kiosk_id, hour ORDER BY kiosk_id, hour
ON CONFLICT (kiosk_id, hour) DO UPDATE SET boots = known.boots + excluded.boots, reset = excluded.reset
"""

_FORGET = """
DELETE FROM kiosk_health USING (
    SELECT old.kiosk_id, old.hour FROM kiosk
    CROSS JOIN LATERAL (
        SELECT kiosk_id, hour FROM kiosk_health
        WHERE kiosk_health.kiosk_id = kiosk.id AND hour < %s ORDER BY hour LIMIT 48) AS old) AS over
WHERE kiosk_health.kiosk_id = over.kiosk_id AND kiosk_health.hour = over.hour
"""
