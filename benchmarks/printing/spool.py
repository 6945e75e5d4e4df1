"""Slips a second that the spool brings to printers, from the first in the queue to the last proof."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from benchmarks.printing.installation import Installation
from benchmarks.printing.quick_printer import QuickPrinter
from benchmarks.printing.slips import SLIP
from collector.database import connect
from collector.slips.spool import print_slip

HEAD = ("printers", "slips a second")


def measure(there: Installation, jobs: int) -> Iterator[Sequence[str]]:
    with there.program("print"):
        for printers in (1, 8):
            yield f"{printers}", f"{_rate(there, printers, jobs):.0f}"


def _rate(there: Installation, printers: int, jobs: int) -> float:
    ids = [there.add_printer(f"{number} of {printers}", QuickPrinter().address) for number in range(printers)]
    now = datetime.now(UTC)
    began = time.perf_counter()
    with there.engine.begin() as connection:
        for number in range(jobs):
            print_slip(connection, ids[number % printers], SLIP, key=f"{printers}/{number}", now=now)
    with connect(there.settings, autocommit=True) as database:
        while database.execute("SELECT count(*) FROM job WHERE state <> 'done'").fetchone() != (0,):
            time.sleep(0.05)
    return jobs / (time.perf_counter() - began)
