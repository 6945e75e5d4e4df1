"""Whether the highest and the lowest of several figures differ by more than chance (pure): else nobody names them."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Protocol, TypeVar

from collector.insights.index import Z95


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
    """The lowest and the highest; None where chance may have made them so, or there are not two.

    Of many figures two lie far apart by chance alone: as they were picked from all pairs, the interval of their
    difference (put together as in `insights.compare`) is widened until it holds for all pairs at once (Bonferroni's).
    """
    known = [each for each in compared if each.value is not None]
    if len(known) < 2:
        return None
    lowest, highest = min(known, key=_value), max(known, key=_value)
    below = _value(highest) - (highest.low if highest.low is not None else _value(highest))
    above = (lowest.high if lowest.high is not None else _value(lowest)) - _value(lowest)
    pairs = len(known) * (len(known) - 1) / 2
    wider = NormalDist().inv_cdf(1 - 0.025 / pairs) / Z95
    return (lowest, highest) if _value(highest) - _value(lowest) > wider * math.hypot(below, above) else None


def _value(found: Measured) -> float:
    assert found.value is not None  # noqa: S101 - for the checker of types; those without are left out
    return found.value
