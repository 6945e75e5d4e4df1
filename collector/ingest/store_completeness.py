"""Completeness of stores: what the kiosks that stood there recorded, day by day, and what became of it.

A day's figures belong to the store where the kiosk stood at the end of that day; what is on its way moves with it.
On a day of which nothing is known, what was known before still stands.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, starmap
from operator import attrgetter
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Connection, Integer, any_, literal, select, true, union_all

from collector.fleet.tables import kiosk_placement
from collector.ingest.completeness import journals_of
from collector.ingest.tables import completeness_day, completeness_past, cursor
from collector.places.tables import place, touchpoint


@dataclass
class Arrivals:
    """What the kiosks of a store recorded in some days, and what became of it."""

    #: How many records became known in these days.
    recorded: int = 0
    stored: int = 0
    put_aside: int = 0
    lost: int = 0
    #: Left in a journal that the kiosk gave up for a new one; negative where an old journal spoke again.
    never_came: int = 0
    #: At the end of the last day.
    on_its_way: int = 0

    @property
    def received(self) -> int:
        return self.stored + self.put_aside + self.lost

    def add(self, other: "Arrivals") -> None:
        self.recorded += other.recorded
        self.stored += other.stored
        self.put_aside += other.put_aside
        self.lost += other.lost
        self.never_came += other.never_came
        self.on_its_way += other.on_its_way


@dataclass(frozen=True)
class Known:
    """What is known of one journal of a kiosk at the end of a day; the last three are of that day alone."""

    kiosk_id: str
    cursor_id: int
    day: date
    recorded: int
    received: int
    stored: int
    put_aside: int
    lost: int


@dataclass(frozen=True)
class Stay:
    """Where a kiosk stood, from the end of `first_day` (the store's own) until its next stay."""

    store_id: int
    first_day: date


#: By store and day.
ByDay = Mapping[tuple[int, date], Arrivals]


def of_stores(connection: Connection, store_ids: Collection[int], first: date, last: date) -> dict[int, list[Arrivals]]:
    """For each store its days from `first` to `last`, the stores' own, oldest first; quiet days too."""
    stays = _stays(connection, store_ids)
    by_day = add_up(_known(connection, stays, first, last), stays, first, last)
    days = list(days_between(first, last))
    return {store_id: [by_day.get((store_id, day), Arrivals()) for day in days] for store_id in store_ids}


def total(days: Sequence[Arrivals]) -> Arrivals:
    """Of a store's days that follow each other."""
    return replace(together(days), on_its_way=days[-1].on_its_way)


def together(stores: Iterable[Arrivals]) -> Arrivals:
    """Of stores, in the same days."""
    all_ = Arrivals()
    for each in stores:
        all_.add(each)
    return all_


def add_up(known: Iterable[Known], stays: Mapping[str, Sequence[Stay]], first: date, last: date) -> ByDay:
    """The figures by store and day.

    Parameters
    ----------
    known: by kiosk, then by day; of each journal also the newest that is older than `first`.
    stays: of each kiosk, oldest first.
    """
    found: defaultdict[tuple[int, date], Arrivals] = defaultdict(Arrivals)
    days = list(days_between(first, last))
    for kiosk_id, lines in groupby(known, attrgetter("kiosk_id")):
        before: list[Known] = []
        by_day: dict[date, list[Known]] = {}
        for line in lines:
            (before if line.day < first else by_day.setdefault(line.day, [])).append(line)
        for day, arrivals in _days_of_kiosk(before, by_day, days):
            found[_home(stays[kiosk_id], day), day].add(arrivals)
    return found


def _days_of_kiosk(
    before: Iterable[Known], by_day: Mapping[date, Sequence[Known]], days: Iterable[date]
) -> Iterator[tuple[date, Arrivals]]:
    journals = {line.cursor_id: line for line in before}
    on_its_way, given_up = _left(journals)
    for day in days:
        arrivals = Arrivals(on_its_way=on_its_way)
        for line in by_day.get(day, ()):
            earlier = journals.get(line.cursor_id)
            arrivals.recorded += line.recorded - (earlier.recorded if earlier else 0)
            arrivals.stored += line.stored
            arrivals.put_aside += line.put_aside
            arrivals.lost += line.lost
            journals[line.cursor_id] = line
        if day in by_day:
            arrivals.on_its_way, left = _left(journals)
            arrivals.never_came = left - given_up
            on_its_way, given_up = arrivals.on_its_way, left
        yield day, arrivals


def _left(journals: Mapping[int, Known]) -> tuple[int, int]:
    """Recorded and not received: in the newest journal of a kiosk, and in all others together."""
    if not journals:
        return 0, 0
    newest = journals[max(journals)]
    on_its_way = newest.recorded - newest.received
    if len(journals) == 1:  # as nearly every kiosk
        return on_its_way, 0
    return on_its_way, sum(line.recorded - line.received for line in journals.values()) - on_its_way


def _home(stays: Sequence[Stay], day: date) -> int:
    """The store where a kiosk stood at the end of a day; before its first one, that."""
    if len(stays) == 1:
        return stays[0].store_id
    return next((stay.store_id for stay in reversed(stays) if stay.first_day <= day), stays[0].store_id)


def days_between(first: date, last: date) -> Iterator[date]:
    """From `first` to `last`, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _stays(connection: Connection, store_ids: Collection[int]) -> dict[str, list[Stay]]:
    """Where the kiosks stood that ever stood in one of these stores."""
    here = (
        select(kiosk_placement.c.kiosk_id)
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
        .where(touchpoint.c.store_id == any_(literal(list(store_ids), ARRAY(Integer))))
    )
    rows = connection.execute(
        select(kiosk_placement.c.kiosk_id, kiosk_placement.c.since, touchpoint.c.store_id, place.c.time_zone)
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(kiosk_placement.c.kiosk_id.in_(here))
        .order_by(kiosk_placement.c.kiosk_id, kiosk_placement.c.since)
    )
    stays: dict[str, list[Stay]] = {}
    for kiosk_id, since, store_id, time_zone in rows:
        stays.setdefault(kiosk_id, []).append(Stay(store_id, _day_of(since, time_zone)))
    return stays


def _day_of(moment: datetime, time_zone: str) -> date:
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _known(connection: Connection, kiosk_ids: Collection[str], first: date, last: date) -> Iterator[Known]:
    """What `add_up` wants to know of these kiosks."""
    journals = any_(literal(journals_of(connection, kiosk_ids), ARRAY(Integer)))
    within = (
        select(cursor.c.kiosk_id, completeness_day)
        .join(cursor, cursor.c.id == completeness_day.c.cursor_id)
        .where(completeness_day.c.cursor_id == journals, completeness_day.c.day.between(first, last))
    )
    # Before these days: the last that was over, or where the journal stands, if it has said nothing since.
    over = (
        select(completeness_past)
        .where(completeness_past.c.cursor_id == cursor.c.id, completeness_past.c.day < first)
        .order_by(completeness_past.c.day.desc())
        .limit(1)
        .lateral()
    )
    before = select(cursor.c.kiosk_id, over).join(over, true()).where(cursor.c.id == journals, cursor.c.day >= first)
    standing = select(
        cursor.c.kiosk_id,
        *(cursor.c[name] for name in ("id", "day", "recorded", "seq", "stored", "put_aside", "lost")),
    ).where(cursor.c.id == journals, cursor.c.day < first)
    query = union_all(within, before, standing).order_by("kiosk_id", "day", "cursor_id")
    return starmap(Known, connection.execute(query).all())
