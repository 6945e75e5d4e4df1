"""Which records of a frame are new: the rule by which ratings arrive exactly once, as TCP accepts bytes."""

from typing import NamedTuple


class Acceptance(NamedTuple):
    """What the collector does with one frame."""

    #: First and last seq that are lost for good and to be written down, or None.
    gap: tuple[int, int] | None
    #: How many of the frame's records, from its first, are not taken: repeats, or all of them after a jump.
    skipped: int
    #: The cursor afterwards.
    cursor: int


def accept(cursor: int, held: int, first: int, count: int) -> Acceptance:
    """Accept a frame with the records first … first + count − 1 where everything up to `cursor` is committed.

    Parameters
    ----------
    cursor: 0 or more.
    held: the lowest seq that the kiosk still has, 1 … first: what is between it and the cursor never comes.
    """
    gap = None
    if held > cursor + 1:
        gap = (cursor + 1, held - 1)
        cursor = held - 1
    if first > cursor + 1:
        return Acceptance(gap, count, cursor)
    skipped = min(count, cursor + 1 - first)
    return Acceptance(gap, skipped, max(cursor, first + count - 1))
