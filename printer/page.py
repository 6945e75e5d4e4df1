"""A slip as one picture: for printers that take pictures, and for previews on a page."""

import io

from PIL import Image

from printer import qr
from printer.picture import image_of
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
    above = [image_of(line, profile.width) for line in layout.above]
    below = [image_of(line, profile.width) for line in layout.below]
    y = 0
    for drawn in (*above, qr.image(layout.code, layout.module), *below):
        image.paste(drawn, ((profile.width - drawn.width) // 2, y))
        y += drawn.height
    return image


def png(slip: Slip, profile: Profile) -> bytes:
    """The same as a PNG file."""
    file = io.BytesIO()
    page(slip, profile).save(file, "PNG", optimize=True)
    return file.getvalue()
