"""Which steps a store's ladder has, and who stands on them: plain functions of plain data."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from collector.cases.rules.calendars import Running, running
from collector.cases.rules.policy import CasePolicy, Step
from collector.places.hours import OpeningHours


@dataclass(frozen=True)
class Rung:
    """A step of the ladder as a store has it."""

    #: 0 the lowest.
    number: int
    place_id: int
    #: What people call it; "" for the place's own name.
    name: str
    #: Names of accounts; none: all of the place.
    people: Sequence[str]
    first_response: timedelta
    resolution: timedelta
    running: Running
    #: The last one: all who see the store.
    is_everyone: bool


def rungs(policy: CasePolicy, path: Sequence[int], opening_hours: OpeningHours, zone: ZoneInfo) -> list[Rung]:
    """The ladder of a store, from the lowest step. A step whose place does not lie above the store is not there.

    Parameters
    ----------
    path: from the top place down to the store.
    """
    steps = policy.steps or [Step(place=each) for each in reversed(path)]
    # What comes after everyone would never have its turn.
    last = next((number for number, step in enumerate(steps) if step.place == "everyone"), None)
    steps = [*steps, Step("everyone")] if last is None else steps[: last + 1]
    found: list[Rung] = []
    for step in steps:
        place_id = _place_of(step, path)
        if place_id is None:
            continue
        found.append(
            Rung(
                number=len(found),
                place_id=place_id,
                name=step.name,
                people=step.people,
                first_response=timedelta(minutes=step.first_response),
                resolution=timedelta(minutes=step.resolution),
                running=running(step.calendar, opening_hours, zone),
                is_everyone=step.place == "everyone",
            )
        )
    return found


def _place_of(step: Step, path: Sequence[int]) -> int | None:
    match step.place:
        case "store":
            return path[-1]
        case "above":
            # Right below the top, what is above is the top, which has a step of its own.
            return path[-2] if len(path) > 2 else None
        case "top":
            return path[0] if len(path) > 1 else None
        case "everyone":
            return path[0]
    return step.place if step.place in path else None


def next_rung(ladder: Sequence[Rung], number: int, manned: Collection[int]) -> Rung | None:
    """The step after `number` on which there is somebody; None after the last. -1: the step to begin with.

    Parameters
    ----------
    manned: the numbers of steps with people; the last one needs none.
    """
    return next((rung for rung in ladder if rung.number > number and (rung.is_everyone or rung.number in manned)), None)


def manned(ladder: Sequence[Rung], people: Sequence[tuple[str, int]]) -> set[int]:
    """The numbers of the steps on which there is somebody. Where there is nobody at all, they count as manned: whoever
    comes finds the case where it would be, and not at the end.

    Parameters
    ----------
    people: name and place of each account that sees the store.
    """
    found = {rung.number for rung in ladder if not rung.is_everyone and standing_on(rung, people)}
    return found or {rung.number for rung in ladder}


def standing_on(rung: Rung, people: Sequence[tuple[str, int]]) -> list[str]:
    """Names of those whose turn it is on a step; `people` as in `manned`."""
    if rung.is_everyone:
        return [name for name, _ in people]
    if rung.people:
        return [name for name, _ in people if name in rung.people]
    return [name for name, place_id in people if place_id == rung.place_id]


def rung_at(ladder: Sequence[Rung], number: int) -> Rung:
    """The step of a case, which may have been made when the ladder was longer."""
    return ladder[min(number, len(ladder) - 1)]


def top_rung(ladder: Sequence[Rung], top_id: int) -> Rung:
    """The step to which a case goes that nobody handles: that of the place at the top, else the last."""
    return next((rung for rung in ladder if rung.place_id == top_id and not rung.is_everyone), ladder[-1])
