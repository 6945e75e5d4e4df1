"""A PDF of one page as a picture."""

import io
import threading

from pypdfium2 import PdfDocument

#: For paper: fine print is sharp, and a sheet of A4 has 2480 × 3508 dots.
DOTS_PER_INCH = 300
#: PDFium serves one thread at a time.
_pdfium = threading.Lock()


def png(pdf: bytes, dots_per_inch: float = DOTS_PER_INCH) -> bytes:
    with _pdfium, PdfDocument(pdf) as document:
        page = document[0]
        # A sheet is not a whole number of dots; both sides are rounded to the nearest, but the library rounds up.
        scale = min((round(side / 72 * dots_per_inch) - 0.01) / side for side in page.get_size())
        image = page.render(scale=scale).to_pil()
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dots_per_inch, dots_per_inch))
    return file.getvalue()
