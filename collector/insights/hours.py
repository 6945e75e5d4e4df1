"""The hours of a store's week: how the index and the number of ratings go from Monday's morning to Sunday's evening."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from collector.insights.asked import Asked
from collector.insights.index import Index, index

#: No more weeks than these, the last of those asked for: each is read hour by hour.
MOST_WEEKS = 13


@dataclass(frozen=True)
class Hours:
    """What a store heard by weekday and hour, from `first` to `last`."""

    first: date
    last: date
    #: By (weekday, hour) of the store's time, 0 is Monday; hours of which nothing was heard are not there.
    tallies: dict[tuple[int, int], Counter[tuple[int, int]]]

    @property
    def cells(self) -> dict[tuple[int, int], Index]:
        """The index of each hour, with its interval and count."""
        return {hour: found for hour, tally in self.tallies.items() if (found := index(tally))}


def hours(connection: Connection, asked: Asked) -> Hours:
    """The hours of what is asked of a store; customers' smileys whose time is known. Places above stores have none:
    their stores are busy at times of their own."""
    first = max(asked.first, asked.last - timedelta(days=7 * MOST_WEEKS - 1))
    tallies: dict[tuple[int, int], Counter[tuple[int, int]]] = {}
    parameters = {
        "store": asked.place_id,
        "first": first,
        "last": asked.last,
        "touchpoint": asked.touchpoint_id,
        "channels": [int(channel) for channel in sorted(asked.channels)] or None,
    }
    for row in connection.execute(_HOURS, parameters):
        if asked.opened is None or (row.weekday, row.hour) in asked.opened:
            tallies.setdefault((row.weekday, row.hour), Counter())[row.button, row.buttons] += row.counted
    return Hours(first, asked.last, tallies)


_HOURS = text("""
SELECT extract(isodow FROM local)::integer - 1 AS weekday, extract(hour FROM local)::integer AS hour, button, buttons,
       sum(counted)::integer AS counted
FROM place
CROSS JOIN LATERAL (
    SELECT hour AT TIME ZONE time_zone AS local, touchpoint_id, question_id, channel, button, counted
    FROM rating_hour
    WHERE store_id = :store AND timed
      AND hour >= CAST(:first AS timestamp) AT TIME ZONE time_zone - interval '2 hours'
      AND hour < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE time_zone + interval '2 hours'
    OFFSET 0) AS heard
JOIN question ON question.id = question_id
LEFT JOIN touchpoint ON touchpoint.id = touchpoint_id
WHERE place.id = :store AND local::date BETWEEN :first AND :last AND counted > 0
  AND question.kind = 'smileys' AND audience IS DISTINCT FROM 'staff'
  AND (CAST(:touchpoint AS integer) IS NULL OR touchpoint_id = :touchpoint)
  AND (CAST(:channels AS integer[]) IS NULL OR channel = ANY(:channels))
GROUP BY 1, 2, 3, 4
""")
