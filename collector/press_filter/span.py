"""From when to when history is looked through, as a form is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: No run goes further back, nor over more than this.
EARLIEST, LONGEST = date(2020, 1, 1), timedelta(days=10 * 366)


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
