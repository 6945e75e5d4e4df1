"""The index before a case and after its resolution, in the same hours: whether the cure worked.

Mondays are unlike Saturdays and mornings unlike evenings. So what came after the resolution is compared with the same
hours of the week before the case: of whole weeks once one has passed, until then of the hours that have passed. The
hour in which the case was opened is left out, as what led to a case is no measure of the place; so is that in which it
was resolved, as the roll-up has whole hours.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from collector.insights.compare import FEWEST
from collector.insights.index import Index, index
from collector.insights.tables import place_hour
from collector.surveys.tables import question

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
#: How far it is looked back before the case, and at most forward after the resolution.
WEEKS = 4

#: An hour of the week in a store's time: (weekday, hour).
_Slot = tuple[int, int]


@dataclass(frozen=True)
class BeforeAndAfter:
    """The same hours of the week, before a case and after its resolution."""

    before: Index
    after: Index
    #: The weeks looked back begin here and end with the hour in which the case was opened.
    before_from: datetime
    before_until: datetime
    after_from: datetime

    @property
    def change(self) -> float:
        """Points by which the index went up."""
        return self.after.value - self.before.value

    @property
    def margin(self) -> float:
        """Half-width of the 95 % interval of the change."""
        return float((self.before.margin**2 + self.after.margin**2) ** 0.5)

    @property
    def is_sure(self) -> bool:
        """Whether more than chance changed: the interval of the change does not hold 0."""
        return abs(self.change) > self.margin


def before_and_after(
    connection: Connection,
    store_id: int,
    touchpoint_id: int | None,
    opened_at: datetime,
    resolved_at: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> BeforeAndAfter | None:
    """What the customers of a touchpoint said before a case and after it was resolved; None where too few said it.

    Parameters
    ----------
    touchpoint_id: None for the whole store.
    resolved_at: None where it is not resolved.
    zone: the store's.
    """
    if resolved_at is None:
        return None
    first, last = _begin(opened_at, zone) - WEEKS * WEEK, _begin(opened_at, zone)
    since = _begin(resolved_at, zone) + HOUR
    passed = min((now - since) // WEEK, WEEKS)
    until = since + passed * WEEK if passed > 0 else now
    slots = _slots(since, until, zone)
    before, after = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for hour, tally in _hours(connection, store_id, touchpoint_id, (first, last), (since, until), zone):
        if since <= hour < until:
            after += tally
        elif first <= hour < last and _slot(hour, zone) in slots:
            before += tally
    was, has_become = index(before), index(after)
    if was is None or has_become is None or min(was.count, has_become.count) < FEWEST:
        return None
    return BeforeAndAfter(was, has_become, first, last, since)


def _hours(
    connection: Connection,
    store_id: int,
    touchpoint_id: int | None,
    before: tuple[datetime, datetime],
    after: tuple[datetime, datetime],
    zone: ZoneInfo,
) -> Iterator[tuple[datetime, Counter[tuple[int, int]]]]:
    """Of the days in which these two times lie, each hour of which something was heard; as `smilepost jobs` has added
    it up."""
    days = [
        place_hour.c.day.between(first.astimezone(zone).date(), last.astimezone(zone).date())
        for first, last in (before, after)
    ]
    query = (
        select(place_hour.c.day, place_hour.c.counted, question.c.buttons)
        .join(question, question.c.id == place_hour.c.question_id)
        .where(place_hour.c.place_id == store_id, or_(*days))
    )
    if touchpoint_id is not None:
        query = query.where(place_hour.c.touchpoint_id == touchpoint_id)
    for day, counted, buttons in connection.execute(query).all():
        for number in range(0, len(counted), buttons):
            presses = enumerate(counted[number : number + buttons], start=1)
            if tally := {(button, buttons): times for button, times in presses if times}:
                yield datetime.combine(day, time(number // buttons), zone), Counter(tally)


def _slots(begin: datetime, end: datetime, zone: ZoneInfo) -> set[_Slot]:
    """The hours of the week that lie, in whole or in part, in a time."""
    slots, hour = set(), _begin(begin, zone)
    while hour < end:
        slots.add(_slot(hour, zone))
        hour += HOUR
    return slots


def _slot(hour: datetime, zone: ZoneInfo) -> _Slot:
    local = hour.astimezone(zone)
    return local.weekday(), local.hour


def _begin(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the hour of a moment begins in a store's own time."""
    return moment - timedelta(
        minutes=moment.astimezone(zone).minute, seconds=moment.second, microseconds=moment.microsecond
    )
