"""Shops' logos: any picture made into black dots that fit beside a name."""

import base64
import io

from PIL import Image, ImageOps

#: Height of a line with a logo in it, the widest logo, and what is left between it and the name, dots.
HEIGHT, WIDTH, GAP = 36, 160, 12
#: The largest picture that is looked at, dots: a small file may be an enormous picture.
_LARGEST = 4_000_000
#: Whatever is darker than this has something in it to print.
_DARK = 160


class NotALogo(ValueError):
    """A file is no picture that can be printed. The message is a sentence."""


def fitted(file: bytes, box: tuple[int, int] = (WIDTH, HEIGHT), *, grow: bool = True) -> bytes:
    """A picture made as large as a box has room for, black or white without anything between, as PNG.

    It stands upright, and the white around it is gone. It is never dithered: grey made of dots does not survive cheap
    print heads, and its bytes are full of what printers take for commands.

    Parameters
    ----------
    file: PNG, JPEG, GIF, BMP or WebP.
    box: width and height, dots; a slip's by default.
    grow: a smaller picture is made larger.

    Raises
    ------
    NotALogo
    """
    picture = _opened(file)
    # What lets the paper through is paper.
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    grey = paper.convert("L")
    dark = grey.point(lambda light: 255 if light < _DARK else 0).getbbox()
    if dark is None:
        raise NotALogo("The picture has nothing dark in it: on paper it would not be seen.")
    grey = grey.crop(dark)
    scale = min(box[0] / grey.width, box[1] / grey.height, float("inf") if grow else 1)
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    dots = _dots(grey.resize(size, method))
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
    dots = _opened(base64.b64decode(logo)).convert("L")
    dots.thumbnail((WIDTH, HEIGHT), Image.Resampling.NEAREST)
    return _dots(dots)


def _dots(grey: Image.Image) -> Image.Image:
    return grey.point(lambda light: 255 if light >= 128 else 0).convert("1", dither=Image.Dither.NONE)


def _opened(file: bytes) -> Image.Image:
    """A picture as people see it: with its transparency, and turned as its camera says."""
    too_large = NotALogo("The picture is too large: take one of at most 2,000 by 2,000 dots.")
    try:
        picture = Image.open(io.BytesIO(file), formats=("PNG", "JPEG", "GIF", "BMP", "WEBP"))
        if picture.width * picture.height > _LARGEST:
            raise too_large
        return ImageOps.exif_transpose(picture).convert("RGBA")
    except NotALogo:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise too_large from problem
    except Exception as problem:
        raise NotALogo("The file is no picture that can be read: take a PNG or a JPEG.") from problem
