"""Four faces, and a neutral one between them, stand for the answers of any scale."""

from dataclasses import dataclass
from enum import StrEnum

from collector.insights.index import Tally, percents
from collector.ratings.scale import weight


class Face(StrEnum):
    """In order from the best; the values name the drawings and the colours."""

    VERY_GOOD = "very-good"
    GOOD = "good"
    NEUTRAL = "neutral"
    BAD = "bad"
    VERY_BAD = "very-bad"


def face(button: int, buttons: int) -> Face:
    """The face of a button: of four buttons exactly the four, of five all five, of other scales the nearest.

    Parameters
    ----------
    button: 1 … `buttons`, 1 is the best.
    """
    worth = weight(button, buttons)
    if worth > 80:
        return Face.VERY_GOOD
    if worth > 58:
        return Face.GOOD
    if worth > 42:
        return Face.NEUTRAL
    return Face.BAD if worth >= 20 else Face.VERY_BAD


@dataclass(frozen=True)
class Share:
    """How often a face was chosen; the percentages of all faces add up to 100."""

    face: Face
    count: int
    percent: int


def shares(tally: Tally) -> list[Share]:
    """The share of each face, from the best; neutral only where a scale of the tally has it."""
    neutral = any(face(button, buttons) is Face.NEUTRAL for _, buttons in tally for button in range(1, buttons + 1))
    counts = {shown: 0 for shown in Face if shown is not Face.NEUTRAL or neutral}
    for (button, buttons), times in tally.items():
        counts[face(button, buttons)] += times
    percentages = percents(list(counts.values()))
    return [Share(chosen, count, percent) for (chosen, count), percent in zip(counts.items(), percentages, strict=True)]
