"""The rows that one transaction of the intake writes, and how they are written."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from collector import changes
from collector.arrays import ints, longs
from collector.fleet.alarms import Kind
from collector.fleet.credentials import end_older_secrets
from collector.ingest import health
from collector.moments import to_ms
from collector.ratings.insert import NewRatings

#: Whole messages of one kiosk that are kept in a day when they are put aside.
ASIDES_A_DAY = 100


@dataclass(slots=True)
class Cursor:
    """How far a kiosk's journal is committed."""

    id: int
    kiosk: str
    epoch: int
    seq: int
    recorded: int
    #: When the newest accepted record happened, as far as that is known; ms since 1970 UTC.
    latest: int
    #: Another kiosk had this epoch first.
    is_foreign: bool
    #: The store's day, in days since 1 January of the year 1; 0 before the first.
    day: int
    #: What became of records in this transaction.
    stored: int = 0
    put_aside: int = 0
    lost: int = 0


class RecordRow(NamedTuple):
    """A record that is no rating."""

    cursor_id: int
    seq: int
    kind: int
    value: int
    extra: int
    flags: int
    boot: int
    uptime: int
    happened_at: datetime
    time_quality: int


class GapRow(NamedTuple):
    cursor_id: int
    first_seq: int
    last_seq: int
    reason: str


class AsideRow(NamedTuple):
    """What broke a rule: with cursor and seq one record, without a whole message."""

    digest: bytes
    kiosk_id: str
    cursor_id: int | None
    seq: int | None
    reason: str
    payload: bytes


class AlarmRow(NamedTuple):
    """Something odd about a kiosk: one a kind and day is kept, and how often it came."""

    kiosk_id: str
    kind: Kind
    reason: str
    times: int = 1


class StatusRow(NamedTuple):
    kiosk_id: str
    cursor_id: int
    boot: int
    connection: int
    state: str
    asleep_until: datetime | None
    seq: int
    confirmed: int
    settings_version: int
    secret: int | None
    health: str
    #: The broker's retained copy tells nothing new of a message that is known already.
    retained: bool


@dataclass
class Rows:
    """What one transaction writes."""

    received: datetime
    #: The same in ms since 1970 UTC.
    received_ms: int = field(init=False)
    ratings: NewRatings = field(default_factory=NewRatings)
    records: list[RecordRow] = field(default_factory=list)
    gaps: list[GapRow] = field(default_factory=list)
    put_aside: list[AsideRow] = field(default_factory=list)
    #: In the order in which they came.
    statuses: list[StatusRow] = field(default_factory=list)
    healths: list[health.HealthRow] = field(default_factory=list)
    starts: list[health.StartRow] = field(default_factory=list)
    #: By kiosk: number of the secret that it has just signed in with.
    secrets: dict[str, int] = field(default_factory=dict)
    cursors: dict[int, Cursor] = field(default_factory=dict)
    #: Ids of the cursors for which another day has begun.
    new_days: list[int] = field(default_factory=list)
    alarms: list[AlarmRow] = field(default_factory=list)
    #: Stores with a kiosk that has said something.
    stores: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.received_ms = to_ms(self.received)


def flush(connection: Connection[TupleRow], rows: Rows) -> None:
    """Write all of it, in the transaction of `connection`, and tell whoever listens."""
    received = rows.received
    asides = _within_limits(connection, rows)
    if rows.ratings:
        rows.ratings.insert(connection, received)
    with connection.pipeline():
        if rows.new_days:
            connection.execute(_END_DAYS, [ints(rows.new_days)])
        if rows.cursors:
            _move_cursors(connection, list(rows.cursors.values()))
        if rows.records:
            connection.execute(_INSERT_RECORDS, [received, *_columns(rows.records)])
        if rows.gaps:
            connection.execute(_INSERT_GAPS, [received, *_columns(rows.gaps)])
        # Sorted, like every row that two collectors may both want: so they never wait for each other in a circle.
        for aside in sorted(asides, key=lambda row: row.digest):
            connection.execute(_PUT_ASIDE, [*aside, received, received])
        for (kiosk_id, kind, reason), times in sorted(_counted(rows.alarms).items()):
            values = [kind, reason, times, received.date(), received, received, kiosk_id]
            connection.execute(_RAISE_ALARM, values)
        for retained, statuses in _once_a_kiosk(rows.statuses):
            columns = _columns(statuses)[:-1]
            connection.execute(_MERGE_STATUSES, [received, *columns, retained])
        health.write(connection, rows.healths, rows.starts, received)
        if rows.secrets:
            end_older_secrets(connection, rows.secrets)
        if rows.ratings:
            changes.tell(connection, changes.STORES, rows.ratings.stores)
        if rows.stores:
            changes.tell(connection, changes.KIOSKS, rows.stores)


def _move_cursors(connection: Connection[TupleRow], cursors: Sequence[Cursor]) -> None:
    # The columns that change with every record, as fast as they can be packed.
    connection.execute(
        _MOVE_CURSORS,
        [
            ints([each.id for each in cursors]),
            ints([each.seq for each in cursors]),
            ints([each.recorded for each in cursors]),
            longs([each.latest for each in cursors]),
            ints([each.day for each in cursors]),
            ints([each.stored for each in cursors]),
            ints([each.put_aside for each in cursors]),
            ints([each.lost for each in cursors]),
        ],
    )


def _counted(alarms: Sequence[AlarmRow]) -> Counter[tuple[str, Kind, str]]:
    times: Counter[tuple[str, Kind, str]] = Counter()
    for kiosk_id, kind, reason, more in alarms:
        times[kiosk_id, kind, reason] += more
    return times


def _once_a_kiosk(statuses: Sequence[StatusRow]) -> Iterator[tuple[bool, list[StatusRow]]]:
    """All of them, each kiosk's in their order, in parts with at most one of a kiosk, sorted by kiosk: retained ones
    and others apart."""
    parts: dict[tuple[int, bool], list[StatusRow]] = {}
    came: Counter[str] = Counter()
    for status in statuses:
        came[status.kiosk_id] += 1
        parts.setdefault((came[status.kiosk_id], status.retained), []).append(status)
    for (_, retained), part in sorted(parts.items()):
        yield retained, sorted(part)


def _within_limits(connection: Connection[TupleRow], rows: Rows) -> list[AsideRow]:
    """What is put aside. Every record is kept, for its kiosk forgets it. Of a kiosk that sends more whole messages of
    nonsense than a person could read, the rest is only counted: what they held, the kiosk keeps."""
    names = sorted({aside.kiosk_id for aside in rows.put_aside if aside.seq is None})
    if not names:
        return rows.put_aside
    kept: Counter[str] = Counter(
        dict(
            connection.execute(
                "SELECT kiosk_id, count(*) FROM put_aside WHERE kiosk_id = ANY(%s) AND seq IS NULL"
                " AND first_at > %s - interval '1 day' AND first_at <= %s GROUP BY kiosk_id",
                [names, rows.received, rows.received],
            ).fetchall()
        )
    )
    asides = []
    for aside in rows.put_aside:
        if aside.seq is None:
            kept[aside.kiosk_id] += 1
            if kept[aside.kiosk_id] > ASIDES_A_DAY:
                digest = hashlib.sha256(f"{aside.kiosk_id}/{rows.received.date()}".encode()).digest()
                reason = f"More than {ASIDES_A_DAY} messages were put aside in a day; these were only counted."
                aside = AsideRow(digest, aside.kiosk_id, None, None, reason, b"")  # noqa: PLW2901
        asides.append(aside)
    return asides


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


_INSERT_RECORDS = """
INSERT INTO kiosk_record (
    received_at, cursor_id, seq, kind, value, extra, flags, boot, uptime, happened_at, time_quality)
SELECT %b, new.* FROM unnest(
    %b::int[], %b::int[], %b::int2[], %b::int2[], %b::int[], %b::int2[], %b::int[], %b::int8[],
    %b::timestamptz[], %b::int2[]) AS new
"""

_INSERT_GAPS = """
INSERT INTO gap (found_at, cursor_id, first_seq, last_seq, reason)
SELECT %b, new.* FROM unnest(%b::int[], %b::int[], %b::int[], %b::text[]) AS new
"""

_PUT_ASIDE = """
INSERT INTO put_aside (digest, kiosk_id, cursor_id, seq, reason, payload, first_at, last_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (digest) DO UPDATE SET times = put_aside.times + 1, last_at = excluded.last_at
"""

_MOVE_CURSORS = """
UPDATE cursor SET
    seq = new.seq, recorded = new.recorded, latest = new.latest, day = date '0001-01-01' + (new.day - 1),
    stored = cursor.stored + new.stored, put_aside = cursor.put_aside + new.put_aside, lost = cursor.lost + new.lost
FROM unnest(%b, %b, %b, %b, %b, %b, %b, %b) AS new (id, seq, recorded, latest, day, stored, put_aside, lost)
WHERE cursor.id = new.id
"""

_END_DAYS = """
WITH over AS (
    UPDATE cursor SET day = NULL, stored = 0, put_aside = 0, lost = 0
    FROM (SELECT id, day, recorded, seq, stored, put_aside, lost FROM cursor WHERE id = ANY(%b)) AS old
    WHERE cursor.id = old.id RETURNING old.*)
INSERT INTO completeness_past AS known (cursor_id, day, recorded, received, stored, put_aside, lost)
SELECT * FROM over WHERE day IS NOT NULL ORDER BY id
ON CONFLICT (cursor_id, day) DO UPDATE SET
    recorded = excluded.recorded, received = excluded.received, stored = known.stored + excluded.stored,
    put_aside = known.put_aside + excluded.put_aside, lost = known.lost + excluded.lost
"""

_RAISE_ALARM = """
INSERT INTO kiosk_alarm AS known (kiosk_id, kind, reason, times, day, first_at, last_at)
SELECT id, %s, %s, %s, %s, %s, %s FROM kiosk WHERE id = %s
ON CONFLICT (kiosk_id, kind, day) DO UPDATE SET
    reason = excluded.reason, times = known.times + excluded.times, last_at = excluded.last_at
"""

_MERGE_STATUSES = """
INSERT INTO kiosk_status AS known (
    kiosk_id, cursor_id, boot, connection, state, asleep_until, seq, confirmed, settings_version, secret, health,
    received_at)
SELECT kiosk_id, cursor_id, boot, connection, state, asleep_until, seq, confirmed, settings_version, secret,
       health::jsonb, %b
FROM unnest(
    %b::text[], %b::int[], %b::int[], %b::int[], %b::text[], %b::timestamptz[], %b::int[], %b::int[], %b::int[],
    %b::int[], %b::text[])
    AS new (kiosk_id, cursor_id, boot, connection, state, asleep_until, seq, confirmed, settings_version, secret,
            health)
ON CONFLICT (kiosk_id) DO UPDATE SET
    cursor_id = excluded.cursor_id, boot = excluded.boot, connection = excluded.connection, state = excluded.state,
    asleep_until = excluded.asleep_until, settings_version = excluded.settings_version,
    secret = excluded.secret,
    -- A last will was written when its connection began: it takes nothing back that was said since.
    seq = CASE WHEN excluded.cursor_id = known.cursor_id THEN greatest(excluded.seq, known.seq) ELSE excluded.seq END,
    confirmed = CASE WHEN excluded.boot = known.boot THEN greatest(excluded.confirmed, known.confirmed)
                     ELSE excluded.confirmed END,
    health = CASE WHEN excluded.health = '{}' THEN known.health ELSE excluded.health END,
    received_at = excluded.received_at
WHERE (excluded.cursor_id, excluded.boot, excluded.connection) > (known.cursor_id, known.boot, known.connection)
   -- The end of a connection is its last word, in whatever order two collectors write.
   OR (NOT %b::bool AND (known.state = 'online' OR excluded.state <> 'online')
       AND (excluded.cursor_id, excluded.boot, excluded.connection)
         = (known.cursor_id, known.boot, known.connection))
"""
