"""A poster's QR code."""

from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode

from printer.qr import Symbol


def sturdy(text: str) -> Symbol:
    """The smallest QR code at error level Q: paper that hangs for a year gets fingers, folds and sun."""
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    code.add_data(text)
    code.make()
    rows = tuple(tuple(bool(module) for module in row) for row in code.modules)
    return Symbol(size=len(rows), modules=rows, level="Q")
