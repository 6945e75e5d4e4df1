"""Bytes to a printer: what it says of itself becomes a sentence, and nothing counts as printed without its word."""

import socket
import threading

import pytest

from printer import transport
from printer.condition import (
    COVER_OPEN,
    CUTTER_STUCK,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    SILENT,
    UNREACHABLE,
    Condition,
    condition_of,
)
from printer.escpos import Document, render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import NotReady, Unsure, deliver
from tests.conftest import free_ports
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


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "STATE_WITHIN", 0.1)
    monkeypatch.setattr(transport, "PRINTED_WITHIN", 0.2)


def test_a_ready_printer_prints(virtual: RunningPrinter, begin: Begun) -> None:
    assert deliver(virtual.address, DOCUMENT, begin) == READY
    assert virtual.links == [SLIP.link]
    assert begin.times == 1


@pytest.mark.parametrize(("fault", "condition"), [("paper_out", PAPER_OUT), ("cover_open", COVER_OPEN)])
def test_a_printer_that_is_not_ready_gets_nothing(
    virtual: RunningPrinter, begin: Begun, fault: str, condition: Condition
) -> None:
    virtual.set(**{fault: True})
    with pytest.raises(NotReady, match=condition.sentence):
        deliver(virtual.address, DOCUMENT, begin)
    virtual.set(**{fault: False})
    assert virtual.strips == []
    assert begin.times == 0


@pytest.mark.usefixtures("hasty")
def test_a_silent_printer_gets_nothing(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(mute=True)
    with pytest.raises(NotReady, match=SILENT.sentence[:20]):
        deliver(virtual.address, DOCUMENT, begin)
    assert begin.times == 0


def test_a_printer_that_is_not_there(begin: Begun) -> None:
    [port] = free_ports(1)
    with pytest.raises(NotReady) as caught:
        deliver(f"tcp://127.0.0.1:{port}", DOCUMENT, begin)
    assert caught.value.condition == UNREACHABLE
    assert begin.times == 0


@pytest.mark.usefixtures("hasty")
def test_without_the_printer_s_word_it_is_unsure(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(lose_proof=True)
    with pytest.raises(Unsure, match="did not say"):
        deliver(virtual.address, DOCUMENT, begin)
    assert virtual.links == [SLIP.link]


def test_a_connection_that_breaks_on_the_way_is_unsure(virtual: RunningPrinter, begin: Begun) -> None:
    virtual.set(reset_after=100)
    with pytest.raises(Unsure, match="broke"):
        deliver(virtual.address, DOCUMENT, begin)
    assert virtual.strips == []


def test_what_begin_raises_stops_it(virtual: RunningPrinter) -> None:
    def refuse() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        deliver(virtual.address, DOCUMENT, refuse)
    assert virtual.strips == []


def test_nothing_is_taken_back_by_closing_with_unread_answers(begin: Begun) -> None:
    """A printer that reports on and on, and reads slowly: it still gets all that was sent."""
    received = bytearray()
    data = bytes(200_000)

    def be_a_printer(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            for _ in range(4):
                peer.recv(3)
                peer.sendall(b"\x12")
            peer.sendall(b"\x0f" + b"\x10\x00\x00\x00" * 50)  # the proof comes early, then automatic status
            while piece := peer.recv(1000):
                received.extend(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=be_a_printer, args=[listener])
        thread.start()
        document = Document(data, render(SLIP, PROFILES["other-80"], 1).answer)
        deliver(f"tcp://127.0.0.1:{listener.getsockname()[1]}", document, begin)
        thread.join()
    assert received == data


@pytest.mark.parametrize(
    ("answers", "condition"),
    [
        ((0x12, 0x12, 0x12, 0x12), READY),
        ((0x12, 0x12, 0x12, 0x1E), PAPER_LOW),
        ((0x1A, 0x32, 0x12, 0x7E), PAPER_OUT),
        ((0x1A, 0x16, 0x12, 0x12), COVER_OPEN),
        ((0x1A, 0x52, 0x1A, 0x12), CUTTER_STUCK),
        ((0x1A, 0x12, 0x12, 0x12), OFFLINE),
    ],
)
def test_what_status_means(answers: tuple[int, int, int, int], condition: Condition) -> None:
    assert condition_of(*answers) == condition
