"""One transaction of the intake: a batch of messages becomes rows, moved cursors and answers.

1. Decode every message; what cannot be read is put aside.
2. Load the kiosks of the batch and lock their cursors, in the order of their keys, so that collectors never deadlock.
3. Accept each frame against its cursor, date and check its records one by one.
4. Write ratings and roll-up in one statement, then the rest, and commit.

The answers are true only after the commit: whoever calls this sends them then, and not before.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from collector.ingest import registry
from collector.ingest.acceptance import accept
from collector.ingest.dating import Anchor, Dated, date
from collector.ingest.frames import (
    EVENT,
    PERHAPS_REPEATED,
    RATING,
    RECORD_LOST,
    TEST,
    Frame,
    Record,
    Status,
    Unreadable,
    decode_frame,
    decode_record,
    decode_status,
)
from collector.ingest.registry import Kiosk
from collector.ratings.insert import Rating, insert_ratings
from collector.ratings.kinds import Channel, Mark
from collector.surveys.scale import weight

log = structlog.get_logger()

#: Largest part of an unreadable message that is kept, bytes.
KEPT = 8192


class Message(NamedTuple):
    """One MQTT message of a kiosk; `name` is `up` or `status`."""

    kiosk: str
    name: str
    payload: bytes
    retained: bool = False


class Answer(NamedTuple):
    """One message for a kiosk; `name` is `ack` or `config`."""

    kiosk: str
    name: str
    body: dict[str, Any]


@dataclass
class Cursor:
    id: int
    kiosk: str
    epoch: int
    seq: int
    recorded: int
    #: When the newest accepted record happened, as far as that is known.
    latest: int


@dataclass
class Batch:
    """What one transaction writes."""

    received: datetime
    ratings: list[Rating] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    gaps: list[tuple[Any, ...]] = field(default_factory=list)
    put_aside: list[tuple[Any, ...]] = field(default_factory=list)
    statuses: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    #: By (cursor, day of its store): how many were stored, put aside, lost.
    days: dict[tuple[int, Any], Counter[str]] = field(default_factory=dict)
    moved: dict[int, Cursor] = field(default_factory=dict)
    rated_stores: set[int] = field(default_factory=set)
    touched_stores: set[int] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)


def write(connection: Connection[TupleRow], messages: Sequence[Message], received: datetime) -> list[Answer]:
    """Write a batch in one transaction; returns what to tell the kiosks once this has returned.

    Raises
    ------
    psycopg.Error: nothing of the batch was written.
    """
    batch = Batch(received)
    decoded = [_decode(message) for message in messages]
    with connection.transaction():
        kiosks = registry.load(connection, {message.kiosk for message in messages})
        keys = {
            (message.kiosk, content.epoch)
            for message, content in zip(messages, decoded, strict=True)
            if not isinstance(content, Unreadable) and message.kiosk in kiosks
        }
        cursors = _lock_cursors(connection, kiosks, keys, received)
        for message, content in zip(messages, decoded, strict=True):
            kiosk = kiosks.get(message.kiosk)
            if kiosk is None:
                _put_aside(batch, message, "No enrolled kiosk has this name.")
            elif isinstance(content, Unreadable):
                _put_aside(batch, message, str(content))
                if message.name == "up":
                    _refuse(connection, batch, message, str(content))
            elif isinstance(content, Frame):
                _take_frame(batch, kiosk, cursors[message.kiosk, content.epoch], content, message)
            else:
                _take_status(connection, batch, kiosk, cursors[message.kiosk, content.epoch], content, message)
        _flush(connection, batch)
    return batch.answers


def put_aside(connection: Connection[TupleRow], message: Message, reason: str, received: datetime) -> list[Answer]:
    """Put one message aside whole, because writing it failed; the kiosk hears its cursor and the reason."""
    batch = Batch(received)
    with connection.transaction():
        _put_aside(batch, message, reason)
        if message.name == "up":
            _refuse(connection, batch, message, reason)
        _flush(connection, batch)
    return batch.answers


def _decode(message: Message) -> Frame | Status | Unreadable:
    try:
        return decode_frame(message.payload) if message.name == "up" else decode_status(message.payload)
    except Unreadable as problem:
        return problem


def _lock_cursors(
    connection: Connection[TupleRow], kiosks: dict[str, Kiosk], keys: set[tuple[str, int]], received: datetime
) -> dict[tuple[str, int], Cursor]:
    names, epochs = [kiosk for kiosk, _ in sorted(keys)], [epoch for _, epoch in sorted(keys)]
    opened = connection.execute(
        """
        INSERT INTO cursor (kiosk_id, epoch, opened_at)
        SELECT unnest(%b::text[]), unnest(%b::int[]), %b ON CONFLICT DO NOTHING RETURNING kiosk_id, epoch
        """,
        [names, epochs, received],
    ).fetchall()
    for kiosk_id, epoch in opened:
        log.info("epoch opened", kiosk=kiosk_id, epoch=epoch)
    rows = connection.execute(
        """
        SELECT id, kiosk_id, epoch, seq, recorded, latest_at
        FROM cursor JOIN (SELECT unnest(%b::text[]) AS kiosk_id, unnest(%b::int[]) AS epoch) AS wanted
        USING (kiosk_id, epoch)
        ORDER BY kiosk_id, epoch FOR UPDATE OF cursor
        """,
        [names, epochs],
    ).fetchall()
    return {
        (kiosk_id, epoch): Cursor(
            cursor_id, kiosk_id, epoch, seq, recorded, _to_ms(latest_at or kiosks[kiosk_id].enrolled_at)
        )
        for cursor_id, kiosk_id, epoch, seq, recorded, latest_at in rows
    }


def _take_frame(batch: Batch, kiosk: Kiosk, cursor: Cursor, frame: Frame, message: Message) -> None:
    acceptance = accept(cursor.seq, frame.held, frame.first, len(frame.records))
    day = _day(batch, kiosk, cursor)
    if acceptance.gap:
        first, last = acceptance.gap
        reason = "unknown" if frame.lost is msgspec.UNSET else frame.lost
        batch.gaps.append((cursor.id, first, last, reason))
        day["lost"] += last - first + 1

    readable: list[tuple[int, Record]] = []
    for offset, raw in enumerate(frame.records[acceptance.skipped :], start=acceptance.skipped):
        seq = frame.first + offset
        try:
            record = decode_record(raw)
            _check_against_settings(record, kiosk)
        except Unreadable as problem:
            _put_aside(batch, message._replace(payload=bytes(raw)), str(problem), cursor, seq)
            day["put_aside"] += 1
        else:
            readable.append((seq, record))

    anchors = {boot: Anchor(uptime, utc) for boot, uptime, utc in frame.anchors}
    if frame.utc is not msgspec.UNSET:
        anchors[frame.boot] = Anchor(frame.uptime, frame.utc)
    dates = date([record for _, record in readable], anchors, cursor.latest, _to_ms(batch.received))
    for (seq, record), dated in zip(readable, dates, strict=True):
        _store(batch, kiosk, cursor, seq, record, dated)
        day["lost" if (record.kind, record.value) == (EVENT, RECORD_LOST) else "stored"] += 1
        if dated.earliest is None:
            cursor.latest = dated.happened

    cursor.seq = acceptance.cursor
    cursor.recorded = max(cursor.recorded, frame.first + len(frame.records) - 1)
    _answer(batch, cursor)


def _check_against_settings(record: Record, kiosk: Kiosk) -> None:
    if record.kind not in {RATING, TEST}:
        return
    question = kiosk.question(record.settings)
    if question is None:
        raise Unreadable(f"This kiosk was never given settings version {record.settings}.")
    if record.value > question.buttons:
        raise Unreadable(f"Button {record.value} was pressed, but the question has {question.buttons} buttons.")


def _store(batch: Batch, kiosk: Kiosk, cursor: Cursor, seq: int, record: Record, dated: Dated) -> None:
    happened, quality = _to_datetime(dated.happened), int(dated.quality)
    if record.kind not in {RATING, TEST}:
        batch.records.append(
            (
                *(cursor.id, seq, record.kind, record.value, record.extra, record.flags),
                *(record.boot, record.uptime, happened, quality),
            )
        )
        return
    placement = kiosk.stood(happened)
    question = kiosk.question(record.settings)
    assert question is not None  # noqa: S101 - checked by _check_against_settings
    batch.ratings.append(
        Rating(
            cursor_id=cursor.id,
            seq=seq,
            channel=Channel.KIOSK_BUTTON,
            happened_at=happened,
            earliest_at=None if dated.earliest is None else _to_datetime(dated.earliest),
            time_quality=dated.quality,
            store_id=placement.store_id,
            touchpoint_id=placement.touchpoint_id,
            question_id=question.id,
            button=record.value,
            score=weight(record.value, question.buttons),
            mark=_mark(record),
            boot=record.boot,
            uptime=record.uptime,
            settings_version=record.settings,
        )
    )
    batch.rated_stores.add(placement.store_id)


def _mark(record: Record) -> Mark:
    if record.kind == TEST:
        return Mark.TEST
    return Mark.PERHAPS_REPEATED if record.flags & PERHAPS_REPEATED else Mark.COUNTED


def _take_status(
    connection: Connection[TupleRow], batch: Batch, kiosk: Kiosk, cursor: Cursor, status: Status, message: Message
) -> None:
    cursor.recorded = max(cursor.recorded, status.seq)
    _day(batch, kiosk, cursor)
    order = (cursor.id, status.boot, status.connection)
    earlier = batch.statuses.get(message.kiosk)
    # The broker's retained copy tells nothing new of a kiosk that is known already.
    if earlier is None or (order > earlier[:3] if message.retained else order >= earlier[:3]):
        until = None if status.until is msgspec.UNSET else _to_datetime(status.until)
        counts = (status.seq, status.confirmed, status.settings)
        batch.statuses[message.kiosk] = (*order, status.state, until, *counts, Jsonb(status.health), message.retained)
    if status.state == "online" and not message.retained:
        _answer(batch, cursor)
        if status.settings != kiosk.settings_version:
            batch.answers.append(Answer(message.kiosk, "config", _config(connection, message.kiosk)))


def _config(connection: Connection[TupleRow], kiosk_id: str) -> dict[str, Any]:
    version, settings = connection.execute(
        "SELECT version, settings FROM kiosk_settings WHERE kiosk_id = %s ORDER BY version DESC LIMIT 1", [kiosk_id]
    ).fetchall()[0]
    return {"v": 1, "version": version, "settings": settings}


def _answer(batch: Batch, cursor: Cursor, **more: Any) -> None:
    body = {"v": 1, "epoch": cursor.epoch, "seq": cursor.seq, "utc": _to_ms(batch.received), **more}
    batch.answers.append(Answer(cursor.kiosk, "ack", body))


def _refuse(connection: Connection[TupleRow], batch: Batch, message: Message, reason: str) -> None:
    """Answer a frame that could not be taken whole with the kiosk's cursor and why."""
    head = _readable_head(message.payload)
    row = connection.execute(
        # The epoch of the frame where that much can be read, else the newest.
        "SELECT epoch, seq FROM cursor WHERE kiosk_id = %s ORDER BY epoch = %s DESC, id DESC LIMIT 1",
        [message.kiosk, head.epoch],
    ).fetchone()
    if row:
        epoch, seq = row
        answer = {"v": 1, "epoch": epoch, "seq": seq, "utc": _to_ms(batch.received)}
        batch.answers.append(Answer(message.kiosk, "ack", {**answer, "reason": reason, "refused": head.first}))


class _Head(msgspec.Struct):
    epoch: int = 0
    first: int = 0


_head = msgspec.json.Decoder(_Head)


def _readable_head(payload: bytes) -> _Head:
    try:
        head = _head.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Head()
    return head if 0 < head.epoch < 2**31 and 0 < head.first < 2**31 else _Head()


def _put_aside(
    batch: Batch, message: Message, reason: str, cursor: Cursor | None = None, seq: int | None = None
) -> None:
    identity = f"{message.kiosk}/{message.name}/{cursor.id if cursor else ''}/{seq or ''}/".encode()
    digest = hashlib.sha256(identity + message.payload).digest()
    reason = reason.replace("\0", "�")  # PostgreSQL's text has no NUL
    batch.put_aside.append((digest, message.kiosk, cursor.id if cursor else None, seq, reason, message.payload[:KEPT]))
    log.warning("put aside", kiosk=message.kiosk, message=message.name, seq=seq, reason=reason)


def _day(batch: Batch, kiosk: Kiosk, cursor: Cursor) -> Counter[str]:
    """The counts of the cursor's day, which is the day of the store where the kiosk stands now."""
    placement = kiosk.placements[-1]
    batch.touched_stores.add(placement.store_id)
    batch.moved[cursor.id] = cursor
    day = batch.received.astimezone(placement.time_zone).date()
    return batch.days.setdefault((cursor.id, day), Counter())


def _flush(connection: Connection[TupleRow], batch: Batch) -> None:
    with connection.pipeline():
        if batch.ratings:
            insert_ratings(connection, batch.received, batch.ratings)
        if batch.records:
            connection.execute(_INSERT_RECORDS, [batch.received, *map(list, zip(*batch.records, strict=True))])
        if batch.gaps:
            connection.execute(_INSERT_GAPS, [batch.received, *map(list, zip(*batch.gaps, strict=True))])
        # Sorted, like every row that two collectors may both want: so they never wait for each other in a circle.
        for aside in sorted(batch.put_aside, key=lambda row: row[0]):
            connection.execute(_PUT_ASIDE, [*aside, batch.received, batch.received])
        if batch.moved:
            columns = zip(
                *((c.id, c.seq, c.recorded, _to_datetime(c.latest)) for c in batch.moved.values()), strict=True
            )
            connection.execute(_MOVE_CURSORS, [*map(list, columns)])
        for (cursor_id, day), counts in batch.days.items():
            cursor = batch.moved[cursor_id]
            numbers = [counts[name] for name in ("stored", "put_aside", "lost")]
            connection.execute(_COUNT_DAY, [cursor_id, day, cursor.recorded, cursor.seq, *numbers])
        for kiosk_id, status in sorted(batch.statuses.items()):
            connection.execute(_MERGE_STATUS, [kiosk_id, *status[:-1], batch.received, status[-1]])
        for channel, stores in (("ratings", batch.rated_stores), ("kiosks", batch.touched_stores)):
            if stores:
                payload = msgspec.json.encode({"stores": sorted(stores)}).decode()
                connection.execute("SELECT pg_notify(%s, %s)", [channel, payload])


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
    kiosk_id, cursor_id, boot, connection, state, asleep_until, seq, confirmed, settings_version, health, received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (kiosk_id) DO UPDATE SET
    cursor_id = excluded.cursor_id, boot = excluded.boot, connection = excluded.connection, state = excluded.state,
    asleep_until = excluded.asleep_until, settings_version = excluded.settings_version,
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


def _to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _to_datetime(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
