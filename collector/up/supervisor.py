"""Starts the parts of an installation, starts again what died, and ends all of them together."""

import asyncio
import contextlib
import ctypes
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from collector.failure import Failure

log = structlog.get_logger()

#: A part that lived shorter than this many seconds counts as one that could not be started.
SHORT_LIFE = 10.0
#: So many short lives in a row, and `up` gives up. The waits between them double from FIRST_WAIT to LAST_WAIT seconds.
ATTEMPTS, FIRST_WAIT, LAST_WAIT = 8, 0.2, 5.0
#: Seconds in which a part must answer after its start, and in which it must end when told to.
READY_WITHIN, END_WITHIN = 60.0, 10.0


class PartFailed(Failure):
    """A part does not run; the message says which, why and where its log is."""


@dataclass
class Part:
    """One process of the installation."""

    name: str
    command: Callable[[], Sequence[str]]
    #: Whether it answers.
    is_ready: Callable[[], Awaitable[bool]]
    #: The signal that ends it in order.
    end_signal: signal.Signals = signal.SIGTERM
    #: Further arguments for the process: its user, its environment.
    options: dict[str, Any] = field(default_factory=dict)


class Supervisor:
    """Runs parts; each writes its log to `logs/<name>.log`."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._processes: dict[str, tuple[Part, asyncio.subprocess.Process]] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._ending = False

    async def start(self, part: Part) -> None:
        """Start a part, wait until it answers, and see to it from then on.

        Raises
        ------
        PartFailed: it ended, or did not answer in time.
        """
        process = await self._spawn(part)
        deadline = time.monotonic() + READY_WITHIN
        while not await part.is_ready():
            if process.returncode is not None:
                raise PartFailed(f"The {part.name} ended as it started. {self._last_words(part)}")
            if time.monotonic() > deadline:
                raise PartFailed(
                    f"The {part.name} did not answer within {READY_WITHIN:.0f} s. {self._last_words(part)}"
                )
            await asyncio.sleep(0.05)
        self._watchers.append(asyncio.create_task(self._watch(part), name=part.name))

    async def failed(self) -> None:
        """Wait until a part cannot be kept running.

        Raises
        ------
        PartFailed: always, in the end.
        """
        await asyncio.gather(*self._watchers)

    async def end(self) -> None:
        """End all parts, the last started first."""
        self._ending = True
        for watcher in self._watchers:
            watcher.cancel()
        for part, process in reversed(list(self._processes.values())):
            if process.returncode is None:
                process.send_signal(part.end_signal)
                try:
                    await asyncio.wait_for(process.wait(), END_WITHIN)
                except TimeoutError:
                    log.warning("part did not end, killed", part=part.name)
                    process.kill()
                    await process.wait()

    async def _spawn(self, part: Part) -> asyncio.subprocess.Process:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._log_file(part).open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *part.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Its own session: Ctrl-C reaches `up` alone, which then ends the parts in order.
                start_new_session=True,
                preexec_fn=end_with_parent,
                **part.options,
            )
        self._processes[part.name] = (part, process)
        return process

    async def _watch(self, part: Part) -> None:
        short_lives = 0  # in a row
        while True:
            process = self._processes[part.name][1]
            started = time.monotonic()
            code = await process.wait()
            short_lives = short_lives + 1 if time.monotonic() - started < SHORT_LIFE else 0
            how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
            if short_lives == ATTEMPTS:
                raise PartFailed(f"The {part.name} ended {ATTEMPTS} times in a row ({how}). {self._last_words(part)}")
            wait = min(FIRST_WAIT * 2**short_lives, LAST_WAIT)
            log.warning("part ended, starting it again", part=part.name, how=how, seconds=wait)
            await asyncio.sleep(wait)
            await self._spawn(part)

    def _log_file(self, part: Part) -> Path:
        path = self._logs / f"{part.name}.log"
        if path.exists() and path.stat().st_size > 10_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _last_words(self, part: Part) -> str:
        path = self._log_file(part)
        with contextlib.suppress(OSError):
            lines = path.read_text(errors="replace").strip().splitlines()
            if lines:
                return f"Its last words: {lines[-1][:300]} (the whole log: {path})"
        return f"Its log is {path}."


def end_with_parent() -> None:
    """Let Linux end this child when `up` is killed; elsewhere the next `up` finds the ports taken and says so."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
