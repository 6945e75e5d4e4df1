"""The hours of the week: how the index and the number of ratings go from Monday's morning to Sunday's evening.

They come from the hours of the days that `smilepost jobs` has added up (`insights.days`); those of a store to the last
press, as `insights.heard` has its figures. Each store's hours are those of its own clock.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from collector.insights.asked import Asked
from collector.insights.fragments import (
    COUNTED,
    HAS_HOURS,
    HOURS_OF_DAY,
    IS_OPEN,
    LIVE,
    OF_CUSTOMERS,
    SLOTS,
    TOUCHPOINTS_OF_NAME,
    WANTED,
    added_up,
)
from collector.insights.heard import parameters_with_hours
from collector.insights.index import Index, index
from collector.places.queries import is_store

#: Of the touchpoints of a name, which are read store by store: no more days than these, the last of those asked for.
MOST_BY_NAME = 28


@dataclass(frozen=True)
class Hours:
    """What was heard by weekday and hour, from `first` to `last`."""

    first: date
    last: date
    #: By (weekday, hour) of the stores' time, 0 is Monday; hours of which nothing was heard are not there.
    tallies: dict[tuple[int, int], Counter[tuple[int, int]]]

    @property
    def cells(self) -> dict[tuple[int, int], Index]:
        """The index of each hour, with its interval and count."""
        return {hour: found for hour, tally in self.tallies.items() if (found := index(tally))}


def hours(connection: Connection, asked: Asked) -> Hours:
    """The hours of what is asked; customers' smileys whose time is known."""
    first = asked.first
    if asked.touchpoint_name is not None and not is_store(connection, asked.place_id):
        first = max(first, asked.last - timedelta(MOST_BY_NAME - 1))
    tallies: dict[tuple[int, int], Counter[tuple[int, int]]] = {}
    for row in connection.execute(_HOURS, {**parameters_with_hours(connection, asked), "first": first}):
        hour, button = divmod(row.slot - 1, row.buttons)
        tallies.setdefault((row.weekday, hour), Counter())[button + 1, row.buttons] += row.counted
    return Hours(first, asked.last, tallies)


_HOURS = text(f"""
{LIVE},
kept AS (
    SELECT day, question_id, {COUNTED}
    FROM place_hour CROSS JOIN here
    WHERE place_id = :place AND day BETWEEN :first AND :last AND (is_store OR CAST(:name AS text) IS NULL)
      AND day NOT IN (SELECT day FROM live) AND {WANTED}
    UNION ALL
    SELECT day, question_id, {COUNTED}
    FROM {TOUCHPOINTS_OF_NAME} CROSS JOIN LATERAL (
        SELECT * FROM place_hour
        WHERE place_id = store_id AND touchpoint_id = its_touchpoint AND day BETWEEN :first AND :last OFFSET 0) AS named
    WHERE CAST(:channels AS integer[]) IS NULL OR channel = ANY(:channels)),
arrays AS (
    SELECT extract(isodow FROM day)::integer - 1 AS weekday, question_id, {added_up("counted", SLOTS)} AS counted
    FROM kept GROUP BY 1, 2)
SELECT weekday, slot, buttons, times AS counted
FROM arrays CROSS JOIN LATERAL unnest(counted) WITH ORDINALITY AS of (times, slot)
JOIN question ON question.id = question_id
WHERE times > 0
UNION ALL
SELECT extract(isodow FROM day)::integer - 1 AS weekday,
       extract(hour FROM hour AT TIME ZONE time_zone)::integer * buttons + button AS slot, buttons,
       sum(counted)::integer AS counted
FROM live CROSS JOIN here CROSS JOIN LATERAL (
    SELECT * FROM rating_hour WHERE store_id = :place AND {HOURS_OF_DAY} OFFSET 0) AS heard
JOIN question ON question.id = question_id
WHERE timed AND counted > 0 AND {HAS_HOURS} AND {OF_CUSTOMERS} AND {IS_OPEN} AND {WANTED}
GROUP BY 1, 2, 3
""")  # noqa: S608 - our own words
