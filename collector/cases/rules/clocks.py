"""How long a case has been, what is left, and when it has to go on: computed from its log, whenever somebody asks.

A case has two clocks. The first response is there when the customer has heard from a person; the resolution, when the
case is resolved. Staff see those of the step on which the case stands, in the time in which that step works, and they
stand still in some states. A customer counts day and night from the moment at which they spoke, but for the time in
which we waited for them: a case that they had to open again was not resolved in between.
Opening a case again begins no new clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from collector.cases.rules.calendars import DayAndNight, Running
from collector.cases.rules.policy import ByChannel, CasePolicy, Promise
from collector.cases.rules.rungs import Rung, rung_at, top_rung


class Event(Protocol):
    """One line of the log, as `case_event` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def step(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


#: Events after which a case is in another state; what else happens leaves it as it is.
_STATES = {
    "opened": "open",
    "taken": "taken",
    "waiting": "waiting",
    "resumed": "taken",
    "climbed": "open",
    "proposed": "review",
    "rejected": "taken",
    "resolved": "resolved",
    "reopened": "open",
    "moved": "open",
}
#: By these the customer has heard from a person.
_RESPONSES = ("replied", "waiting", "resolved")
#: With these a step begins.
_TURNS = ("opened", "climbed", "moved")
#: After these nobody has acknowledged the case yet, or has been reminded of it just now.
_CALLS = (*_TURNS, "reopened", "assigned", "proposed", "reminded")


@dataclass(frozen=True)
class Clock:
    """One clock. `left` is in the time in which it runs; below 0: so much too long."""

    target: timedelta
    left: timedelta
    #: When its time is over; None while it stands still.
    due_at: datetime | None
    #: When what it waits for happened.
    done_at: datetime | None
    is_paused: bool

    @property
    def is_missed(self) -> bool:
        return self.left < timedelta()


@dataclass(frozen=True)
class Clocks:
    first_response: Clock
    resolution: Clock


class _Stretch(NamedTuple):
    """A time in one state; the last one has no end."""

    state: str
    since: datetime
    until: datetime | None


def staff_clocks(
    log: Sequence[Event],
    ladder: Sequence[Rung],
    zone: ZoneInfo,
    pausing: Collection[str],
    by_channel: ByChannel | None,
    now: datetime,
) -> Clocks:
    """As the staff of the step see them on which the case stands; the first response as those who gave it.

    Parameters
    ----------
    zone: the store's.
    pausing: the states in which they stand still.
    by_channel: what holds for the channel by which the case came, at the step on which it began.
    """
    stretches = _stretches(log)
    stopped = {*pausing, "resolved", "merged"}
    # By its place in the log: a clock that was put back does not change what came first.
    place = next((number for number, event in enumerate(log) if event.kind in _RESPONSES), None)
    heard = None if place is None else log[place].at
    begun = _turn(log[:place])
    rung = rung_at(ladder, begun.step)
    target, by = rung.first_response, None
    if by_channel and begun.kind == "opened":
        if by_channel.within is not None:
            target = timedelta(minutes=by_channel.within)
        elif by_channel.by is not None:
            by = _next_day(rung.running, begun.at, by_channel.by, zone)
    if by is not None:
        first = Clock(by - begun.at, by - (heard or now), by, heard, is_paused=False)
    else:
        first = _clock(rung.running, _runs(stretches, begun.at, stopped), target, heard, now)
    begun = _turn(log)
    rung = rung_at(ladder, begun.step)
    runs = _runs(stretches, begun.at, stopped)
    return Clocks(first, _clock(rung.running, runs, rung.resolution, _resolved_at(stretches), now))


def customer_clocks(log: Sequence[Event], promise: Promise, now: datetime) -> Clocks:
    """As the customer counts."""
    stretches = _stretches(log)
    runs = _runs(stretches, log[0].at, {"waiting"})
    heard = next((event.at for event in log if event.kind in _RESPONSES), None)
    first, resolution = (timedelta(minutes=each) for each in (promise.first_response, promise.resolution))
    return Clocks(
        _clock(DayAndNight(), runs, first, heard, now),
        _clock(DayAndNight(), runs, resolution, _resolved_at(stretches), now),
    )


def due(
    log: Sequence[Event],
    ladder: Sequence[Rung],
    zone: ZoneInfo,
    policy: CasePolicy,
    by_channel: ByChannel | None,
    top_id: int,
) -> datetime | None:
    """When a case goes up the ladder, if nothing happens until then; None: it stays where it is.

    The first clock that runs out sends it to the next step; days without a hand on it send it to the top.
    """
    begun = _turn(log)
    state = _stretches(log)[-1].state
    if state in {"resolved", "merged"} or rung_at(ladder, begun.step).is_everyone:
        return None
    clocks = staff_clocks(log, ladder, zone, policy.pausing, by_channel, log[-1].at)
    ends = [clock.due_at for clock in (clocks.first_response, clocks.resolution) if clock.done_at is None]
    ends.append(idle_at(log, ladder, policy, top_id))
    return min((end for end in ends if end is not None), default=None)


def idle_at(log: Sequence[Event], ladder: Sequence[Rung], policy: CasePolicy, top_id: int) -> datetime | None:
    """When a case has been without a hand on it for as many days as the place allows; None: never, or it is at the
    top already."""
    step = rung_at(ladder, _turn(log).step)
    if policy.idle_days is None or step.number >= top_rung(ladder, top_id).number:
        return None
    handled = next(event.at for event in reversed(log) if _is_hand(event))
    return handled + timedelta(days=policy.idle_days)


def remind(log: Sequence[Event], ladder: Sequence[Rung], policy: CasePolicy, state: str) -> datetime | None:
    """When somebody is reminded of a case next: its people while nobody has taken it, or nobody has looked at what was
    proposed; its customer (by the recovery question) after it was resolved; None: nobody.

    Parameters
    ----------
    state: the case's own; being assigned to somebody makes a case that was taken open again.
    """
    if state in {"open", "review"}:
        last = next(event for event in reversed(log) if event.kind in _CALLS)
        running = rung_at(ladder, _turn(log).step).running
        return running.next(last.at + timedelta(hours=policy.remind_hours))
    if state != "resolved" or policy.recovery_hours is None:
        return None
    # A proposal that has just been accepted is resolved in the next line.
    end = next((event for event in reversed(log) if event.kind in {"resolved", "reminded", "recovered"}), None)
    return end.at + timedelta(hours=policy.recovery_hours) if end and end.kind == "resolved" else None


def _is_hand(event: Event) -> bool:
    """Whether a person of the house did it, or it began anew."""
    return event.kind in {"opened", "moved", "reopened"} or event.author not in {"", "Smilepost"}


def _turn(log: Sequence[Event]) -> Event:
    """With which event the step began on which the case stands after all these."""
    return next(event for event in reversed(log) if event.kind in _TURNS)


def _stretches(log: Sequence[Event]) -> list[_Stretch]:
    found: list[_Stretch] = []
    for event in log:
        state = _STATES.get(event.kind)
        before = found[-1].state if found else ""
        if event.kind == "merged" and "into" in event.data:
            state = "merged"
        elif event.kind == "added" and before == "waiting":
            state = "taken"
        elif event.kind == "climbed" and before == "review":
            state = "review"  # what was proposed still waits to be looked at, by others now
        if state is None:
            continue
        if found:
            found[-1] = found[-1]._replace(until=event.at)
        found.append(_Stretch(state, event.at, None))
    return found


def _runs(
    stretches: Sequence[_Stretch], since: datetime, stopped: Collection[str]
) -> list[tuple[datetime, datetime | None]]:
    """When a clock runs that begins at `since` and stands still in some states."""
    return [
        (max(each.since, since), each.until)
        for each in stretches
        if each.state not in stopped and (each.until is None or each.until > since)
    ]


def _resolved_at(stretches: Sequence[_Stretch]) -> datetime | None:
    return stretches[-1].since if stretches[-1].state in {"resolved", "merged"} else None


def _clock(
    running: Running,
    runs: Sequence[tuple[datetime, datetime | None]],
    target: timedelta,
    done_at: datetime | None,
    now: datetime,
) -> Clock:
    """A clock that has been running so, until it was done or until now."""
    end = done_at or now
    spent = sum((running.spent(since, min(until or end, end)) for since, until in runs if since < end), timedelta())
    due_at, left = None, target
    for since, until in runs:
        length = None if until is None else running.spent(since, until)
        if length is None or length >= left:
            due_at = running.after(since, left)
            break
        left -= length
    is_running = any(since <= end and until is None for since, until in runs)
    return Clock(target, target - spent, due_at, done_at, is_paused=done_at is None and not is_running)


def _next_day(running: Running, opened_at: datetime, by: str, zone: ZoneInfo) -> datetime:
    """A time of the next day on which the clock runs at all."""
    day = opened_at.astimezone(zone).date() + timedelta(days=1)
    morning = datetime.combine(day, time(), zone)
    day = running.next(morning).astimezone(zone).date()
    return datetime.combine(day, time.fromisoformat(by), zone)
