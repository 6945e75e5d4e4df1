"""A PDF of one page as a picture."""

import io
import threading
from typing import Any

from PIL import Image
from pypdfium2 import PdfDocument

#: For paper: fine print is sharp, and a sheet of A4 has 2480 × 3508 dots.
DOTS_PER_INCH = 300
#: Paper to ink in eight steps, and the faces.
_COLOURS = (
    *("ffffff", "dedede", "bdbdbd", "9c9c9c", "7c7c7b", "5c5b5a", "3c3b3a", "1c1b1a"),
    *("0f766e", "7dd3c0", "8a857f", "fbbf24", "b91c1c"),
)
#: PDFium serves one thread at a time.
_pdfium = threading.Lock()


def png(pdf: bytes, dots_per_inch: float = DOTS_PER_INCH) -> bytes:
    return _file(_drawn(pdf, dots_per_inch), "PNG", dpi=(dots_per_inch, dots_per_inch))


def preview(pdf: bytes, dots_per_inch: float) -> bytes:
    """For a page that shows a dozen of them, as WebP: in a poster's own colours alone, with a quarter of the bytes."""
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes.fromhex("".join(_COLOURS)))
    few = _drawn(pdf, dots_per_inch).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    return _file(few.convert("RGB"), "WEBP", lossless=True)


def _drawn(pdf: bytes, dots_per_inch: float) -> Image.Image:
    with _pdfium, PdfDocument(pdf) as document:
        page = document[0]
        # A sheet is not a whole number of dots; both sides are rounded to the nearest, but the library rounds up.
        scale = min((round(side / 72 * dots_per_inch) - 0.01) / side for side in page.get_size())
        image: Image.Image = page.render(scale=scale).to_pil()
        return image


def _file(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
