"""The virtual printer prints as real ones do."""

import itertools
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from simulators.escpos_reader import Reader
from simulators.paper import Strip
from tests.printer.conftest import MakePrinter, make_printer, virtual
from tests.printer.paper import RunningPrinter, read_links

__all__ = ["make_printer", "virtual"]

SLIP = Slip("Riverside", INVITATION["uk"], "HTTP://LOCALHOST:8080/Q/" + "A" * 28, None, "uk")
DATA = render(SLIP, PROFILES["epson-80"], 7).data
STATUS = b"\x10\x04\x01"


def paper(*pieces: bytes) -> tuple[list[Strip], list[bytes]]:
    strips: list[Strip] = []
    answers: list[bytes] = []
    reader = Reader(576, strips.append, answers.append, lambda: None)
    for piece in pieces:
        reader.feed(piece)
    return strips, answers


def connect(printer: RunningPrinter) -> socket.socket:
    return socket.create_connection(("127.0.0.1", printer.port), timeout=30)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2 * len(DATA)), max_size=12))
def test_any_piecing_of_the_bytes_gives_the_same_paper(cuts: list[int]) -> None:
    twice = DATA + render(SLIP, PROFILES["other-80"], 8).data
    at = [0, *sorted(cuts), len(twice)]
    assert paper(*(twice[start:end] for start, end in itertools.pairwise(at))) == paper(twice)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    paper(data.replace(b"v", b""))  # a picture may be as large as the paper is long


def test_status_is_answered_in_the_middle_of_a_picture(virtual: RunningPrinter) -> None:
    with connect(virtual) as connection:
        connection.sendall(b"\x1dv0\x00\x10\x00\x10\x00" + bytes(100))
        connection.sendall(STATUS)
        assert connection.recv(1) == b"\x12"


def test_without_paper_it_answers_and_prints_later(virtual: RunningPrinter) -> None:
    virtual.set(paper_out=True)
    with connect(virtual) as connection:
        connection.sendall(DATA + STATUS)
        assert connection.recv(1) == b"\x1a"
        assert virtual.strips == []
        virtual.set(paper_out=False)
        assert connection.recv(7) == b"\x37\x220007\x00"
    assert virtual.links == [SLIP.link]


def test_it_serves_one_connection_at_a_time(virtual: RunningPrinter) -> None:
    with connect(virtual) as first, connect(virtual) as other:
        first.sendall(STATUS)
        assert first.recv(1) == b"\x12"
        other.sendall(STATUS)
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)
        first.close()
        other.settimeout(30)
        assert other.recv(1) == b"\x12"


def test_power_lost_in_the_middle_forgets_what_is_not_on_paper(virtual: RunningPrinter) -> None:
    virtual.set(reset_after=len(DATA) - 40)
    with connect(virtual) as connection:
        connection.sendall(DATA)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with connect(virtual) as connection:
        connection.sendall(DATA)
        assert connection.recv(7) == b"\x37\x220007\x00"
    [strip] = virtual.strips
    assert read_links(strip.png) == [SLIP.link, SLIP.link]


def test_narrow_paper_without_a_blade(make_printer: MakePrinter) -> None:
    narrow = make_printer(width=384)
    with connect(narrow) as connection:
        connection.sendall(render(SLIP, PROFILES["other-58"], 1).data)
        assert connection.recv(1) == b"\x00"
    narrow.tear()
    assert narrow.links == [SLIP.link]
