"""A plausible past: regions, stores and kiosks that have been rated for months, to try the product at its full size.

Everything is drawn from a seed, in the database itself: a rating a microsecond or two. Shops have busy and quiet
hours, days and seasons, are large and small, good and less good; now and then a kiosk sends late, does not know the
time, or is pressed twice. Weekdays and hours are each store's own.

It is loaded month by month, each in a transaction of its own. Cut short and started again, it goes on where it was.
"""

import calendar
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow
from sqlalchemy import Engine, exists, insert, select

from collector.database import connect, make_engine
from collector.failure import Failure
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_settings, kiosk_status
from collector.ingest.tables import cursor
from collector.insights import days
from collector.places.queries import top_place
from collector.places.tree import add_place, add_touchpoint
from collector.ratings import relay
from collector.ratings.partitions import Month, attach, is_there, make_apart
from collector.settings import Settings
from collector.surveys.default import ensure_default
from collector.surveys.tables import answer
from collector.up.shop import open_shop
from simulators.rhythm import CITIES, CLOSE, HOURS, OPEN, OPENING_HOURS, SEASONS, TOUCHPOINTS, WEEKDAYS

#: What the ids of its kiosks begin with.
PREFIX = "past-"


@dataclass(frozen=True)
class Wanted:
    """Which past; the same says the same, to the last rating."""

    stores: int
    ratings: int
    months: int
    seed: int

    def __str__(self) -> str:
        return f"{self.stores} stores, {self.ratings} ratings, {self.months} months, seed {self.seed}"


def load_history(
    settings: Settings, wanted: Wanted, until: datetime, *, beside_real: bool, advance: Callable[[int], None]
) -> int:
    """Load a past that ends at `until`; returns how many ratings came in: what is there already is not loaded again.

    Parameters
    ----------
    beside_real: also into an installation with real ratings.
    advance: is told of the ratings, month by month.

    Raises
    ------
    Failure: there are real ratings, or another simulated past.
    """
    engine = make_engine(settings)
    try:
        until = _set_up(engine, wanted, until.replace(second=0, microsecond=0), beside_real)
    finally:
        engine.dispose()
    quotas = _quotas(wanted, until)
    fresh = 0
    with connect(settings, autocommit=True) as connection:
        for month, quota in quotas.items():
            fresh += _load_month(connection, wanted, month, quota, until)
            advance(quota)
        connection.execute("VACUUM (ANALYZE) rating_hour, completeness_past, cursor, batch")
        (days.begin_anew if fresh else days.keep_all)(connection)
        connection.execute("VACUUM (ANALYZE) place_day, place_hour, place_day_stale")
        for month in quotas:
            connection.execute(f"VACUUM (ANALYZE) {month.table}".encode())
    return fresh


def _set_up(engine: Engine, wanted: Wanted, until: datetime, beside_real: bool) -> datetime:
    """Places and kiosks; returns when this past ends, which is as it was where it had begun before."""
    with engine.begin() as connection:
        mine = kiosk_status.c.kiosk_id.startswith(PREFIX, autoescape=True)
        there = connection.execute(select(kiosk_status.c.health, kiosk_status.c.received_at).where(mine)).first()
        if there:
            if there.health["simulated"] != str(wanted):
                raise Failure(f"this installation has another simulated past: {there.health['simulated']}.")
            return there.received_at.astimezone(UTC)  # type: ignore[no-any-return]
        theirs = cursor.c.seq > 0
        if not beside_real and connection.scalar(select(exists().where(theirs) | exists(select(answer.c.id)))):
            raise Failure("this installation has real ratings. To load a simulated past beside them: --beside-real")
        open_shop(connection)
        top, question = top_place(connection), ensure_default(connection)
        cities = list(CITIES.items())
        regions: dict[str, int] = {}
        since = _first_month(wanted, until).begin
        kiosks = []
        for number in range(wanted.stores):
            city, zone = cities[number * len(cities) // wanted.stores]
            if city not in regions:
                regions[city] = add_place(connection, "region", city, top, time_zone=zone)
            name = f"{city} {number + 1:03}"
            store = add_place(connection, "store", name, regions[city], time_zone=zone, opening_hours=OPENING_HOURS)
            for position, touchpoint in enumerate(TOUCHPOINTS, start=1):
                kiosk_id = f"{PREFIX}{number + 1:04}-{position}"
                kiosks.append((kiosk_id, add_touchpoint(connection, store, touchpoint, position)))
        ids = [kiosk_id for kiosk_id, _ in kiosks]
        connection.execute(insert(kiosk), [{"id": each, "state": "enrolled", "enrolled_at": since} for each in ids])
        connection.execute(
            insert(kiosk_placement),
            [{"kiosk_id": each, "since": since, "touchpoint_id": touchpoint} for each, touchpoint in kiosks],
        )
        given = {"version": 1, "question_id": question, "settings": {"buttons": 4}, "created_at": since}
        connection.execute(insert(kiosk_settings), [{"kiosk_id": each, **given} for each in ids])
        journals = connection.execute(
            insert(cursor).returning(cursor.c.id, cursor.c.kiosk_id),
            [{"kiosk_id": each, "epoch": at, "opened_at": since} for at, each in enumerate(ids, start=1)],
        ).all()
        said = {"boot": 1, "connection": 1, "state": "offline", "seq": 0, "confirmed": 0, "settings_version": 1}
        said |= {"health": {"simulated": str(wanted)}, "received_at": until}
        connection.execute(
            insert(kiosk_status), [{"kiosk_id": row.kiosk_id, "cursor_id": row.id, **said} for row in journals]
        )
    return until


def _first_month(wanted: Wanted, until: datetime) -> Month:
    return Month.of(until).plus(1 - wanted.months)


def _quotas(wanted: Wanted, until: datetime) -> dict[Month, int]:
    """How many ratings each month gets: as many as its days are busy, `wanted.ratings` together."""
    weights: dict[Month, float] = {}
    month = _first_month(wanted, until)
    while month <= Month.of(until):
        days = [date(*month, day) for day in range(1, calendar.monthrange(*month)[1] + 1)]
        past = [day for day in days if day < until.date()]
        busy = float(sum(WEEKDAYS[day.weekday()] for day in past))
        if until.date() in days:
            hours = [hour for hour in range(OPEN, CLOSE) if hour < until.hour]
            busy += WEEKDAYS[until.weekday()] * sum(HOURS[hour - OPEN] for hour in hours) / sum(HOURS)
        weights[month] = busy * SEASONS[month.month - 1]
        month = month.plus(1)
    total, sum_before, quotas = math.fsum(weights.values()), 0.0, {}
    for month, weight in weights.items():
        upto = sum_before + weight
        quotas[month] = round(wanted.ratings * upto / total) - round(wanted.ratings * sum_before / total)
        sum_before = upto
    return quotas


def _load_month(connection: Connection[TupleRow], wanted: Wanted, month: Month, quota: int, until: datetime) -> int:
    """Load one month; returns how many ratings came in: none where it is there already."""
    with connection.transaction():
        [(store,)] = connection.execute(_STORE).fetchall()
        is_apart = not is_there(connection, month)
        if not is_apart and connection.execute(_IS_LOADED, [store, month.begin, month.end]).fetchone():
            return 0
        connection.execute("SET LOCAL work_mem = '256MB'; SET LOCAL synchronous_commit = off; SET LOCAL jit = off")
        if is_apart:
            make_apart(connection, month)
        drawn = {"seed": wanted.seed, "quota": quota, "until": until}
        drawn |= {"begin": month.begin, "end": min(month.end, until)}
        drawn |= {"hours": list(HOURS), "weekdays": list(WEEKDAYS), "shares": list(TOUCHPOINTS.values())}
        drawn |= {"open": OPEN, "close": CLOSE, "prefix": PREFIX}
        connection.execute(_DRAW, drawn)
        connection.execute("ANALYZE drawn")
        connection.execute(_BATCHES)
        connection.execute(_RATINGS.replace("{table}", month.table).encode())
        connection.execute(_ROLL_UP)
        connection.execute(_COMPLETENESS)
        connection.execute(_CURSORS)
        connection.execute("DROP TABLE drawn, drawn_batch")
        if is_apart:
            attach(connection, month)
    relay.advance(connection)
    return quota


_STORE = f"""
SELECT store_id FROM touchpoint JOIN kiosk_placement ON touchpoint_id = touchpoint.id
WHERE kiosk_id = '{PREFIX}0001-1'
"""  # noqa: S608 - our own prefix

_IS_LOADED = """
SELECT 1 FROM rating WHERE store_id = %s AND received_at >= %s AND received_at < %s AND cursor_id > 0 LIMIT 1
"""

# From the whole to the single rating: hours of the kiosks, each with its weight; the month's number shared out among
# them, to the last one; then each rating, with all its chances drawn from one hash of its number. Of 1,024 cases of
# `luck`: below 40 the rating comes from a touch screen; 100 to 114 are presses again too soon, 115 is a test; at 1019
# the time is unknown; from 1020 on the kiosk sends late, and knows the time only then.
_DRAW = """
CREATE TEMP TABLE drawn AS
WITH kiosks AS (
    SELECT cursor.id AS cursor_id, cursor.seq AS seq, kiosk_placement.kiosk_id, store_id, touchpoint_id, question_id,
           time_zone, (%(shares)s::float8[])[touchpoint.position] AS share,
           (hashint8extended(store_id, %(seed)s) & 65535) / 65536.0 AS size,
           (hashint8extended(store_id, %(seed)s + 1) & 65535) / 65536.0 AS mood
    FROM cursor
    JOIN kiosk_placement USING (kiosk_id)
    JOIN kiosk_settings USING (kiosk_id)
    JOIN touchpoint ON touchpoint.id = touchpoint_id
    JOIN place ON place.id = store_id
    WHERE starts_with(cursor.kiosk_id, %(prefix)s)),
hours AS (
    SELECT kiosks.*, moment,
           row_number() OVER (ORDER BY moment, cursor_id)
               + (extract(epoch FROM %(begin)s::timestamptz)::int8 << 20) AS number,
           share * (0.3 + 2 * size * size) * (%(weekdays)s::int[])[extract(isodow FROM local)::int]
               * (%(hours)s::int[])[extract(hour FROM local)::int - %(open)s + 1] AS busy
    FROM kiosks
    CROSS JOIN LATERAL generate_series(
        %(begin)s::timestamptz AT TIME ZONE time_zone, %(end)s::timestamptz AT TIME ZONE time_zone,
        interval '1 hour') AS whole
    CROSS JOIN LATERAL (SELECT date_trunc('hour', whole) AS local) AS hour
    CROSS JOIN LATERAL (SELECT local AT TIME ZONE time_zone AS moment) AS at
    WHERE extract(hour FROM local) >= %(open)s AND extract(hour FROM local) < %(close)s
      AND moment >= %(begin)s AND moment + interval '1 hour' <= %(end)s),
weighed AS (
    SELECT hours.*, busy * (0.5 + (hashint8extended(number, %(seed)s) & 1023) / 1024.0) AS weight FROM hours),
summed AS (
    SELECT weighed.*, sum(weight) OVER (ORDER BY number) AS upto, sum(weight) OVER () AS total FROM weighed),
shared AS (
    SELECT summed.*, floor(%(quota)s * upto / total + 1e-6) - floor(%(quota)s * (upto - weight) / total + 1e-6) AS many
    FROM summed),
chances AS (
    SELECT shared.*, hashint8extended((number << 12) + rating, %(seed)s) AS chance
    FROM shared CROSS JOIN LATERAL generate_series(1, many::int) AS rating),
pressed AS (
    SELECT chances.*, moment + ((chance & 4095) * 878) * interval '1 ms' AS happened_at,
           ((chance >> 12) & 1023) / 1024.0 AS liking, (chance >> 22) & 1023 AS luck
    FROM chances)
SELECT cursor_id, seq + row_number() OVER (PARTITION BY cursor_id ORDER BY happened_at, chance) AS seq,
       (luck < 40)::int AS channel,
       least(%(until)s, date_bin('30 seconds', happened_at + interval '30 seconds'
           + CASE WHEN luck < 1020 THEN interval '0' ELSE (chance >> 40 & 4095) * interval '1 second' END,
           '2000-01-01+00')) AS received_at,
       happened_at,
       CASE WHEN luck = 1019 THEN happened_at - interval '40 minutes' END AS earliest_at,
       CASE WHEN luck = 1019 THEN 2 WHEN luck > 1019 THEN 1 ELSE 0 END AS time_quality,
       store_id, touchpoint_id, question_id,
       CASE WHEN liking < 0.45 + 0.3 * mood THEN 1 WHEN liking < 0.72 + 0.18 * mood THEN 2
            WHEN liking < 0.86 + 0.08 * mood THEN 3 ELSE 4 END AS button,
       CASE WHEN luck BETWEEN 100 AND 114 THEN 3 WHEN luck = 115 THEN 1 ELSE 0 END AS mark,
       1 AS boot, (extract(epoch FROM happened_at - %(begin)s) * 1000)::int8 AS uptime, time_zone
FROM pressed
"""

_BATCHES = """
CREATE TEMP TABLE drawn_batch AS
WITH made AS (
    INSERT INTO batch (received_at) SELECT DISTINCT received_at FROM drawn ORDER BY received_at
    RETURNING id, received_at)
SELECT * FROM made
"""

_RATINGS = """
INSERT INTO {table} (
    cursor_id, seq, channel, batch_id, received_at, happened_at, earliest_at, time_quality, store_id, touchpoint_id,
    question_id, button, score, mark, boot, uptime, settings_version)
SELECT cursor_id, seq, channel, id, received_at, happened_at, earliest_at, time_quality, store_id, touchpoint_id,
       question_id, button, 100.0 * (4 - button) / 3, mark, boot, uptime, 1
FROM drawn JOIN drawn_batch USING (received_at)
ORDER BY received_at, cursor_id
"""

# In the order of the hours, as a living installation fills its table: a store's rows lie apart.
_ROLL_UP = """
INSERT INTO rating_hour AS rolled (
    store_id, hour, touchpoint_id, question_id, button, channel, timed, counted, marked)
SELECT store_id, date_trunc('hour', happened_at, time_zone) AS hour, touchpoint_id, question_id, button, channel,
       time_quality < 2 AS timed, count(*) FILTER (WHERE mark = 0), count(*) FILTER (WHERE mark > 0)
FROM drawn
GROUP BY store_id, hour, touchpoint_id, question_id, button, channel, timed
ORDER BY hour, store_id
ON CONFLICT (store_id, hour, touchpoint_id, question_id, button, channel, timed)
DO UPDATE SET counted = rolled.counted + excluded.counted, marked = rolled.marked + excluded.marked
"""

_COMPLETENESS = """
INSERT INTO completeness_past AS known (cursor_id, day, recorded, received, stored)
SELECT cursor_id, (received_at AT TIME ZONE time_zone)::date AS day, max(seq), max(seq), count(*)
FROM drawn GROUP BY cursor_id, day
ON CONFLICT (cursor_id, day) DO UPDATE SET
    recorded = excluded.recorded, received = excluded.received, stored = known.stored + excluded.stored
"""

_CURSORS = """
WITH last AS (SELECT cursor_id, max(seq) AS seq, max(happened_at) AS at FROM drawn GROUP BY cursor_id),
moved AS (
    UPDATE cursor SET seq = last.seq, recorded = last.seq, latest = extract(epoch FROM last.at) * 1000 FROM last
    WHERE cursor.id = last.cursor_id)
UPDATE kiosk_status SET seq = last.seq, confirmed = last.seq FROM last WHERE kiosk_status.cursor_id = last.cursor_id
"""
