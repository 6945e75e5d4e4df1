"""From which value to which a chart reaches, and at which values it has a line (pure)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Lines at most, between which values are read off.
LINES = 4


@dataclass(frozen=True)
class Scale:
    foot: float
    top: float
    #: From one line to the next.
    step: float

    def part(self, value: float) -> float:
        """How far up a value lies: 0 at the foot, 1 at the top, and no further."""
        return min(max((value - self.foot) / (self.top - self.foot), 0.0), 1.0)

    def down(self, value: float, height: float) -> float:
        """How far below the top, px of `height`."""
        return height * (1 - self.part(value))

    @property
    def lines(self) -> Sequence[float]:
        """Round values from the foot to the top."""
        first, last = math.ceil(self.foot / self.step - 1e-9), math.floor(self.top / self.step + 1e-9)
        return [number * self.step for number in range(first, last + 1)]


def from_zero(values: Iterable[float], least: float = 1) -> Scale:
    """For bars, whose length is what they say."""
    top = max([least, *values])
    return Scale(0, top, _round_step(top / LINES))


def zoomed(values: Iterable[float], *, least: float, within: tuple[float, float]) -> Scale:
    """For lines and dots, of which the place is read and not the length.

    Parameters
    ----------
    values: one at least.
    least: it spans at least so much, so that small changes look small.
    within: no value lies outside of this.
    """
    known = list(values)
    low, high = min(known), max(known)
    spare = max(0.0, least - (high - low)) / 2
    step = _round_step(max(high - low, least) / LINES)
    foot = max(within[0], math.floor((low - spare) / step) * step)
    span = math.ceil(least / step) * step
    top = min(within[1], max(math.ceil((high + spare) / step) * step, foot + span))
    return Scale(max(within[0], min(foot, top - span)), top, step)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, or 25, not less than `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    sizes = (1, 2, 2.5, 5, 10) if power == 10 else (1, 2, 5, 10)
    return next(size * power for size in sizes if size * power >= rough * (1 - 1e-9))
