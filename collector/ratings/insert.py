"""Ratings into the table, and into the roll-up by the same statement: so the two never disagree."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.ratings.kinds import Channel, Mark, TimeQuality


class Rating(NamedTuple):
    """A row of the ratings' table, but for its receipt; see `ratings.tables`."""

    cursor_id: int
    seq: int
    channel: Channel
    happened_at: datetime
    earliest_at: datetime | None
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
    connection.execute(_INSERT, [received, *map(list, zip(*ratings, strict=True))])


_INSERT = """
WITH batch AS (INSERT INTO batch (received_at) VALUES (%b) RETURNING id, received_at),
ratings AS (
    INSERT INTO rating (
        batch_id, received_at, cursor_id, seq, channel, happened_at, earliest_at, time_quality,
        store_id, touchpoint_id, question_id, button, score, mark, boot, uptime, settings_version)
    SELECT batch.id, batch.received_at, new.* FROM batch, unnest(
        %b::int[], %b::int[], %b::int2[], %b::timestamptz[], %b::timestamptz[], %b::int2[],
        %b::int[], %b::int[], %b::int[], %b::int2[], %b::float4[], %b::int2[], %b::int[], %b::int8[], %b::int[]) AS new
    RETURNING store_id, happened_at, touchpoint_id, question_id, button, channel, time_quality, mark)
INSERT INTO rating_hour AS rolled (
    store_id, hour, touchpoint_id, question_id, button, channel, timed, counted, marked)
SELECT store_id, date_trunc('hour', happened_at, place.time_zone) AS hour, touchpoint_id, question_id, button, channel,
       time_quality < 2 AS timed, count(*) FILTER (WHERE mark = 0), count(*) FILTER (WHERE mark > 0)
FROM ratings JOIN place ON place.id = store_id
GROUP BY store_id, hour, touchpoint_id, question_id, button, channel, timed
ORDER BY store_id, hour, touchpoint_id, question_id, button, channel, timed
ON CONFLICT (store_id, hour, touchpoint_id, question_id, button, channel, timed)
DO UPDATE SET counted = rolled.counted + excluded.counted, marked = rolled.marked + excluded.marked
"""
