"""What happens at a kiosk on one day, drawn from a seed: shoppers, rushes, children, lines and plugs that are pulled.

Pure: the same kiosk on the same date has the same day, wherever and how often it is asked for. What concerns a whole
store (its mood in this weather, a line that is down, a power cut) its kiosks have together.
"""

import enum
import math
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulators.fleet.plan import Planned, chance_of
from simulators.rhythm import CLOSE, HOURS, OPEN, SEASONS, WEEKDAYS

_DAY = 86_400.0
#: A chance a day: that a store's line is down for a while, that its power is; that somebody pulls a kiosk's plug when
#: cleaning, and it stays out until the morning; that a kiosk alone loses its network (a new password, a weak signal).
_LINE_CUT, _POWER_CUT, _CLEANER, _OWN_LINE_CUT = 0.08, 0.02, 0.01, 0.04
#: Children find a kiosk so often a day at most, with this chance each; twice as likely at a weekend.
_CHILDREN, _CHILD = 3, 0.12
#: Of so many shoppers one presses again at once.
_AGAIN = 0.03
#: A lithium cell: full, weak (the board gives up), mV; and how long until somebody brings another one, s.
FULL, EMPTY = 4150, 3300
_NEW_BATTERY = 1.5 * _DAY


class What(enum.Enum):
    PRESS = "press"
    LINE_DOWN = "line down"
    LINE_UP = "line up"
    POWER_DOWN = "power down"
    POWER_UP = "power up"


class Happening(NamedTuple):
    """Something that happens to a kiosk."""

    at: datetime
    what: What
    #: Of a press; 0 else.
    button: int = 0
    #: Pressed by a child, or by the same person again: nobody's opinion.
    is_mashing: bool = False


def happenings(kiosk: Planned, since: datetime) -> Iterator[Happening]:
    """All that happens to a kiosk from a moment on, in order, for ever."""
    day = since.astimezone(ZoneInfo(kiosk.time_zone)).date()
    while True:
        yield from (each for each in day_of(kiosk, day) if each.at >= since)
        day += timedelta(days=1)


def day_of(kiosk: Planned, day: date) -> list[Happening]:
    """What happens to a kiosk on one day by its store's clock, in order.

    Parameters
    ----------
    day: every cut begins and ends on it, but for a battery: that is empty for longer.
    """
    midnight = datetime.combine(day, time(), ZoneInfo(kiosk.time_zone))
    store = chance_of(kiosk.seed, kiosk.store, day)
    own = chance_of(kiosk.seed, kiosk.kiosk, day)
    mood = min(1.0, max(0.0, kiosk.mood + store.gauss(0, 0.15)))
    bustle = store.lognormvariate(0, 0.2)  # rain, a sale, a match on television
    happened = _outages(store, _LINE_CUT, What.LINE_DOWN, What.LINE_UP, shortest=120, longest=5400)
    happened += _outages(own, _OWN_LINE_CUT, What.LINE_DOWN, What.LINE_UP, shortest=30, longest=1200)
    power = _outages(store, _POWER_CUT, What.POWER_DOWN, What.POWER_UP, shortest=5, longest=7200)
    if own.random() < _CLEANER:
        out = CLOSE * 3600 + own.uniform(300, 3600)
        power += [(out, What.POWER_DOWN, 0, False), (_DAY - 1, What.POWER_UP, 0, False)]
    if kiosk.battery_days is None:
        happened += power
    else:
        happened += _battery(kiosk, kiosk.battery_days, day)
    happened += _shoppers(own, kiosk.busy * bustle, mood, day)
    happened += _children(own, day)
    happened.sort(key=lambda each: each[0])
    # By the clock on the wall: a day on which it is changed has its hours where shoppers have them.
    return [
        Happening(midnight + timedelta(seconds=seconds), what, button, mashing)
        for seconds, what, button, mashing in happened
    ]


def battery(kiosk: Planned, at: datetime) -> int | None:
    """What the kiosk's battery has, mV; None where it has a plug."""
    if kiosk.battery_days is None:
        return None
    used = _since_new(kiosk, kiosk.battery_days, at.timestamp()) / (kiosk.battery_days * _DAY)
    # Flat for long, steep at the end, as lithium is.
    return round(max(EMPTY, FULL - 450 * min(used, 1) - 400 * max(0.0, min(used, 1) - 0.85) / 0.15))


_Drawn = tuple[float, What, int, bool]


def _shoppers(chance: random.Random, busy: float, mood: float, day: date) -> list[_Drawn]:
    mean_weekday, mean_season = sum(WEEKDAYS) / len(WEEKDAYS), sum(SEASONS) / len(SEASONS)
    presses = busy * WEEKDAYS[day.weekday()] / mean_weekday * SEASONS[day.month - 1] / mean_season
    rushes = [(chance.uniform(OPEN, CLOSE) * 3600, chance.uniform(300, 1500)) for _ in range(chance.randint(0, 3))]
    drawn: list[_Drawn] = []
    for hour, weight in enumerate(HOURS, start=OPEN):
        for _ in range(_poisson(chance, presses * weight / sum(HOURS))):
            at = (hour + chance.random()) * 3600
            drawn += _press(chance, at, mood)
            # In a rush there are three where there would have been one, and they are less content.
            if any(begun <= at < begun + lasts for begun, lasts in rushes):
                drawn += _press(chance, min(at + chance.uniform(3, 40), CLOSE * 3600 - 3), mood - 0.3)
                drawn += _press(chance, min(at + chance.uniform(3, 90), CLOSE * 3600 - 3), mood - 0.3)
    return drawn


def _press(chance: random.Random, at: float, mood: float) -> list[_Drawn]:
    liking, mood = chance.random(), max(0.0, mood)
    bounds = (0.45 + 0.3 * mood, 0.72 + 0.18 * mood, 0.86 + 0.08 * mood)
    button = 1 + sum(liking >= bound for bound in bounds)
    pressed: list[_Drawn] = [(at, What.PRESS, button, False)]
    if chance.random() < _AGAIN:
        pressed.append((at + chance.uniform(0.3, 1.8), What.PRESS, button, True))
    return pressed


def _children(chance: random.Random, day: date) -> list[_Drawn]:
    drawn: list[_Drawn] = []
    for _ in range(_CHILDREN):
        if chance.random() < _CHILD * (2 if day.weekday() >= 5 else 1):
            at = chance.uniform(OPEN + 0.5, CLOSE - 0.5) * 3600
            for _ in range(chance.randint(8, 40)):
                at += chance.uniform(0.15, 0.9)
                drawn.append((at, What.PRESS, chance.randint(1, 4), True))
    return drawn


def _outages(
    chance: random.Random, likely: float, begins: What, ends: What, *, shortest: float, longest: float
) -> list[_Drawn]:
    if chance.random() >= likely:
        return []
    lasts = math.exp(chance.uniform(math.log(shortest), math.log(longest)))  # most are short
    at = chance.uniform(0, _DAY - lasts - 1)
    return [(at, begins, 0, False), (at + lasts, ends, 0, False)]


def _battery(kiosk: Planned, days: float, day: date) -> list[_Drawn]:
    """When it gives up, and when somebody has brought another one."""
    midnight = datetime.combine(day, time(), ZoneInfo(kiosk.time_zone)).timestamp()
    cycle = days * _DAY + _NEW_BATTERY
    age = _since_new(kiosk, days, midnight)
    drawn: list[_Drawn] = []
    if age > days * _DAY:
        drawn.append((0, What.POWER_DOWN, 0, False))  # also for whoever begins with this day
    for at, what in ((days * _DAY, What.POWER_DOWN), (cycle, What.POWER_UP)):
        if 0 <= at - age < _DAY:
            drawn.append((at - age, what, 0, False))
    return drawn


def _since_new(kiosk: Planned, days: float, at: float) -> float:
    """For how long the battery has been in, s; where that is longer than it lasts, it is empty."""
    cycle = days * _DAY + _NEW_BATTERY
    return (at + chance_of(kiosk.seed, kiosk.kiosk, "battery").uniform(0, cycle)) % cycle


def _poisson(chance: random.Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, many = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        many += 1
    return many
