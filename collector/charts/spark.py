"""A line as small as a word, for rows of places (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 96, 24
#: Around it, so that the last dot is whole.
EDGE = 4


@dataclass(frozen=True)
class Spark:
    """All in px."""

    paths: Sequence[str]
    #: The newest value: from left and top.
    last: tuple[float, float]
    first_value: float
    last_value: float


def spark(values: Sequence[float | None], least: float = 10) -> Spark | None:
    """A line of values that follow each other, with a gap where there is none; None where there is nothing at all.

    Parameters
    ----------
    least: it spans at least so much, so that small changes look small.
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    spare = max(0.0, least - (max(known) - min(known))) / 2
    foot, top = min(known) - spare, max(known) + spare
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    paths, corners = [], list[tuple[float, float]]()
    last = (0.0, 0.0)
    for place, value in enumerate([*values, None]):
        if value is not None:
            last = (EDGE + place * step, EDGE + (HEIGHT - 2 * EDGE) * (top - value) / (top - foot))
            corners.append(last)
        elif corners:
            paths.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners))
            corners = []
    return Spark(paths, last, known[0], known[-1])
