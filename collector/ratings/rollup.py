"""Whether the roll-up still says what the ratings say, and mending it where it does not.

The two move in one transaction, so they disagree only after something from outside: a repaired disk, a table that
somebody changed by hand, a store whose time zone got another half hour. What is wrong is put right by *adding the
difference*: ratings that come in meanwhile add theirs, and neither takes back the other's.
"""

from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from collector.ratings import past
from collector.ratings.stale import NOTE


class Difference(NamedTuple):
    """A cell of the roll-up, and by how much it is too low."""

    store_id: int
    hour: datetime
    touchpoint_id: int
    question_id: int
    button: int
    channel: int
    timed: bool
    counted: int
    marked: int


def differences(connection: Connection[TupleRow], begin: datetime, end: datetime) -> list[Difference]:
    """Where the roll-up of the hours that begin in [begin, end) is not what the ratings add up to.

    Raises
    ------
    past.IsArchived: ratings since `begin` are not in the table.
    """
    past.check_in_table(connection, begin)
    with connection.cursor(row_factory=class_row(Difference)) as cursor:
        return cursor.execute(_DIFFERENCES, {"begin": begin, "end": end}).fetchall()


def mend(connection: Connection[TupleRow], begin: datetime, end: datetime) -> int:
    """Make the roll-up of these hours what the ratings add up to; returns how many cells were wrong.

    Raises
    ------
    past.IsArchived: ratings since `begin` are not in the table.
    """
    with connection.transaction():
        past.hold(connection)
        past.check_in_table(connection, begin)
        wrong = connection.execute(_MEND, {"begin": begin, "end": end}).rowcount
        connection.execute(_FORGET_EMPTY, {"begin": begin, "end": end})
    return wrong


# One statement, one snapshot: both sides are seen after the same commits. No rating is dated after its receipt, so
# those of an hour have come since the hour began.
_DIFFERENCES = """
WITH told AS (
    SELECT store_id, date_trunc('hour', happened_at, place.time_zone) AS hour, touchpoint_id, question_id, button,
           channel, time_quality < 2 AS timed,
           count(*) FILTER (WHERE mark = 0) AS counted, count(*) FILTER (WHERE mark > 0) AS marked
    FROM rating JOIN place ON place.id = store_id
    WHERE received_at >= %(begin)s AND happened_at >= %(begin)s
      AND happened_at < %(end)s::timestamptz + interval '1 hour'
    GROUP BY 1, 2, 3, 4, 5, 6, 7),
expected AS (SELECT * FROM told WHERE hour >= %(begin)s AND hour < %(end)s),
held AS (SELECT * FROM rating_hour WHERE hour >= %(begin)s AND hour < %(end)s)
SELECT store_id, hour, touchpoint_id, question_id, button, channel, timed,
       (coalesce(expected.counted, 0) - coalesce(held.counted, 0))::int AS counted,
       (coalesce(expected.marked, 0) - coalesce(held.marked, 0))::int AS marked
FROM expected FULL JOIN held USING (store_id, hour, touchpoint_id, question_id, button, channel, timed)
WHERE (coalesce(expected.counted, 0), coalesce(expected.marked, 0))
   <> (coalesce(held.counted, 0), coalesce(held.marked, 0))
ORDER BY store_id, hour, touchpoint_id, question_id, button, channel, timed
"""

_DAYS = "SELECT store_id, (hour AT TIME ZONE time_zone)::date AS day FROM wrong JOIN place ON place.id = store_id"

_MEND = f"""
WITH wrong AS MATERIALIZED ({_DIFFERENCES}),
noted AS ({NOTE.format(changed=_DAYS)})
INSERT INTO rating_hour AS rolled (
    store_id, hour, touchpoint_id, question_id, button, channel, timed, counted, marked)
SELECT * FROM wrong
ON CONFLICT (store_id, hour, touchpoint_id, question_id, button, channel, timed)
DO UPDATE SET counted = rolled.counted + excluded.counted, marked = rolled.marked + excluded.marked
"""  # noqa: S608 - our own words

# What is locked is being moved: it is not empty, and nobody waits for anybody.
_FORGET_EMPTY = """
DELETE FROM rating_hour WHERE ctid IN (
    SELECT ctid FROM rating_hour
    WHERE hour >= %(begin)s AND hour < %(end)s AND counted = 0 AND marked = 0 FOR UPDATE SKIP LOCKED)
"""
