"""Whether any of several figures differ by more than chance (pure): else nobody names a highest and a lowest."""

import math
from collections.abc import Sequence
from typing import Protocol, TypeVar

from collector.insights.index import widening


class Measured(Protocol):
    """A figure with its 95 % interval."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


Some = TypeVar("Some", bound=Measured)


def apart(compared: Sequence[Some]) -> tuple[Some, Some] | None:
    """A lower and a higher one: the lowest and the highest, or where chance may have made these so, as on a day of few
    ratings, the two that are the surest to differ. None where no two do.

    Of many figures two lie far apart by chance alone: as they were picked from all pairs, the interval of their
    difference (put together as in `insights.compare`) is widened until it holds for all pairs at once.
    """
    known = [each for each in compared if each.value is not None]
    if len(known) < 2:
        return None
    wider = widening(math.comb(len(known), 2))
    surest = min(known, key=_high), max(known, key=_low)
    for lower, higher in ((min(known, key=_value), max(known, key=_value)), surest):
        sides = math.hypot(_value(higher) - _low(higher), _high(lower) - _value(lower))
        if _value(higher) - _value(lower) > wider * sides:
            return lower, higher
    return None


def are_extremes(pair: tuple[Measured, Measured], compared: Sequence[Measured]) -> bool:
    """Whether these two are the lowest and the highest of all."""
    values = [each.value for each in compared if each.value is not None]
    return (pair[0].value, pair[1].value) == (min(values), max(values))


def _low(found: Measured) -> float:
    return _value(found) if found.low is None else found.low


def _high(found: Measured) -> float:
    return _value(found) if found.high is None else found.high


def _value(found: Measured) -> float:
    assert found.value is not None  # noqa: S101 - for the checker of types; those without are left out
    return found.value
