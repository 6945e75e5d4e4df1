"""What was heard at a place in a period, from the roll-up by days (`insights.days`), and how it splits.

    with database().connect() as connection:
        found = heard(connection, asked)
    found.index                             the smileys' index
    found.tally("nps")                      the answers to all questions of a kind; then insights.measures
    found.days[day].index                   the same again of a day, a channel, a touchpoint, a question
    found.by_channel[Channel.WEB].counted

All of it is of customers: how the staff's is shown is `surveys.pages.enps`'s.

A store's figures hold its last day to the last press: that day, and days that are known to have changed, are read from
the hourly roll-up itself. What comes late for a day before is there within a minute, as soon as `smilepost jobs` has
seen that the day changed. Figures of places above stores, and of many stores at once, are what the jobs add up once a
minute (a test does it by `tests.factories.add_up`).
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, select, text

from collector.insights.asked import Asked
from collector.insights.days import open_hours
from collector.insights.fragments import (
    ADDED_UP,
    ALL,
    COUNTED,
    HOURS_OF_DAY,
    IS_OPEN,
    LIVE,
    MARKED,
    MONTH,
    OF_CUSTOMERS,
    PRESSES,
    TOUCHPOINTS_OF_NAME,
    WANTED,
)
from collector.insights.index import Index, index
from collector.places.tables import place
from collector.ratings.kinds import Channel

Key = TypeVar("Key", bound=Hashable)


#: By number: there are thousands of cells, and to ask the enumeration for each takes long.
_CHANNELS = {int(channel): channel for channel in Channel}


class Cell(NamedTuple):
    """Ratings of one question by one channel."""

    place_id: int
    #: None where a period was added up.
    day: date | None
    #: days.ALL where they were added up; 0: the store alone is known.
    touchpoint_id: int
    channel: Channel
    question_id: int
    kind: str
    buttons: int
    #: By button, from the best.
    presses: Sequence[int]
    marked: int


@dataclass(frozen=True)
class Heard:
    """What was heard, and in what it splits: each part is one of these again."""

    cells: Sequence[Cell]

    def of(self, kind: str = "smileys") -> "Heard":
        """The answers to questions of one kind (surveys.tables.KINDS)."""
        return Heard([cell for cell in self.cells if cell.kind == kind])

    def tally(self, kind: str = "smileys") -> Counter[tuple[int, int]]:
        """How often each button was pressed that counted, by (button, buttons)."""
        found = Counter[tuple[int, int]]()
        for cell in self.of(kind).cells:
            for button, times in enumerate(cell.presses, start=1):
                if times:
                    found[button, cell.buttons] += times
        return found

    @cached_property
    def index(self) -> Index | None:
        """Of the smileys; None where none counted."""
        return index(self.tally())

    @cached_property
    def counted(self) -> int:
        """Smileys that count."""
        return sum(sum(cell.presses) for cell in self.of().cells)

    @cached_property
    def marked(self) -> int:
        """Smileys that do not, each for a reason (ratings.kinds.Mark)."""
        return sum(cell.marked for cell in self.of().cells)

    @cached_property
    def days(self) -> dict[date, "Heard"]:
        """By day, in order; days of which nothing was heard are not there."""
        return dict(sorted((day, each) for day, each in self._split(lambda cell: cell.day).items() if day))

    @cached_property
    def by_channel(self) -> dict[Channel, "Heard"]:
        return self._split(lambda cell: cell.channel)

    @cached_property
    def by_touchpoint(self) -> dict[int, "Heard"]:
        """By touchpoint, of one store; 0: nothing but the store is known. Empty at places above stores."""
        return {key: each for key, each in self._split(lambda cell: cell.touchpoint_id).items() if key >= 0}

    @cached_property
    def questions(self) -> dict[int, "Heard"]:
        """By the question's row; `of(kind)` first, for those of one kind."""
        return self._split(lambda cell: cell.question_id)

    def _split(self, key: "Callable[[Cell], Key]") -> "dict[Key, Heard]":
        parts: dict[Key, list[Cell]] = {}
        for cell in self.cells:
            parts.setdefault(key(cell), []).append(cell)
        return {each: Heard(cells) for each, cells in parts.items()}


def heard(connection: Connection, asked: Asked) -> Heard:
    """What was heard of what is asked, day by day."""
    rows = connection.execute(_HEARD, parameters_with_hours(connection, asked)).all()
    return Heard([_cell(*row) for row in rows])


def heard_in_all(connection: Connection, asked: Asked) -> Heard:
    """The same of the whole time together, which is less to fetch: `days` and `by_touchpoint` are empty."""
    rows = connection.execute(_IN_ALL, parameters_with_hours(connection, asked)).all()
    return Heard([_cell(*row) for row in rows])


def heard_below(
    connection: Connection, asked: Asked, kind: str = "store", *, by_week: bool = False
) -> dict[int, Heard]:
    """The same of each place of a kind (`store`, `region`) at and below what is asked; in one statement.

    All of them are there, also those of which nothing was heard; none that was ended. Touchpoints are added up.

    Parameters
    ----------
    by_week: in `days`, seven days up to the last one, and so on back, each under its last day; else `days` is empty.
    """
    found: dict[int, list[Cell]] = {}
    # Days up to the first whole month, whole months, and the days that are left; touchpoints have no months.
    month = asked.first if asked.first.day == 1 else _month_after(asked.first)
    rest = (asked.last + timedelta(1)).replace(day=1)
    if by_week or month >= rest:
        month = rest = asked.last + timedelta(1)
    about = {**parameters_with_hours(connection, asked), "kind": kind, "month": month, "rest": rest}
    for row in connection.execute(_BELOW[asked.touchpoint_name is not None, by_week], about).all():
        cells = found.setdefault(row.place_id, [])
        if row.question_id is not None:
            cells.append(_cell(*row))
    return {place_id: Heard(cells) for place_id, cells in found.items()}


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(31)).replace(day=1)


def parameters_with_hours(connection: Connection, asked: Asked) -> dict[str, object]:
    """What the statements of what was heard are told of what is asked: also :open, and the :hours of a store."""
    hours = None
    if asked.opened:
        found = select(place.c.opening_hours).where(place.c.id == asked.place_id)
        hours = open_hours(connection.execute(found).scalar_one())
    return {**asked.parameters(), "open": asked.opened, "hours": hours}


def _cell(
    place_id: int,
    day: date | None,
    touchpoint_id: int,
    channel: int,
    question_id: int,
    kind: str,
    buttons: int,
    presses: Sequence[int],
    marked: int,
) -> Cell:
    return Cell(place_id, day, touchpoint_id, _CHANNELS[channel], question_id, kind, buttons, presses[:buttons], marked)


#: The days of one touchpoint, of an index of their own.
_OF_TOUCHPOINT = f"""
SELECT day, channel, question_id, {COUNTED}, {MARKED}
FROM place_day WHERE touchpoint_id = its_touchpoint AND touchpoint_id > 0 AND day BETWEEN :first AND :last OFFSET 0
"""  # noqa: S608 - our own words

_CELLS = f"""
{LIVE},
cells AS (
    SELECT day, touchpoint_id, channel, question_id, {COUNTED}, {MARKED}
    FROM place_day CROSS JOIN here
    WHERE place_id = :place AND day BETWEEN :first AND :last
      AND CASE WHEN is_store THEN touchpoint_id >= 0 ELSE touchpoint_id = {ALL} AND CAST(:name AS text) IS NULL END
      AND day NOT IN (SELECT day FROM live)
    UNION ALL
    SELECT day, touchpoint_id, channel, question_id, {PRESSES}, sum(marked)::integer
    FROM live CROSS JOIN here CROSS JOIN LATERAL (
        SELECT * FROM rating_hour WHERE store_id = :place AND {HOURS_OF_DAY} OFFSET 0) AS heard
    JOIN question ON question.id = question_id
    WHERE {OF_CUSTOMERS} AND {IS_OPEN}
    GROUP BY day, touchpoint_id, channel, question_id
    UNION ALL
    SELECT day, {ALL}, channel, question_id, {ADDED_UP}, sum(marked)::integer
    FROM {TOUCHPOINTS_OF_NAME} CROSS JOIN LATERAL ({_OF_TOUCHPOINT}) AS named
    GROUP BY day, channel, question_id),
wanted AS (
    SELECT day, touchpoint_id, channel, question_id, counted, marked
    FROM cells CROSS JOIN here
    WHERE {WANTED} AND (marked > 0 OR 0 < ANY(counted)))
"""  # noqa: S608 - our own words

_ALL_DAYS = f"""
SELECT CAST(:place AS integer), NULL::date, {ALL}, channel, question_id, question.kind, buttons, counted, marked
FROM (SELECT channel, question_id, {ADDED_UP} AS counted, sum(marked)::integer AS marked
      FROM wanted GROUP BY channel, question_id) AS wanted
JOIN question ON question.id = question_id
"""  # noqa: S608 - our own words
_BY_DAY = """
SELECT CAST(:place AS integer), day, touchpoint_id, channel, question_id, question.kind, buttons, counted, marked
FROM wanted JOIN question ON question.id = question_id
ORDER BY day
"""

_HEARD, _IN_ALL = text(_CELLS + _BY_DAY), text(_CELLS + _ALL_DAYS)

_ADDED_UP_BELOW = f"""
SELECT place_id, day, channel, question_id, {COUNTED}, {MARKED}
FROM (
    SELECT * FROM place_day WHERE touchpoint_id = {ALL} AND day >= :first AND day < :month
    UNION ALL SELECT * FROM place_day WHERE touchpoint_id = {MONTH} AND day >= :month AND day < :rest
    UNION ALL SELECT * FROM place_day WHERE touchpoint_id = {ALL} AND day >= :rest AND day <= :last) AS days
WHERE place_id IN (SELECT id FROM places)
"""  # noqa: S608 - our own words
_NAMED_BELOW = f"""
SELECT place_id, day, channel, question_id, counted, marked
FROM (SELECT above AS place_id, touchpoint.id AS its_touchpoint
      FROM place AS store CROSS JOIN LATERAL unnest(path) AS above
      JOIN touchpoint ON store_id = store.id AND lower(touchpoint.name) = lower(:name)
      WHERE store.kind = 'store' AND above IN (SELECT id FROM places) OFFSET 0) AS touchpoints
CROSS JOIN LATERAL ({_OF_TOUCHPOINT}) AS named
"""  # noqa: S608 - our own words


def _below(heard: str, day: str, by_day: str) -> str:
    return f"""
WITH places AS MATERIALIZED (
    SELECT id FROM place WHERE kind = :kind AND path @> ARRAY[CAST(:place AS integer)] AND ended_at IS NULL),
cells AS (
    SELECT place_id, {day} AS day, channel, question_id, {ADDED_UP} AS presses, sum(marked)::integer AS marked
    FROM ({heard}) AS heard
    WHERE CAST(:channels AS integer[]) IS NULL OR channel = ANY(:channels)
    GROUP BY place_id, {by_day} channel, question_id)
SELECT places.id AS place_id, day, {ALL} AS touchpoint_id, channel, question_id, question.kind, buttons, presses,
       marked
FROM places LEFT JOIN (cells JOIN question ON question.id = question_id) ON place_id = places.id
ORDER BY places.id, day
"""  # noqa: S608 - our own words


_WEEK = "(CAST(:last AS date) - (CAST(:last AS date) - day) / 7 * 7)"
#: By whether touchpoints of a name are asked for, and whether by week.
_BELOW = {
    (is_named, by_week): text(_below(cells, _WEEK, f"{_WEEK},") if by_week else _below(cells, "NULL::date", ""))
    for is_named, cells in ((False, _ADDED_UP_BELOW), (True, _NAMED_BELOW))
    for by_week in (False, True)
}
