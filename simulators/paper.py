"""Paper in a virtual printer: what was printed, dot by dot, for eyes and for cameras."""

import io
from dataclasses import dataclass, field

from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

from printer.picture import font_of_width

#: Error levels of QR codes, as ESC/POS counts them from 48.
_LEVELS = (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H)
#: Width and height of the two fonts, dots.
FONTS = {"A": (12, 24), "B": (9, 17)}


@dataclass(frozen=True)
class Strip:
    """A piece of paper, cut off."""

    #: The text on it, line by line; codes as `[qr]`, pictures as `[picture]`.
    text: str
    #: As wide as the paper, one dot a pixel.
    png: bytes
    #: From the first dot to the last, dots.
    printed: int


@dataclass(frozen=True)
class Style:
    """How the next letters look."""

    font: str = "A"
    bold: bool = False
    wide: int = 1
    high: int = 1

    @property
    def cell(self) -> tuple[int, int]:
        width, height = FONTS[self.font]
        return width * self.wide, height * self.high


@dataclass
class Paper:
    """The paper since the last cut.

    Parameters
    ----------
    width: dots.
    """

    width: int
    _image: Image.Image = field(init=False)
    _length: int = field(init=False, default=0)
    _lines: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._image = Image.new("1", (self.width, 64), 1)

    def text(self, letters: list[tuple[str, Style]], align: int, spacing: int) -> None:
        """One line: letters with their styles. `align`: 0 left, 1 centred, 2 right. `spacing`: least feed, dots."""
        height = max((style.cell[1] for _, style in letters), default=0)
        left = self._left(sum(style.cell[0] for _, style in letters), align)
        self._make_room(max(height, spacing))
        for letter, style in letters:
            drawn = _letter(letter, style)
            self._image.paste(drawn, (left, self._length + height - drawn.height))
            left += drawn.width
        self._lines.append("".join(letter for letter, _ in letters))
        self._length += max(height, spacing)

    def picture(self, image: Image.Image, align: int, name: str = "[picture]") -> None:
        """A picture, black is 0; what does not fit is cut off at the right."""
        self._make_room(image.height)
        self._image.paste(image, (self._left(image.width, align), self._length))
        if image.getextrema()[0] == 0:
            self._lines.append(name)
        self._length += image.height

    def code(self, text: str, module: int, level: int, align: int) -> None:
        """A QR code without a quiet zone; one that is too wide is not printed, and nobody is told."""
        code = QRCode(error_correction=_LEVELS[level - 48], border=0)
        code.add_data(text)
        code.make(fit=True)
        image = Image.new("1", (code.modules_count, code.modules_count), 1)
        image.putdata([not dark for row in code.modules for dark in row])
        size = code.modules_count * module
        if size <= self.width:
            self.picture(image.resize((size, size), Image.Resampling.NEAREST), align, "[qr]")

    def feed(self, dots: int) -> None:
        self._make_room(dots)
        self._length += dots

    def cut(self) -> Strip | None:
        """Take the paper off; None when nothing is on it."""
        image = self._image.crop((0, 0, self.width, max(self._length, 1)))
        strip = None
        if box := Image.eval(image.convert("L"), lambda dot: 255 - dot).getbbox():
            png = io.BytesIO()
            image.save(png, "PNG")
            strip = Strip("\n".join(self._lines), png.getvalue(), box[3] - box[1])
        self._length, self._lines = 0, []
        self.__post_init__()
        return strip

    def _left(self, width: int, align: int) -> int:
        return max(0, self.width - width) * align // 2

    def _make_room(self, dots: int) -> None:
        if self._length + dots > self._image.height:
            longer = Image.new("1", (self.width, 2 * (self._length + dots)), 1)
            longer.paste(self._image, (0, 0))
            self._image = longer


def _letter(letter: str, style: Style) -> Image.Image:
    width, height = FONTS[style.font]
    image = Image.new("1", (width, height), 1)
    draw = ImageDraw.Draw(image)
    for weight in range(2 if style.bold else 1):
        draw.text((weight, 0), letter, fill=0, font=font_of_width(width))
    return image.resize(style.cell, Image.Resampling.NEAREST)
