"""A PDF of one page as a picture."""

import io
import threading

from PIL import Image
from pypdfium2 import PdfDocument

#: For paper: fine print is sharp, and a sheet of A4 has 2480 × 3508 dots.
DOTS_PER_INCH = 300
#: PDFium serves one thread at a time.
_pdfium = threading.Lock()


def png(pdf: bytes, dots_per_inch: float = DOTS_PER_INCH) -> bytes:
    return _file(_drawn(pdf, dots_per_inch), dots_per_inch)


def preview(pdf: bytes, dots_per_inch: float) -> bytes:
    """For a page that shows a dozen of them: in few colours, with a third of the bytes."""
    return _file(_drawn(pdf, dots_per_inch).quantize(8), dots_per_inch)


def _drawn(pdf: bytes, dots_per_inch: float) -> Image.Image:
    with _pdfium, PdfDocument(pdf) as document:
        page = document[0]
        # A sheet is not a whole number of dots; both sides are rounded to the nearest, but the library rounds up.
        scale = min((round(side / 72 * dots_per_inch) - 0.01) / side for side in page.get_size())
        image: Image.Image = page.render(scale=scale).to_pil()
        return image


def _file(image: Image.Image, dots_per_inch: float) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dots_per_inch, dots_per_inch))
    return file.getvalue()
