"""Ratings into the table, and into the roll-up in the same transaction: so the two never disagree."""

import struct
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.arrays import EPOCH, ints
from collector.moments import to_datetime, to_ms
from collector.ratings.kinds import Channel, Mark, TimeQuality

#: Every time zone is ahead of UTC by a whole number of these, in ms: all of one falls into one hour of any place.
QUARTER = 15 * 60 * 1000
COUNTED, UNKNOWN = Mark.COUNTED, TimeQuality.UNKNOWN


class NewRatings:
    """Ratings that are inserted together. Each is packed as it comes: this is where a flood of them spends its time."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        #: By what the roll-up tells apart, with the quarter of an hour in the place of the hour.
        self._heard: dict[tuple[int, int, int, int, int, int, bool, bool], int] = {}
        self.stores: set[int] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        cursor_id: int,
        seq: int,
        channel: Channel,
        happened: int,
        earliest: int | None,
        quality: TimeQuality,
        store_id: int,
        touchpoint_id: int,
        question_id: int,
        button: int,
        score: float,
        mark: Mark,
        boot: int,
        uptime: int,
        settings_version: int,
    ) -> None:
        """Add a row of the ratings' table (`ratings.tables`), but for its receipt; moments in ms since 1970 UTC."""
        happened_at, last = (happened - EPOCH) * 1000, -1 if earliest is None else 8
        # fmt: off
        row = _ROW.pack(
            4, cursor_id, 4, seq, 2, channel, 8, happened_at, 2, quality, 4, store_id, 4, touchpoint_id, 4, question_id,
            2, button, 4, score, 2, mark, 4, boot, 8, uptime, 4, settings_version, last,
        )
        # fmt: on
        self._rows.append(row if earliest is None else row + _EARLIEST.pack((earliest - EPOCH) * 1000))
        quarter, timed, marked = happened // QUARTER, quality < UNKNOWN, mark > COUNTED
        key = (store_id, quarter, touchpoint_id, question_id, button, channel, timed, marked)
        self._heard[key] = self._heard.get(key, 0) + 1
        self.stores.add(store_id)

    def insert(self, connection: Connection[TupleRow], received: datetime) -> None:
        """Insert them, one or more, in the transaction of `connection`; they arrive together, in one batch."""
        # To the millisecond, as its ratings have it: by this time, too, they are found.
        at = to_datetime(to_ms(received))
        [(batch_id,)] = connection.execute("INSERT INTO batch (received_at) VALUES (%s) RETURNING id", [at]).fetchall()
        begin = _BEGIN.pack(17, 8, batch_id, 8, (to_ms(received) - EPOCH) * 1000)
        with connection.cursor().copy(_COPY) as copy:
            copy.write(_HEADER + begin + begin.join(self._rows) + _TRAILER)
        columns = [ints(column) for column in zip(*self._heard, strict=True)]
        connection.execute(_ROLL_UP, [*columns, ints(list(self._heard.values()))])


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
    batch_id, received_at, cursor_id, seq, channel, happened_at, time_quality, store_id, touchpoint_id, question_id,
    button, score, mark, boot, uptime, settings_version, earliest_at) FROM STDIN (FORMAT binary)
"""
# COPY's binary format (PostgreSQL's manual, "COPY", "Binary Format"): of each row the number of its columns, then each
# with its length before it. The last, earliest_at, is mostly null: length -1 and nothing.
_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_BEGIN = struct.Struct(">h iq iq")
_ROW = struct.Struct(">ii ii ih iq ih ii ii ii ih if ih ii iq ii i")
_EARLIEST = struct.Struct(">q")
