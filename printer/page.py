"""A slip as one picture: for printers that take pictures, and for previews on a page."""

import io

from PIL import Image

from printer import qr
from printer.picture import drawn
from printer.profiles import Profile
from printer.slip import LONGEST_MM, Slip, lay_out


def page(slip: Slip, profile: Profile) -> Image.Image:
    """A slip as wide as the paper, one bit a dot, black is 0.

    Raises
    ------
    TooLong
    """
    layout = lay_out(slip, profile.width, LONGEST_MM * profile.dots_per_mm)
    image = Image.new("1", (profile.width, layout.height), 1)
    above = [drawn(line, profile.width) for line in layout.above]
    below = [drawn(line, profile.width) for line in layout.below]
    y = 0
    for part in (*above, qr.image(layout.code, layout.module), *below):
        image.paste(part, ((profile.width - part.width) // 2, y))
        y += part.height
    return image


def png(page: Image.Image) -> bytes:
    """A page as a file."""
    file = io.BytesIO()
    page.save(file, "PNG", optimize=True)
    return file.getvalue()
