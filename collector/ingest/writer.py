"""One transaction of the intake: a batch of messages becomes rows, moved cursors and answers.

1. Decode every message; what breaks a rule is put aside.
2. Load the kiosks of the batch and lock their cursors, in the order of their keys, so that collectors never deadlock.
3. Accept each frame against its cursor, date and check its records one by one.
4. Write it all, see what else the kiosks should hear, and commit.

The answers are true only after the commit: whoever calls this sends them then, and not before.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

import msgspec
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from collector.fleet.commands import conclude
from collector.ingest import kiosks
from collector.ingest.acceptance import accept
from collector.ingest.answers import Answer
from collector.ingest.dating import Anchor, Dated, date
from collector.ingest.frames import (
    BY_TOUCH,
    EVENT,
    IN_REPEAT_WINDOW,
    PERHAPS_REPEATED,
    RATING,
    RECORD_LOST,
    TEST,
    Ack,
    Frame,
    Record,
    Reply,
    RuleBroken,
    Status,
    Want,
    decode_frame,
    decode_record,
    decode_reply,
    decode_status,
    decode_want,
    head_of,
)
from collector.ingest.kiosks import Kiosk, Question
from collector.ingest.news import Heard, chunks, commands, news
from collector.ingest.rows import AsideRow, Cursor, GapRow, RecordRow, Rows, StatusRow, flush, to_datetime, to_ms
from collector.links.codes import Press
from collector.ratings.insert import Rating
from collector.ratings.kinds import Channel, Mark
from collector.surveys.scale import is_bad, weight

log = structlog.get_logger()

Content: TypeAlias = Frame | Status | Reply | Want

#: Largest part of a message that is kept when it is put aside, bytes.
KEPT = 8192
#: A press older than this, in ms, has no customer before the kiosk any more.
FRESH = 5_000
#: How each message is read, by the last part of its topic.
_DECODERS: Mapping[str, Callable[[bytes], Content]] = {
    "up": decode_frame,
    "status": decode_status,
    "reply": decode_reply,
    "want": decode_want,
}


class Message(NamedTuple):
    """One MQTT message of a kiosk; `name` is the last part of its topic."""

    kiosk: str
    name: str
    payload: bytes
    retained: bool = False


def write(connection: Connection[TupleRow], messages: Sequence[Message], received: datetime) -> list[Answer]:
    """Write a batch in one transaction; returns what to tell the kiosks once this has returned.

    Raises
    ------
    psycopg.Error: nothing of the batch was written.
    """
    rows = Rows(received)
    answers: list[Answer] = []
    online: dict[str, Heard] = {}
    replied: set[str] = set()
    wants: list[tuple[str, Want]] = []
    decoded = [(message, _decode(message)) for message in messages]
    with connection.transaction():
        known = kiosks.load(connection, {message.kiosk for message in messages})
        cursors = _lock_cursors(connection, known, decoded, received)
        for message, content in decoded:
            kiosk = known.get(message.kiosk)
            if kiosk is None:
                _put_aside(rows, message, "No enrolled kiosk has this name.")
            elif isinstance(content, RuleBroken):
                answers += _refuse(connection, rows, message, str(content))
            elif isinstance(content, Frame):
                answers.append(_take_frame(rows, kiosk, cursors[message.kiosk, content.epoch], content, message))
            elif isinstance(content, Want):
                wants.append((message.kiosk, content))
            elif isinstance(content, Reply):
                _take_reply(connection, rows, kiosk, content, message)
                replied.add(message.kiosk)
            else:
                answer = _take_status(rows, kiosk, cursors[message.kiosk, content.epoch], content, message)
                if answer:
                    answers.append(answer)
                    online[message.kiosk] = Heard.of(content.settings, content.health)
        flush(connection, rows)
        if online:
            answers += news(connection, known, online, received)
        if replied - online.keys():
            answers += commands(connection, replied - online.keys(), received)  # the next one, if there is one
        answers += chunks(connection, wants)
    return answers


def put_aside(connection: Connection[TupleRow], message: Message, reason: str, received: datetime) -> list[Answer]:
    """Show a message that we could not write, through no fault of its own. Nobody is answered: the kiosk keeps it."""
    rows = Rows(received)
    with connection.transaction():
        _put_aside(rows, message, reason)
        flush(connection, rows)
    return []


def _decode(message: Message) -> Content | RuleBroken:
    try:
        return _DECODERS[message.name](message.payload)
    except RuleBroken as problem:
        return problem


def _lock_cursors(
    connection: Connection[TupleRow],
    known: dict[str, Kiosk],
    decoded: Sequence[tuple[Message, Content | RuleBroken]],
    received: datetime,
) -> dict[tuple[str, int], Cursor]:
    """The cursors of all (kiosk, epoch) in the batch; unknown epochs of enrolled kiosks open one."""
    keys = sorted(
        {
            (message.kiosk, content.epoch)
            for message, content in decoded
            if isinstance(content, Frame | Status) and message.kiosk in known
        }
    )
    names, epochs = [kiosk for kiosk, _ in keys], [epoch for _, epoch in keys]
    opened = connection.execute(
        """
        INSERT INTO cursor (kiosk_id, epoch, opened_at)
        SELECT unnest(%b::text[]), unnest(%b::int[]), %b ON CONFLICT DO NOTHING RETURNING kiosk_id, epoch
        """,
        [names, epochs, received],
    ).fetchall()
    for kiosk_id, epoch in opened:
        log.info("epoch opened", kiosk=kiosk_id, epoch=epoch)
    found = connection.execute(
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
            cursor_id, kiosk_id, epoch, seq, recorded, to_ms(latest_at or known[kiosk_id].enrolled_at)
        )
        for cursor_id, kiosk_id, epoch, seq, recorded, latest_at in found
    }


def _take_frame(rows: Rows, kiosk: Kiosk, cursor: Cursor, frame: Frame, message: Message) -> Answer:
    acceptance = accept(cursor.seq, frame.held, frame.first, len(frame.records))
    day = _touch(rows, kiosk, cursor)
    if acceptance.gap:
        first, last = acceptance.gap
        reason = "unknown" if frame.lost is msgspec.UNSET else frame.lost
        rows.gaps.append(GapRow(cursor.id, first, last, reason))
        day["lost"] += last - first + 1

    sound: list[tuple[int, Record, Question | None]] = []
    for offset, raw in enumerate(frame.records[acceptance.skipped :], start=acceptance.skipped):
        seq = frame.first + offset
        try:
            record = decode_record(raw)
            sound.append((seq, record, _question(record, kiosk)))
        except RuleBroken as problem:
            _put_aside(rows, message._replace(payload=bytes(raw)), str(problem), cursor, seq)
            day["put_aside"] += 1

    anchors = {boot: Anchor(uptime, utc) for boot, uptime, utc in frame.anchors}
    if frame.utc is not msgspec.UNSET:
        anchors[frame.boot] = Anchor(frame.uptime, frame.utc)
    dates = date([record for _, record, _ in sound], anchors, cursor.latest, to_ms(rows.received))
    last_bad = None
    for (seq, record, question), dated in zip(sound, dates, strict=True):
        if question is None:
            rows.records.append(_record_row(cursor, seq, record, dated))
        else:
            rows.ratings.append(_rating(kiosk, cursor, seq, record, question, dated))
            fresh = to_ms(rows.received) - dated.happened < FRESH
            if record.kind == RATING and fresh and is_bad(weight(record.value, question.buttons)):
                last_bad = Press(cursor.id, seq)
        day["lost" if (record.kind, record.value) == (EVENT, RECORD_LOST) else "stored"] += 1
        if dated.earliest is None:
            cursor.latest = dated.happened

    cursor.seq = acceptance.cursor
    cursor.recorded = max(cursor.recorded, frame.first + len(frame.records) - 1)
    return Answer(cursor.kiosk, Ack(cursor.epoch, cursor.seq, to_ms(rows.received)), last_bad)


def _question(record: Record, kiosk: Kiosk) -> Question | None:
    """What the record answers, None where it is no rating. Raises RuleBroken."""
    if record.kind not in {RATING, TEST}:
        return None
    asked = kiosk.asked(record.settings)
    if not asked:
        raise RuleBroken(f"This kiosk was never given settings version {record.settings}.")
    index = record.extra if record.kind == RATING else 0
    if index >= len(asked):
        raise RuleBroken(f"Settings version {record.settings} has no question {index}.")
    question = asked[index]
    if record.value > question.buttons:
        raise RuleBroken(f"Button {record.value} was pressed, but the question has {question.buttons} buttons.")
    return question


def _rating(kiosk: Kiosk, cursor: Cursor, seq: int, record: Record, question: Question, dated: Dated) -> Rating:
    happened = to_datetime(dated.happened)
    placement = kiosk.stood(happened)
    return Rating(
        cursor_id=cursor.id,
        seq=seq,
        channel=Channel.KIOSK_TOUCH if record.flags & BY_TOUCH else Channel.KIOSK_BUTTON,
        happened_at=happened,
        earliest_at=None if dated.earliest is None else to_datetime(dated.earliest),
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


def _mark(record: Record) -> Mark:
    if record.kind == TEST:
        return Mark.TEST
    if record.flags & PERHAPS_REPEATED:
        return Mark.PERHAPS_REPEATED
    return Mark.REPEAT if record.flags & IN_REPEAT_WINDOW else Mark.COUNTED


def _record_row(cursor: Cursor, seq: int, record: Record, dated: Dated) -> RecordRow:
    return RecordRow(
        cursor_id=cursor.id,
        seq=seq,
        kind=record.kind,
        value=record.value,
        extra=record.extra,
        flags=record.flags,
        boot=record.boot,
        uptime=record.uptime,
        happened_at=to_datetime(dated.happened),
        time_quality=dated.quality,
    )


def _take_status(rows: Rows, kiosk: Kiosk, cursor: Cursor, status: Status, message: Message) -> Answer | None:
    cursor.recorded = max(cursor.recorded, status.seq)
    _touch(rows, kiosk, cursor)
    rows.statuses.append(
        StatusRow(
            kiosk_id=message.kiosk,
            cursor_id=cursor.id,
            boot=status.boot,
            connection=status.connection,
            state=status.state,
            asleep_until=None if status.until is msgspec.UNSET else to_datetime(status.until),
            seq=status.seq,
            confirmed=status.confirmed,
            settings_version=status.settings,
            secret=None if status.secret is msgspec.UNSET else status.secret,
            health=Jsonb(status.health),
            retained=message.retained,
        )
    )
    if status.state != "online" or message.retained:
        return None
    if status.secret is not msgspec.UNSET:
        rows.secrets[message.kiosk] = status.secret
    return Answer(message.kiosk, Ack(cursor.epoch, cursor.seq, to_ms(rows.received)))


def _take_reply(connection: Connection[TupleRow], rows: Rows, kiosk: Kiosk, reply: Reply, message: Message) -> None:
    known = conclude(connection, message.kiosk, reply.id, rows.received, done=reply.done, outcome=reply.text)
    if known:
        rows.stores.add(kiosk.placements[-1].store_id)
    else:
        _put_aside(rows, message, f"This kiosk was never given a command {reply.id}.")


def _touch(rows: Rows, kiosk: Kiosk, cursor: Cursor) -> Counter[str]:
    """Have the cursor written; returns the counts of its day, which is that of the store where the kiosk stands now."""
    placement = kiosk.placements[-1]
    rows.stores.add(placement.store_id)
    rows.cursors[cursor.id] = cursor
    day = rows.received.astimezone(placement.time_zone).date()
    return rows.days.setdefault((cursor.id, day), Counter())


def _refuse(connection: Connection[TupleRow], rows: Rows, message: Message, reason: str) -> list[Answer]:
    """Put a message aside whole and answer with the kiosk's cursor: no kiosk waits for ever because of what it said."""
    _put_aside(rows, message, reason)
    if message.retained or message.name not in {"up", "status"}:
        return []
    head = head_of(message.payload)
    cursor = connection.execute(
        # The epoch of the frame where that much can be read, else the newest.
        "SELECT epoch, seq FROM cursor WHERE kiosk_id = %s ORDER BY epoch = %s DESC, id DESC LIMIT 1",
        [message.kiosk, head.epoch],
    ).fetchone()
    if cursor is None:
        return []
    epoch, seq = cursor
    ack = Ack(epoch, seq, to_ms(rows.received), reason=reason)
    if head.first and head.records:
        ack = msgspec.structs.replace(ack, refused=(head.first, head.first + len(head.records) - 1))
    return [Answer(message.kiosk, ack)]


def _put_aside(rows: Rows, message: Message, reason: str, cursor: Cursor | None = None, seq: int | None = None) -> None:
    cursor_id = cursor.id if cursor else None
    identity = f"{message.kiosk}/{message.name}/{cursor_id or ''}/{seq or ''}/".encode()
    digest = hashlib.sha256(identity + message.payload).digest()
    reason = reason.replace("\0", "�")  # PostgreSQL's text has no NUL
    rows.put_aside.append(AsideRow(digest, message.kiosk, cursor_id, seq, reason, message.payload[:KEPT]))
    log.warning("put aside", kiosk=message.kiosk, message=message.name, seq=seq, reason=reason)
