"""Ratings into the table, and into the roll-up in the same transaction: so the two never disagree."""

import struct
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.arrays import EPOCH, ints
from collector.moments import to_datetime, to_ms
from collector.ratings.kinds import Channel, Mark, TimeQuality

#: Every time zone is ahead of UTC by a whole number of these, in ms: all of one falls into one hour of any place.
QUARTER = 15 * 60 * 1000


COUNTED, UNKNOWN = Mark.COUNTED, TimeQuality.UNKNOWN


class Rating(NamedTuple):
    """A row of the ratings' table, but for its receipt; see `ratings.tables`. Moments in ms since 1970 UTC."""

    cursor_id: int
    seq: int
    channel: Channel
    happened_at: int
    earliest_at: int | None
    time_quality: TimeQuality
    store_id: int
    touchpoint_id: int
    question_id: int
    button: int
    score: float
    mark: Mark
    boot: int
    uptime: int
    settings_version: int


def insert_ratings(connection: Connection[TupleRow], received: datetime, ratings: Sequence[Rating]) -> None:
    """Insert one or more ratings in the transaction of `connection`; they arrive together, in one batch."""
    # To the millisecond, as its ratings have it: by this time, too, they are found.
    at = to_datetime(to_ms(received))
    made = connection.execute("INSERT INTO batch (received_at) VALUES (%s) RETURNING id", [at])
    [(batch_id,)] = made.fetchall()
    with connection.cursor().copy(_COPY) as copy:
        copy.write(_rows(batch_id, received, ratings))
    _roll_up(connection, ratings)


def _rows(batch_id: int, received: datetime, ratings: Sequence[Rating]) -> bytes:
    """The rows as COPY takes them in binary (PostgreSQL's manual, "COPY", "Binary Format")."""
    received_at = (to_ms(received) - EPOCH) * 1000
    rows = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
    pack = _ROW.pack
    for each in ratings:
        (cursor_id, seq, channel, happened, earliest, quality, store, touchpoint, question, button, score, mark) = each[
            :12
        ]
        boot, uptime, version = each[12:]
        happened_at = (happened - EPOCH) * 1000
        size = -1 if earliest is None else 8
        # fmt: off
        rows.append(
            pack(17, 4, cursor_id, 4, seq, 2, channel, 8, batch_id, 8, received_at, 8, happened_at, 2, quality,
                 4, store, 4, touchpoint, 4, question, 2, button, 4, score, 2, mark, 4, boot, 8, uptime, 4, version,
                 size)
        )
        # fmt: on
        if earliest is not None:
            rows.append(_EARLIEST.pack((earliest - EPOCH) * 1000))
    rows.append(b"\xff\xff")
    return b"".join(rows)


def _roll_up(connection: Connection[TupleRow], ratings: Sequence[Rating]) -> None:
    """Add them to their hours. What falls into one quarter of an hour is counted here, the rest by the database."""
    heard = Counter(
        [
            (store, happened // QUARTER, touchpoint, question, button, channel, quality < UNKNOWN, mark > COUNTED)
            for _, _, channel, happened, _, quality, store, touchpoint, question, button, _, mark, *_ in ratings
        ]
    )
    columns = [ints(column) for column in zip(*heard, strict=True)]
    connection.execute(_ROLL_UP, [*columns, ints(list(heard.values()))])


_ROLL_UP = """
INSERT INTO rating_hour AS rolled (
    store_id, hour, touchpoint_id, question_id, button, channel, timed, counted, marked)
SELECT store_id, date_trunc('hour', to_timestamp(quarter * 900.0), place.time_zone) AS hour, touchpoint_id, question_id,
       button, channel, timed = 1, coalesce(sum(heard) FILTER (WHERE marked = 0), 0),
       coalesce(sum(heard) FILTER (WHERE marked = 1), 0)
FROM unnest(%b, %b, %b, %b, %b, %b, %b, %b, %b)
     AS new (store_id, quarter, touchpoint_id, question_id, button, channel, timed, marked, heard)
JOIN place ON place.id = store_id
GROUP BY store_id, hour, touchpoint_id, question_id, button, channel, timed
ORDER BY store_id, hour, touchpoint_id, question_id, button, channel, timed
ON CONFLICT (store_id, hour, touchpoint_id, question_id, button, channel, timed)
DO UPDATE SET counted = rolled.counted + excluded.counted, marked = rolled.marked + excluded.marked
"""

_COPY = """
COPY rating (
    cursor_id, seq, channel, batch_id, received_at, happened_at, time_quality, store_id, touchpoint_id, question_id,
    button, score, mark, boot, uptime, settings_version, earliest_at) FROM STDIN (FORMAT binary)
"""
#: A row: how many columns, then each with its length before it. The last, earliest_at, is mostly null: -1 and nothing.
_ROW = struct.Struct(">h ii ii ih iq iq iq ih ii ii ii ih if ih ii iq ii i")
_EARLIEST = struct.Struct(">q")
