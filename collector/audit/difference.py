"""What differs between two documents (pure): so that a log can say what was, and what is."""

from collections.abc import Mapping
from typing import Any, TypeAlias

#: Where it stands (`burst.presses`), what was there, and what is there now.
Difference: TypeAlias = tuple[str, Any, Any]

#: Longer texts and lists are only said to be other ones.
LONGEST = 80
#: In the place of what is too long to be said.
LONG = "…"


def differences(before: Any, after: Any, at: str = "") -> list[Difference]:
    """What is different, in the order of the documents; two that are the same differ in nothing. Of what was not there
    before, each field is said."""
    if before == after:
        return []
    if before is None and isinstance(after, Mapping) and after:
        before = {}
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            each
            for name in dict.fromkeys([*before, *after])
            for each in differences(before.get(name), after.get(name), f"{at}.{name}" if at else str(name))
        ]
    return [(at, _small(before), _small(after))]


def _small(value: Any) -> Any:
    """A value that a line has room for: a number, a short text, some of those; else LONG."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST else LONG
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return value if sum(len(str(each)) + 2 for each in value) <= LONGEST else LONG
    return LONG
