"""Hours as people type them: `mon-fri 09:00-18:00, sat 10:00-14:00 16:00-18:00`, or those of one day."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from collector.places.hours import WEEKDAYS

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: From and until, as HH:MM; 24:00 is midnight.
Period: TypeAlias = tuple[str, str]

#: What stands in an empty field as an example.
EXAMPLE = "mon-fri 09:00-18:00, sat 10:00-14:00"

_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_PERIOD = re.compile(rf"({_CLOCK}) ?[-–] ?({_CLOCK}|24:00)")
_PART = re.compile(
    rf"(?P<first>[a-z]{{3}})(?: ?[-–] ?(?P<last>[a-z]{{3}}))?(?P<periods>(?: {_CLOCK} ?[-–] ?(?:{_CLOCK}|24:00))+)"
)


class Unclear(ValueError):
    """This is not how hours are written."""


def read_hours(typed: str) -> dict[Weekday, list[Period]]:
    """Hours from what somebody typed.

    Raises
    ------
    Unclear
    """
    hours: dict[Weekday, list[Period]] = {}
    for part in re.split(r"[,;]", re.sub(r"\s+", " ", typed.lower())):
        found = _PART.fullmatch(part.strip())
        if not found:
            raise Unclear(part)
        periods: list[Period] = [
            (begin.zfill(5), end.zfill(5)) for begin, end in _PERIOD.findall(found["periods"]) if begin != end
        ]
        for day in _days(found["first"], found["last"]):
            hours[day] = [*hours.get(day, []), *periods]
    if not any(hours.values()):
        raise Unclear(typed)
    return {day: sorted(hours[day]) for day in _ALL if hours.get(day)}


def read_day(typed: str) -> list[list[str]]:
    """The hours of one day, `09:00-13:00 14:00-21:00`; nothing is a closed day.

    Raises
    ------
    Unclear: this is not how hours are written, or they overlap.
    """
    said = re.sub(r"[\s,;]+", " ", re.sub(r" ?[-–] ?", "-", typed.strip()))
    found = [_PERIOD.fullmatch(each) for each in said.split(" ")] if said else []
    periods = sorted([match[1].zfill(5), match[2].zfill(5)] for match in found if match)
    overlap = any(before[1] > after[0] or before[1] < before[0] for before, after in itertools.pairwise(periods))
    if len(periods) < len(found) or overlap or any(begin == end for begin, end in periods):
        raise Unclear(typed)
    return periods


def write_day(periods: Sequence[Sequence[str]]) -> str:
    """The hours of one day as `read_day` reads them."""
    return " ".join(f"{begin}-{end}" for begin, end in periods)


def write_hours(hours: Mapping[Weekday, Sequence[Period]]) -> str:
    """Hours as `read_hours` reads them; days in a row with the same hours are said once."""
    groups = itertools.groupby(_ALL, key=lambda day: sorted(hours.get(day, ())))
    said = []
    for periods, group in groups:
        days = list(group)
        if periods:
            name = days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"
            said.append(" ".join([name, *(f"{begin}-{end}" for begin, end in periods)]))
    return ", ".join(said)


_ALL: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
assert _ALL == WEEKDAYS  # noqa: S101 - one week


def _days(first: str, last: str | None) -> Sequence[Weekday]:
    names: Mapping[str, int] = {name: number for number, name in enumerate(_ALL)}
    if first not in names or (last or first) not in names:
        raise Unclear(first)
    begin, end = names[first], names[last or first]
    # From Saturday to Monday there are three days.
    return [_ALL[number % 7] for number in range(begin, end + 1 if end >= begin else end + 8)]
