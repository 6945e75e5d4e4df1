"""Many stores at once, from a table (CSV): one store a line, under its region; what is there already is changed.

    region;store;time zone;opening hours;touchpoints
    North;Riverside;Europe/Kyiv;mon-fri 09:00-21:00, sat 10:00-18:00;Entrance, Checkout, Exit

Nothing is made of a table that has a line which does not fit, and nothing ends because it is not in the table.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import Connection, func, select

from collector.forms import line
from collector.places.editor.changes import Setup, add, change, put_touchpoint
from collector.places.editor.forms import ZONES, against_name
from collector.places.hours import OpeningHours
from collector.places.hours_text import EXAMPLE, Unclear, read_hours
from collector.places.queries import below
from collector.places.tables import place, touchpoint

COLUMNS = ("region", "store", "time zone", "opening hours", "touchpoints")
#: Most lines of one table.
MOST = 1000


class Unreadable(ValueError):
    """This is no such table; the message is a sentence."""


@dataclass(frozen=True)
class Line:
    """One store of the table."""

    number: int
    region: str
    setup: Setup
    touchpoints: tuple[str, ...]
    #: What does not fit, a sentence.
    problem: str | None = None


@dataclass(frozen=True)
class Planned:
    """What a line would do."""

    line: Line
    becomes: Literal["new", "changed", "same"]
    #: The touchpoints that are not there yet.
    new_touchpoints: tuple[str, ...] = ()


def read(text: str, zone: str) -> list[Line]:
    """The lines of a table.

    Parameters
    ----------
    zone: of stores whose line names none.

    Raises
    ------
    Unreadable: it has not the columns, or too many lines.
    """
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=_delimiter(text))
    try:
        head = [line(cell).lower() for cell in next(rows, [])]
        if not {"store"} <= set(head) <= set(COLUMNS):
            raise Unreadable(_("The first line has to name the columns: %(columns)s.", columns="; ".join(COLUMNS)))
        found = list(_lines(rows, head, zone))
    except csv.Error as problem:
        raise Unreadable(_("This cannot be read as a table: %(why)s.", why=problem)) from problem
    if len(found) > MOST:
        raise Unreadable(_("A table has at most %(count)s lines. Take in two halves.", count=MOST))
    return found


def plan(connection: Connection, top: int, lines: Sequence[Line]) -> list[Planned]:
    """What the lines would do to the places below `top`; changes nothing."""
    stores = _stores(connection, top)
    names: dict[int, set[str]] = {}
    ids = [row.id for row in stores.values()]
    for stop in connection.execute(
        select(touchpoint).where(touchpoint.c.store_id.in_(ids), touchpoint.c.ended_at.is_(None))
    ):
        names.setdefault(stop.store_id, set()).add(stop.name.lower())
    planned = []
    for each in lines:
        row: Any = stores.get((each.region.lower(), each.setup.name.lower()))
        there = names.get(row.id, set()) if row else set()
        new = tuple(name for name in each.touchpoints if name.lower() not in there)
        if row is None:
            planned.append(Planned(each, "new", new))
        else:
            same = (row.time_zone, row.opening_hours) == (each.setup.time_zone, each.setup.opening_hours) and not new
            planned.append(Planned(each, "same" if same else "changed", new))
    return planned


def carry_out(connection: Connection, top: int, lines: Sequence[Line], by: str) -> None:
    """Make and change what the lines say, all or nothing.

    Raises
    ------
    collector.places.editor.changes.CannotChange
    """
    stores, regions = _stores(connection, top), _regions(connection, top)
    zone = connection.scalar(select(place.c.time_zone).where(place.c.id == top))
    for each in lines:
        row = stores.get((each.region.lower(), each.setup.name.lower()))
        if row is None:
            if each.region and each.region.lower() not in regions:
                regions[each.region.lower()] = add(connection, "region", top, Setup(each.region, str(zone)), by)
            store_id = add(connection, "store", regions.get(each.region.lower(), top), each.setup, by)
        else:
            store_id = row.id
            if (row.time_zone, row.opening_hours) != (each.setup.time_zone, each.setup.opening_hours):
                change(connection, store_id, each.setup, by)
        for name in each.touchpoints:
            put_touchpoint(connection, store_id, name)


def _lines(rows: Iterator[list[str]], head: Sequence[str], zone: str) -> Iterator[Line]:
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(head, map(line, row), strict=False))
        if not any(cells.values()):
            continue
        found = _line(number, cells, zone)
        name = found.region.lower(), found.setup.name.lower()
        if found.problem is None and name in seen:
            found = Line(number, found.region, found.setup, found.touchpoints, str(_("This store stands here twice.")))
        seen.add(name)
        yield found


def _line(number: int, cells: Mapping[str, str], zone: str) -> Line:
    problem = against_name(cells.get("store", ""))
    hours: OpeningHours = {}
    if said := cells.get("opening hours"):
        try:
            hours = {day: [list(period) for period in periods] for day, periods in read_hours(said).items()}
        except Unclear:
            problem = problem or str(_("Write hours like this: %(example)s.", example=EXAMPLE))
    zone = cells.get("time zone") or zone
    if zone not in ZONES:
        problem = problem or str(_("There is no time zone %(name)s. Write one like Europe/Kyiv.", name=zone))
    region = cells.get("region", "")
    if region and (wrong := against_name(region)):
        problem = problem or wrong
    touchpoints = tuple(dict.fromkeys(name for each in cells.get("touchpoints", "").split(",") if (name := line(each))))
    problem = problem or next((wrong for each in touchpoints if (wrong := against_name(each))), None)
    return Line(number, region, Setup(cells.get("store", ""), zone, hours), touchpoints, problem)


def _stores(connection: Connection, top: int) -> dict[tuple[str, str], Any]:
    above = place.alias("above")
    query = (
        select(place, func.lower(above.c.name).label("region"), above.c.kind.label("above"))
        .join(above, above.c.id == place.c.parent_id)
        .where(below(top), place.c.kind == "store")
    )
    return {(row.region if row.above == "region" else "", row.name.lower()): row for row in connection.execute(query)}


def _regions(connection: Connection, top: int) -> dict[str, int]:
    query = select(place.c.id, func.lower(place.c.name).label("name")).where(below(top), place.c.kind == "region")
    return {row.name: row.id for row in connection.execute(query.order_by(place.c.id.desc()))}


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(";,\t", key=first.count)
