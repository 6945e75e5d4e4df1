"""The rules of a roll-out (pure): whose turn it is, when a stage is over, and when it halts by itself."""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.stages import ALL, FIRST, SOME, share
from collector.fleet.rollout.steps import UNDER_WAY, Member, State

#: How many kiosks are named where it is said why a roll-out halts.
NAMED = 5


def turn(stage: int, members: Sequence[Member], plan: Plan, here: AbstractSet[str]) -> list[str]:
    """The kiosks that are to be offered the release now: those of the stage that are in touch, so many at a time.

    One that is away is offered it when it is back, so that not all of a shop that opens fetch it at once; one that
    sleeps hears of it when it wakes.

    Parameters
    ----------
    here: the kiosks that are in touch.
    """
    busy = sum(each.state in UNDER_WAY or _is_expected(each, here) for each in members)
    due = [each for each in members if each.stage <= stage and each.waits and each.offered_at is None]
    return [each.kiosk for each in due if each.kiosk in here][: max(0, plan.at_once - busy)]


def drawn(stage: int, members: Sequence[Member], plan: Plan, here: AbstractSet[str]) -> list[str]:
    """The kiosks that come into the second stage where those that were to be in it are away, or could not take it."""
    if stage != SOME:
        return []
    some = [each for each in members if each.stage == SOME and (not each.waits or each.kiosk in here)]
    able = [each for each in some if each.waits or each.state in UNDER_WAY | {State.DONE}]
    count = max(share(len(members), plan) - len(some), plan.least - len(able))
    return [each.kiosk for each in members if each.stage == ALL and each.waits and each.kiosk in here][: max(0, count)]


def allowed(stage: int, members: Sequence[Member], plan: Plan) -> int:
    """How many may fail or fall silent: none where there is only the first."""
    if stage == FIRST:
        return 0
    return max(plan.failures, math.floor(_asked(members) * plan.failing / 100))


def why_halt(stage: int, members: Sequence[Member], plan: Plan) -> str | None:
    """Why nobody else is to be offered this, a sentence; None: it can go on."""
    wrong = [each for each in members if each.is_wrong]
    may = allowed(stage, members, plan)
    if len(wrong) > may:
        return f"{_count(wrong, _asked(members))}, and {may or 'none'} may: {_names(wrong)}."
    mine = [each for each in members if each.stage == stage and each.was_asked]
    if wrong and mine and _all_ended(mine):
        done = sum(each.state is State.DONE for each in mine)
        if done * 2 < len(mine):
            return f"Only {done} of {len(mine)} in this stage could take it: {_names(wrong)}."
    return None


def is_over(stage: int, members: Sequence[Member], plan: Plan, now: datetime, here: AbstractSet[str]) -> bool:
    """Whether the next stage can begin: whoever is in touch has come to its end, enough have taken it, and the time to
    watch them is over.

    The first stage needs the first; the second some of its own, however many were away; the last all that can take it.
    """
    mine = [each for each in members if each.stage <= stage]
    if not _is_quiet(mine, plan, now) or any(each.waits and each.kiosk in here for each in mine):
        return False
    if stage == FIRST:
        return any(each.state is State.DONE for each in mine)
    if stage == ALL:
        return not any(each.waits or (each.state is State.SILENT and each.is_wrong) for each in members)
    able = sum(each.waits or each.state is State.DONE for each in members if each.stage != FIRST)
    done = sum(each.state is State.DONE for each in mine if each.stage == SOME)
    return done >= min(plan.least, able)


def has_waited(members: Sequence[Member], plan: Plan, since: datetime, now: datetime) -> bool:
    """Whether those that are away have been waited for long enough.

    Parameters
    ----------
    since: when the stage began, or somebody went on with it.
    """
    return now - since >= plan.away_time and _is_quiet(members, plan, now)


def missed(members: Sequence[Member], plan: Plan) -> str | None:
    """Who never came, a sentence."""
    away = [each for each in members if each.waits or (each.state is State.SILENT and each.is_wrong)]
    if not away:
        return None
    whole, length = ("day", 86_400) if plan.away >= 86_400 else ("minute", 60)
    time = max(1, round(plan.away / length))
    kiosks = "1 kiosk was" if len(away) == 1 else f"{len(away)} kiosks were"
    return f"{kiosks} away for {time} {whole}{'s' * (time > 1)} and did not take it: {_names(away)}."


def another_first(
    stage: int, members: Sequence[Member], plan: Plan, since: datetime, now: datetime, here: AbstractSet[str]
) -> bool:
    """Whether somebody else has to be the first: whoever was could not and somebody went on all the same, or is away
    since before it was asked.

    Parameters
    ----------
    since: when the stage began, or somebody went on with it.
    """

    def is_away(each: Member) -> bool:
        asked = max(since, each.offered_at or since)
        return each.waits and each.kiosk not in here and now - asked >= plan.silence_time

    first = [each for each in members if each.stage == FIRST]
    others = any(each.stage > FIRST for each in members)
    gone = all(each.forgiven or (each.state is State.WAITING and not each.waits) or is_away(each) for each in first)
    return stage == FIRST and others and gone and not any(each.state in UNDER_WAY | {State.DONE} for each in first)


def after(stage: int) -> int | None:
    """The next stage; None after the last."""
    return None if stage == ALL else stage + 1


def _asked(members: Sequence[Member]) -> int:
    return sum(each.was_asked for each in members)


def _is_expected(member: Member, here: AbstractSet[str]) -> bool:
    """It is in touch, was offered this, and has not answered yet."""
    return member.waits and member.offered_at is not None and member.kiosk in here


def _is_quiet(members: Sequence[Member], plan: Plan, now: datetime) -> bool:
    """Nobody takes it just now, and the time to watch whoever took it is over."""
    done = [each.since for each in members if each.state is State.DONE and each.since]
    return _all_ended(members) and (not done or now - max(done) >= plan.soak_time)


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
