"""What an ingest process is doing, for whoever asks while the database is away: a small file of each process."""

import contextlib
import os
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from collector import clock
from collector.settings import Settings


class Doing(StrEnum):
    RUNNING = "running"
    WAITING_FOR_DATABASE = "waiting for the database"
    WAITING_FOR_BROKER = "waiting for the broker"


#: How often a process says that it still does the same, s.
TOLD_EVERY = 2.0


class IngestState(msgspec.Struct, frozen=True):
    """One process; moments in UTC."""

    pid: int
    state: Doing
    #: When it came into this state.
    since: datetime
    #: Why it waits: a sentence, or "".
    reason: str
    #: Messages that it has in hand and not yet committed.
    waiting: int
    #: Records committed since it began.
    records: int
    #: When this was written.
    at: datetime


class StateFile:
    """The file of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = _folder(settings) / f"ingest-{os.getpid()}.json"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._state: Doing | None = None
        self._since = datetime.min.replace(tzinfo=UTC)
        self._told_at = 0.0
        for path in self._path.parent.glob("ingest-*.json"):  # of processes that were killed
            number = path.stem.removeprefix("ingest-")
            if not (number.isdecimal() and _runs(int(number))):
                path.unlink(missing_ok=True)

    def write(self, state: Doing, reason: str, waiting: int, records: int) -> None:
        """Say what the process does now; at once where it is something new, else every TOLD_EVERY seconds."""
        now, ticks = clock.now(self._settings), time.monotonic()  # the clock may jump
        if state == self._state and ticks - self._told_at < TOLD_EVERY:
            return
        if state != self._state:
            self._state, self._since = state, now
        self._told_at = ticks
        told = IngestState(os.getpid(), state, self._since, reason, waiting, records, now)
        draft = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a disk that is full keeps nobody from their work
            draft.write_bytes(msgspec.json.encode(told))
            draft.replace(self._path)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def read_states(settings: Settings) -> list[IngestState]:
    """What the ingest processes of this machine do, those that still run; by process."""
    found = []
    for path in sorted(_folder(settings).glob("ingest-*.json")):
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            state = msgspec.json.decode(path.read_bytes(), type=IngestState)
            if _runs(state.pid):
                found.append(state)
    return found


def _folder(settings: Settings) -> Path:
    return settings.data / "run"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
