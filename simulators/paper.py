"""Paper in a virtual printer: what was printed, dot by dot, for eyes and for cameras."""

import functools
import importlib.resources
import io
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

#: Error levels of QR codes, as ESC/POS counts them from 48.
_LEVELS = (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H)
#: Width and height of the two fonts, dots.
FONTS = {"A": (12, 24), "B": (9, 17)}
#: From the print head to the blade, dots: the last 15 mm that were printed are still inside.
TO_THE_BLADE = 120


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


@dataclass(frozen=True)
class Sign:
    """One thing in a line: a letter, or a small picture between letters. Black is 0."""

    text: str
    image: Image.Image


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
    #: What stands on it, and where it ends.
    _lines: list[tuple[int, str]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._image = Image.new("1", (self.width, 64), 1)

    def line(self, signs: list[Sign], align: int, spacing: int) -> None:
        """One line. `align`: 0 left, 1 centred, 2 right. `spacing`: least feed, dots."""
        height = max((sign.image.height for sign in signs), default=0)
        left = self._left(sum(sign.image.width for sign in signs), align)
        self._make_room(max(height, spacing))
        for sign in signs:
            self._image.paste(sign.image, (left, self._length + height - sign.image.height))
            left += sign.image.width
        self._length += max(height, spacing)
        self._note("".join(sign.text for sign in signs))

    def picture(self, image: Image.Image, align: int, name: str = "[picture]") -> None:
        """A picture, black is 0; what does not fit is cut off at the right."""
        self._make_room(image.height)
        self._image.paste(image, (self._left(image.width, align), self._length))
        self._length += image.height
        if image.getextrema()[0] == 0:
            self._note(name)

    def code(self, data: bytes, module: int, level: int, align: int) -> None:
        """A QR code without a quiet zone; one that is too wide is not printed, and nobody is told."""
        code = symbol(data, level)
        if code is None or code.width * module > self.width:
            return
        size = code.width * module
        self.picture(code.resize((size, size), Image.Resampling.NEAREST), align, "[qr]")

    def feed(self, dots: int) -> None:
        self._make_room(dots)
        self._length += dots

    def cut(self, kept: int = 0) -> Strip | None:
        """Take the paper off but for the last dots, which are still inside; None when nothing is on it."""
        end = max(0, self._length - kept)
        image = self._image.crop((0, 0, self.width, max(end, 1)))
        rest = self._image.crop((0, end, self.width, self._length))
        off = [text for at, text in self._lines if at <= end]
        self._lines = [(at - end, text) for at, text in self._lines if at > end]
        self._length -= end
        self.__post_init__()
        self._make_room(rest.height)
        self._image.paste(rest, (0, 0))
        if not (box := Image.eval(image.convert("L"), lambda dot: 255 - dot).getbbox()):
            return None
        png = io.BytesIO()
        image.save(png, "PNG")
        return Strip("\n".join(off), png.getvalue(), box[3] - box[1])

    def take_back(self, dots: int) -> None:
        """Wind blank paper back in, so that the next strip begins at the blade."""
        self._length = max(0, self._length - dots)

    def _note(self, text: str) -> None:
        self._lines.append((self._length, text))

    def _left(self, width: int, align: int) -> int:
        return max(0, self.width - width) * align // 2

    def _make_room(self, dots: int) -> None:
        if self._length + dots > self._image.height:
            longer = Image.new("1", (self.width, 2 * (self._length + dots)), 1)
            longer.paste(self._image, (0, 0))
            self._image = longer


@functools.lru_cache(maxsize=64)
def symbol(data: bytes, level: int) -> Image.Image | None:
    """A QR code, one dot a module, as a printer makes it; None where no version holds so much."""
    code = QRCode(error_correction=_LEVELS[level - 48], border=0)
    try:
        code.add_data(data)
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        return None
    image = Image.new("1", (code.modules_count, code.modules_count), 1)
    image.putdata([not dark for row in code.modules for dark in row])
    return image


@functools.lru_cache(maxsize=1024)
def letter(text: str, style: Style, width: int | None = None) -> Sign:
    """A letter of the printer's own. `width`: dots, where it is not as wide as its font."""
    cell, height = FONTS[style.font]
    image = Image.new("1", (width or cell, height), 1)
    draw = ImageDraw.Draw(image)
    for weight in range(2 if style.bold else 1):
        draw.text((weight, 0), text, fill=0, font=_font(cell))
    size = image.width * style.wide, image.height * style.high
    return Sign(text, image.resize(size, Image.Resampling.NEAREST))


@functools.cache
def _font(dots: int) -> ImageFont.FreeTypeFont:
    """The letters in the printer's memory, of this width: DejaVu Sans Mono, which comes with python-barcode."""
    file = importlib.resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"
    # Letters are 0.602 as wide as the font is high.
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), int(dots / 0.6), layout_engine=ImageFont.Layout.BASIC)
