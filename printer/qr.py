"""QR codes as bits: for paper, for a kiosk's screen, for pictures."""

import base64
from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

#: White modules that every reader wants around a symbol (ISO/IEC 18004).
QUIET_ZONE = 4


@dataclass(frozen=True)
class Symbol:
    """A QR code without its quiet zone: `size` × `size` modules, row by row, True is dark."""

    size: int
    modules: tuple[tuple[bool, ...], ...]

    def packed(self) -> str:
        """All modules in one row of bits, highest first, as base64: what a kiosk gets."""
        bits = "".join("1" if dark else "0" for row in self.modules for dark in row)
        bits += "0" * (-len(bits) % 8)
        return base64.b64encode(int(bits, 2).to_bytes(len(bits) // 8)).decode()


def symbol(text: str) -> Symbol:
    """The smallest QR code of a text at error level M, raised to Q where that makes it no larger."""
    smallest, better = _of(text, ERROR_CORRECT_M), _of(text, ERROR_CORRECT_Q)
    chosen = better if better.best_fit() == smallest.best_fit() else smallest
    chosen.make(fit=False)  # it fits already; drawing is what costs
    rows = tuple(tuple(bool(module) for module in row) for row in chosen.modules)
    return Symbol(len(rows), rows)


def _of(text: str, level: int) -> QRCode:
    code = QRCode(error_correction=level, border=0)
    code.add_data(text)
    return code
