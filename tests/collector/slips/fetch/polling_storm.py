"""Printers that call a web process that is killed, while their paper ends, their power goes, their words are lost.

python -m tests.collector.slips.fetch.polling_storm --jobs 2000 --seed 1
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
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, func, select

from collector import migrations
from collector.database import connect, make_engine
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.fetch.callers import EPSON, STAR
from collector.slips.fetch.clock import Clock
from collector.up.postgres import running
from printer.condition import NO_PROOF
from simulators.polling_printer import EpsonPrinter, PollingPrinter, StarPrinter
from tests.collector.slips.fetch.polling import PolledPrinter
from tests.conftest import port_settings, wait_for_port
from tests.factories import NOW, make_shop
from tests.printer.conftest import event_loop
from tests.printer.paper import read_links
from tests.spool_crashes.ledger import Ledger, Row, judge
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


def storm(settings: Settings, engine: Engine, jobs: int, seed: int, kills: int) -> Ledger:
    """Want so many slips, and lay what came out beside what the queue says.

    Parameters
    ----------
    seed: what happens when.
    kills: how often the web process is killed.
    """
    chance = random.Random(seed)
    with engine.begin() as connection:
        store_id = make_shop(connection).store
    ways = (STAR, STAR, STAR, EPSON, EPSON, EPSON)
    counters = [
        PolledPrinter(engine, settings, store_id, way, "epson-80" if way == EPSON else "star-80", f"Till {at}")
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
    paper = [link for each in printers for strip in each.strips for link in read_links(strip.png)]
    rows = {key: Row(row.state, row.outcome) for key, row in counters[0].jobs().items()}
    return judge(links, rows, paper, NO_PROOF)


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


def _printer(settings: Settings, counter: PolledPrinter, name: str) -> PollingPrinter:
    origin = f"http://127.0.0.1:{settings.port}/print/{counter.secret}"
    if counter.row.address == STAR:
        return StarPrinter(f"{origin}/cloudprnt", name=f"00:11:62:00:00:0{name}")
    return EpsonPrinter(f"{origin}/epson", name=name)


@contextlib.contextmanager
def _clock(settings: Settings) -> Iterator[None]:
    """What `smilepost jobs` does for printers that call."""
    over = threading.Event()

    def tick() -> None:
        clock = Clock()
        with connect(settings, autocommit=True) as database:
            while not over.wait(0.1):
                clock.look(database, NOW)

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
            ledger = storm(settings, engine, parsed.jobs, parsed.seed, parsed.kills)
            engine.dispose()
    print(ledger)
    return 0 if ledger.well else 1


if __name__ == "__main__":
    sys.exit(main())
