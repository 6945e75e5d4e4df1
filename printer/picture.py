"""Pictures for print heads, one bit a dot: QR codes, and text that a printer has no letters for."""

import functools
import importlib.resources
import io
import re
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from printer.qr import QUIET_ZONE, Symbol
from printer.slip import Line

#: What a printer carries out at once wherever it stands, even within a picture: status, restart, the till's drawer.
_REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]", re.DOTALL)


@dataclass(frozen=True)
class Picture:
    """Rows of dots, eight a byte, the leftmost highest; 1 is black."""

    #: Bytes a row.
    width: int
    rows: tuple[bytes, ...]
    #: Each dot stands for two by two.
    doubled: bool = False


def of_symbol(code: Symbol, module: int) -> Picture:
    """A QR code with its quiet zone.

    Parameters
    ----------
    module: dots a module.
    """
    # Doubling by the printer saves three quarters of the bytes: seconds on a serial line.
    doubled = module % 2 == 0
    dots = module // 2 if doubled else module
    size = (code.size + 2 * QUIET_ZONE) * dots
    image = Image.new("1", (size, size), 0)
    draw = ImageDraw.Draw(image)
    for y, row in enumerate(code.modules):
        for x, dark in enumerate(row):
            if dark:
                left, top = (QUIET_ZONE + x) * dots, (QUIET_ZONE + y) * dots
                draw.rectangle((left, top, left + dots - 1, top + dots - 1), fill=1)
    return _picture(image, doubled)


def of_text(line: Line) -> Picture:
    """A line of text."""
    font = font_of_width(line.type.width)
    length = round(font.getlength(line.text)) + 1
    for shift in range(8):
        image = Image.new("1", (length + shift, line.type.height), 0)
        draw = ImageDraw.Draw(image)
        for weight in range(2 if line.type.bold else 1):
            draw.text((shift + weight, 0), line.text, fill=1, font=font)
        picture = _picture(image)
        if not _REAL_TIME.search(b"".join(picture.rows)):
            return picture
    raise ValueError(f"no way to draw {line.text!r} without a real-time command")


@functools.cache
def font_of_width(dots: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans Mono, which has Cyrillic, with letters of this width.

    It comes with python-barcode, so it is there on a machine without fonts. Pillow's own font has Latin letters only.
    """
    file = importlib.resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"
    # Letters are 0.602 as wide as the font is high.
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), int(dots / 0.6), layout_engine=ImageFont.Layout.BASIC)


def _picture(image: Image.Image, doubled: bool = False) -> Picture:
    width = (image.width + 7) // 8
    packed = image.tobytes()
    return Picture(width, tuple(packed[at : at + width] for at in range(0, len(packed), width)), doubled)
