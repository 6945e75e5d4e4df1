"""What the filter does at a place, and from when to when history is looked through, as forms are filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from collector.press_filter.policy import Burst, Closed, FilterPolicy, Repeat, Stuck

#: Each rule by the name of its field in FilterPolicy.
RULES: Mapping[str, type[msgspec.Struct]] = {"repeat": Repeat, "burst": Burst, "stuck": Stuck, "closed": Closed}
#: No run goes further back, nor over more than this.
EARLIEST, LONGEST = date(2020, 1, 1), timedelta(days=10 * 366)


@dataclass(frozen=True)
class Filled:
    """What somebody typed; `policy` is None where something does not fit."""

    policy: FilterPolicy | None
    #: Names of the fields that do not fit, as in the form.
    wrong: frozenset[str]


def filled(form: Mapping[str, str]) -> Filled:
    """Read the form: a rule is on where its box is ticked; of one that is off nothing is read."""
    rules: dict[str, Any] = {}
    wrong = set[str]()
    for name, shape in RULES.items():
        rules[name] = None
        if form.get(name):
            values = {field: _typed(form.get(f"{name}-{field}", "")) for field in shape.__struct_fields__}
            for field, value in values.items():
                try:
                    msgspec.convert({field: value}, shape)
                except msgspec.ValidationError:
                    wrong.add(f"{name}-{field}")
            rules[name] = values
    return Filled(None if wrong else msgspec.convert(rules, FilterPolicy), frozenset(wrong))


@dataclass(frozen=True)
class Span:
    """From one day to another, both of it."""

    first: date
    last: date


def span(form: Mapping[str, str], today: date) -> Span | None:
    """From when to when; None where somebody typed no such time."""
    try:
        first, last = date.fromisoformat(form.get("first", "")), date.fromisoformat(form.get("last", ""))
    except ValueError:
        return None
    return Span(first, last) if EARLIEST <= first <= last <= today and last - first <= LONGEST else None


def _typed(text: str) -> object:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text
