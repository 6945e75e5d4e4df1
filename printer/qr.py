"""QR codes as bits: for paper, for a kiosk's screen, for pictures."""

import base64
import functools
import io
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

#: White modules that every reader wants around a symbol (ISO/IEC 18004).
QUIET_ZONE = 4
#: Of error correction.
Level: TypeAlias = Literal["M", "Q"]
_LEVELS: dict[Level, int] = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}


@dataclass(frozen=True)
class Fit:
    """How large the code of a text is, before anybody draws it: printers that make codes themselves need no more."""

    #: Modules each way.
    size: int
    #: Error level.
    level: Level


@dataclass(frozen=True)
class Symbol:
    """A QR code without its quiet zone: `size` × `size` modules, row by row, True is dark."""

    size: int
    modules: tuple[tuple[bool, ...], ...]
    #: Its error level.
    level: Level = "M"

    def packed(self) -> str:
        """All modules in one row of bits, highest first, as base64: what a kiosk gets."""
        bits = "".join("1" if dark else "0" for row in self.modules for dark in row)
        bits += "0" * (-len(bits) % 8)
        return base64.b64encode(int(bits, 2).to_bytes(len(bits) // 8)).decode()


def fit(text: str) -> Fit:
    """The smallest version that holds a text at error level M, raised to Q where that makes it no larger."""
    smallest, better = (_of(text, level).best_fit() for level in _LEVELS.values())
    return Fit(17 + 4 * smallest, "Q" if better == smallest else "M")


@functools.lru_cache(maxsize=64)
def symbol(text: str, level: Level | None = None) -> Symbol:
    """The smallest code of a text.

    Parameters
    ----------
    level: None: as `fit` finds it.
    """
    level = level or fit(text).level
    code = _of(text, _LEVELS[level])
    code.make()
    rows = tuple(tuple(bool(module) for module in row) for row in code.modules)
    return Symbol(len(rows), rows, level)


def image(symbol: Symbol, module: int) -> Image.Image:
    """A QR code with its quiet zone, one bit a dot, black is 0.

    Parameters
    ----------
    module: dots a module.
    """
    size = symbol.size + 2 * QUIET_ZONE
    drawn = Image.new("1", (size, size), 1)
    for y, row in enumerate(symbol.modules):
        for x, dark in enumerate(row):
            if dark:
                drawn.putpixel((QUIET_ZONE + x, QUIET_ZONE + y), 0)
    return drawn.resize((size * module, size * module), Image.Resampling.NEAREST)


def png(symbol: Symbol, module: int = 6) -> bytes:
    """A QR code with its quiet zone as PNG, black on white.

    Parameters
    ----------
    module: dots a module.
    """
    file = io.BytesIO()
    image(symbol, module).save(file, "PNG")
    return file.getvalue()


def _of(text: str, level: int) -> QRCode:
    code = QRCode(error_correction=level, border=0)
    code.add_data(text)
    return code
