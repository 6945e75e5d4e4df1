"""What was heard by days (`place_day`), made from the hourly roll-up: so pages of months read hundreds of rows.

A store's day is its own, from midnight to midnight there. Beside its touchpoints it has what was heard at all of them
together; that alone is added up for the places above it, and by months. What the staff say is not here: it is shown in
whole groups alone, so that nobody's answer can be told (`surveys.pages.enps`).

Each row says besides what of it was heard while the store was open, by its opening hours as they are today: whoever
changes them notes all its days. And each day has its hours (`place_hour`), for the hours of the week.

1. What ratings have come since the last look say the relay's batches: the days in which they *happened* are stale.
2. Who changes marks, mends the roll-up or changes a store's opening hours notes the days in the same transaction
   (`ratings.stale`); `note_all` notes every day.
3. Stale days are made anew, the oldest first, so many in a transaction: so the last day that a store has here is one
   that may still grow, and whoever reads on from it in the hours misses nothing (`insights.heard`).

Several of these may run: one at a time works. Cut short anywhere, the next look goes on.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from collector import changes, locks
from collector.insights.fragments import (
    ADDED_UP,
    ALL,
    HAS_HOURS,
    HOURS_OF_DAY,
    IS_OPEN,
    MONTH,
    MOST_BUTTONS,
    OF_CUSTOMERS,
    PRESSES,
    SLOTS,
    added_up,
)
from collector.places.hours import WEEKDAYS, OpeningHours, open_slots
from collector.ratings.stale import NOTE

#: How often it is looked for what has come.
EVERY = timedelta(minutes=1)
#: Days of stores that are made anew in one transaction.
MOST = 200


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


def open_hours(opening_hours: OpeningHours) -> list[int | None]:
    """The hours in which a store is open, in whole or in part, by weekday from Monday on: bit 0 is midnight's.

    None: nobody knows its hours, so that all that was heard there counts as heard while it was open.
    """
    if not opening_hours:
        return [None] * len(WEEKDAYS)
    bits = [0] * len(WEEKDAYS)
    for weekday, hour in open_slots(opening_hours):
        bits[weekday] |= 1 << hour
    return list(bits)


def _is_mine(connection: Connection[TupleRow]) -> bool:
    return connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.DAYS]).fetchone() == (True,)


def note_all(connection: Connection[TupleRow], place_id: int | None = None) -> None:
    """Have all days of the stores of a place made anew, or of all stores: after a store got another time zone, other
    opening hours or another region, say."""
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
    found = connection.execute("SELECT id, opening_hours FROM place WHERE id = ANY(%s)", [stores])
    weeks = {store_id: open_hours(hours) for store_id, hours in found}
    hours = [weeks[store_id][day.weekday()] for store_id, day in wanted]
    for statement in (_STORES_DAYS, _DAYS_ABOVE, _MONTHS, _STORES_HOURS, _HOURS_ABOVE):
        connection.execute(statement, {"stores": stores, "days": days, "hours": hours})


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


def _write(table: str, values: str, which: str = "true") -> str:
    """SQL that makes these days of `wanted` what `heard` is, and touches nothing that is so already."""
    key = "place_id, day, touchpoint_id, question_id, channel"
    same = " AND ".join(f"heard.{column} = known.{column}" for column in key.split(", "))
    news = ", ".join(f"excluded.{column}" for column in values.split(", "))
    olds = ", ".join(f"known.{column}" for column in values.split(", "))
    return f""",
    gone AS (
        DELETE FROM {table} AS known USING wanted
        WHERE known.place_id = wanted.place_id AND known.day = wanted.day AND {which}
          AND NOT EXISTS (SELECT FROM heard WHERE {same}))
    INSERT INTO {table} AS known ({key}, {values})
    SELECT {key}, {values} FROM heard ORDER BY {key}
    ON CONFLICT ({key}) DO UPDATE SET ({values}) = ROW ({news}) WHERE ({olds}) IS DISTINCT FROM ({news})
    """  # noqa: S608 - our own words


_OF_A_DAY = "counted, marked, opened, opened_marked"

_WANTED_STORES = """
WITH wanted AS MATERIALIZED (
    SELECT place.id AS place_id, day, time_zone, open_hours
    FROM unnest(%(stores)s::integer[], %(days)s::date[], %(hours)s::integer[]) AS wanted (store_id, day, open_hours)
    JOIN place ON place.id = store_id)
"""

_WANTED_ABOVE = """
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT above AS place_id, day
    FROM unnest(%(stores)s::integer[], %(days)s::date[]) AS wanted (store_id, day)
    JOIN place ON place.id = store_id CROSS JOIN LATERAL unnest(path) AS above WHERE above <> store_id),
stores AS MATERIALIZED (
    SELECT above, id FROM place CROSS JOIN LATERAL unnest(path) AS above
    WHERE kind = 'store' AND above IN (SELECT place_id FROM wanted))
"""

_OPEN_PRESSES = PRESSES.replace("FILTER (WHERE", "FILTER (WHERE is_open AND")

_STORES_DAYS = f"""
{_WANTED_STORES},
heard AS MATERIALIZED (
    SELECT place_id, day,
           CASE WHEN grouping(touchpoint_id) = 0 THEN touchpoint_id ELSE {ALL} END AS touchpoint_id,
           question_id, channel, ({PRESSES})[1:max(buttons)] AS counted, sum(marked)::integer AS marked,
           nullif(({_OPEN_PRESSES})[1:max(buttons)], ({PRESSES})[1:max(buttons)]) AS opened,
           nullif(coalesce(sum(marked) FILTER (WHERE is_open), 0), sum(marked))::integer AS opened_marked
    FROM wanted CROSS JOIN LATERAL (
        SELECT *, {IS_OPEN} AS is_open FROM rating_hour WHERE store_id = place_id AND {HOURS_OF_DAY} OFFSET 0) AS hours
    JOIN question ON question.id = question_id
    WHERE {OF_CUSTOMERS}
    GROUP BY GROUPING SETS (
        (place_id, day, touchpoint_id, question_id, channel), (place_id, day, question_id, channel))
    HAVING sum(counted) > 0 OR sum(marked) > 0)
    {_write("place_day", _OF_A_DAY, f"known.touchpoint_id <> {MONTH}")}
"""  # noqa: S608 - our own words

#: Rows of `place_day` added up to one, where those of a query are `below`.
_TOGETHER = f"""
({ADDED_UP})[1:max(cardinality(counted))] AS counted, sum(marked)::integer AS marked,
nullif(({added_up("opened", range(1, MOST_BUTTONS + 1))})[1:max(cardinality(counted))],
       ({ADDED_UP})[1:max(cardinality(counted))]) AS opened,
nullif(sum(opened_marked), sum(marked))::integer AS opened_marked
"""
_EACH = """
touchpoint_id, question_id, channel, counted, marked, coalesce(opened, counted) AS opened,
coalesce(opened_marked, marked) AS opened_marked
"""

_DAYS_ABOVE = f"""
{_WANTED_ABOVE},
heard AS MATERIALIZED (
    SELECT wanted.place_id, wanted.day, touchpoint_id, question_id, channel, {_TOGETHER}
    FROM wanted JOIN stores ON above = wanted.place_id
    CROSS JOIN LATERAL (
        SELECT {_EACH} FROM place_day AS below WHERE below.place_id = stores.id AND below.day = wanted.day
            AND touchpoint_id = {ALL} OFFSET 0) AS below
    GROUP BY wanted.place_id, wanted.day, touchpoint_id, question_id, channel)
    {_write("place_day", _OF_A_DAY, f"known.touchpoint_id = {ALL}")}
"""  # noqa: S608 - our own words

_MONTHS = f"""
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT place_id, date_trunc('month', day)::date AS day
    FROM unnest(%(stores)s::integer[], %(days)s::date[]) AS wanted (store_id, day)
    JOIN place ON place.id = store_id CROSS JOIN LATERAL unnest(path) AS place_id),
heard AS MATERIALIZED (
    SELECT wanted.place_id, wanted.day, {MONTH} AS touchpoint_id, question_id, channel, {_TOGETHER}
    FROM wanted CROSS JOIN LATERAL (
        SELECT {_EACH} FROM place_day AS each WHERE each.place_id = wanted.place_id AND touchpoint_id = {ALL}
            AND each.day >= wanted.day AND each.day < wanted.day + interval '1 month' OFFSET 0) AS each
    GROUP BY wanted.place_id, wanted.day, question_id, channel)
    {_write("place_day", _OF_A_DAY, f"known.touchpoint_id = {MONTH}")}
"""  # noqa: S608 - our own words

#: What was heard by hours, of rows with an hour `local` and its `slot` in the array.
_BY_SLOT = "ARRAY[{}]::integer[]".format(
    ", ".join(f"coalesce(sum(counted) FILTER (WHERE slot = {slot}), 0)" for slot in SLOTS)
)

_STORES_HOURS = f"""
{_WANTED_STORES},
cells AS (
    SELECT place_id, day, open_hours, touchpoint_id, question_id, channel, local, buttons,
           local * buttons + button AS slot, counted
    FROM wanted CROSS JOIN LATERAL (
        SELECT *, extract(hour FROM hour AT TIME ZONE time_zone)::integer AS local
        FROM rating_hour WHERE store_id = place_id AND {HOURS_OF_DAY} AND timed AND counted > 0 OFFSET 0) AS hours
    JOIN question ON question.id = question_id
    WHERE {HAS_HOURS} AND {OF_CUSTOMERS}),
arrays AS (
    SELECT place_id, day, touchpoint_id, question_id, channel, ({_BY_SLOT})[1:max(slot)] AS counted,
           max(buttons) AS buttons, max(open_hours) AS open_hours,
           bit_or(1 << local) & ~max(open_hours) > 0 AS is_partly_closed
    FROM cells GROUP BY place_id, day, touchpoint_id, question_id, channel),
heard AS MATERIALIZED (
    SELECT *, CASE WHEN is_partly_closed THEN ARRAY(
        SELECT CASE WHEN (open_hours >> ((slot - 1) / buttons)::integer) & 1 = 1 THEN times ELSE 0 END
        FROM unnest(counted) WITH ORDINALITY AS of (times, slot) ORDER BY slot) END AS opened
    FROM arrays)
    {_write("place_hour", "counted, opened")}
"""  # noqa: S608 - our own words

_HOURS_ABOVE = f"""
{_WANTED_ABOVE},
heard AS MATERIALIZED (
    SELECT wanted.place_id, wanted.day, {ALL} AS touchpoint_id, question_id, channel,
           ({added_up("counted", SLOTS)})[1:max(cardinality(counted))] AS counted,
           nullif(({added_up("opened", SLOTS)})[1:max(cardinality(counted))],
                  ({added_up("counted", SLOTS)})[1:max(cardinality(counted))]) AS opened
    FROM wanted JOIN stores ON above = wanted.place_id
    CROSS JOIN LATERAL (
        SELECT question_id, channel, counted, coalesce(opened, counted) AS opened
        FROM place_hour AS below WHERE below.place_id = stores.id AND below.day = wanted.day OFFSET 0) AS below
    GROUP BY wanted.place_id, wanted.day, question_id, channel)
    {_write("place_hour", "counted, opened")}
"""  # noqa: S608 - our own words
