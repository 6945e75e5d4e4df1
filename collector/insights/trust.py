"""How far figures can be trusted: how much was counted and why not all, whether kiosks were there, what is to come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from collector.insights.asked import Asked
from collector.insights.heard import Heard
from collector.ratings.kinds import Mark


@dataclass(frozen=True)
class Trust:
    """What stands beside each figure, as one quiet line (`insights/trust.html`)."""

    counted: int
    #: Not counted, each for a reason.
    marked: int
    #: How many for which; None where nobody asked, as it means to look through the ratings one by one.
    by_mark: Mapping[Mark, int] | None
    #: Per cent of the opening hours in which the kiosks were there; None where that is not known, as of one touchpoint.
    uptime: float | None
    #: Recorded by kiosks of the place, or of the touchpoint that was asked for, and not yet here.
    on_its_way: int

    @property
    def heard(self) -> int:
        return self.counted + self.marked

    @property
    def marked_share(self) -> float:
        """Per cent of all that was heard."""
        return 100 * self.marked / self.heard if self.heard else 0.0


def trust(connection: Connection, asked: Asked, heard: Heard, *, by_mark: bool = False) -> Trust:
    """The trust line of what was asked.

    Parameters
    ----------
    by_mark: also why ratings were not counted; of one store, for some weeks, that takes milliseconds.
    """
    row = connection.execute(_KIOSKS, asked.parameters()).one()
    uptime = 100 * row.up / row.due if row.due else None
    marks = marks_of(connection, asked) if by_mark else None
    return Trust(heard.counted, heard.marked, marks, uptime, row.on_its_way)


def marks_of(connection: Connection, asked: Asked) -> dict[Mark, int]:
    """Why ratings of a place were not counted; without those that are in archive files."""
    return {Mark(row.mark): row.times for row in connection.execute(_MARKS, asked.parameters())}


def days_away(connection: Connection, asked: Asked) -> frozenset[date]:
    """The days on which the kiosks of a place were away for more than half of the time that they should have spoken."""
    return frozenset(connection.scalars(_DAYS_AWAY, asked.parameters()))


# No rating is dated after its receipt; those that came a month after the period are not looked for, as in
# `journey.ratings`.
_MARKS = text("""
SELECT mark, count(*) AS times
FROM place JOIN rating ON store_id = place.id JOIN question ON question.id = question_id
LEFT JOIN touchpoint ON touchpoint.id = touchpoint_id
WHERE path @> ARRAY[CAST(:place AS integer)] AND place.kind = 'store'
  AND rating.received_at >= CAST(:first AS date) - interval '1 day'
  AND rating.received_at < CAST(:last AS date) + interval '32 days' AND mark > 0
  AND (happened_at AT TIME ZONE place.time_zone)::date BETWEEN :first AND :last
  AND question.kind = 'smileys' AND audience IS DISTINCT FROM 'staff'
  AND (CAST(:touchpoint AS integer) IS NULL OR place.id <> :place OR touchpoint_id = :touchpoint)
  AND (CAST(:name AS text) IS NULL OR lower(touchpoint.name) = lower(:name))
  AND (CAST(:channels AS integer[]) IS NULL OR channel = ANY(:channels))
GROUP BY mark
""")

# What is on its way is what the newest journal of each kiosk that stands there now has not brought yet.
_KIOSKS = text("""
WITH stores AS MATERIALIZED (SELECT id FROM place WHERE kind = 'store' AND path @> ARRAY[CAST(:place AS integer)]),
uptime AS (
    SELECT sum(due) AS due, sum(up) AS up FROM store_uptime
    WHERE store_id IN (SELECT id FROM stores) AND day BETWEEN :first AND :last
      AND (CAST(:touchpoint AS integer) IS NULL OR store_id <> :place) AND CAST(:name AS text) IS NULL)
SELECT due, up, coalesce((
    SELECT sum(greatest(recorded - seq, 0)) FROM touchpoint
    JOIN kiosk_placement ON touchpoint_id = touchpoint.id AND until IS NULL
    CROSS JOIN LATERAL (
        SELECT recorded, seq FROM cursor WHERE cursor.kiosk_id = kiosk_placement.kiosk_id ORDER BY id DESC LIMIT 1
    ) AS newest
    WHERE store_id IN (SELECT id FROM stores)
      AND (CAST(:touchpoint AS integer) IS NULL OR store_id <> :place OR touchpoint.id = :touchpoint)
      AND (CAST(:name AS text) IS NULL OR lower(touchpoint.name) = lower(:name))
    ), 0)::integer AS on_its_way
FROM uptime
""")

_DAYS_AWAY = text("""
SELECT day FROM store_uptime JOIN place ON place.id = store_id
WHERE path @> ARRAY[CAST(:place AS integer)] AND place.kind = 'store' AND day BETWEEN :first AND :last
GROUP BY day HAVING 2 * sum(up) < sum(due)
""")
