"""Who is in which stage of a roll-out (pure): one kiosk, some, all the others.

The same kiosks and the same seed make the same stages. Before all others come those that are in touch, so that what is
to be seen is seen soon; the first has a plug, if one has. The second stage has kiosks of every board and of as many
stores as it can.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from collector.fleet.rollout.plan import Plan

FIRST, SOME, ALL = range(3)


@dataclass(frozen=True)
class Candidate:
    """A kiosk that can take the release."""

    kiosk: str
    store: int
    board: str
    #: It is online just now.
    online: bool
    battery: bool = False


def stages(candidates: Sequence[Candidate], plan: Plan, seed: object) -> dict[str, int]:
    """The stage of each kiosk; empty where none is online: somebody has to be the first."""
    drawn = sorted(candidates, key=lambda each: hashlib.sha256(f"{seed}/{each.kiosk}".encode()).digest())
    here = sorted((each for each in drawn if each.online), key=lambda each: each.battery)
    if not here:
        return {}
    found = dict.fromkeys((each.kiosk for each in drawn), ALL)
    found[here[0].kiosk] = FIRST
    for each in _spread(here[1:])[: share(len(drawn), plan)]:
        found[each.kiosk] = SOME
    return found


def share(count: int, plan: Plan) -> int:
    """How many of so many kiosks are in the second stage."""
    return max(plan.least, math.ceil(count * plan.percent / 100))


def _spread(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Every board first, then each by its share; and of each board every store in its turn."""
    boards: dict[str, list[tuple[int, Candidate]]] = defaultdict(list)
    of_store: dict[tuple[str, int], int] = defaultdict(int)
    for each in candidates:
        boards[each.board].append((of_store[each.board, each.store], each))
        of_store[each.board, each.store] += 1
    placed = []
    for theirs in boards.values():
        theirs.sort(key=lambda pair: pair[0])
        placed += [(at / len(theirs), each) for at, (_, each) in enumerate(theirs)]
    placed.sort(key=lambda pair: pair[0])
    return [each for _, each in placed]
