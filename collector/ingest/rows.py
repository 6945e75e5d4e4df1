"""The rows that one transaction of the intake writes, and how they are written."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from collector import changes
from collector.fleet.credentials import end_older_secrets
from collector.ratings.insert import Rating, insert_ratings

#: Messages and records of one kiosk that are kept in a day when they are put aside.
ASIDES_A_DAY = 100


@dataclass
class Cursor:
    """How far a kiosk's journal is committed."""

    id: int
    kiosk: str
    epoch: int
    seq: int
    recorded: int
    #: When the newest accepted record happened, as far as that is known; ms since 1970 UTC.
    latest: int


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
    health: Jsonb
    #: The broker's retained copy tells nothing new of a message that is known already.
    retained: bool


@dataclass
class Rows:
    """What one transaction writes."""

    received: datetime
    ratings: list[Rating] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    gaps: list[GapRow] = field(default_factory=list)
    put_aside: list[AsideRow] = field(default_factory=list)
    #: In the order in which they came.
    statuses: list[StatusRow] = field(default_factory=list)
    #: By kiosk: number of the secret that it has just signed in with.
    secrets: dict[str, int] = field(default_factory=dict)
    cursors: dict[int, Cursor] = field(default_factory=dict)
    #: By (cursor, day of its store): how many records were stored, put aside, lost.
    days: dict[tuple[int, date], Counter[str]] = field(default_factory=dict)
    #: Stores with a kiosk that has said something.
    stores: set[int] = field(default_factory=set)


def flush(connection: Connection[TupleRow], rows: Rows) -> None:
    """Write all of it, in the transaction of `connection`, and tell whoever listens."""
    received = rows.received
    asides = _within_limits(connection, rows)
    with connection.pipeline():
        if rows.ratings:
            insert_ratings(connection, received, rows.ratings)
        if rows.records:
            connection.execute(_INSERT_RECORDS, [received, *_columns(rows.records)])
        if rows.gaps:
            connection.execute(_INSERT_GAPS, [received, *_columns(rows.gaps)])
        # Sorted, like every row that two collectors may both want: so they never wait for each other in a circle.
        for aside in sorted(asides, key=lambda row: row.digest):
            connection.execute(_PUT_ASIDE, [*aside, received, received])
        if rows.cursors:
            moved = [(each.id, each.seq, each.recorded, to_datetime(each.latest)) for each in rows.cursors.values()]
            connection.execute(_MOVE_CURSORS, _columns(moved))
        for (cursor_id, day), counts in rows.days.items():
            cursor = rows.cursors[cursor_id]
            numbers = [counts[name] for name in ("stored", "put_aside", "lost")]
            connection.execute(_COUNT_DAY, [cursor_id, day, cursor.recorded, cursor.seq, *numbers])
        for status in sorted(rows.statuses, key=lambda row: row.kiosk_id):
            connection.execute(_MERGE_STATUS, [*status[:-1], received, status.retained])
        if rows.secrets:
            end_older_secrets(connection, rows.secrets)
        if rows.ratings:
            changes.tell(connection, changes.STORES, {rating.store_id for rating in rows.ratings})
        if rows.stores:
            changes.tell(connection, changes.KIOSKS, rows.stores)


def _within_limits(connection: Connection[TupleRow], rows: Rows) -> list[AsideRow]:
    """What is put aside; of a kiosk that says more nonsense than a person could read, the rest is only counted."""
    if not rows.put_aside:
        return []
    kept: Counter[str] = Counter(
        dict(
            connection.execute(
                "SELECT kiosk_id, count(*) FROM put_aside WHERE kiosk_id = ANY(%s) AND first_at > %s - interval '1 day'"
                " GROUP BY kiosk_id",
                [[aside.kiosk_id for aside in rows.put_aside], rows.received],
            ).fetchall()
        )
    )
    asides = []
    for aside in rows.put_aside:
        kept[aside.kiosk_id] += 1
        if kept[aside.kiosk_id] > ASIDES_A_DAY:
            digest = hashlib.sha256(f"{aside.kiosk_id}/{rows.received.date()}".encode()).digest()
            reason = f"More than {ASIDES_A_DAY} messages were put aside in a day; these were only counted."
            aside = AsideRow(digest, aside.kiosk_id, None, None, reason, b"")  # noqa: PLW2901
        asides.append(aside)
    return asides


def to_datetime(ms: int) -> datetime:
    """A moment from milliseconds since 1970 UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return round(moment.timestamp() * 1000)


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
UPDATE cursor SET seq = new.seq, recorded = new.recorded, latest_at = new.latest_at
FROM unnest(%b::int[], %b::int[], %b::int[], %b::timestamptz[]) AS new (id, seq, recorded, latest_at)
WHERE cursor.id = new.id
"""

_COUNT_DAY = """
INSERT INTO completeness_day AS known (cursor_id, day, recorded, received, stored, put_aside, lost)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (cursor_id, day) DO UPDATE SET
    recorded = excluded.recorded, received = excluded.received, stored = known.stored + excluded.stored,
    put_aside = known.put_aside + excluded.put_aside, lost = known.lost + excluded.lost
"""

_MERGE_STATUS = """
INSERT INTO kiosk_status AS known (
    kiosk_id, cursor_id, boot, connection, state, asleep_until, seq, confirmed, settings_version, secret, health,
    received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
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
   OR (NOT %s AND (excluded.cursor_id, excluded.boot, excluded.connection)
                = (known.cursor_id, known.boot, known.connection))
"""
