"""How often each answer of a scale was given: columns from zero (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.insights.faces import Face
from collector.insights.index import percents

HEIGHT = 112


@dataclass(frozen=True)
class Column:
    """In per cent of the width, `height` in px. One of `face` and `label` says what was answered."""

    label: str
    face: Face | None
    count: int
    #: Whole; those of all columns add up to 100.
    percent: int
    x: float
    width: float
    height: float


@dataclass(frozen=True)
class Distribution:
    columns: Sequence[Column]
    height: int = HEIGHT

    @property
    def count(self) -> int:
        return sum(column.count for column in self.columns)

    @property
    def highest(self) -> Column:
        return max(self.columns, key=lambda column: column.count)


def distribution(answers: Sequence[tuple[str, Face | None, int]]) -> Distribution | None:
    """A column for each answer, in the order in which they come; None where nothing was answered.

    Parameters
    ----------
    answers: label, face where it has one, and how often it was given.
    """
    counts = [count for _, _, count in answers]
    most = max(counts, default=0)
    if not most:
        return None
    slot = 100 / len(answers)
    return Distribution(
        [
            Column(label, face, count, percent, (place + 0.15) * slot, 0.7 * slot, HEIGHT * count / most)
            for place, ((label, face, count), percent) in enumerate(zip(answers, percents(counts), strict=True))
        ]
    )
