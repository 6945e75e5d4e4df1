"""What an ingest process is doing, for whoever asks: a row in the database for those on other machines, and a small
file for those on this one, also while the database is away.
"""

import contextlib
import os
import socket
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import Connection, text

from collector import clock
from collector.settings import Settings


class Doing(StrEnum):
    RUNNING = "running"
    WAITING_FOR_DATABASE = "waiting for the database"
    WAITING_FOR_BROKER = "waiting for the broker"


#: How often a process says that it still does the same, s.
TOLD_EVERY = 2.0
#: For so long others know of a process that did not end in order, unless one begins again on its machine.
REMEMBERED = timedelta(days=1)


class IngestState(msgspec.Struct, frozen=True):
    """One process; moments in UTC."""

    machine: str
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
        #: What it said last.
        self.told: IngestState | None = None
        self._since = datetime.min.replace(tzinfo=UTC)
        self._told_at = 0.0
        for path in self._path.parent.glob("ingest-*.json"):  # of processes that were killed
            number = path.stem.removeprefix("ingest-")
            if not (number.isdecimal() and _runs(int(number))):
                path.unlink(missing_ok=True)

    def write(self, state: Doing, reason: str, waiting: int, records: int) -> None:
        """Say what the process does now; at once where it is something new, else every TOLD_EVERY seconds."""
        now, ticks = clock.now(self._settings), time.monotonic()  # the clock may jump
        is_new = self.told is None or state != self.told.state
        if not is_new and ticks - self._told_at < TOLD_EVERY:
            return
        if is_new:
            self._since = now
        self._told_at = ticks
        self.told = IngestState(this_machine(), os.getpid(), state, self._since, reason, waiting, records, now)
        draft = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a disk that is full keeps nobody from their work
            draft.write_bytes(msgspec.json.encode(self.told))
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


def tell(database: psycopg.Connection[TupleRow], told: IngestState) -> None:
    """Say it to those on other machines, in the database's time: their clocks may differ from ours."""
    values = {**msgspec.structs.asdict(told), "state": told.state.value, "for": told.at - told.since}
    database.execute(_TELL, values)


def forget(database: psycopg.Connection[TupleRow], machine: str, pids: list[int]) -> None:
    """Take these processes' rows away: they ended in order, or their machine has one again."""
    database.execute("DELETE FROM ingest_process WHERE machine = %s AND pid = ANY(%s)", [machine, pids])


def forget_killed(database: psycopg.Connection[TupleRow]) -> None:
    """For a process that begins: forget those that were killed on this machine, and whatever nobody knows any more."""
    database.execute("DELETE FROM ingest_process WHERE told_at < clock_timestamp() - %s", [REMEMBERED])
    found = database.execute("SELECT pid FROM ingest_process WHERE machine = %s", [this_machine()]).fetchall()
    forget(database, this_machine(), [pid for (pid,) in found if not _runs(pid)])


def known_states(settings: Settings, connection: Connection, now: datetime) -> list[IngestState]:
    """What the ingest processes of all machines do, by machine and process; of one with a file and a row, the newer.

    Parameters
    ----------
    now: the time of the installation; what is in the database's time is told in this one.
    """
    rows = connection.execute(_TOLD, {"now": now, "remembered": REMEMBERED})
    told = [IngestState(machine, pid, Doing(state), *more) for machine, pid, state, *more in rows]
    newest = {
        (each.machine, each.pid): each for each in sorted([*told, *read_states(settings)], key=lambda each: each.at)
    }
    return [newest[process] for process in sorted(newest)]


def this_machine() -> str:
    """What it is called."""
    return socket.gethostname()


_TELL = """
INSERT INTO ingest_process AS process (machine, pid, state, since, reason, waiting, records, told_at)
VALUES (%(machine)s, %(pid)s, %(state)s, clock_timestamp() - %(for)s, %(reason)s, %(waiting)s, %(records)s,
        clock_timestamp())
ON CONFLICT (machine, pid) DO UPDATE
SET state = excluded.state, since = excluded.since, reason = excluded.reason, waiting = excluded.waiting,
    records = excluded.records, told_at = excluded.told_at
"""

_TOLD = text("""
SELECT machine, pid, state, :now - (clock_timestamp() - since), reason, waiting, records,
       :now - (clock_timestamp() - told_at)
FROM ingest_process WHERE told_at > clock_timestamp() - CAST(:remembered AS interval)
""")


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
