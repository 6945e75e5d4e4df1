"""How a kiosk is, judged by what it said last and by how long ago that was (pure).

No wolf is cried: a mains kiosk that misses a minute is late, and only then silent; a battery kiosk is missed when it
does not wake, and has one waking more; one that goes off with its shop is off with it; and where all kiosks of a store
are away it is the store, not each of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from collector.places.hours import OpeningHours, periods

#: A kiosk that is online says so every 60 s; after two misses its silence means something.
SILENT_AFTER = timedelta(seconds=150)
#: For so long it is only late: a router starts again, somebody has moved a plug.
LATE_FOR = timedelta(minutes=10)
#: How much later than announced a sleeping kiosk may wake; after it has missed the next waking as well, it is silent.
OVERSLEPT_AFTER = timedelta(minutes=5)
SHORTEST_SLEEP, LONGEST_SLEEP = timedelta(minutes=30), timedelta(hours=24)
#: What was heard further ahead of now than this, was heard while our own clock was wrong: nobody knows when.
AHEAD = timedelta(minutes=5)
#: So long before closing somebody may switch everything off, and so long after opening it may take to start.
AROUND_HOURS = timedelta(minutes=20)
#: A power cut switches kiosks off within so long of each other, broker and Wi-Fi considered.
TOGETHER = timedelta(minutes=10)


class State(StrEnum):
    ONLINE = "online"
    ASLEEP = "asleep"
    #: It should have said something, and has a little while longer.
    LATE = "late"
    #: It went off with its shop, which is closed.
    CLOSED = "closed"
    #: It told us, or the broker did, that it is gone.
    OFFLINE = "offline"
    #: It said online and then nothing more, or it did not wake when it should have.
    SILENT = "silent"
    #: Enrolled, and not one word yet.
    NEW = "new"


@dataclass(frozen=True)
class Condition:
    """Online, late, offline, silent: since `at`, as far as we heard. Asleep: until `at`."""

    state: State
    at: datetime | None = None

    @property
    def well(self) -> bool:
        """Nobody has to look after it."""
        return self.state in {State.ONLINE, State.ASLEEP, State.LATE, State.CLOSED}

    @property
    def is_here(self) -> bool:
        """It is in touch, as far as anybody knows."""
        return self.state in {State.ONLINE, State.ASLEEP}

    @property
    def is_away(self) -> bool:
        """It was here, is not, and somebody should wonder why."""
        return self.state in {State.OFFLINE, State.SILENT}


def judge(
    said: str | None,
    heard_at: datetime | None,
    asleep_until: datetime | None,
    now: datetime,
    closed_at: datetime | None = None,
) -> Condition:
    """The condition of a kiosk.

    Parameters
    ----------
    said: state of its newest `status`: online, offline or asleep; None before the first.
    heard_at: when that came.
    asleep_until: when it meant to wake; only with asleep.
    closed_at: when its store closed, where that is still so or only just over (`closed`).
    """
    if said is None or heard_at is None or heard_at > now + AHEAD:
        return Condition(State.NEW)
    if said == "asleep" and asleep_until:
        wakes = wakes_at(heard_at, asleep_until)
        slept = max(wakes - heard_at, SHORTEST_SLEEP)
        due = wakes + OVERSLEPT_AFTER
        if now <= due:
            return Condition(State.ASLEEP, wakes)
        condition = Condition(State.LATE if now <= due + slept else State.SILENT, heard_at)
    elif said == "offline":
        condition = Condition(State.LATE if now - heard_at < LATE_FOR else State.OFFLINE, heard_at)
    elif now - heard_at <= SILENT_AFTER:
        return Condition(State.ONLINE, heard_at)
    else:
        condition = Condition(State.LATE if now - heard_at < LATE_FOR else State.SILENT, heard_at)
    if condition.is_away and closed_at is not None and heard_at >= closed_at - AROUND_HOURS:
        return Condition(State.CLOSED, heard_at)
    return condition


def wakes_at(heard_at: datetime, asleep_until: datetime) -> datetime:
    """When a kiosk that went to sleep is to wake: by its own word, as far as its clock can be right."""
    if asleep_until <= heard_at:
        return heard_at + SHORTEST_SLEEP
    return min(asleep_until, heard_at + LONGEST_SLEEP)


def closed(hours: OpeningHours, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When a store closed, if it is closed, or was until just now; None where it is open or its hours are not known."""
    today = now.astimezone(zone).date()
    opened = [period for ago in range(8, -2, -1) for period in periods(hours, today - timedelta(days=ago), zone)]
    past = [(begin, end) for begin, end in opened if begin + AROUND_HOURS <= now]
    if not past:
        return None
    last = max(end for _, end in past)
    return last if last <= now else None


def dark_since(conditions: Iterable[Condition]) -> datetime | None:
    """Since when a whole store has been away, of two kiosks or more that ever spoke; None: not all of them are.

    They went together, or it is not the store: then each is told of by itself.
    """
    spoke: Sequence[Condition] = [each for each in conditions if each.state is not State.NEW]
    since = [each.at for each in spoke if each.is_away and each.at]
    if len(since) < 2 or len(since) < len(spoke) or max(since) - min(since) > TOGETHER:
        return None
    return min(since)


def dark_stores(kiosks: Iterable[tuple[int, Condition]]) -> dict[int, datetime]:
    """The stores of which all kiosks are away, and since when.

    Parameters
    ----------
    kiosks: of each, its store and its condition.
    """
    stores: defaultdict[int, list[Condition]] = defaultdict(list)
    for store_id, condition in kiosks:
        stores[store_id].append(condition)
    found = ((store_id, dark_since(conditions)) for store_id, conditions in stores.items())
    return {store_id: since for store_id, since in found if since is not None}
