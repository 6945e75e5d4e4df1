"""When a case opens, whose turn it is, and when it climbs: plain functions of plain data.

The ladder has three steps: the store, the region right above it, the head office at the top. A step whose place
there is not (a store directly below the organisation has no region) is skipped.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from collector.surveys.scale import is_bad

STORE, REGION, HEAD_OFFICE = STEPS = (0, 1, 2)
#: How long each step has; the last one keeps a case.
PATIENCE = {STORE: timedelta(hours=24), REGION: timedelta(hours=24)}


class Turn(NamedTuple):
    """Whose turn it is, and until when."""

    step: int
    place_id: int
    #: None at the top of the ladder: there is nobody to go on to.
    due_at: datetime | None


def opens(score: float | None, *, has_words: bool, threshold: float) -> bool:
    """Whether an answer opens a case: a bad score with words or a contact, or a score under the threshold alone.

    Parameters
    ----------
    score: 0 … 100; None where nothing was rated.
    has_words: there is a comment or a contact.
    threshold: of the survey, 0 … 100.
    """
    return score is not None and (score < threshold or (is_bad(score) and has_words))


def first_turn(path: Sequence[int], now: datetime) -> Turn:
    """The store's turn; `path` leads from the top place down to the store."""
    return _turn(ladder(path), 0, now)


def next_turn(path: Sequence[int], step: int, now: datetime) -> Turn:
    """The turn after `step`, which is not the last one."""
    rungs = ladder(path)
    return _turn(rungs, next(number for number, (rung, _) in enumerate(rungs) if rung > step), now)


def ladder(path: Sequence[int]) -> list[tuple[int, int]]:
    """The steps that a store has, from the lowest, as (step, place)."""
    *above, store = path
    rungs = [(STORE, store)]
    if len(above) > 1:
        rungs.append((REGION, above[-1]))
    if above:
        rungs.append((HEAD_OFFICE, above[0]))
    return rungs


def _turn(rungs: Sequence[tuple[int, int]], number: int, now: datetime) -> Turn:
    step, place_id = rungs[number]
    is_last = number == len(rungs) - 1
    return Turn(step, place_id, None if is_last else now + PATIENCE[step])
