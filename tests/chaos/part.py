"""One process that is started again whenever it ends, as a supervisor or systemd does it."""

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

#: What ends a part with the runner, however that ends.
WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
#: Where `python -m tests.chaos…` is found.
ROOT = Path(__file__).parents[2]
#: Seconds between an end and the next start; lives shorter than SHORT are short, and so many in a row are too many.
AGAIN, SHORT, TOO_MANY = 0.3, 5.0, 40


class Part:
    """A process.

    Parameters
    ----------
    command: asked for at each start.
    log: the file that its words go to.
    hear: called with each line of its standard output, to the last one, before it is started again.
    options: further arguments for the process.
    """

    def __init__(
        self, command: Callable[[], Sequence[str]], log: Path, hear: Callable[[str], None] | None = None, **options: Any
    ) -> None:
        #: How it ended without being killed by us: exit code, and how often.
        self.endings: Counter[int] = Counter()
        self.process: asyncio.subprocess.Process | None = None
        self._command, self._log, self._hear, self._options = command, log, hear, options
        self._runs = asyncio.Event()
        self._ending = self._killed = False
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it and see to it from now on."""
        self._ending = False
        self._life = asyncio.create_task(self._live())
        await self.running()

    async def running(self) -> None:
        """Wait until there is a process."""
        assert self._life is not None
        waiting = asyncio.create_task(self._runs.wait())
        await asyncio.wait({waiting, self._life}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self.check()

    async def kill(self) -> None:
        """`kill -9`, as soon as there is something to kill."""
        await self.running()
        assert self.process is not None
        self._killed = True
        self._runs.clear()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def end(self, how: signal.Signals = signal.SIGTERM, patience: float = 60.0) -> int:
        """End it for good; returns its exit code."""
        self._ending = True
        if self._life is None:
            return 0  # what went wrong came before its start
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(how)
            try:
                await asyncio.wait_for(asyncio.shield(self._life), patience)
            except TimeoutError:
                self.process.kill()
        await self._life
        return self.process.returncode if self.process and self.process.returncode is not None else -1

    def check(self) -> None:
        """Raise what keeps it from being run."""
        if self._life and self._life.done():
            self._life.result()

    def say(self, line: str) -> None:
        """Write a line to its standard input, if it is there."""
        if self.process and self.process.returncode is None and self.process.stdin:
            self.process.stdin.write(line.encode() + b"\n")

    async def _live(self) -> None:
        short_lives = 0  # in a row
        while not self._ending:
            started = time.monotonic()
            with self._log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    *WITH_PARENT,
                    *self._command(),
                    stdin=asyncio.subprocess.PIPE if self._hear else asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE if self._hear else log,
                    stderr=log,
                    start_new_session=True,
                    **{"cwd": ROOT, **self._options},
                )
            self._killed = False
            self._runs.set()
            if self._hear and self.process.stdout:
                async for line in self.process.stdout:
                    if line.endswith(b"\n"):
                        self._hear(line.decode())
            code = await self.process.wait()
            self._runs.clear()
            if not (self._killed or self._ending):
                self.endings[code] += 1
                short_lives = short_lives + 1 if time.monotonic() - started < SHORT else 0
                assert short_lives < TOO_MANY, f"it cannot be started; see {self._log}"
            if not self._ending:
                await asyncio.sleep(AGAIN)
