"""Ingest processes, as far as others see of them: what they say of themselves."""

import os
from datetime import datetime, timedelta

import msgspec

from collector.ingest.state import Doing, IngestState, this_machine
from collector.settings import Settings
from tests.factories import NOW


def state(
    doing: Doing = Doing.RUNNING,
    *,
    since: timedelta = timedelta(minutes=3),
    at: datetime = NOW,
    machine: str = this_machine(),
) -> IngestState:
    """What a process said at `at`, which it had been doing for `since`."""
    reason = "" if doing == Doing.RUNNING else "Nobody answers at port 1."
    return IngestState(machine, os.getpid(), doing, at - since, reason, waiting=12, records=3456, at=at)


def say(settings: Settings, said: IngestState) -> None:
    """An ingest process of this machine says so; the only one."""
    folder = settings.data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"ingest-{said.pid}.json").write_bytes(msgspec.json.encode(said))
