"""Where the gap chart's marks stand: pure, in per cent of its width from 1 to 5."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.surveys.definition import Texts
from collector.surveys.gap import Gap, QuestionGap

_LOWEST, _HIGHEST = 1, 5
#: The ends of the scale stand this far from the chart's own, so that their marks are whole.
_INSET = 3.0


@dataclass(frozen=True)
class Row:
    """One question: what was expected, what it was like, and the interval of that, which is the gap's."""

    text: Texts
    gap: Gap
    expectation: float
    perception: float
    band: float
    band_width: float


def draw(found: Sequence[QuestionGap]) -> list[Row]:
    """The rows of the chart, in the order of the gaps."""
    return [_row(each) for each in found]


def x(value: float) -> float:
    """Where a value from 1 to 5 stands, in per cent."""
    inside = min(max(value, _LOWEST), _HIGHEST)
    return round(_INSET + (100 - 2 * _INSET) * (inside - _LOWEST) / (_HIGHEST - _LOWEST), 2)


def _row(found: QuestionGap) -> Row:
    gap = found.gap
    low, high = x(gap.perception - gap.margin), x(gap.perception + gap.margin)
    return Row(found.text, gap, x(gap.expectation), x(gap.perception), low, round(high - low, 2))
