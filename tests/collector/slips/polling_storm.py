"""Printers that call a web process that is killed, while their paper ends, their power goes, their words are lost.

python -m tests.collector.slips.polling_storm --jobs 2000 --seed 1
"""

import argparse
import asyncio
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from collector import migrations
from collector.database import connect, make_engine
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.fetch import clock
from collector.up.postgres import running
from simulators.polling_printer import EpsonPrinter, PollingPrinter, StarPrinter
from tests.collector.slips import polling
from tests.conftest import port_settings, wait_for_port
from tests.factories import make_shop
from tests.printer.conftest import event_loop
from tests.printer.paper import read_links
from tests.waiting import until

#: The web process as its command runs it, with less patience.
PROGRAM = """
from datetime import timedelta
from collector.settings import Settings
from collector.slips.fetch import jobs
from collector.slips.fetch.epson_sdp import Ear
from collector.web import serve
jobs.CONFIRMED_WITHIN = timedelta(seconds=1.5)
jobs.STILL_CONFIRMED_WITHIN = timedelta(seconds=0.5)
Ear.AGAIN = timedelta(seconds=0.1)
serve(Settings.load())
"""
#: What happens to a printer, about as often as it stands here.
FAULTS: tuple[dict[str, bool | int], ...] = (
    {},
    {},
    {"repeats": 2},
    {"paper_low": True},
    {"paper_out": True},
    {"cover_open": True},
    {"paper_ends": True},
    {"download_breaks": True},
    {"power_cycle_after_download": True},
    {"power_cycle_after_printing": True},
    {"confirmation_lost": True},
)
WELL: dict[str, bool | int] = {name: False for faults in FAULTS for name in faults} | {"repeats": 0}


@dataclass
class Report:
    """What came of it."""

    jobs: dict[str, Any]
    #: How often each link came out.
    printed: Counter[str]
    #: The link of each job.
    links: dict[str, str] = field(repr=False)

    @property
    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.jobs.values())

    def wrong(self) -> list[str]:
        """What must not be."""
        twice = [f"{link} came out {times} times" for link, times in self.printed.items() if times > 1]
        untrue = [
            f"{key} is done, and did not come out"
            for key, row in self.jobs.items()
            if row.state == "done" and not self.printed[self.links[key]]
        ]
        mute = [
            f"{key} is {row.state} and does not say why"
            for key, row in self.jobs.items()
            if row.state not in {"done", "failed", "unknown"} or (row.state != "done" and not row.outcome)
        ]
        return twice + untrue + mute


def storm(settings: Settings, engine: Engine, jobs: int, seed: int, kills: int) -> Report:
    """Print so many slips.

    Parameters
    ----------
    seed: what happens when.
    kills: how often the web process is killed.
    """
    chance = random.Random(seed)
    with engine.begin() as connection:
        store_id = make_shop(connection).store
    ways = ("cloudprnt:", "cloudprnt:", "cloudprnt:", "epson-sdp:", "epson-sdp:", "epson-sdp:")
    counters = [
        polling.Counter(engine, settings, store_id, way, "epson-80" if way == "epson-sdp:" else "star-80", f"Till {at}")
        for at, way in enumerate(ways)
    ]
    links = {f"{at:05}": counters[at % len(counters)].print(f"{at:05}") for at in range(jobs)}
    # The last one of each kind has a twin, which calls under the same secret.
    printers = [
        _printer(settings, counter, f"{at}") for at, counter in enumerate([*counters, counters[2], counters[5]])
    ]
    web = _Web(settings)
    with contextlib.ExitStack() as stack:
        stack.callback(web.kill)
        stack.enter_context(_clock(settings))
        loop = stack.enter_context(event_loop())
        for each in printers:
            asyncio.run_coroutine_threadsafe(each.run(0.05), loop)
        web.start()
        for phase in range(kills, 0, -1):
            for each in printers:
                each.set(**(WELL | chance.choice(FAULTS)))
            _wait(engine, round(jobs * (phase - 0.5) / kills))
            web.kill()
            for each in printers:
                each.set(**WELL)
            web.start()
            _wait(engine, round(jobs * (phase - 1) / kills))
    printed = Counter(link for each in printers for strip in each.strips for link in read_links(strip.png))
    return Report(counters[0].jobs(), printed, links)


class _Web:
    """The web process, which may end at any moment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, **self._settings.environment()}
        with (self._settings.data / "web.log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=log, stderr=log)
        wait_for_port(self._settings.port)

    def kill(self) -> None:
        if self._process:
            # Its one worker first: gunicorn's master would only put another in its place.
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            self._process.kill()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), 9)
            self._process.wait()
            self._process = None


def _printer(settings: Settings, counter: polling.Counter, name: str) -> PollingPrinter:
    origin = f"http://127.0.0.1:{settings.port}/print/{counter.secret}"
    if counter.row.address == "cloudprnt:":
        return StarPrinter(f"{origin}/cloudprnt", name=f"00:11:62:00:00:0{name}")
    return EpsonPrinter(f"{origin}/epson", name=name)


@contextlib.contextmanager
def _clock(settings: Settings) -> Iterator[None]:
    """What `smilepost jobs` does for printers that call."""
    over = threading.Event()

    def tick() -> None:
        with connect(settings, autocommit=True) as database:
            while not over.wait(0.1):
                clock.look(database)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _wait(engine: Engine, most: int) -> None:
    """Until no more jobs than that are to be done."""
    waiting = select(func.count()).where(job.c.state.in_(("queued", "claimed", "sending")))

    def is_so() -> bool:
        with engine.connect() as connection:
            return (connection.scalar(waiting) or 0) <= most

    until(is_so, f"at most {most} slips that wait", 300)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=40, help="how often the web process is killed")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(environ={}, data=Path(folder), **port_settings())
        with running(settings, "fsync=off"):
            engine = make_engine(settings)
            migrations.upgrade(engine)
            report = storm(settings, engine, parsed.jobs, parsed.seed, parsed.kills)
            engine.dispose()
    for state, many in sorted(report.states.items()):
        print(f"{state:8} {many:6}")
    reasons = Counter(row.outcome for row in report.jobs.values() if row.state != "done")
    for reason, many in reasons.most_common():
        print(f"{many:6}  {reason}")
    wrong = report.wrong()
    print(*wrong or ["nothing came out twice, and whatever did not come out says why"], sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
