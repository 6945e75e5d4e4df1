"""What the page of a region is made of, each in one statement for all stores, however many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from collector.home.needs import StoreFacts
from collector.insights.asked import Asked
from collector.insights.heard import Heard, heard_below
from collector.places.queries import Store

WEEK = 7
#: Before the last seven days.
WEEKS_BEFORE = 4


@dataclass(frozen=True)
class Rung:
    """Cases that are not resolved, where they stand on the ladder."""

    step: int
    #: Kind of the place whose turn it is.
    kind: str
    count: int
    #: Of these, how many have gone up because nobody acted in time.
    late: int


def weeks(asked: Asked, count: int) -> list[Asked]:
    """Stretches of seven days up to the last day that is asked for, the newest first."""
    last = replace(asked, first=asked.last - timedelta(WEEK - 1))
    return [
        replace(last, first=last.first - timedelta(WEEK * back), last=last.last - timedelta(WEEK * back))
        for back in range(count)
    ]


def week_of(heard: Heard, last: date) -> Heard:
    """What was heard in the seven days up to `last`."""
    first = last - timedelta(WEEK - 1)
    return Heard([cell for cell in heard.cells if cell.day is not None and first <= cell.day <= last])


def store_facts(connection: Connection, place_id: int, stores: Sequence[Store], today: date) -> list[StoreFacts]:
    """What is known of the stores of a place."""
    asked = _last_weeks(place_id, today)
    heard = heard_below(connection, asked, by_week=True)
    ends = [week.last for week in weeks(asked, 1 + WEEKS_BEFORE)]
    open_cases = {row.store_id: row for row in connection.execute(text(_CASES), {"place": place_id})}
    alerts = {row.store_id: row.alerts for row in connection.execute(text(_ALERTS), {"place": place_id})}
    nothing = Heard(())
    heard_of = {store.id: heard.get(store.id, nothing).days for store in stores}
    return [
        StoreFacts(
            id=store.id,
            name=store.name,
            weeks=[heard_of[store.id].get(end, nothing).tally() for end in ends],
            cases=open_cases[store.id].cases if store.id in open_cases else 0,
            late=open_cases[store.id].late if store.id in open_cases else 0,
            alerts=alerts.get(store.id, 0),
        )
        for store in stores
    ]


def region_facts(connection: Connection, place_id: int, today: date) -> Mapping[int, Sequence[Counter[Any]]]:
    """By region below, the smileys of the last seven days and of the four weeks before; none where it is only one."""
    found = heard_below(connection, _last_weeks(place_id, today), "region", by_week=True)
    found.pop(place_id, None)
    if len(found) < 2:
        return {}
    now = {region: heard.days.get(today, Heard(())) for region, heard in found.items()}
    return {region: (now[region].tally(), heard.tally() - now[region].tally()) for region, heard in found.items()}


def _last_weeks(place_id: int, today: date) -> Asked:
    """The last seven days and the four weeks before."""
    return Asked(place_id, today - timedelta(WEEK * (1 + WEEKS_BEFORE) - 1), today)


def ladder(connection: Connection, place_id: int) -> list[Rung]:
    """Where the cases of a place and below stand, from the lowest step."""
    return [Rung(*row) for row in connection.execute(text(_LADDER), {"place": place_id})]


_WENT_UP = """
    EXISTS (SELECT FROM case_event AS event WHERE event.case_id = "case".id AND event.kind = 'climbed'
            AND event.data ->> 'why' IN ('late', 'idle'))
"""
_OPEN = """
    "case".state IN ('open', 'taken', 'waiting', 'review')
    AND "case".store_id IN (SELECT id FROM place WHERE path @> ARRAY[CAST(:place AS int)] AND ended_at IS NULL)
"""
_CASES = f"""
    SELECT store_id, count(*)::int AS cases, count(*) FILTER (WHERE {_WENT_UP})::int AS late
    FROM "case" WHERE {_OPEN} GROUP BY store_id
"""  # noqa: S608 - our own text
_LADDER = f"""
    SELECT "case".step, turn.kind, count(*)::int, count(*) FILTER (WHERE {_WENT_UP})::int
    FROM "case" JOIN place AS turn ON turn.id = "case".place_id
    WHERE {_OPEN} GROUP BY "case".step, turn.kind ORDER BY "case".step, turn.kind DESC
"""  # noqa: S608
_ALERTS = """
    SELECT alert.store_id, count(*)::int AS alerts
    FROM alert JOIN place ON place.id = alert.store_id
    WHERE alert.closed_at IS NULL AND alert.acknowledged_at IS NULL
      AND place.path @> ARRAY[CAST(:place AS int)] AND place.ended_at IS NULL
    GROUP BY alert.store_id
"""
