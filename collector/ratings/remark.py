"""Other marks for ratings of the past: whether each is counted, and if not, why not.

The rules are somebody else's (the press filter's re-run); here marks and roll-up change in one transaction.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from collector import changes
from collector.ratings import past
from collector.ratings.kinds import Mark
from collector.ratings.stale import NOTE


class Remark(NamedTuple):
    """The mark that a rating shall have."""

    cursor_id: int
    seq: int
    mark: Mark


def remark(
    connection: Connection[TupleRow], store_id: int, begin: datetime, end: datetime, marks: Sequence[Remark]
) -> int:
    """Give ratings of a store that were received in [begin, end) these marks; returns how many had another.

    Each rating at most once in `marks`; those that are not in it keep theirs. A second time it changes nothing.

    Raises
    ------
    past.IsArchived: a month of that time is not in the table.
    """
    with connection.transaction():
        past.hold(connection)
        past.check_in_table(connection, begin, end)
        return _remark(connection, store_id, begin, end, marks) if marks else 0


def remark_fresh(connection: Connection[TupleRow], store_id: int, begin: datetime, marks: Sequence[Remark]) -> int:
    """The same for ratings since `begin`, in a month that nobody archives yet; it waits for nobody who changes the
    past. In a transaction."""
    return _remark(connection, store_id, begin, datetime.max.replace(tzinfo=UTC), marks)


def _remark(
    connection: Connection[TupleRow], store_id: int, begin: datetime, end: datetime, marks: Sequence[Remark]
) -> int:
    period = {"store": store_id, "begin": begin, "end": end}
    columns = dict(zip(Remark._fields, map(list, zip(*marks, strict=True)), strict=True))
    row = connection.execute(_REMARK, {**period, **columns}, binary=True).fetchone()
    changed: int = row[0] if row else 0
    if changed:
        changes.tell(connection, changes.STORES, [store_id])
    return changed


# What `changing` saw is held until the end, so what it saw before still holds.
_REMARK = f"""
WITH new AS (
    SELECT * FROM unnest(%(cursor_id)b::int[], %(seq)b::int[], %(mark)b::int2[]) AS new (cursor_id, seq, mark)),
changing AS MATERIALIZED (
    SELECT cursor_id, seq, rating.mark AS before, new.mark AS after, touchpoint_id, question_id, button, channel,
           date_trunc('hour', happened_at, place.time_zone) AS hour, time_quality < 2 AS timed,
           (happened_at AT TIME ZONE place.time_zone)::date AS day
    FROM rating JOIN new USING (cursor_id, seq) JOIN place ON place.id = store_id
    WHERE store_id = %(store)s AND received_at >= %(begin)s AND received_at < %(end)s AND rating.mark <> new.mark
    FOR UPDATE OF rating),
changed AS (
    UPDATE rating SET mark = changing.after FROM changing
    WHERE rating.cursor_id = changing.cursor_id AND rating.seq = changing.seq
      AND store_id = %(store)s AND received_at >= %(begin)s AND received_at < %(end)s),
rolled AS (
    INSERT INTO rating_hour AS rolled (
        store_id, hour, touchpoint_id, question_id, button, channel, timed, counted, marked)
    SELECT %(store)s, hour, touchpoint_id, question_id, button, channel, timed,
           sum((after = 0)::int - (before = 0)::int), sum((after > 0)::int - (before > 0)::int)
    FROM changing
    GROUP BY hour, touchpoint_id, question_id, button, channel, timed
    ORDER BY hour, touchpoint_id, question_id, button, channel, timed
    ON CONFLICT (store_id, hour, touchpoint_id, question_id, button, channel, timed)
    DO UPDATE SET counted = rolled.counted + excluded.counted, marked = rolled.marked + excluded.marked),
noted AS ({NOTE.format(changed="SELECT %(store)s::integer AS store_id, day FROM changing")})
SELECT count(*) FROM changing
"""  # noqa: S608 - our own words
