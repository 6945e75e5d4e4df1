"""`kill -9` of the spool at any moment: nothing is printed twice, and whatever is not printed says why."""

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from collector.queue.jobs import CUT_OFF
from collector.settings import Settings
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from tests.collector.slips.spool.test_spool import Shop
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter

#: The spool as its command runs it; it asks printers that are not ready more often, and waits longer for silent ones.
PROGRAM = """
from collector.settings import Settings
from collector.slips import spool
from printer import transport
spool.ASK_AGAIN = 0.05
transport.STATE_WITHIN = 60
spool.spool(Settings.load()).run()
"""


class Spool:
    """The spool as a process of its own."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {**os.environ, **settings.environment()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=self._environment)

    def kill(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def process(settings: Settings) -> Iterator[Spool]:
    spool = Spool(settings)
    with contextlib.ExitStack() as stack:
        stack.callback(spool.kill)
        spool.start()
        yield spool


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


def test_killed_while_it_waits_for_the_printer_s_word(virtual: RunningPrinter, shop: Shop, process: Spool) -> None:
    virtual.set(lose_proof=True)
    printer_id = shop.set_up(virtual.address)
    first, second = shop.print(printer_id, "a"), shop.print(printer_id, "b")
    virtual.wait_for(lambda: len(virtual.strips) == 1)
    process.kill()
    assert shop.states() == {"a": "sending", "b": "queued"}
    virtual.set(lose_proof=False)
    process.start()
    shop.wait_for(a="unknown", b="done")
    assert shop.jobs()["a"].outcome == CUT_OFF
    assert virtual.links == [first, second]


def test_killed_before_the_first_byte_it_costs_nothing(virtual: RunningPrinter, shop: Shop, process: Spool) -> None:
    virtual.set(mute=True)
    link = shop.print(shop.set_up(virtual.address), "a")
    shop.wait_for(a="claimed")
    process.kill()
    assert shop.states() == {"a": "claimed"}
    virtual.set(mute=False)
    process.start()
    shop.wait_for(a="done")
    assert virtual.links == [link]


def test_many_slips_with_printers_and_programs_that_fail(make_printer: MakePrinter, shop: Shop, process: Spool) -> None:
    chance = random.Random(9100)
    printers = [make_printer() for _ in range(6)]
    targets = [shop.set_up(each.address) for each in printers]
    links = {f"{number:03}": shop.print(targets[number % 6], f"{number:03}") for number in range(240)}
    size = 12 + len(render(Slip("Riverside", INVITATION["en"], links["000"], None, "en"), PROFILES["epson-80"], 1).data)

    def open_jobs() -> int:
        return sum(state in {"queued", "claimed", "sending"} for state in shop.states().values())

    for left in range(200, -1, -40):
        for each in printers:
            # Power lost at some byte, or after the last one, so that the paper is there and its proof is not.
            lost = chance.choice([None, chance.randrange(13, size), size])
            each.set(reset_after=lost, paper_out=chance.random() < 0.3)
        shop.wait_until(lambda left=left: open_jobs() <= left + 20)
        process.kill()
        for each in printers:
            each.set(paper_out=False)
        process.start()
        shop.wait_until(lambda left=left: open_jobs() <= left)

    for each in printers:
        each.tear()
    printed = Counter(link for each in printers for link in each.links)
    jobs = shop.jobs()
    assert set(printed.values()) == {1}, "printed twice"
    assert all(printed[links[key]] == 1 for key, row in jobs.items() if row.state == "done")
    assert {row.state for row in jobs.values()} == {"done", "unknown"}
    assert all(row.outcome for row in jobs.values() if row.state == "unknown")
    assert sum(row.state == "done" for row in jobs.values()) > 150
