"""After a slip of which nobody knows how far it came, the next one comes out whole, and by its own proof."""

import contextlib
import os
import pty
import threading
import time
import tty
from collections.abc import Callable, Iterator

import pytest

from printer.condition import READY
from printer.escpos import PAPER_STATUS, raster, render
from printer.picture import of_symbol
from printer.profiles import PROFILES
from printer.slip import INVITATION, LONGEST_MM, Slip, lay_out
from printer.transport import NotReady, Unsure, delivery, open_link
from printer.transport.hearing import QUESTIONS
from tests.printer.conftest import MakePrinter
from tests.printer.delivered import deliver
from tests.printer.makes import WIDE_LOGO

SLIP = Slip("Riverside", INVITATION["en"], "HTTP://LOCALHOST:8080/Q/" + "A" * 28, None, "en")
OTHER = Slip("Riverside", INVITATION["en"], "HTTP://LOCALHOST:8080/Q/" + "B" * 28, None, "en")
WELL = b"\x12" * 4


class Begun(Exception):
    """Sending has begun."""


def nothing() -> None:
    """Sending begins."""


def refuse() -> None:
    raise Begun


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"PRINTED_WITHIN": 1.0, "QUIET": 0.1}.items():
        monkeypatch.setattr(delivery, name, seconds)


@pytest.mark.parametrize("profile", PROFILES)
def test_white_fills_up_any_picture_of_ours(profile: str) -> None:
    kind = PROFILES[profile].with_code_page("none")
    hosts = ("HTTP://LOCALHOST:8080", "HTTPS://SMILEPOST.SHOPS-OF-THE-RIVERSIDE.EXAMPLE")
    for link in (f"{host}/Q/{'A' * 28}" for host in hosts):
        slip = Slip("Riverside " * 3, INVITATION["uk"], link, "0042", "uk", logo=WIDE_LOGO)
        layout = lay_out(slip, kind.width, LONGEST_MM * kind.dots_per_mm)
        assert len(raster(of_symbol(layout.code, layout.module))) <= len(delivery.WHITE)
        for line in (*layout.above, *layout.below):
            assert kind.width // 8 * line.height <= len(delivery.WHITE)


@pytest.mark.parametrize("came", [1, 5, 700, 1100, 1400])
@pytest.mark.parametrize("profile", ["star-80", "epson-80", "mute-80"])
def test_half_a_slip_before_costs_the_next_one_nothing(make_printer: MakePrinter, profile: str, came: int) -> None:
    virtual = make_printer(model="epson" if profile == "epson-80" else "star")
    with open_link(virtual.address) as link:
        link.send(render(SLIP, PROFILES[profile], 1).data[:came], time.monotonic() + 20)
    deliver(virtual.address, render(OTHER, PROFILES[profile], 2), nothing, after_unsure=True)
    virtual.wait_for(lambda: virtual.links[-1:] == [OTHER.link])


@contextlib.contextmanager
def on_a_line(be_a_printer: Callable[[int], None]) -> Iterator[str]:
    """A printer of the test's own at the other end of a serial line; gives its address."""
    ours, theirs = pty.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)
    thread = threading.Thread(target=be_a_printer, args=(ours,))
    thread.start()
    yield f"serial://{os.ttyname(theirs)}"
    thread.join()
    os.close(ours)
    os.close(theirs)


def reads(line: int, end: bytes) -> None:
    """Read until this has come."""
    heard = b""
    while not heard.endswith(end):
        heard += os.read(line, 1)


@pytest.mark.parametrize("late", [b"", b"\x00", b"\x00\x00"])
def test_a_late_answer_to_the_slip_before_is_no_proof_of_this_one(late: bytes) -> None:
    """All answers to `GS r` are alike."""

    def be_a_printer(line: int) -> None:
        reads(line, QUESTIONS)
        os.write(line, WELL)
        reads(line, PAPER_STATUS)
        os.write(line, late)  # to the slip before
        os.write(line, b"\x00")
        reads(line, PAPER_STATUS)  # of the slip, which does not come out

    with (
        on_a_line(be_a_printer) as address,
        pytest.raises(Unsure, match="did not say"),
    ):
        deliver(address, render(SLIP, PROFILES["star-80"], 7), nothing, after_unsure=True)


def test_the_slips_own_answer_is_its_proof() -> None:
    def be_a_printer(line: int) -> None:
        reads(line, QUESTIONS)
        os.write(line, WELL)
        reads(line, PAPER_STATUS)
        os.write(line, b"\x00\x00")
        reads(line, PAPER_STATUS)
        os.write(line, b"\x00")

    with on_a_line(be_a_printer) as address:
        condition = deliver(address, render(SLIP, PROFILES["star-80"], 7), nothing, after_unsure=True)
    assert condition == READY


@pytest.mark.parametrize("says", [b"", b"\x18\x00\x0c\x0f"])
def test_a_printer_that_is_not_through_with_the_slip_before_gets_none_of_this_one(says: bytes) -> None:
    def be_a_printer(line: int) -> None:
        reads(line, QUESTIONS)
        os.write(line, WELL)
        reads(line, PAPER_STATUS)
        os.write(line, says)

    with on_a_line(be_a_printer) as address, pytest.raises(NotReady) as caught:
        deliver(address, render(SLIP, PROFILES["star-80"], 7), refuse, after_unsure=True)
    assert caught.value.condition.state == ("paper_out" if says else "silent")
