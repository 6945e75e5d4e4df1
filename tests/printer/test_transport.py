"""A slip on its way: nothing leaves for a printer that is not ready, and nothing counts as printed without its word.

Each test is made over all three ways to a printer.
"""

import threading
import time

import pytest

from printer.condition import (
    COVER_OPEN,
    CUTTER_STUCK,
    MUTE,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    SILENT,
    Condition,
)
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import NotReady, Unsure, delivery, look
from tests.printer.conftest import MakePrinter
from tests.printer.delivered import deliver
from tests.printer.paper import RunningPrinter

SLIP = Slip("Riverside", INVITATION["en"], "HTTP://LOCALHOST:8080/Q/" + "A" * 28, None, "en")
DOCUMENT = render(SLIP, PROFILES["epson-80"], 7)


class Begun:
    """Counts how often sending has begun."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def begin() -> Begun:
    return Begun()


@pytest.fixture(params=["tcp", "serial", "usb"])
def virtual(request: pytest.FixtureRequest, make_printer: MakePrinter) -> RunningPrinter:
    virtual = make_printer(by=request.param)
    if request.param == "serial" and "flow" not in virtual.address:
        virtual.address += "&flow=rtscts"
    return virtual


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"STATE_WITHIN": 0.1, "PRINTED_WITHIN": 0.3, "ASK_EVERY": 0.05, "QUIET": 0.05}.items():
        monkeypatch.setattr(delivery, name, seconds)


def long_from_now() -> float:
    return time.monotonic() + 60


@pytest.mark.parametrize("profile", ["epson-80", "other-80"])
def test_a_ready_printer_prints(virtual: RunningPrinter, begin: Begun, profile: str) -> None:
    assert deliver(virtual.address, render(SLIP, PROFILES[profile], 7), begin) == READY
    assert virtual.links == [SLIP.link]
    assert begin.times == 1
    assert deliver(virtual.address, render(SLIP, PROFILES[profile], 8), begin) == READY
    assert virtual.links == [SLIP.link] * 2


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        ("paper_out", PAPER_OUT),
        ("cover_open", COVER_OPEN),
        ("cutter_stuck", CUTTER_STUCK),
        ("offline", OFFLINE),
    ],
)
def test_a_printer_that_is_not_ready_gets_nothing(
    virtual: RunningPrinter, begin: Begun, fault: str, condition: Condition
) -> None:
    virtual.set(**{fault: True})
    assert look(virtual.address) == condition
    with pytest.raises(NotReady, match=condition.sentence):
        deliver(virtual.address, DOCUMENT, begin)
    virtual.set(**{fault: False})
    assert look(virtual.address) == READY
    assert virtual.strips == []
    assert begin.times == 0


@pytest.mark.usefixtures("hasty")
def test_no_answer_is_not_well(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(mute=True)
    assert look(virtual.address) == SILENT
    with pytest.raises(NotReady, match=SILENT.sentence[:20]):
        deliver(virtual.address, DOCUMENT, begin)
    assert begin.times == 0
    assert virtual.strips == []


def test_paper_that_runs_low_is_said_and_printed_on(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(paper_low=True)
    assert deliver(virtual.address, DOCUMENT, begin) == PAPER_LOW
    assert virtual.links == [SLIP.link]


@pytest.mark.usefixtures("hasty")
def test_without_the_printer_s_word_it_is_unsure(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(lose_proof=True)
    with pytest.raises(Unsure, match="did not say"):
        deliver(virtual.address, DOCUMENT, begin)
    assert virtual.links == [SLIP.link]


@pytest.mark.usefixtures("hasty")
def test_a_printer_that_loses_its_power_on_the_way_leaves_it_unsure(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(reset_after=100)
    with pytest.raises(Unsure, match="broke" if not virtual.address.startswith("serial") else "did not say"):
        deliver(virtual.address, DOCUMENT, begin)
    assert virtual.strips == []
    assert deliver(virtual.address, DOCUMENT, begin) == READY
    assert virtual.links == [SLIP.link]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("profile", ["epson-80", "other-80"])
def test_paper_that_ends_on_the_way_is_told_and_waited_for(virtual: RunningPrinter, begin: Begun, profile: str) -> None:
    told: list[Condition] = []
    long_enough = threading.Event()

    def tell(condition: Condition) -> None:
        if not told or told[-1] != condition:
            told.append(condition)
        if condition == PAPER_OUT and not refill.is_alive() and not long_enough.is_set():
            refill.start()

    def put_in_paper() -> None:
        long_enough.wait(2 * delivery.PRINTED_WITHIN)  # longer than it takes a printer that is well
        long_enough.set()
        virtual.set(paper_out=False)

    refill = threading.Thread(target=put_in_paper)
    virtual.set(paper_ends_after=100)
    document = render(SLIP, PROFILES[profile], 7)
    assert deliver(virtual.address, document, begin, until=long_from_now(), tell=tell) == READY
    refill.join()
    assert told[0] == PAPER_OUT
    assert virtual.links == [SLIP.link]


@pytest.mark.usefixtures("hasty")
def test_paper_that_nobody_puts_in_leaves_it_unsure_and_says_why(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(paper_ends_after=100)
    with pytest.raises(Unsure, match="out of paper"):
        deliver(virtual.address, DOCUMENT, begin, until=time.monotonic() + 0.5)


def test_a_blade_that_jams_on_the_way_is_told_and_waited_for(virtual: RunningPrinter, begin: Begun) -> None:
    told: list[Condition] = []

    def free_it(condition: Condition) -> None:
        told.append(condition)
        if condition == CUTTER_STUCK:
            virtual.set(cutter_stuck=False)

    virtual.set(cutter_jams=True)
    assert deliver(virtual.address, DOCUMENT, begin, until=long_from_now(), tell=free_it) == READY
    assert CUTTER_STUCK in told
    assert virtual.links == [SLIP.link]


def test_what_begin_raises_stops_it(virtual: RunningPrinter) -> None:
    def refuse() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        deliver(virtual.address, DOCUMENT, refuse)
    assert virtual.strips == []


@pytest.mark.usefixtures("hasty")
def test_whoever_is_told_may_stop_waiting(virtual: RunningPrinter, begin: Begun) -> None:
    def stop(condition: Condition) -> None:
        raise Unsure(condition.sentence)

    virtual.set(paper_ends_after=100)
    with pytest.raises(Unsure, match="out of paper"):
        deliver(virtual.address, DOCUMENT, begin, until=long_from_now(), tell=stop)


def test_a_kind_that_never_answers_is_believed_and_gets_everything(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(mute=True, bytes_a_second=20_000, buffer=2048)
    document = render(SLIP, PROFILES["mute-80"], 7)
    assert deliver(virtual.address, document, begin) == MUTE
    virtual.wait_for(lambda: len(virtual.strips) == 1)
    assert virtual.links == [SLIP.link]


def test_a_slow_printer_with_a_small_buffer_gets_everything(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(bytes_a_second=20_000, buffer=2048)
    assert deliver(virtual.address, render(SLIP, PROFILES["other-80"], 7), begin) == READY
    assert virtual.links == [SLIP.link]


@pytest.mark.usefixtures("hasty")
def test_the_proof_of_an_earlier_slip_is_none_of_this_one(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(paper_ends_after=100)
    with pytest.raises(Unsure):
        deliver(virtual.address, render(SLIP, PROFILES["epson-80"], 2222), begin, until=time.monotonic())
    virtual.set(paper_out=False)
    virtual.wait_for(lambda: len(virtual.strips) == 1)
    virtual.set(lose_proof=True)
    with pytest.raises(Unsure, match="did not say"):
        deliver(virtual.address, DOCUMENT, begin)
