"""`kill -9` of the spool at two particular moments; `tests/spool_crashes` kills it at any."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from collector.queue.jobs import CUT_OFF
from collector.settings import Settings
from tests.collector.slips.spool.conftest import Shop
from tests.printer.paper import RunningPrinter

#: The spool as its command runs it; it asks printers that are not ready more often, and waits longer for silent ones.
PROGRAM = """
from collector.settings import Settings
from collector.slips import spool
from printer.transport import delivery
spool.ASK_AGAIN = 0.05
delivery.STATE_WITHIN = 60
spool.Spool(Settings.load()).run()
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
