"""Whether the kiosks were there while their stores were open: of each store and day, the hours in which each of its
kiosks should have spoken, and those in which it did (a kiosk says how it is every minute).

A kiosk on batteries that sleeps most of the time is not asked after; nor is one that has never spoken, or was not there
yet. Hours that are only partly open, and the one that is running, are left out.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.ingest.health import KEPT
from collector.places.hours import WEEKDAYS, OpeningHours, periods

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: How often it is reckoned, and most days at once.
EVERY, MOST = timedelta(hours=1), 14

_ALWAYS: OpeningHours = {weekday: [["00:00", "24:00"]] for weekday in WEEKDAYS}


class Uptime:
    """The clock of it in `smilepost jobs`."""

    def __init__(self) -> None:
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._since: date | None = None

    def look(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Reckon once an hour; returns whether there is more to do at once."""
        if self._since is None and abs(now - self._looked) < EVERY:
            return False
        self._looked = now
        self._since = keep(connection, now, self._since)
        return self._since is not None


def keep(connection: Connection[TupleRow], now: datetime, since: date | None = None) -> date | None:
    """Reckon MOST days, from the one on that was reckoned last, or `since`; returns where to go on if some are left."""
    today = now.date()
    with connection.transaction():
        if since is None:
            [(since,)] = connection.execute(_SINCE).fetchall()
        if since is None:
            return None
        # The days of stores end before and after UTC's.
        first = max(since - DAY, today - KEPT)
        last = min(first + timedelta(MOST), today + DAY)
        columns = list(zip(*_open_hours(connection, first, last, now), strict=True))
        if columns:
            connection.execute(_KEEP, [list(column) for column in columns])
    return last if last <= today else None


def _open_hours(
    connection: Connection[TupleRow], first: date, last: date, now: datetime
) -> Iterator[tuple[int, date, datetime]]:
    stores = connection.execute("SELECT id, time_zone, opening_hours FROM place WHERE kind = 'store' ORDER BY id")
    for store_id, time_zone, opening_hours in stores.fetchall():
        zone = ZoneInfo(time_zone)
        for number in range((last - first).days + 1):
            day = first + timedelta(number)
            for hour in whole_hours(opening_hours, day, zone):
                if hour + HOUR <= now:
                    yield store_id, day, hour


def whole_hours(opening_hours: OpeningHours, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The hours (UTC) that lie wholly in the opening hours of a day; all of the day's where they are not known."""
    opened = periods(opening_hours or _ALWAYS, day, zone)
    for begin, end in opened:
        hour = begin.replace(minute=0, second=0, microsecond=0)
        hour = hour if hour == begin else hour + HOUR
        while hour + HOUR <= end:
            yield hour
            hour += HOUR


# From the day on that was reckoned last; at first, from the one on in which the first kiosk spoke.
_SINCE = """
SELECT coalesce((SELECT max(day) FROM store_uptime), (SELECT min(hour)::date FROM kiosk_health))
"""

_KEEP = """
WITH kiosks AS MATERIALIZED (
    SELECT kiosk_placement.kiosk_id, store_id, until,
           greatest(since, (SELECT min(hour) FROM kiosk_health WHERE kiosk_id = kiosk_placement.kiosk_id)) AS since
    FROM kiosk_placement JOIN touchpoint ON touchpoint.id = touchpoint_id
    JOIN kiosk_status ON kiosk_status.kiosk_id = kiosk_placement.kiosk_id
    WHERE kiosk_status.state <> 'asleep'
      AND EXISTS (SELECT FROM kiosk_health WHERE kiosk_id = kiosk_placement.kiosk_id))
INSERT INTO store_uptime AS known (store_id, day, due, up)
SELECT store_id, day, count(*), count(health.kiosk_id)
FROM unnest(%s::integer[], %s::date[], %s::timestamptz[]) AS opened (store_id, day, hour)
JOIN kiosks USING (store_id)
LEFT JOIN kiosk_health AS health ON health.kiosk_id = kiosks.kiosk_id AND health.hour = opened.hour
WHERE opened.hour >= since AND (until IS NULL OR opened.hour < until)
GROUP BY store_id, day ORDER BY store_id, day
ON CONFLICT (store_id, day) DO UPDATE SET due = excluded.due, up = excluded.up
WHERE (known.due, known.up) <> (excluded.due, excluded.up)
"""
