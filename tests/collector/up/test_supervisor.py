"""A part that dies is started again; one that cannot be is the end, with a sentence; nothing is left behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from collector.up.supervisor import Part, PartFailed, Supervisor


async def at_once() -> bool:
    return True


def sleeper(name: str, path: Path) -> Part:
    """A part that writes a line with its process id at each start and then sleeps."""
    program = f"import os, time\nopen({str(path)!r}, 'a').write(f'{{os.getpid()}}\\n')\ntime.sleep(600)"

    async def is_ready() -> bool:
        return path.exists() and path.read_text().endswith("\n")

    return Part(name, lambda: [sys.executable, "-c", program], is_ready)


def starts(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().splitlines()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_part_is_started_again_and_ended_with_the_others(tmp_path: Path) -> None:
    async def story() -> None:
        supervisor = Supervisor(tmp_path / "logs")
        path = tmp_path / "starts"
        await supervisor.start(sleeper("sleeper", path))
        os.kill(starts(path)[0], signal.SIGKILL)
        while len(starts(path)) < 2:
            await asyncio.sleep(0.02)
        await supervisor.end()
        assert not any(is_alive(pid) for pid in starts(path))

    asyncio.run(asyncio.wait_for(story(), 60))


def test_part_that_fails_at_once_is_the_end_and_says_why(tmp_path: Path) -> None:
    async def story() -> None:
        supervisor = Supervisor(tmp_path / "logs")
        part = Part("printer", lambda: [sys.executable, "-c", "raise SystemExit('no paper')"], at_once)

        async def never() -> bool:
            return False

        part.is_ready = never
        with pytest.raises(PartFailed, match=r"The printer ended as it started.*no paper"):
            await supervisor.start(part)
        await supervisor.end()

    asyncio.run(asyncio.wait_for(story(), 60))


def test_part_that_keeps_dying_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.up.supervisor.FIRST_WAIT", 0.001)
    monkeypatch.setattr("collector.up.supervisor.LAST_WAIT", 0.001)

    async def story() -> None:
        supervisor = Supervisor(tmp_path / "logs")
        await supervisor.start(Part("printer", lambda: [sys.executable, "-c", "raise SystemExit('jam')"], at_once))
        with pytest.raises(PartFailed, match=r"The printer ended 8 times in a row \(exit code 1\).*jam"):
            await supervisor.failed()
        await supervisor.end()

    asyncio.run(asyncio.wait_for(story(), 60))
