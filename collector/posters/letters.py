"""The posters' typeface: Manrope, and `printer.fonts` for the letters that it has not.

Manrope is embedded, so its text can be found and copied. What another font draws, or what goes from right to left,
becomes shapes.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import uharfbuzz
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from printer import fonts

_FOLDER = Path(__file__).parent / "fonts"
MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True)
class Embedded(fonts.Face):
    """A font of our own."""

    @property
    def path(self) -> Path:
        return _FOLDER / f"{self.name}.ttf"


REGULAR, BOLD = Embedded("Manrope-Regular"), Embedded("Manrope-Bold")
#: Manrope's spaces are narrow for a wall; each gets so much more, in sizes of the type.
SPACE = 0.06
#: What reportlab asks for, too: letters stand where they are measured.
_FEATURES = {"kern": True, "liga": True, "dlig": True}

Point: TypeAlias = tuple[float, float]
#: A piece of an outline: the name of the path's method, and its points.
Stroke: TypeAlias = tuple[str, tuple[Point, ...]]


def runs(text: str, *, bold: bool) -> list[fonts.Run]:
    """A line's runs from left to right."""
    first = (BOLD, fonts.BOLD) if bold else (REGULAR, fonts.SANS)
    return fonts.runs(text, first)


def width(text: str, size: float, *, bold: bool) -> float:
    """How wide a line is, mm.

    Parameters
    ----------
    size: of the type, points.
    """
    return _width(text, bold) * size * MM_PER_POINT


@functools.lru_cache(4096)
def _width(text: str, bold: bool) -> float:
    return sum(advance(run) for run in runs(text, bold=bold))


def is_shapes(run: fonts.Run) -> bool:
    """Whether a run is drawn, not written: what PDFs carry as letters goes from left to right, in our own fonts."""
    return run.is_rtl or not isinstance(run.face, Embedded)


def advance(run: fonts.Run) -> float:
    """How wide a run is in type of size 1."""
    _, positions = fonts.shaped(run, _FEATURES)
    spaces = 0 if is_shapes(run) else SPACE * run.text.count(" ")
    return float(sum(position.x_advance for position in positions) / _units(run)) + spaces


def outline(run: fonts.Run) -> list[Stroke]:
    """A run's shapes in type of size 1, the baseline at 0, upwards."""
    font = fonts.opened(run.face.path)
    pen = _Pen(_units(run))
    for glyph, position in zip(*fonts.shaped(run, _FEATURES), strict=True):
        pen.start = pen.at[0] + position.x_offset, pen.at[1] + position.y_offset
        font.draw_glyph(glyph.codepoint, _draws(), pen)
        pen.at = pen.at[0] + position.x_advance, pen.at[1] + position.y_advance
    return pen.strokes


@functools.cache
def embed(face: Embedded) -> str:
    """Make a font known to the PDF library, once; returns its name there."""
    registerFont(TTFont(face.name, face.path))
    return face.name


class _Pen:
    """Gathers the outlines of glyphs, one after the other."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        #: Where the next glyph belongs, and where this one stands.
        self.at: Point = 0, 0
        self.start: Point = 0, 0
        self.strokes: list[Stroke] = []
        self._last: Point = 0, 0

    def draw(self, name: str, *points: Point) -> None:
        placed = tuple(((self.start[0] + x) / self.scale, (self.start[1] + y) / self.scale) for x, y in points)
        self.strokes.append((name, placed))
        self._last = points[-1] if points else self._last

    def bend(self, by: Point, to: Point) -> None:
        """A quadratic curve as the cubic one that it is: PDF knows no other."""
        self.draw("curveTo", toward(by, self._last), toward(by, to), to)


def toward(bend: Point, point: Point) -> Point:
    """The handle of a cubic curve at one end of a quadratic one."""
    return point[0] + (bend[0] - point[0]) * 2 / 3, point[1] + (bend[1] - point[1]) * 2 / 3


@functools.cache
def _draws() -> uharfbuzz.DrawFuncs:
    draws = uharfbuzz.DrawFuncs()
    draws.set_move_to_func(lambda x, y, pen: pen.draw("moveTo", (x, y)))
    draws.set_line_to_func(lambda x, y, pen: pen.draw("lineTo", (x, y)))
    draws.set_quadratic_to_func(lambda bx, by, x, y, pen: pen.bend((bx, by), (x, y)))
    draws.set_cubic_to_func(lambda ax, ay, bx, by, x, y, pen: pen.draw("curveTo", (ax, ay), (bx, by), (x, y)))
    draws.set_close_path_func(lambda pen: pen.draw("close"))
    return draws


def _units(run: fonts.Run) -> int:
    """Of a font, for its size."""
    return int(fonts.opened(run.face.path).face.upem)
