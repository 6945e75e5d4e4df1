"""Lines of text as dots: letters shaped as their script wants it, black or white without anything between."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import uharfbuzz
from PIL import Image, ImageChops, ImageDraw, ImageFont

from printer.fonts import MONO, Run, opened, runs, shaped

#: How much of a dot a letter must cover for it to be black.
_BLACK = 112
#: The smallest letters that a line shrinks to, dots; what is wider even so is squeezed.
_SMALLEST = 8


@dataclass(frozen=True)
class Ink:
    """Letters on a baseline."""

    #: One bit a dot, black is not 0.
    dots: Image.Image
    #: From where the pen was to the first column, and from the baseline up to the first row, dots.
    left: int
    top: int
    #: How far the pen goes.
    advance: float

    @property
    def below(self) -> int:
        """From the baseline down to the last row."""
        return self.dots.height - self.top

    def bold(self) -> "Ink":
        """Each dot twice, side by side."""
        dots = Image.new("1", (self.dots.width + 1, self.dots.height))
        for weight in range(2):
            dots.paste(255, (weight, 0), self.dots)
        return Ink(dots, self.left, self.top, self.advance)


def draw_line(text: str, column: int, height: int, most: int, *, bold: bool = False, rtl: bool = False) -> Image.Image:
    """A line, black is 0, of this height and no wider than that which it needs.

    Parameters
    ----------
    column: width of a Latin letter, dots.
    most: width of the paper, dots.
    """
    # Letters are 0.602 as wide as the font is high.
    parts = [_Part(run, int(column / 0.6), bold) for run in runs(text, rtl=rtl)]
    while (too_large := _too_large(parts, height, most)) is not None:
        too_large.shrink()
    image = _joined([part.ink for part in parts], height, font_of_width(column).getmetrics()[0])
    if image.width > most:
        image = image.resize((most, height), Image.Resampling.NEAREST)
    return ImageChops.invert(image)


class _Part:
    """A run in the largest size that its line has room for."""

    def __init__(self, run: Run, size: int, bold: bool) -> None:
        self.run = run
        self.size = size
        self.bold = bold and not run.face.dense
        self.ink = self._drawn()

    def shrink(self) -> None:
        self.size -= 1
        self.ink = self._drawn()

    def _drawn(self) -> Ink:
        # From right to left brackets are mirrored, which shaping does.
        is_plain = self.run.face == MONO and not self.run.is_rtl
        ink = _plain(self.run.text, self.size) if is_plain else _shaped(self.run, self.size)
        return ink.bold() if self.bold else ink


def _too_large(parts: Sequence[_Part], height: int, most: int) -> _Part | None:
    """The run to be made smaller, if the line does not fit: letters of some scripts stand in three storeys."""
    can_shrink = [part for part in parts if part.size > _SMALLEST]
    if not can_shrink:
        return None
    if max(part.ink.top for part in parts) + max(part.ink.below for part in parts) > height:
        return max(can_shrink, key=lambda part: part.ink.dots.height)
    if sum(part.ink.advance for part in parts) >= most:
        return max(can_shrink, key=lambda part: part.size)
    return None


@functools.cache
def font_of_width(dots: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans Mono with letters of this width."""
    return _mono(int(dots / 0.6))


@functools.cache
def _mono(size: int) -> ImageFont.FreeTypeFont:
    # Without shaping each letter stands on a whole dot.
    return ImageFont.truetype(str(MONO.path), size, layout_engine=ImageFont.Layout.BASIC)


def _plain(text: str, size: int) -> Ink:
    """Letters one beside the other, hinted for whole dots: clearer than any shaping."""
    font = _mono(size)
    left, top, right, bottom = font.getbbox(text, mode="1", anchor="ls")
    image = Image.new("1", (max(1, math.ceil(right - left)), max(1, math.ceil(bottom - top))))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font, anchor="ls")
    return Ink(image, int(left), -int(top), font.getlength(text))


def _shaped(run: Run, size: int) -> Ink:
    font = opened(run.face.path)
    units = font.face.upem / size
    raster = uharfbuzz.RasterDraw()
    raster.scale_factor = (units, units)
    pen = 0
    for glyph, place in zip(*shaped(run), strict=True):
        raster.transform = (1, 0, 0, 1, pen + place.x_offset, place.y_offset)
        raster.draw_glyph(font, glyph.codepoint)
        pen += place.x_advance
    drawn = raster.render()
    box = drawn.extents
    if not box.width or not box.height:
        return Ink(Image.new("1", (1, 1)), 0, 0, pen / units)
    grey = Image.frombytes("L", (box.width, box.height), drawn.buffer, "raw", "L", box.stride, -1)
    dots = grey.point(lambda covered: 255 if covered >= _BLACK else 0).convert("1", dither=Image.Dither.NONE)
    return Ink(dots, box.x_origin, box.y_origin + box.height, pen / units)


def _joined(parts: Sequence[Ink], height: int, baseline: int) -> Image.Image:
    """Runs beside each other on one baseline; black is not 0."""
    # Where a run goes lower than Latin letters do, the whole line stands higher.
    baseline = max(
        min(baseline, height - max((ink.below for ink in parts), default=0)), max((ink.top for ink in parts), default=0)
    )
    pen = float(max((-ink.left for ink in parts[:1]), default=0))
    places = []
    right = 1
    for ink in parts:
        places.append(round(pen) + ink.left)
        pen += ink.advance
        right = max(right, places[-1] + ink.dots.width, round(pen))
    image = Image.new("1", (right, height))
    for ink, x in zip(parts, places, strict=True):
        image.paste(255, (x, baseline - ink.top), ink.dots)
    return image
