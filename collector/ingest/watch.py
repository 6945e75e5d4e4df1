"""Whether the intake does its work, judged by what its processes say of themselves (state.py).

for trouble in watch.look(settings, connection, now):
    print(*watch.sentences(trouble))
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from collector import standby
from collector.database import driver
from collector.ingest.state import Doing, IngestState, known_states, this_machine
from collector.settings import Settings

#: What an ingest process calls itself at the database.
APPLICATION_NAME = "smilepost ingest"
#: A process says how it is every 2 s; one that has not for so long hangs, or its number is another program's by now.
SILENT_AFTER = timedelta(seconds=30)
#: Nobody needs to hear of a wait that is shorter.
PATIENCE = timedelta(seconds=5)
NEVER = datetime.max.replace(tzinfo=UTC)


class Why(StrEnum):
    """Why a collector takes nothing in."""

    ABSENT = "absent"
    SILENT = "silent"
    DATABASE = Doing.WAITING_FOR_DATABASE
    BROKER = Doing.WAITING_FOR_BROKER
    #: The database answers, and confirms nothing without its standby.
    STANDBY = "waiting for the standby"


@dataclass(frozen=True)
class Trouble:
    why: Why
    #: None where nothing is known of before.
    since: datetime | None = None
    #: What the process says itself: a sentence, or "".
    reason: str = ""
    #: Where; empty where only this machine is known of.
    machines: tuple[str, ...] = ()
    #: Whether ratings are taken in on others meanwhile.
    others_work: bool = False


def look(settings: Settings, connection: Connection, now: datetime) -> list[Trouble]:
    """What keeps the intake from its work, on whichever machine; empty where all do it."""
    machines = judge(known_states(settings, connection, now), now)
    if not machines:
        return [Trouble(Why.ABSENT)]
    troubles = gather(machines, here=this_machine())
    if any(trouble.why is Why.DATABASE for trouble in troubles) and standby.is_awaited(driver(connection)):
        # It is the database's trouble and so everybody's: who seems to work has only nothing to commit just now.
        return [
            Trouble(Why.STANDBY, trouble.since) if trouble.why is Why.DATABASE else replace(trouble, others_work=False)
            for trouble in troubles
        ]
    return troubles


def judge(states: Sequence[IngestState], now: datetime) -> dict[str, Trouble | None]:
    """By machine, what keeps its processes from their work; None where one does it."""
    by_machine: defaultdict[str, list[IngestState]] = defaultdict(list)
    for state in states:
        by_machine[state.machine].append(state)
    return {machine: _judge_machine(theirs, now) for machine, theirs in by_machine.items()}


def gather(machines: Mapping[str, Trouble | None], *, here: str) -> list[Trouble]:
    """Each trouble once, with the machines that have it; of several, as the one tells it that has it for longest."""
    others_work = None in machines.values()
    by_why: defaultdict[Why, list[tuple[str, Trouble]]] = defaultdict(list)
    for machine, trouble in machines.items():
        if trouble:
            by_why[trouble.why].append((machine, trouble))
    is_alone = set(machines) == {here}
    return [
        replace(
            min((trouble for _, trouble in theirs), key=lambda trouble: trouble.since or NEVER),
            machines=() if is_alone else tuple(sorted(machine for machine, _ in theirs)),
            others_work=others_work,
        )
        for theirs in by_why.values()
    ]


def _judge_machine(states: Sequence[IngestState], now: datetime) -> Trouble | None:
    speaking = [state for state in states if now - state.at < SILENT_AFTER]
    if any(state.state is Doing.RUNNING for state in speaking):
        return None
    if speaking:
        longest = min(speaking, key=lambda state: state.since)
        brief = now - longest.since < PATIENCE
        return None if brief else Trouble(Why(longest.state), longest.since, longest.reason)
    return Trouble(Why.SILENT, max(state.at for state in states))


def sentences(trouble: Trouble) -> tuple[str, str]:
    """What is wrong, and what to do about it, for those who run the machine."""
    words = {
        Why.ABSENT: ("No collector takes the kiosks' ratings in.", "Start `smilepost ingest`, or `smilepost up`."),
        Why.SILENT: (
            "The collector does not say how it is any more.",
            "Look whether the disk is full, then at ingest.log; start `smilepost ingest` again.",
        ),
        Why.DATABASE: ("The collector waits for the database.", "It goes on by itself when the database is back."),
        Why.BROKER: ("The collector waits for the broker.", "It goes on by itself when the broker is back."),
        Why.STANDBY: ("The database waits for its standby and confirms nothing without it.", standby.WITHOUT),
    }
    what, then = words[trouble.why]
    if trouble.machines:
        what = f"On {', '.join(trouble.machines)}: {what}"
        if trouble.why is Why.SILENT:
            then += " A machine that is out of service is forgotten a day after its last word."
    meanwhile = "Others take ratings in meanwhile." if trouble.others_work else ""
    return " ".join(filter(None, [what, trouble.reason, meanwhile])), then
