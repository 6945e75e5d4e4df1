"""Whether the intake does its work, judged by what its processes say of themselves (state.py).

trouble = watch.look(settings, connection, now)
if trouble:
    print(*watch.sentences(trouble))
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, text

from collector import standby
from collector.database import driver
from collector.ingest.state import Doing, IngestState, read_states
from collector.settings import Settings

#: What an ingest process calls itself at the database: so it is known of on other machines, too.
APPLICATION_NAME = "smilepost ingest"
#: A process says how it is every 2 s; one that has not for so long hangs, or its number is another program's by now.
SILENT_AFTER = timedelta(seconds=30)
#: Nobody needs to hear of a wait that is shorter.
PATIENCE = timedelta(seconds=5)


class Why(StrEnum):
    """Why nothing is taken in."""

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


def look(settings: Settings, connection: Connection, now: datetime) -> Trouble | None:
    """What keeps the intake from its work; None where a process does it, here or on another machine."""
    states = read_states(settings)
    trouble = judge(states, now, elsewhere=not states and _at_the_database(connection))
    if trouble and trouble.why is Why.DATABASE and standby.is_awaited(driver(connection)):
        return replace(trouble, why=Why.STANDBY, reason="")
    return trouble


def judge(states: Sequence[IngestState], now: datetime, *, elsewhere: bool = False) -> Trouble | None:
    """The same, of what is known.

    Parameters
    ----------
    states: of the processes of this machine.
    elsewhere: one works on another machine.
    """
    speaking = [state for state in states if now - state.at < SILENT_AFTER]
    if elsewhere or any(state.state is Doing.RUNNING for state in speaking):
        return None
    if speaking:
        longest = min(speaking, key=lambda state: state.since)
        brief = now - longest.since < PATIENCE
        return None if brief else Trouble(Why(longest.state), longest.since, longest.reason)
    if states:
        return Trouble(Why.SILENT, max(state.at for state in states))
    return Trouble(Why.ABSENT)


def sentences(trouble: Trouble) -> tuple[str, str]:
    """What is wrong, and what to do about it, for those who run this machine."""
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
    return f"{what} {trouble.reason}".rstrip(), then


def _at_the_database(connection: Connection) -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name)"
    )
    return bool(connection.scalar(text(query), {"name": APPLICATION_NAME}))
