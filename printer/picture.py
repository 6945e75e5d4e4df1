"""Pictures for print heads, one bit a dot: QR codes, logos, and text that a printer has no letters for."""

import re
from dataclasses import dataclass

from PIL import Image

from printer import logo, qr
from printer.fonts.drawing import draw_line
from printer.qr import Symbol
from printer.slip import Line

#: What a printer carries out at once wherever it stands, even within a picture: status, restart, the till's drawer.
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")


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
    return packed(qr.image(code, module // 2 if doubled else module), doubled=doubled)


def of_text(line: Line, most: int) -> Picture:
    """A line of text, with its logo if it has one.

    Parameters
    ----------
    most: width of the paper, dots.
    """
    return packed(drawn(line, most))


def packed(image: Image.Image, *, doubled: bool = False) -> Picture:
    """Dots as a print head takes them; black is 0 in the image."""
    width = (image.width + 7) // 8
    padded = Image.new("1", (width * 8, image.height), 1)
    padded.paste(image, ((padded.width - image.width) // 2, 0))
    dots = bytes(~byte & 0xFF for byte in padded.tobytes())
    # One dot more beside another is not seen; a till that opens is.
    dots = _REAL_TIME.sub(b"\x18", dots)
    return Picture(width, tuple(dots[at : at + width] for at in range(0, len(dots), width)), doubled)


def drawn(line: Line, most: int) -> Image.Image:
    """A line as dots, black is 0; no wider than `most`."""
    sign = logo.drawn(line.logo) if line.logo else None
    room = most - sign.width - logo.GAP if sign else most
    text = draw_line(line.text, line.type.width, line.type.height, room, bold=line.type.bold, rtl=line.rtl)
    if sign is None:
        return text
    image = Image.new("1", (sign.width + logo.GAP + text.width, line.height), 1)
    image.paste(sign, (0, (image.height - sign.height) // 2))
    image.paste(text, (sign.width + logo.GAP, (image.height - text.height) // 2))
    return image
