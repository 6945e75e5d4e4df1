"""Shops' logos: any picture made into black dots that fit beside a name."""

import base64
import io

from PIL import Image

from printer.slip import LOGO_HEIGHT, LOGO_WIDTH

#: The largest picture that is looked at, dots: a small file may be an enormous picture.
_LARGEST = 4_000_000


class NotALogo(ValueError):
    """A file is no picture that can be printed. The message is a sentence."""


def fitted(file: bytes) -> bytes:
    """A picture made as large as a slip has room for, black or white without anything between, as PNG.

    It is never dithered: grey made of dots does not survive cheap print heads, and its bytes are full of what printers
    take for commands.

    Parameters
    ----------
    file: PNG, JPEG, GIF, BMP or WebP.

    Raises
    ------
    NotALogo
    """
    picture = _opened(file)
    # What lets the paper through is paper.
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    grey = paper.convert("L")
    box = grey.point(lambda light: 255 if light < 160 else 0).getbbox()
    if box is None:
        raise NotALogo("The picture has nothing dark in it: on paper it would not be seen.")
    grey = grey.crop(box)
    scale = min(LOGO_HEIGHT / grey.height, LOGO_WIDTH / grey.width)
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    dots = (
        grey.resize(size, method).point(lambda light: 255 if light >= 128 else 0).convert("1", dither=Image.Dither.NONE)
    )
    if dots.getextrema() == (255, 255):
        raise NotALogo("The picture's lines are too thin: in the size of a slip nothing is left of them.")
    png = io.BytesIO()
    dots.save(png, "PNG", optimize=True)
    return png.getvalue()


def drawn(logo: str) -> Image.Image:
    """The dots of a slip's logo, black is 0.

    Parameters
    ----------
    logo: what `fitted` has made, as base64.
    """
    dots = _opened(base64.b64decode(logo)).convert("L").point(lambda light: 255 if light >= 128 else 0)
    dots.thumbnail((LOGO_WIDTH, LOGO_HEIGHT), Image.Resampling.NEAREST)
    return dots.convert("1", dither=Image.Dither.NONE)


def _opened(file: bytes) -> Image.Image:
    too_large = NotALogo("The picture is too large: take one of at most 2,000 by 2,000 dots.")
    try:
        picture = Image.open(io.BytesIO(file), formats=("PNG", "JPEG", "GIF", "BMP", "WEBP"))
        if picture.width * picture.height > _LARGEST:
            raise too_large
        return picture.convert("RGBA")
    except NotALogo:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise too_large from problem
    except Exception as problem:
        raise NotALogo("The file is no picture that can be read: take a PNG or a JPEG.") from problem
