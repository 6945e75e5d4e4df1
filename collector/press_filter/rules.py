"""Which mark each press of a kiosk has (pure).

Only presses that the filter may judge get another mark: what a technician, a restored card or a person said stays. Time
between two presses is told by the kiosk's uptime, which no clock moves. Of several reasons the first holds: repeat,
stuck, burst, closed.

What holds for a press is told by its neighbours within `FilterPolicy.reach` alone, and does not depend on the marks
that the filter has given already. So a second time changes nothing, and ratings that are marked as they
come in have the marks that a re-run gives them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.places.hours import OpeningHours, periods
from collector.press_filter.policy import Burst, FilterPolicy, Stuck
from collector.ratings.kinds import Mark

#: The marks that the filter gives and takes back.
OURS = frozenset({Mark.COUNTED, Mark.REPEAT, Mark.BURST, Mark.STUCK, Mark.CLOSED})
#: A kiosk reports a button after 30 s; one that was busy, a little later.
HANGS_SINCE = 60_000
#: So long after a moment the opening hours of its day, and of those beside it, say all.
_SURE = timedelta(hours=6)
MARKS = {int(mark): mark for mark in Mark}


class Press(NamedTuple):
    """One press of a journal."""

    seq: int
    boot: int
    #: ms since boot.
    uptime: int
    button: int
    #: None where the time is not known.
    happened_at: datetime | None
    mark: int
    #: Within how many ms its kiosk took a second press for the same person's.
    window: int


class Hang(NamedTuple):
    """The kiosk said that a button had been down for 30 s."""

    seq: int
    boot: int
    uptime: int
    button: int


def marks_of(
    presses: Sequence[Press], hangs: Sequence[Hang], policy: FilterPolicy, is_closed: Callable[[datetime], bool]
) -> list[Mark]:
    """The mark that each of the presses of one journal shall have.

    Parameters
    ----------
    presses: by seq.
    is_closed: whether a moment is outside opening hours; asked only where the policy has that rule.
    """
    marks = {press.seq: MARKS[press.mark] for press in presses}
    for _, group in groupby((press for press in presses if press.mark != Mark.TEST), lambda press: press.boot):
        boot = list(group)
        for press in boot:
            if press.mark in OURS:
                is_late = policy.closed and press.happened_at is not None and is_closed(press.happened_at)
                marks[press.seq] = Mark.CLOSED if is_late else Mark.COUNTED
        repeats = set(_repeats(boot, policy))
        singles = [press for press in boot if press.seq not in repeats and press.mark in OURS]
        for mark, found in (
            (Mark.BURST, _bursts(singles, policy.burst)),
            (Mark.STUCK, _stuck(boot, hangs, policy.stuck)),
            (Mark.REPEAT, repeats),
        ):
            marks |= {seq: mark for seq in found if marks[seq] in OURS}
    return [marks[press.seq] for press in presses]


def _repeats(presses: Sequence[Press], policy: FilterPolicy) -> Iterator[int]:
    """As kiosks do it: the time since the press before, whether that one counted or not. The mark that a press has by
    now is not asked: whoever goes back to the kiosks' own setting has the kiosks' marks again."""
    for before, press in pairwise(presses):
        window = press.window if policy.repeat is None else policy.repeat.seconds * 1000
        if press.uptime - before.uptime < window:
            yield press.seq
    # Nothing is known of what was pressed before it: then its kiosk's word holds.
    if presses and presses[0].mark == Mark.REPEAT:
        yield presses[0].seq


def _bursts(presses: Sequence[Press], rule: Burst | None) -> Iterator[int]:
    """All that stand in a window of so many presses but are not its first."""
    if rule is None:
        return
    marked_to = 0
    for first in range(len(presses) - rule.presses + 1):
        last = first + rule.presses - 1
        if presses[last].uptime - presses[first].uptime < rule.seconds * 1000:
            for place in range(max(first + 1, marked_to), last + 1):
                yield presses[place].seq
            marked_to = last + 1


def _stuck(presses: Sequence[Press], hangs: Sequence[Hang], rule: Stuck | None) -> Iterator[int]:
    if rule is None:
        return
    for hang in hangs:
        began = [
            press.seq
            for press in presses
            if press.boot == hang.boot
            and press.button == hang.button
            and press.seq < hang.seq
            and 0 <= hang.uptime - press.uptime <= HANGS_SINCE
        ]
        yield from began[-1:]
    run: list[Press] = []
    for press in presses:
        if run and (press.button != run[-1].button or press.uptime - run[-1].uptime > rule.seconds * 1000):
            run = []
        run.append(press)
        if len(run) >= rule.presses:
            yield from (each.seq for each in run[-rule.presses :])


class Doors:
    """When a store is open, as its opening hours are now."""

    def __init__(self, hours: OpeningHours, zone: ZoneInfo, grace: timedelta) -> None:
        self._hours, self._zone, self._grace = hours, zone, grace
        # Presses come in their order: until when the last answer holds.
        self._since = self._until = datetime.min.replace(tzinfo=UTC)
        self._closed = False

    def is_closed(self, moment: datetime) -> bool:
        """Whether a moment is outside opening hours; nobody says so where these are not known."""
        if not self._hours:
            return False
        if not self._since <= moment < self._until:
            self._look(moment)
        return self._closed

    def _look(self, moment: datetime) -> None:
        day = moment.astimezone(self._zone).date()
        # A night's opening reaches into the next day, and people come a little before midnight.
        opened = [
            (begin - self._grace, end + self._grace)
            for near in (day - timedelta(days=1), day, day + timedelta(days=1))
            for begin, end in periods(self._hours, near, self._zone)
        ]
        changes = [change for each in opened for change in each if change > moment]
        self._closed = not any(begin <= moment < end for begin, end in opened)
        self._since, self._until = moment, min([*changes, moment + _SURE])
