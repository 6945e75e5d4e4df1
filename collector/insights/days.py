"""What was heard by days (`place_day`), made from the hourly roll-up: so pages of months read hundreds of rows.

A store's day is its own, from midnight to midnight there. Beside its touchpoints it has what was heard at all of them
together; that alone is added up for the places above it, and by months. What the staff say is not here: it is shown in
whole groups alone, so that nobody's answer can be told (`surveys.pages.enps`).

1. What ratings have come since the last look say the relay's batches: the days in which they *happened* are stale.
2. Who changes marks or mends the roll-up notes the days in the same transaction (`ratings.stale`); `note_all` notes
   every day.
3. Stale days are made anew, the oldest first, so many in a transaction: so the last day that a store has here is one
   that may still grow, and whoever reads on from it in the hours misses nothing (`insights.heard`).

Several of these may run: one at a time works. Cut short anywhere, the next look goes on.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from collector import changes, locks
from collector.ratings.stale import NOTE

#: How often it is looked for what has come.
EVERY = timedelta(minutes=1)
#: Days of stores that are made anew in one transaction.
MOST = 200
#: In the place of a touchpoint: all of them together, of a day; and of the whole month that begins with it. (0: the
#: store alone is known.)
ALL, MONTH = -1, -2
#: The largest scale: 0 … 10.
MOST_BUTTONS = 11

#: How often each button counted, as an array that is as long as the largest scale.
PRESSES = "ARRAY[{}]::integer[]".format(
    ", ".join(f"coalesce(sum(counted) FILTER (WHERE button = {button}), 0)" for button in range(1, MOST_BUTTONS + 1))
)
#: The same of what is added up already.
ADDED_UP = "ARRAY[{}]::integer[]".format(", ".join(f"sum(counted[{button}])" for button in range(1, MOST_BUTTONS + 1)))
#: That an hour lies in a `day` of `time_zone`. The first two say no more than the third, but an index helps with them:
#: where clocks change at midnight, that happens twice, or never.
HOURS_OF_DAY = """
hour >= day::timestamp AT TIME ZONE time_zone - interval '2 hours'
AND hour < (day + 1)::timestamp AT TIME ZONE time_zone + interval '2 hours'
AND (hour AT TIME ZONE time_zone)::date = day
"""
#: That a rating is a customer's, beside its `question`.
OF_CUSTOMERS = """
question.kind <> 'enps' AND touchpoint_id NOT IN (SELECT id FROM touchpoint WHERE audience = 'staff')
"""


class Days:
    """The clock of it in `smilepost jobs`."""

    def __init__(self) -> None:
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._is_more = False

    def look(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Look once a minute for what has come, and add it up; returns whether there is more to do at once."""
        if self._is_more or abs(now - self._looked) >= EVERY:  # a clock that went back is no reason to wait, either
            self._is_more = keep(connection)
            self._looked = now
        return self._is_more


def keep(connection: Connection[TupleRow]) -> bool:
    """Add up what has come or changed, at most MOST days of stores; returns whether there is more."""
    with connection.transaction():
        if not _is_mine(connection):
            return False
        _note_what_came(connection)
    # In a transaction of its own: here nobody is waited for who notes something.
    with connection.transaction():
        stale = connection.execute(_TAKE, [MOST]).fetchall() if _is_mine(connection) else []
        if stale:
            _make(connection, stale)
            # Pages of the places above look again.
            changes.tell(connection, changes.STORES, {store_id for store_id, _day in stale})
        return len(stale) == MOST


def keep_all(connection: Connection[TupleRow]) -> None:
    """Add up all that there is to add up."""
    while keep(connection):
        pass


def begin_anew(connection: Connection[TupleRow]) -> None:
    """Add up all that was ever heard: after a long past was loaded, whose batches need not be read for that."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.DAYS])
        connection.execute("DELETE FROM place_day_read")
    keep_all(connection)


def _is_mine(connection: Connection[TupleRow]) -> bool:
    return connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.DAYS]).fetchone() == (True,)


def note_all(connection: Connection[TupleRow], place_id: int | None = None) -> None:
    """Have all days of the stores of a place made anew, or of all stores: after a store got another time zone or
    another region, say."""
    connection.execute(_NOTE_ALL, [place_id, place_id])


def rebuild(connection: Connection[TupleRow], place_id: int, first: date, last: date) -> None:
    """Make these days of the stores of a place anew, and of the places above them, at once."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.DAYS])
        stores = [store for (store,) in connection.execute(_STORES, [[place_id]])]
        days = [first + timedelta(number) for number in range((last - first).days + 1)]
        wanted = [(store, day) for day in days for store in stores]
        for at in range(0, len(wanted), MOST):
            _make(connection, wanted[at : at + MOST])


def _note_what_came(connection: Connection[TupleRow]) -> None:
    position = connection.execute("SELECT position FROM place_day_read FOR UPDATE").fetchone()
    newest = connection.execute("SELECT coalesce(max(position), 0) FROM batch").fetchone()
    if position is None:  # the first time: what was heard until now
        connection.execute("INSERT INTO place_day_read (position) VALUES (%s)", newest)
        note_all(connection)
    elif newest and position != newest:
        connection.execute(_NOTE_CAME, [*position, *newest])
        connection.execute("UPDATE place_day_read SET position = %s", newest)


def _make(connection: Connection[TupleRow], wanted: Collection[tuple[int, date]]) -> None:
    stores, days = map(list, zip(*wanted, strict=True))
    connection.execute(_STORES_DAYS, {"stores": stores, "days": days})
    connection.execute(_DAYS_ABOVE, {"stores": stores, "days": days})
    connection.execute(_MONTHS, {"stores": stores, "days": days})


_NOTE_CAME = NOTE.format(
    changed="""
    SELECT store_id, (happened_at AT TIME ZONE place.time_zone)::date AS day
    FROM batch JOIN rating ON batch_id = batch.id AND rating.received_at = batch.received_at
    JOIN place ON place.id = store_id
    WHERE position > %s AND position <= %s
    """
)

# A day more at each end: the time zone may have been another.
_NOTE_ALL = NOTE.format(
    changed="""
    SELECT id AS store_id, generate_series(first, last, interval '1 day')::date AS day
    FROM place CROSS JOIN LATERAL (
        SELECT min(hour)::date - 1 AS first, max(hour)::date + 1 AS last FROM rating_hour WHERE store_id = place.id
    ) AS heard
    WHERE kind = 'store' AND (%s::integer IS NULL OR path @> ARRAY[%s::integer]) AND first IS NOT NULL
    """
)

_STORES = "SELECT id FROM place WHERE kind = 'store' AND path @> %s::integer[]"

_TAKE = """
DELETE FROM place_day_stale WHERE (store_id, day) IN (
    SELECT store_id, day FROM place_day_stale ORDER BY day, store_id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING store_id, day
"""

_WRITE = """,
gone AS (
    DELETE FROM place_day USING wanted
    WHERE place_day.place_id = wanted.place_id AND place_day.day = wanted.day AND {which} AND NOT EXISTS (
        SELECT FROM heard WHERE heard.place_id = place_day.place_id AND heard.day = place_day.day
            AND heard.touchpoint_id = place_day.touchpoint_id AND heard.question_id = place_day.question_id
            AND heard.channel = place_day.channel))
INSERT INTO place_day AS known (place_id, day, touchpoint_id, question_id, channel, counted, marked)
SELECT * FROM heard ORDER BY place_id, day, touchpoint_id, question_id, channel
ON CONFLICT (place_id, day, touchpoint_id, question_id, channel)
DO UPDATE SET counted = excluded.counted, marked = excluded.marked
WHERE (known.counted, known.marked) IS DISTINCT FROM (excluded.counted, excluded.marked)
"""

_STORES_DAYS = f"""
WITH wanted AS MATERIALIZED (
    SELECT place.id AS place_id, day, time_zone
    FROM unnest(%(stores)s::integer[], %(days)s::date[]) AS wanted (store_id, day) JOIN place ON place.id = store_id),
heard AS MATERIALIZED (
    SELECT place_id, day,
           CASE WHEN grouping(touchpoint_id) = 0 THEN touchpoint_id ELSE {ALL} END AS touchpoint_id,
           question_id, channel, ({PRESSES})[1:max(buttons)], sum(marked)::integer
    FROM wanted CROSS JOIN LATERAL (
        SELECT * FROM rating_hour WHERE store_id = place_id AND {HOURS_OF_DAY} OFFSET 0) AS hours
    JOIN question ON question.id = question_id
    WHERE {OF_CUSTOMERS}
    GROUP BY GROUPING SETS (
        (place_id, day, touchpoint_id, question_id, channel), (place_id, day, question_id, channel))
    HAVING sum(counted) > 0 OR sum(marked) > 0)
    {_WRITE.format(which=f"place_day.touchpoint_id <> {MONTH}")}
"""  # noqa: S608 - our own words

_DAYS_ABOVE = f"""
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT above AS place_id, day
    FROM unnest(%(stores)s::integer[], %(days)s::date[]) AS wanted (store_id, day)
    JOIN place ON place.id = store_id CROSS JOIN LATERAL unnest(path) AS above WHERE above <> store_id),
stores AS MATERIALIZED (
    SELECT above, id FROM place CROSS JOIN LATERAL unnest(path) AS above
    WHERE kind = 'store' AND above IN (SELECT place_id FROM wanted)),
heard AS MATERIALIZED (
    SELECT wanted.place_id, wanted.day, touchpoint_id, question_id, channel,
           ({ADDED_UP})[1:max(cardinality(counted))], sum(marked)::integer
    FROM wanted JOIN stores ON above = wanted.place_id
    CROSS JOIN LATERAL (
        SELECT * FROM place_day AS below WHERE below.place_id = stores.id AND below.day = wanted.day
            AND touchpoint_id = {ALL} OFFSET 0) AS below
    GROUP BY wanted.place_id, wanted.day, touchpoint_id, question_id, channel)
    {_WRITE.format(which=f"place_day.touchpoint_id = {ALL}")}
"""  # noqa: S608 - our own words

_MONTHS = f"""
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT place_id, date_trunc('month', day)::date AS day
    FROM unnest(%(stores)s::integer[], %(days)s::date[]) AS wanted (store_id, day)
    JOIN place ON place.id = store_id CROSS JOIN LATERAL unnest(path) AS place_id),
heard AS MATERIALIZED (
    SELECT wanted.place_id, wanted.day, {MONTH} AS touchpoint_id, question_id, channel,
           ({ADDED_UP})[1:max(cardinality(counted))], sum(marked)::integer
    FROM wanted CROSS JOIN LATERAL (
        SELECT * FROM place_day AS each WHERE each.place_id = wanted.place_id AND touchpoint_id = {ALL}
            AND each.day >= wanted.day AND each.day < wanted.day + interval '1 month' OFFSET 0) AS each
    GROUP BY wanted.place_id, wanted.day, question_id, channel)
    {_WRITE.format(which=f"place_day.touchpoint_id = {MONTH}")}
"""  # noqa: S608 - our own words
