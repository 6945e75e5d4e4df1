"""How a kiosk is, judged by what it said last and by how long ago that was."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: A kiosk that is online says so every 60 s; after two misses its silence means something.
SILENT_AFTER = timedelta(seconds=150)
#: How much later than announced a sleeping kiosk may wake.
OVERSLEPT_AFTER = timedelta(minutes=5)


class State(StrEnum):
    ONLINE = "online"
    ASLEEP = "asleep"
    #: It told us, or the broker did, that it is gone.
    OFFLINE = "offline"
    #: It said online and then nothing more, or it did not wake when it should have.
    SILENT = "silent"
    #: Enrolled, and not one word yet.
    NEW = "new"


@dataclass(frozen=True)
class Condition:
    """Online, offline, silent: since `at`, as far as we heard. Asleep: until `at`."""

    state: State
    at: datetime | None = None

    @property
    def well(self) -> bool:
        return self.state in {State.ONLINE, State.ASLEEP}


def judge(said: str | None, heard_at: datetime | None, asleep_until: datetime | None, now: datetime) -> Condition:
    """The condition of a kiosk.

    Parameters
    ----------
    said: state of its newest `status`: online, offline or asleep; None before the first.
    heard_at: when that came.
    asleep_until: when it meant to wake; only with asleep.
    """
    if said is None or heard_at is None:
        return Condition(State.NEW)
    if said == "offline":
        return Condition(State.OFFLINE, heard_at)
    if said == "asleep" and asleep_until:
        overslept = now - asleep_until > OVERSLEPT_AFTER
        return Condition(State.SILENT, heard_at) if overslept else Condition(State.ASLEEP, asleep_until)
    return Condition(State.SILENT if now - heard_at > SILENT_AFTER else State.ONLINE, heard_at)
