"""The figures of a store's day, from the hourly roll-up, and its last ratings.

Only faces that customers chose count: other scales have figures of their own, and the staff's are not the customers'.

A day is the store's own, from midnight to midnight in its time zone; twice a year it has 23 or 25 hours.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from collector.insights.compare import FEWEST
from collector.insights.faces import Face, face
from collector.insights.index import Index, index
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Mark
from collector.ratings.tables import rating, rating_hour
from collector.surveys.tables import question

#: A rating that came later than this after the press is late: it is no news any more.
LATE_AFTER = timedelta(minutes=2)
#: Ratings that are shown as the last.
LAST = 10
#: No time zone has a longer day (Troll in Antarctica moves its clocks by two hours).
LONGEST_DAY = timedelta(hours=26)


@dataclass
class Day:
    """What a store heard in one of its days."""

    #: Counted ratings by (button, buttons).
    tally: Counter[tuple[int, int]] = field(default_factory=Counter)
    #: Ratings that are marked, with a reason, as not counted.
    not_counted: int = 0
    #: Counted ratings whose time is known, by the start of the hour (UTC).
    hours: Counter[datetime] = field(default_factory=Counter)

    @property
    def index(self) -> Index | None:
        return index(self.tally)


@dataclass(frozen=True)
class SameWeekdays:
    """What was heard on the same weekday of the last four weeks, as early in the day as it is now."""

    index: Index
    #: Of how many of them anything is known.
    days: int
    #: Up to when: the hour that runs is left out.
    until: time


@dataclass(frozen=True)
class LatestRating:
    #: The same for ever: (cursor, seq).
    key: str
    happened_at: datetime
    #: Where the time is unknown: it happened between this and `happened_at`.
    earliest_at: datetime | None
    face: Face
    #: None where only the store is known.
    touchpoint: str | None
    late: bool
    mark: Mark


def is_in_index(ratings: Table) -> ColumnElement[bool]:
    """The condition that a row counts in the index: it is of faces, and not of the staff's touchpoints.

    It says what is left out, of which there is little: so the database still expects to find most of what it looks
    through, and stops early where a few are wanted.

    Parameters
    ----------
    ratings: `rating` or `rating_hour`.
    """
    other_scales = select(question.c.id).where(question.c.kind != "smileys")
    staff = select(touchpoint.c.id).where(touchpoint.c.audience == "staff")
    return and_(ratings.c.question_id.not_in(other_scales), ratings.c.touchpoint_id.not_in(staff))


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the day begins and ends in that time zone, in UTC."""
    begin, end = (datetime.combine(morning, time(), zone) for morning in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def store_day(connection: Connection, store_id: int, day: date, zone: ZoneInfo) -> Day:
    """What the store heard on `day` so far."""
    return _days(connection, store_id, [day], zone)[day]


def same_weekdays(connection: Connection, store_id: int, now: datetime) -> SameWeekdays | None:
    """What to compare today with; None where fewer than FEWEST ratings were counted in these hours.

    Parameters
    ----------
    now: in the store's time.
    """
    days = [now.date() - timedelta(weeks=weeks) for weeks in range(1, 5)]
    earlier = _days(connection, store_id, days, _zone(now), before=now.hour).values()
    heard = [day.tally for day in earlier if day.index]
    found = index(sum(heard, Counter[tuple[int, int]]()))
    return SameWeekdays(found, len(heard), time(now.hour)) if found and found.count >= FEWEST else None


def _zone(moment: datetime) -> ZoneInfo:
    assert isinstance(moment.tzinfo, ZoneInfo)  # noqa: S101 - for the checker of types
    return moment.tzinfo


def _days(
    connection: Connection, store_id: int, days: Collection[date], zone: ZoneInfo, before: int = 24
) -> dict[date, Day]:
    """What was heard in these days, in the hours that begin before `before`."""
    heard = {day: Day() for day in days}
    rows = connection.execute(
        select(rating_hour, question.c.buttons)
        .join(question, question.c.id == rating_hour.c.question_id)
        .where(
            rating_hour.c.store_id == store_id,
            is_in_index(rating_hour),
            or_(*(_within(*bounds(day, zone)) for day in days)),
        )
    )
    for row in rows:
        local = row.hour.astimezone(zone)
        if local.hour >= before:
            continue
        day = heard[local.date()]
        day.tally[row.button, row.buttons] += row.counted
        day.not_counted += row.marked
        if row.timed:
            day.hours[row.hour] += row.counted
    return heard


def _within(begin: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(rating_hour.c.hour >= begin, rating_hour.c.hour < end)


def today_by_store(connection: Connection, store_ids: Collection[int], now: datetime) -> Mapping[int, Index | None]:
    """Today's index of many stores, each in its own day."""
    # Materialised: each store's midnight is reckoned once, not for each of its hours.
    days = (
        select(place.c.id, func.date_trunc("day", now, place.c.time_zone).label("begin"))
        .where(place.c.id.in_(store_ids))
        .cte("days")
        .prefix_with("MATERIALIZED")
    )
    heard = (
        select(
            rating_hour.c.store_id,
            rating_hour.c.question_id,
            rating_hour.c.button,
            func.sum(rating_hour.c.counted).label("counted"),
        )
        .join(days, days.c.id == rating_hour.c.store_id)
        .where(
            rating_hour.c.hour >= days.c.begin,
            is_in_index(rating_hour),
            # The next two say no more than that, but an index helps with them.
            rating_hour.c.store_id.in_(store_ids),
            rating_hour.c.hour >= now - LONGEST_DAY,
        )
        .group_by(rating_hour.c.store_id, rating_hour.c.question_id, rating_hour.c.button)
        .subquery()
    )
    rows = connection.execute(select(heard, question.c.buttons).join(question, question.c.id == heard.c.question_id))
    tallies: dict[int, Counter[tuple[int, int]]] = {store_id: Counter() for store_id in store_ids}
    for row in rows:
        tallies[row.store_id][row.button, row.buttons] += row.counted
    return {store_id: index(tally) for store_id, tally in tallies.items()}


def last_ratings(connection: Connection, store_id: int) -> list[LatestRating]:
    """The ratings that came last, newest first."""
    rows = connection.execute(
        select(rating, touchpoint.c.name.label("touchpoint"), question.c.buttons)
        .outerjoin(touchpoint, touchpoint.c.id == rating.c.touchpoint_id)
        .join(question, question.c.id == rating.c.question_id)
        .where(rating.c.store_id == store_id, is_in_index(rating))
        .order_by(rating.c.received_at.desc(), rating.c.happened_at.desc(), rating.c.seq.desc())
        .limit(LAST)
    )
    return [
        LatestRating(
            key=f"{row.cursor_id}-{row.seq}",
            happened_at=row.happened_at,
            earliest_at=row.earliest_at,
            face=face(row.button, row.buttons),
            touchpoint=row.touchpoint,
            late=row.received_at - row.happened_at > LATE_AFTER,
            mark=Mark(row.mark),
        )
        for row in rows
    ]
