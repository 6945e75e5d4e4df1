"""One transaction of the intake: a batch of messages becomes rows, moved cursors and answers.

1. Look up the kiosks of the batch and lock their cursors, in the order of their keys: so collectors never deadlock.
2. Accept each frame against its cursor, check and date its records one by one; what breaks a rule is put aside.
3. Write it all, see what else the kiosks should hear, and commit.

The answers are true only after the commit: whoever calls this sends them then, and not before.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.fleet.alarms import Kind
from collector.fleet.commands import conclude
from collector.ingest.acceptance import accept
from collector.ingest.answers import Answer
from collector.ingest.cursors import TOO_MANY_EPOCHS, lock_cursors
from collector.ingest.dating import Anchor, Dated, date
from collector.ingest.frames import (
    BY_TOUCH,
    EVENT,
    IN_REPEAT_WINDOW,
    PERHAPS_REPEATED,
    RATING,
    RECORD_LOST,
    STARTED,
    TEST,
    Ack,
    Frame,
    Kept,
    Printed,
    Record,
    Reply,
    RuleBroken,
    Status,
    Told,
    Want,
    decode_record,
    head_of,
)
from collector.ingest.health import StartRow, health_row
from collector.ingest.messages import Excess, Message
from collector.ingest.news import Heard, chunks, commands, news, slips
from collector.ingest.registry import Kiosk, Question, Registry
from collector.ingest.rows import AlarmRow, AsideRow, Cursor, GapRow, RecordRow, Rows, StatusRow, flush
from collector.moments import to_datetime
from collector.ratings.kinds import Channel, Mark
from collector.ratings.scale import is_bad
from collector.slips import relay
from printer.codes import Press

log = structlog.get_logger()

#: Largest part of a message that is kept when it is put aside, bytes.
KEPT = 8192
#: A press older than this, in ms, has no customer before the kiosk any more.
FRESH = 5_000


_RATED = (RATING, TEST)
# What an IntEnum costs to look up, once and not for every rating.
COUNTED, BUTTON, TOUCH = Mark.COUNTED, Channel.KIOSK_BUTTON, Channel.KIOSK_TOUCH


def write(
    connection: Connection[TupleRow],
    registry: Registry,
    messages: Sequence[Message],
    received: datetime,
    excesses: Sequence[Excess] = (),
) -> list[Answer]:
    """Write a batch in one transaction; returns what to tell the kiosks once this has returned.

    Raises
    ------
    psycopg.Error: nothing of the batch was written.
    """
    try:
        with connection.transaction():
            return _write(connection, registry, messages, received, excesses)
    except Exception:
        registry.forget()
        raise


def _write(
    connection: Connection[TupleRow],
    registry: Registry,
    messages: Sequence[Message],
    received: datetime,
    excesses: Sequence[Excess],
) -> list[Answer]:
    registry.make_room()
    rows = Rows(received)
    known, cursors = lock_cursors(connection, registry, messages, rows)
    batch = _Batch(connection, rows, known, cursors)
    for message in messages:
        batch.take(message)
    batch.hold_off(excesses)
    batch.conclude_slips()
    flush(connection, rows)
    return batch.answers + batch.news()


def put_aside(connection: Connection[TupleRow], message: Message, reason: str, received: datetime) -> list[Answer]:
    """Show a message that we could not write, through no fault of its own. Nobody is answered: the kiosk keeps it."""
    rows = Rows(received)
    with connection.transaction():
        _put_aside(rows, message, reason)
        flush(connection, rows)
    return []


class _Batch:
    """The messages of one transaction, taken one after the other, and the answers to them."""

    def __init__(
        self,
        connection: Connection[TupleRow],
        rows: Rows,
        known: Mapping[str, Kiosk],
        cursors: Mapping[tuple[str, int], Cursor],
    ) -> None:
        self._connection, self._rows, self._known, self._cursors = connection, rows, known, cursors
        self.answers: list[Answer] = []
        #: As `Cursor.day` counts them.
        self._days: dict[ZoneInfo, int] = {}
        self._online: dict[str, Heard] = {}
        self._replied: set[str] = set()
        self._wants: list[tuple[str, Want]] = []
        self._printed: list[tuple[Message, Printed]] = []

    def take(self, message: Message) -> None:
        """Take a message; the answer to it, if there is one, is true once all is committed."""
        aside = len(self._rows.put_aside)
        self._take(message)
        if len(self._rows.put_aside) > aside:
            log.warning("put aside", kiosk=message.kiosk, message=message.name, reason=self._rows.put_aside[-1].reason)

    def _take(self, message: Message) -> None:
        content = message.content
        kiosk = self._known.get(message.kiosk)
        if kiosk is None:
            _put_aside(self._rows, message, "No enrolled kiosk has this name.")
        elif isinstance(content, (Frame, Status)):
            cursor = self._cursors.get((message.kiosk, content.epoch))
            if cursor is None:
                _put_aside(self._rows, message, _TOO_MANY_EPOCHS)
                return
            self._begin_day(kiosk, cursor)
            if isinstance(content, Frame):
                self.answers.append(_take_frame(self._rows, kiosk, cursor, content, message))
            elif answer := _take_status(self._rows, cursor, content, message):
                self.answers.append(answer)
                self._online[message.kiosk] = Heard.of(content.settings, content.health)
        elif isinstance(content, RuleBroken):
            self.answers += _refuse(self._connection, self._rows, message, str(content))
        elif isinstance(content, Want):
            self._wants.append((message.kiosk, content))
        elif isinstance(content, Printed):
            self._printed.append((message, content))
        elif isinstance(content, Told):
            self.answers.append(_take_receipts(self._connection, self._rows, content, message))
        else:
            _take_reply(self._connection, self._rows, kiosk, content, message)
            self._replied.add(message.kiosk)

    def hold_off(self, excesses: Sequence[Excess]) -> None:
        """Alarm of kiosks that send more than one may, and tell them to wait; what was dropped they send again."""
        for excess in excesses:
            reason = "It sends more messages than a kiosk may; the surplus is dropped, and comes again."
            self._rows.alarms.append(AlarmRow(excess.kiosk, Kind.FLOOD, reason, excess.messages))
            if ack := _cursor_of(self._connection, self._rows, excess.kiosk, 0):
                self.answers.append(Answer(excess.kiosk, msgspec.structs.replace(ack, wait=excess.wait)))

    def conclude_slips(self) -> None:
        """Write down what kiosks say of slips and of their printers; these first of all are held, in their order."""
        states = {name: has.printer for name, has in self._online.items() if has.printer is not None}
        states |= {message.kiosk: printed.condition for message, printed in self._printed if printed.condition}
        kiosks = states.keys() | {message.kiosk for message, _ in self._printed}
        if not kiosks:
            return
        received = self._rows.received
        relay.hold(self._connection, kiosks)
        for message, said in self._printed:
            if not relay.conclude(self._connection, message.kiosk, said.id, said.state, said.text, received):
                _put_aside(self._rows, message, f"This kiosk was never given a slip {said.id}.")
        relay.note(self._connection, states, received)

    def news(self) -> list[Answer]:
        """What else these kiosks should hear, once everything is written."""
        answers: list[Answer] = []
        received = self._rows.received
        if self._online:
            newest = {name: self._known[name].settings_version for name in self._online}
            answers += news(self._connection, newest, self._online, received)
        if others := self._replied - self._online.keys():
            answers += commands(self._connection, others, received)  # the next one, if there is one
        finished = {message.kiosk for message, said in self._printed if said.state != "waiting"}
        answers += slips(self._connection, finished - self._online.keys(), received)
        return answers + chunks(self._connection, self._wants)

    def _begin_day(self, kiosk: Kiosk, cursor: Cursor) -> None:
        """Have the cursor written, and count what happens to it on the day of the store where the kiosk stands now."""
        placement = kiosk.placements[-1]
        day = self._days.get(placement.time_zone)
        if day is None:
            today = self._rows.received.astimezone(placement.time_zone)
            day = self._days[placement.time_zone] = today.toordinal()
        if cursor.day != day:
            cursor.day = day
            self._rows.new_days.append(cursor.id)
        self._rows.stores.add(placement.store_id)
        self._rows.cursors[cursor.id] = cursor


def _take_frame(rows: Rows, kiosk: Kiosk, cursor: Cursor, frame: Frame[Any], message: Message) -> Answer:
    received = rows.received_ms
    gap, skipped, moved = accept(cursor.seq, frame.held, frame.first, len(frame.records))
    if gap:
        first, last = gap
        rows.gaps.append(GapRow(cursor.id, first, last, "unknown" if frame.lost is msgspec.UNSET else frame.lost))
        cursor.lost += last - first + 1

    sound = _sound_records(rows, kiosk, cursor, frame, skipped, message)
    anchors = {boot: Anchor(uptime, utc) for boot, uptime, utc in frame.anchors}
    if frame.utc is not msgspec.UNSET:
        anchors[frame.boot] = Anchor(frame.uptime, frame.utc)
    dates = date([record for _, record, _ in sound], anchors, cursor.latest, received)
    newest, last_bad = kiosk.placements[-1], None
    for (seq, record, question), dated in zip(sound, dates, strict=True):
        kind, value, _, boot, uptime, settings, flags = record
        happened, quality, earliest = dated
        if question is None:
            rows.records.append(_record_row(cursor, seq, record, dated))
            if kind == EVENT and value == STARTED:
                rows.starts.append(StartRow(cursor.kiosk, to_datetime(happened), record.extra))
        else:
            placement = newest if newest.since <= happened else kiosk.stood(happened)
            score = question.scores[value - 1]
            channel, mark = TOUCH if flags & BY_TOUCH else BUTTON, _mark(kind, flags, cursor)
            store_id, touchpoint_id = placement.store_id, placement.touchpoint_id
            # fmt: off
            rows.ratings.add(
                cursor.id, seq, channel, happened, earliest, quality, store_id, touchpoint_id, question.id, value,
                score, mark, boot, uptime, settings,
            )
            # fmt: on
            if is_bad(score) and kind == RATING and received - happened < FRESH:
                last_bad = Press(cursor.id, seq)
        if kind == EVENT and value == RECORD_LOST:
            cursor.lost += 1
        else:
            cursor.stored += 1
        if earliest is None:
            cursor.latest = happened
        elif boot in anchors:
            rows.alarms.append(AlarmRow(cursor.kiosk, Kind.CLOCK, _IMPOSSIBLE_TIME))

    cursor.seq = moved
    cursor.recorded = max(cursor.recorded, frame.first + len(frame.records) - 1)
    return Answer(cursor.kiosk, Ack(cursor.epoch, moved, received), last_bad)


def _sound_records(
    rows: Rows, kiosk: Kiosk, cursor: Cursor, frame: Frame[Any], skipped: int, message: Message
) -> list[tuple[int, Record, Question | None]]:
    """The new records that break no rule, each with its seq and what it answers; the others are put aside."""
    sound = []
    for seq, raw in enumerate(frame.records[skipped:], start=frame.first + skipped):
        try:
            record = decode_record(raw)
            question = kiosk.question(record) if record.kind in _RATED else None
        except RuleBroken as problem:
            payload = msgspec.json.encode(raw)  # of one that is not decoded, just what came
            _put_aside(rows, message._replace(payload=payload), str(problem), cursor, seq)
            cursor.put_aside += 1
        else:
            sound.append((seq, record, question))
    return sound


def _mark(kind: int, flags: int, cursor: Cursor) -> Mark:
    if kind == TEST:
        return Mark.TEST
    if flags & PERHAPS_REPEATED or cursor.is_foreign:
        return Mark.PERHAPS_REPEATED
    return Mark.REPEAT if flags & IN_REPEAT_WINDOW else COUNTED


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


def _take_status(rows: Rows, cursor: Cursor, status: Status, message: Message) -> Answer | None:
    cursor.recorded = max(cursor.recorded, status.seq)
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
            health=msgspec.json.encode(status.health).decode(),
            retained=message.retained,
        )
    )
    if status.health and not message.retained:  # what the broker keeps may be of any hour
        rows.healths.append(health_row(message.kiosk, status.boot, status.connection, status.health))
    if status.state != "online" or message.retained:
        return None
    if status.secret is not msgspec.UNSET:
        rows.secrets[message.kiosk] = status.secret
    return Answer(message.kiosk, Ack(cursor.epoch, cursor.seq, rows.received_ms))


def _take_reply(connection: Connection[TupleRow], rows: Rows, kiosk: Kiosk, reply: Reply, message: Message) -> None:
    known = conclude(connection, message.kiosk, reply.id, rows.received, done=reply.done, outcome=reply.text)
    if known:
        rows.stores.add(kiosk.placements[-1].store_id)
    else:
        _put_aside(rows, message, f"This kiosk was never given a command {reply.id}.")


def _take_receipts(connection: Connection[TupleRow], rows: Rows, told: Told, message: Message) -> Answer:
    if not relay.keep_receipts(connection, message.kiosk, told.signer, told.receipts):
        _put_aside(rows, message, f"Signer {told.signer} of these receipts is none of this kiosk's.")
    return Answer(message.kiosk, Kept(told.signer, max(serial for _, serial, _ in told.receipts)))


def _refuse(connection: Connection[TupleRow], rows: Rows, message: Message, reason: str) -> list[Answer]:
    """Put a message aside whole and answer with the kiosk's cursor: no kiosk waits for ever because of what it said."""
    _put_aside(rows, message, reason)
    if message.retained or message.name not in {"up", "status"}:
        return []
    head = head_of(message.payload)
    ack = _cursor_of(connection, rows, message.kiosk, head.epoch)
    if ack is None:
        return []
    ack = msgspec.structs.replace(ack, reason=reason)
    if head.first and head.records:
        ack = msgspec.structs.replace(ack, refused=(head.first, head.first + len(head.records) - 1))
    return [Answer(message.kiosk, ack)]


def _cursor_of(connection: Connection[TupleRow], rows: Rows, kiosk_id: str, epoch: int) -> Ack | None:
    """How far this journal of a kiosk is committed, or its newest where it has no such journal."""
    cursor = connection.execute(
        "SELECT epoch, seq FROM cursor WHERE kiosk_id = %s ORDER BY epoch = %s DESC, id DESC LIMIT 1", [kiosk_id, epoch]
    ).fetchone()
    if cursor is None:
        return None
    known_epoch, seq = cursor
    return Ack(known_epoch, seq, rows.received_ms)


def _put_aside(rows: Rows, message: Message, reason: str, cursor: Cursor | None = None, seq: int | None = None) -> None:
    cursor_id = cursor.id if cursor else None
    identity = f"{message.kiosk}/{message.name}/{cursor_id or ''}/{seq or ''}/".encode()
    digest = hashlib.sha256(identity + message.payload).digest()
    reason = reason.replace("\0", "�")  # PostgreSQL's text has no NUL
    rows.put_aside.append(AsideRow(digest, message.kiosk, cursor_id, seq, reason, message.payload[:KEPT]))


_TOO_MANY_EPOCHS = (
    f"This kiosk began more than {TOO_MANY_EPOCHS} journals within a day; no further one is opened before tomorrow. "
    "It keeps what it has recorded."
)
_IMPOSSIBLE_TIME = (
    "Its clock contradicts its own records or the time of their arrival: such records have no known time."
)
