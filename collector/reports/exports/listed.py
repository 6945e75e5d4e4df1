"""What a list is: its columns, who may have it, and how its rows flow; the lists themselves stand beside this file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, select

from collector.accounts.roles import Right

#: A span of time that a list is of, as the moments at which it begins and ends.
Span = tuple[datetime, datetime]


#: What one row of the database is in the columns of a list.
Line = Callable[[Row[Any]], Sequence[object]]


@dataclass(frozen=True)
class Wanted:
    """A list that somebody asked for: of a place and below, and of a span of time where it is of days."""

    place_id: int
    first: date | None
    last: date | None
    zone: ZoneInfo
    #: Whoever asks is of this place, reads this language, and asks now.
    seer_id: int
    language: str
    now: datetime
    #: How it was narrowed on the page that it comes from; only voices are.
    narrowed: Mapping[str, Any] | None = None

    @property
    def span(self) -> Span | None:
        return span_of(self.first, self.last, self.zone)


@dataclass(frozen=True)
class Flow:
    """Rows of a list: what is asked of the database; and, on the connection on which they are read, what makes of one
    row a line of the list's columns."""

    query: Select[Any]
    lines: Callable[[Connection], Line]

    def count(self, connection: Connection) -> int:
        """How many rows it has."""
        rows = self.query.order_by(None).subquery()
        return int(connection.execute(select(func.count()).select_from(rows)).scalar_one())


@dataclass(frozen=True)
class Listed:
    """One list."""

    columns: Sequence[str]
    need: Right
    flow: Callable[[Connection, Wanted], Flow]
    #: It is of a span of time.
    of_days: bool = True
    #: It holds what concerns a person: who had it is written down.
    personal: bool = False


def plain(query: Callable[[int, Span | None], Select[Any]], line: Line) -> Callable[[Connection, Wanted], Flow]:
    """How a list flows that is of a place and a span of time, and nothing else."""
    return lambda _connection, wanted: Flow(query(wanted.place_id, wanted.span), lambda _reading: line)


def span_of(first: date | None, last: date | None, zone: ZoneInfo) -> Span | None:
    """The whole days from `first` to `last` in a place's time zone; None without days."""
    if first is None or last is None:
        return None
    begin = datetime.combine(first, datetime.min.time(), zone)
    return begin, datetime.combine(date.fromordinal(last.toordinal() + 1), datetime.min.time(), zone)


def local(moment: datetime | None, zone: str) -> datetime | None:
    """A time of a store, as its people have it."""
    return moment.astimezone(ZoneInfo(zone)) if moment else None


def within(column: Any, span: Span | None) -> list[Any]:
    return [column >= span[0], column < span[1]] if span else []


def words(texts: Mapping[str, str]) -> str:
    """A text in English, else in whatever language there is."""
    return texts.get("en") or next(iter(texts.values()), "")


def pairs(values: Mapping[str, object]) -> str:
    """Some small things by name in one cell."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def columns(names: str) -> Sequence[str]:
    return tuple(names.split())
