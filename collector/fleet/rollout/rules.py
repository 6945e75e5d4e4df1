"""The rules of a roll-out (pure): whose turn it is, when a stage is over, and when it halts by itself."""

import math
from collections.abc import Sequence
from datetime import datetime

from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.stages import ALL, FIRST
from collector.fleet.rollout.steps import UNDER_WAY, Member, State

#: How many kiosks are named where it is said why a roll-out halts.
NAMED = 5


def turn(stage: int, members: Sequence[Member], plan: Plan) -> list[str]:
    """The kiosks that are to be offered the release now: those of the stage, and so many at a time.

    One that is away is offered it as well, and hears of it when it is back.
    """
    busy = sum(each.state in UNDER_WAY for each in members)
    waiting = [each.kiosk for each in members if each.stage <= stage and each.offered_at is None]
    return waiting[: max(0, plan.at_once - busy)]


def allowed(stage: int, members: Sequence[Member], plan: Plan) -> int:
    """How many may fail or fall silent: none where there is only the first."""
    if stage == FIRST:
        return 0
    offered = sum(each.offered_at is not None for each in members)
    return max(plan.failures, math.floor(offered * plan.failing / 100))


def why_halt(stage: int, members: Sequence[Member], plan: Plan) -> str | None:
    """Why nobody else is to be offered this, a sentence; None: it can go on."""
    wrong = [each for each in members if each.is_wrong]
    may = allowed(stage, members, plan)
    if len(wrong) > may:
        offered = sum(each.offered_at is not None for each in members)
        return f"{_count(wrong, offered)}, and {may or 'none'} may: {_names(wrong)}."
    mine = [each for each in members if each.stage == stage and each.offered_at is not None]
    if wrong and mine and _all_ended(mine):
        done = sum(each.state is State.DONE for each in mine)
        went = sum(each.state is not State.WAITING for each in mine)
        if done * 2 < went:
            return f"Only {done} of {went} in this stage could take it: {_names(wrong)}."
    return None


def is_over(stage: int, members: Sequence[Member], plan: Plan, now: datetime) -> bool:
    """Whether the next stage can begin: each kiosk of this one has come to its end, and the time to watch is over.

    Nobody waits for those that were away before they were offered it, nor for those that failed where that is few.
    """
    mine = [each for each in members if each.stage <= stage]
    if any(each.offered_at is None for each in mine) or not _all_ended(mine):
        return False
    done = [each.since for each in mine if each.state is State.DONE and each.since]
    if stage == FIRST and not done:
        return False
    return not done or now - max(done) >= plan.soak_time


def another_first(stage: int, members: Sequence[Member]) -> bool:
    """Whether somebody else has to be the first, because whoever was could not and somebody went on all the same."""
    first = [each for each in members if each.stage == FIRST]
    others = any(each.stage > FIRST for each in members)
    gone = all(each.forgiven or (each.state is State.WAITING and each.said) for each in first)
    return stage == FIRST and others and gone and not any(each.state in UNDER_WAY | {State.DONE} for each in first)


def after(stage: int) -> int | None:
    """The next stage; None after the last."""
    return None if stage == ALL else stage + 1


def _all_ended(members: Sequence[Member]) -> bool:
    return not any(each.state in UNDER_WAY for each in members)


def _count(wrong: Sequence[Member], offered: int) -> str:
    silent = sum(each.state is State.SILENT for each in wrong)
    failed = len(wrong) - silent
    parts = [f"{failed} failed"] * bool(failed) + [f"{silent} fell silent"] * bool(silent)
    whom = "the one kiosk that was" if offered == 1 else f"{offered} kiosks that were"
    return f"Of {whom} offered it {' and '.join(parts)}"


def _names(members: Sequence[Member]) -> str:
    named = ", ".join(each.kiosk for each in members[:NAMED])
    return named if len(members) <= NAMED else f"{named} and {len(members) - NAMED} more"
