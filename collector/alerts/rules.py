"""When something is wrong, and when it is over: plain functions of plain data.

Between the two is a stretch in which an open alert stays open and none is opened, so that one rating more or less does
not open and close it again and again.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from collector.alerts.policy import Away, BadShare, Battery, LowIndex, Printer, Silence
from collector.fleet.condition import Condition, State

#: Weeks that are looked back for what is usual, and how many there must be.
WEEKS, FEWEST_WEEKS = 8, 3
#: A share of bad ratings is over when it has fallen to this part of what raised it.
OVER = 0.8
#: An index has recovered this many points above its threshold, a battery this many mV.
INDEX_MARGIN, BATTERY_MARGIN = 5, 100


class Verdict(Enum):
    RAISE = auto()
    #: An open alert stays open, and none is opened.
    KEEP = auto()
    OVER = auto()


def judge_share(rule: BadShare, bad: int, count: int) -> Verdict:
    """Of `count` ratings of the window `bad` were bad."""
    if count == 0:
        return Verdict.OVER  # what was bad is longer ago
    if count >= rule.at_least and 100 * bad >= rule.percent * count:
        return Verdict.RAISE
    return Verdict.OVER if 100 * bad < OVER * rule.percent * count else Verdict.KEEP


def judge_index(rule: LowIndex, value: float, count: int) -> Verdict:
    """The mean score of `count` ratings of the window."""
    if count == 0:
        return Verdict.OVER
    if count >= rule.at_least and value < rule.below:
        return Verdict.RAISE
    return Verdict.OVER if value >= rule.below + INDEX_MARGIN else Verdict.KEEP


def judge_away(rule: Away, condition: Condition, now: datetime) -> Verdict:
    """One that is late may come yet, and was not heard yet: nothing changes."""
    if condition.is_away and condition.at:
        return Verdict.RAISE if now - condition.at >= timedelta(minutes=rule.minutes) else Verdict.KEEP
    return Verdict.KEEP if condition.state is State.LATE else Verdict.OVER


def judge_silence(rule: Silence, usual: Sequence[float]) -> Verdict:
    """Nobody has pressed for a while; that a kiosk is pressed again ends the alert, and nothing else.

    Parameters
    ----------
    usual: presses of the same kiosk in the same hours of each week before.
    """
    odd = len(usual) >= FEWEST_WEEKS and chance_of_none(usual) * rule.one_in < 1
    return Verdict.RAISE if odd else Verdict.KEEP


def chance_of_none(usual: Sequence[float]) -> float:
    """How likely no press at all is, after weeks with so many.

    Presses that come independently follow Poisson: e^-mean. Where the weeks differ more from each other than that
    (a market day, a quiet one), the negative binomial with their mean and variance: it grants silence more.
    """
    mean = math.fsum(usual) / len(usual)
    if mean == 0:
        return 1.0
    variance = math.fsum((each - mean) ** 2 for each in usual) / max(1, len(usual) - 1)
    if variance <= mean:
        return math.exp(-mean)
    size = mean**2 / (variance - mean)
    return float((size / (size + mean)) ** size)


def fewest_for_silence(rule: Silence) -> float:
    """A mean below this makes no silence odd, however alike the weeks are."""
    return math.log(rule.one_in)


def judge_battery(rule: Battery, millivolts: float) -> Verdict:
    if millivolts < rule.millivolts:
        return Verdict.RAISE
    return Verdict.OVER if millivolts >= rule.millivolts + BATTERY_MARGIN else Verdict.KEEP


def judge_printer(rule: Printer, since: datetime | None, now: datetime, *, prints: bool | None) -> Verdict:
    """How long a printer has been in trouble.

    Parameters
    ----------
    since: when it began, as far as anybody looked.
    prints: whether it is ready; None: nobody has looked, which says nothing of the printer.
    """
    if prints:
        return Verdict.OVER
    if prints is None or since is None:
        return Verdict.KEEP
    return Verdict.RAISE if now - since >= timedelta(minutes=rule.minutes) else Verdict.KEEP
