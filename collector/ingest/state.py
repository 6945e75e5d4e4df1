"""What an ingest process is doing, for whoever asks while the database is away: a small file of each process."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from collector.settings import Settings

Doing: TypeAlias = Literal["running", "waiting for the database", "waiting for the broker"]


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
        self._path = _folder(settings) / f"ingest-{os.getpid()}.json"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._state: Doing = "waiting for the broker"
        self._reason = ""
        self._since = datetime.now(UTC)

    def write(self, state: Doing, reason: str, waiting: int, records: int) -> None:
        """Say what the process does now. A disk that is full keeps nobody from their work."""
        now = datetime.now(UTC)
        if (state, reason) != (self._state, self._reason):
            self._state, self._reason, self._since = state, reason, now
        told = IngestState(os.getpid(), state, self._since, reason, waiting, records, now)
        draft = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):
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
