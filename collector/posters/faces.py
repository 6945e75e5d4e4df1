"""The faces as shapes, drawn as on the console's pages; they differ in outline, not in colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from collector.insights.faces import Face

INK, PAPER = "#1c1b1a", "#faf8f5"
#: The square that a face fills, its outline included.
EDGE, SIDE = 1.75, 44.5

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """One face: its outline round or square, its mouth a curve from `start` by way of `bend`, or a straight line."""

    colour: str
    #: Of eyes and mouth.
    features: str
    is_round: bool
    start: Point
    bend: Point | None
    end: Point
    #: The mouth is wide open.
    is_open: bool = False


DRAWINGS: Mapping[Face, Drawing] = {
    Face.VERY_GOOD: Drawing("#0f766e", PAPER, True, (12, 26), (24, 44), (36, 26), is_open=True),
    Face.GOOD: Drawing("#7dd3c0", INK, True, (16, 29), (24, 36), (32, 29)),
    Face.NEUTRAL: Drawing("#8a857f", INK, True, (19, 31), None, (29, 31)),
    Face.BAD: Drawing("#fbbf24", INK, False, (15, 32), None, (33, 32)),
    Face.VERY_BAD: Drawing("#b91c1c", PAPER, False, (14, 35), (24, 24), (34, 35)),
}
EYES: tuple[Point, Point] = ((17, 19), (31, 19))
EYE_RADIUS = 2.6
#: Lines of the outline and of the mouth.
OUTLINE, MOUTH = 2.5, 3.0
