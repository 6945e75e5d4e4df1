"""A kiosk's printer and the slips of the collector: each on paper once at most, whatever happens, and each answered."""

import threading
import time
from dataclasses import asdict

import pytest
from forgetful_disk import KEPT, ForgetfulDisk, PowerCut
from kiosk import storage
from kiosk.storage import Storage
from printing.memory import CUT_OFF, FILE, REMEMBERED, Memory
from printing.station import FORGOTTEN, NO_PROOF, TOO_LATE, Station
from test_power_cuts import EXHAUSTIVE
from workbench import Memory as Files

from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import Slip
from printer.transport import delivery, open_link
from printer.transport.tcp import TcpLink
from tests.printer.broken_line import breakable
from tests.printer.conftest import make_printer, virtual
from tests.waiting import until

__all__ = ["make_printer", "virtual"]

STEP = 1 if EXHAUSTIVE else 2
HOUR = 3600


def slip(serial=1):
    link = f"HTTPS://SMILEPOST.EXAMPLE/Q/QAAAABBGAEAAAAAAAAAAAAAAAA{serial:02}".translate(str.maketrans("01", "OI"))
    return Slip("Riverside", "How was it today?", link, "0042", "en")


def message(number, **more):
    return {"id": number, "slip": asdict(slip()), **more}


class Listener:
    """Notes what it is told."""

    def __init__(self):
        self.answers, self.state, self.lines = [], None, []

    def answer(self, number, state, condition, text):
        self.answers.append((number, state, condition, text))

    def is_now(self, state):
        self.state = state

    def untold(self, signer, receipts):
        pass


class Bench:
    """A station, started; `again` starts it anew on the same flash."""

    def __init__(self, printer, storage, **options):
        self.printer, self.storage = printer, storage
        self.options = {"address": printer.address, "profile": "epson-80", **options}
        self.again()

    def again(self):
        self.listener = Listener()
        self.station = Station(self.storage, self.options, self.listener, self.listener.lines.append)

    def take(self, number, seconds=HOUR, **more):
        """Let it take a slip and do what it can; returns the answers that this brings."""
        before = len(self.listener.answers)
        self.station.take(message(number, **more), time.monotonic() + seconds)
        self.station.go_on()
        return self.listener.answers[before:]

    def waits(self):
        """Let it go on until it has said something more."""
        before = len(self.listener.answers)

        def said():
            self.station.go_on()
            return self.listener.answers[before:]

        return until(said, "an answer")


@pytest.fixture
def bench(virtual, tmp_path):
    return Bench(virtual, Storage(str(tmp_path)))


@pytest.mark.parametrize("by", ["tcp", "serial", "usb"])
def test_a_slip_is_printed_and_answered_and_when_it_comes_again_only_answered(make_printer, tmp_path, by):
    bench = Bench(make_printer(by=by), Storage(str(tmp_path)))
    assert bench.take(17) == [(17, "done", None, "")]
    assert bench.take(17, again=True) == [(17, "done", None, "")]
    bench.again()
    assert bench.take(17, again=True) == [(17, "done", None, "")]
    assert bench.printer.links == [slip().link]
    assert bench.listener.state == "ready"


def test_a_slip_waits_for_paper_says_so_once_and_is_printed_then(bench):
    bench.printer.set(paper_out=True)
    [(_, state, condition, sentence)] = bench.take(17)
    assert (state, condition) == ("waiting", "paper_out")
    assert "new roll" in sentence
    assert bench.listener.state == "paper_out"
    bench.station.go_on()
    assert len(bench.listener.answers) == 1
    assert bench.take(17, again=True)[0][1] == "waiting"  # whoever asks is told
    bench.printer.set(paper_out=False)
    assert bench.waits() == [(17, "done", None, "")]
    assert bench.printer.links == [slip().link]


def test_paper_that_ends_on_the_way_is_told_and_the_slip_comes_when_there_is_more(bench):
    bench.printer.set(paper_ends_after=150)
    printing = threading.Thread(target=bench.take, args=(17,))
    printing.start()
    until(lambda: bench.listener.answers, "the reason")
    assert bench.listener.answers[0][:3] == (17, "waiting", "paper_out")
    bench.printer.set(paper_out=False)
    printing.join()
    assert bench.listener.answers[1:] == [(17, "done", None, "")]
    assert len(bench.printer.strips) == 1


def test_slips_that_wait_are_printed_in_their_order(bench):
    bench.printer.set(cover_open=True)
    for number in (17, 18, 19):
        bench.take(number)
    bench.printer.set(cover_open=False)
    bench.station.go_on()
    assert [answer[:2] for answer in bench.listener.answers[1:]] == [(17, "done"), (18, "done"), (19, "done")]
    assert len(bench.printer.strips) == 3


def test_one_whose_time_is_over_is_not_printed_and_says_what_it_waited_for(bench):
    bench.printer.set(paper_out=True)
    bench.take(17, seconds=0.3)
    [(_, state, _, sentence)] = bench.waits()
    assert state == "failed"
    assert "paper" in sentence
    bench.printer.set(paper_out=False)
    assert bench.take(17, again=True)[0][1] == "failed"
    assert bench.take(18, seconds=-1) == [(18, "failed", None, TOO_LATE)]
    assert bench.printer.strips == []


def test_one_that_was_cut_off_is_unknown_and_stays_so(bench):
    bench.printer.set(reset_after=150)
    assert bench.take(17)[0][1] == "unknown"
    bench.again()
    assert bench.take(17, again=True)[0][1] == "unknown"
    assert bench.take(18)[0][1] == "done"
    assert len(bench.printer.strips) == 1


#: What is said to a printer before a slip, where it is known where the slip before has ended: how is it?
ASKED = 12


@pytest.mark.parametrize("came", [1100, 1400])
def test_a_line_that_breaks_in_a_code_costs_the_next_slip_nothing(make_printer, tmp_path, monkeypatch, came):
    monkeypatch.setattr(delivery, "QUIET", 0.1)
    printer = make_printer(model="star")
    with breakable(printer.port) as line:
        bench = Bench(line, Storage(str(tmp_path)), profile="star-80")
        assert bench.take(17)[0][1] == "done"
        line.break_after(ASKED + came)
        assert bench.take(18)[0][1] == "unknown"
        assert bench.take(19, slip=asdict(slip(19)))[0][1] == "done"
        assert printer.links[-1] == slip(19).link
        line.break_after(ASKED + came)
        assert bench.take(20)[0][1] == "unknown"
        bench.again()  # the power went instead
        assert bench.take(21, slip=asdict(slip(21)))[0][1] == "done"
        assert printer.links[-1] == slip(21).link


def test_after_a_start_the_slip_before_may_have_stopped_half_way(make_printer, tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "QUIET", 0.1)
    printer = make_printer(model="star")
    with open_link(printer.address) as link:
        link.send(render(slip(), PROFILES["star-80"], 17).data[:1100], time.monotonic() + 20)
    bench = Bench(printer, Storage(str(tmp_path)), profile="star-80")
    assert bench.take(18, slip=asdict(slip(18)))[0][1] == "done"
    assert printer.links[-1] == slip(18).link


@pytest.mark.parametrize(("profile", "model"), [("epson-80", "epson"), ("mute-80", "rongta")])
def test_a_fault_that_nobody_foresaw_prints_nothing_twice(make_printer, tmp_path, monkeypatch, profile, model):
    bench = Bench(make_printer(model=model), Storage(str(tmp_path)), profile=profile)
    close = TcpLink.close

    def break_down(link):
        close(link)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(TcpLink, "close", break_down)
    [(_, state, _, sentence)] = bench.take(17)
    assert state == "unknown"
    assert "Input/output error" in sentence
    bench.station.go_on()
    assert bench.take(17, again=True)[0][1] == "unknown"
    monkeypatch.undo()
    assert bench.take(18)[0][1] == "done"
    bench.printer.wait_for(lambda: len(bench.printer.strips) == 2)


def test_a_fault_that_nobody_foresaw_before_the_first_byte_fails_and_holds_nothing_up(bench, monkeypatch):
    assert bench.take(16)[0][1] == "done"

    def break_down(*_):
        raise RuntimeError("never seen")

    monkeypatch.setattr(bench.storage, "replace", break_down)
    [(_, state, _, sentence)] = bench.take(17)
    assert state == "failed"
    assert "never seen" in sentence
    monkeypatch.undo()
    assert bench.take(18)[0][1] == "done"
    assert len(bench.printer.strips) == 2


def test_a_waiting_slip_survives_a_restart_as_it_was_never_begun(bench):
    bench.printer.set(paper_out=True)
    bench.take(17)
    bench.again()
    bench.printer.set(paper_out=False)
    assert bench.take(17, again=True) == [(17, "done", None, "")]


@pytest.mark.parametrize("kept", KEPT)
def test_nothing_is_printed_twice_wherever_the_power_goes(monkeypatch, virtual, kept):
    operation, cut, outcomes = KEPT.index(kept) % STEP, True, set()
    while cut:
        disk = ForgetfulDisk()
        disk.install(monkeypatch, storage)
        bench = Bench(virtual, Storage())
        before = len(virtual.strips)
        disk.cut_after(operation)
        try:
            bench.take(17)
            cut = False
        except PowerCut:
            pass
        disk.power_on(kept)
        bench.again()
        [(_, state, _, text)] = bench.take(17, again=True)
        printed = len(virtual.strips) - before
        assert printed <= 1
        assert (state == "done" and printed) or (state == "unknown" and text in (CUT_OFF, FORGOTTEN))
        outcomes.add((state, printed))
        operation += STEP
    assert operation > 12
    assert {("done", 1), ("unknown", 0), ("unknown", 1)} <= outcomes


@pytest.mark.parametrize(
    "content", [b'{"floor": 16, "slips": [[17, "do', b"[]", b'{"floor": "x"}', b'{"floor": 1, "slips": 2}']
)
def test_what_is_forgotten_is_not_printed_again_and_what_is_new_is(bench, content):
    assert bench.take(17)[0][1] == "done"
    bench.storage.replace(FILE, content)
    bench.again()
    assert bench.take(17, again=True) == [(17, "unknown", None, FORGOTTEN)]
    assert bench.take(18) == [(18, "done", None, "")]
    assert bench.take(17, again=True) == [(17, "unknown", None, FORGOTTEN)]
    assert bench.take(19, again=True) == [(19, "done", None, "")]  # the first one got lost on its way
    assert len(bench.printer.strips) == 3


def test_only_the_latest_slips_are_remembered():
    files = Files()
    memory = Memory(files)
    memory.admit(1)
    for number in range(1, REMEMBERED + 51):
        memory.write(number, "unknown", CUT_OFF)
        memory.write(number, "done", "")
    memory = Memory(files)
    assert (memory.outcome(50), memory.outcome(51)) == (None, ("done", ""))
    assert not memory.is_new(50, again=True)
    assert memory.is_new(50, again=False)  # the collector has just made it known, behind later ones
    assert memory.is_new(REMEMBERED + 51, again=True)


def test_a_flash_that_takes_nothing_prints_nothing(bench, monkeypatch):
    assert bench.take(16)[0][1] == "done"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bench.storage, "replace", full)
    [(_, state, _, sentence)] = bench.take(17)
    assert state == "failed"
    assert "No space left" in sentence
    assert len(bench.printer.strips) == 1


@pytest.mark.parametrize("content", [None, 5, {}, {"shop": "Riverside"}, {**asdict(slip()), "language": "tlh"}])
def test_a_slip_that_cannot_be_printed_fails_and_holds_nothing_up(bench, content):
    bench.station.take({"id": 17, "slip": content}, time.monotonic() + HOUR)
    bench.station.go_on()
    assert bench.listener.answers[0][1] == "failed"
    assert bench.take(18, slip={**asdict(slip()), "newer": 1}) == [(18, "done", None, "")]


def test_the_question_what_became_of_a_slip(bench):
    bench.take(17)
    for number, state in ((17, "done"), (18, "failed"), (3, "unknown")):
        bench.station.take({"id": number, "again": True}, time.monotonic() - HOUR)
        assert bench.listener.answers[-1][:2] == (number, state)
    assert len(bench.printer.strips) == 1


def test_the_consoles_word_about_the_kind_of_printer_counts_where_it_is_known(make_printer, tmp_path):
    bench = Bench(make_printer(width=384, model="pos-5890"), Storage(str(tmp_path)), profile="xprinter-80")
    assert bench.take(17, profile="xprinter-58", code_page="none") == [(17, "done", None, "")]
    bench.printer.tear()
    assert bench.printer.links == [slip().link]


def test_a_kind_that_is_not_known_here_is_the_kiosks_own(bench):
    assert bench.take(17, profile="of-next-year")[0][1] == "done"
    assert bench.take(18, profile="epson-80", code_page="cp437")[0][1] == "failed"


def test_a_printer_that_never_answers_is_believed(make_printer, tmp_path):
    bench = Bench(make_printer(model="rongta"), Storage(str(tmp_path)), profile="mute-80")
    bench.printer.set(mute=True)
    assert bench.take(17) == [(17, "done", None, NO_PROOF)]
    bench.printer.wait_for(lambda: bench.printer.strips)
    assert bench.listener.state == "mute"
    bench.printer.set(off=True)
    bench.again()
    assert bench.listener.state == "unreachable"


def test_the_self_test_page(make_printer, tmp_path):
    bench = Bench(make_printer(codes=False), Storage(str(tmp_path)))
    bench.station.take({"id": 17, "self_test": True}, time.monotonic() + HOUR)
    bench.station.go_on()
    assert bench.listener.answers == [(17, "done", None, "")]
    assert len(bench.printer.strips) == 1


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"profile": "typewriter"}, "typewriter"),
        ({"profile": None}, "None"),
        ({"address": "lpt1"}, "lpt1"),
        ({"code_page": "cp437"}, "cp437"),
    ],
)
def test_a_printer_json_that_is_wrong_says_how(virtual, tmp_path, options, word):
    with pytest.raises(ValueError, match=word):
        Bench(virtual, Storage(str(tmp_path)), **options)
