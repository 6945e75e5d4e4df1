"""Pictures as people send them: read one at a time, and none that would fill the memory."""

import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

#: More than any phone's camera makes at its usual setting.
MOST_PIXELS = 60_000_000
#: What is held in memory: some hundred MB, with the copy that is turned upright.
MOST_DECODED = 25_000_000
#: Seconds for which one waits until those before it are read.
PATIENCE = 10.0
#: Longest side of what is read at a fraction of its size.
_SIDE = 2500
#: What Pillow raises on what is no picture, or only the beginning of one.
_UNREADABLE = (
    *(UnidentifiedImageError, Image.DecompressionBombError),
    *(OSError, EOFError, ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, struct.error),
)
#: Each takes its pixels' memory.
_one_at_a_time = threading.Lock()


class NotAPicture(Exception):
    """It is no JPEG or PNG that can be read."""


class TooManyPixels(NotAPicture):
    """It is one, but a smaller one has to be sent."""


class Busy(Exception):
    """Others come first; it can be sent again in a moment."""


@contextmanager
def opened(content: bytes, side: int = _SIDE) -> Iterator[Image.Image]:
    """A JPEG or PNG picture; all that is done to it is done while no other one is read. A large JPEG is read at a
    fraction of its size, its sides still at least `side`.

    Raises
    ------
    NotAPicture, TooManyPixels: it cannot be read, now or while it is worked on.
    Busy: too many are sent at once.
    """
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise Busy
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, on odd pictures: it opens them or it does not
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
                _check_pixels(picture, MOST_PIXELS)
                picture.draft(None, (side, side))
                _check_pixels(picture, MOST_DECODED)
                yield picture
    except _UNREADABLE as problem:
        raise NotAPicture from problem
    finally:
        _one_at_a_time.release()


def smaller(picture: Image.Image, side: int) -> bytes:
    """It as a JPEG that stands upright, no longer than `side`, without anything that its camera wrote into it."""
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.info.clear()
    upright.thumbnail((side, side))
    made = io.BytesIO()
    upright.save(made, "JPEG", quality=80)
    return made.getvalue()


def _check_pixels(picture: Image.Image, most: int) -> None:
    if picture.width * picture.height > most:
        raise TooManyPixels
