"""Pictures from phones are larger than a case keeps: they are made smaller here, because a phone without scripts
cannot."""

from collector.pictures import NotAPicture, opened, smaller

#: Largest that a phone may send; cameras of today make 3 to 8 MB.
LARGEST_SENT = 10 * 2**20
#: Longest side afterwards, in pixels: enough to read a receipt by.
_SIDE = 2000


def fitting(content: bytes, most: int) -> bytes:
    """The picture itself if it has at most so many bytes, else a smaller one of it, as JPEG.

    Raises
    ------
    NotAPicture: it is none, or too large.
    Busy: too many are sent at once.
    """
    if len(content) <= most:
        return content
    if len(content) > LARGEST_SENT:
        raise NotAPicture
    with opened(content, _SIDE) as picture:  # a JPEG is decoded at a fraction of its size, which is quick
        return smaller(picture, _SIDE)
