"""What is particular about each way to a printer."""

import contextlib
import os
import pty
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from printer.condition import MUTE, READY, SILENT, UNREACHABLE
from printer.escpos import Document, render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import NotReady, Unsure, deliver, delivery, look, open_link
from tests.conftest import free_ports
from tests.printer.conftest import MakePrinter

SLIP = Slip("Riverside", INVITATION["uk"], "HTTP://LOCALHOST:8080/Q/" + "A" * 28, None, "uk")
DOCUMENT = render(SLIP, PROFILES["other-80"], 7)


def nothing() -> None:
    """Sending begins."""


@contextlib.contextmanager
def listening(be_a_printer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A printer of the test's own on the network; gives its address."""

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            be_a_printer(peer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def test_a_printer_that_is_not_there(tmp_path: Path) -> None:
    [port] = free_ports(1)
    for address in (f"tcp://127.0.0.1:{port}", f"usb://{tmp_path}/lp0", f"serial://{tmp_path}/ttyUSB0"):
        assert look(address) == UNREACHABLE
        with pytest.raises(NotReady) as caught:
            deliver(address, DOCUMENT, nothing)
        assert caught.value.condition == UNREACHABLE


@pytest.mark.parametrize(
    "address",
    [
        "",
        "printer",
        "ftp://192.0.2.7",
        "tcp://",
        "tcp://192.0.2.7:paper",
        "usb://",
        "serial:///dev/ttyUSB0?baud=quick",
        "serial:///dev/ttyUSB0?flow=slow",
        "serial:///dev/ttyUSB0?parity=even",
        "kiosk://exit-1",
        "cloudprnt:",
    ],
)
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(ValueError, match="leads to no printer"):
        open_link(address)


def test_nothing_is_taken_back_by_closing_with_unread_answers() -> None:
    """A printer that reports on and on and reads slowly still gets all that was sent."""
    received = bytearray()
    data = bytes(200_000)

    def be_a_printer(peer: socket.socket) -> None:
        while piece := peer.recv(1000):
            received.extend(piece)
            peer.sendall(b"\x10\x00\x00\x0f" * 20)

    with listening(be_a_printer) as address:
        deliver(address, Document(data, None), nothing)
    assert received == data


def test_four_questions_are_answered_by_four_answers_whatever_comes_between() -> None:
    def be_a_printer(peer: socket.socket) -> None:
        peer.recv(100)
        # A proof of long ago, whose digits look like answers, a report, a pause; then what was asked for.
        peer.sendall(b"\x37\x222666\x00\x10\x00\x00\x0f\x13\x11\x1a\x16\x12\x12")
        peer.recv(100)

    with listening(be_a_printer) as address:
        assert look(address).state == "cover_open"


def test_who_hangs_up_at_once_has_not_said_how_it_is() -> None:
    with listening(lambda _: None) as address:
        assert look(address) == SILENT


def test_a_printer_that_answers_half_has_not_said_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "STATE_WITHIN", 0.1)

    def be_a_printer(peer: socket.socket) -> None:
        peer.recv(100)
        peer.sendall(b"\x12\x12")
        peer.recv(100)

    with listening(be_a_printer) as address:
        assert look(address) == SILENT


def test_a_serial_port_that_somebody_has_is_left_to_him(make_printer: MakePrinter) -> None:
    address = make_printer(by="serial").address
    with open_link(address):
        assert look(address) == SILENT
    assert look(address) == READY


def test_at_another_speed_nothing_is_printed(make_printer: MakePrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "STATE_WITHIN", 0.1)
    virtual = make_printer(by="serial", baud=19_200)
    assert look(virtual.address.replace("19200", "9600")) == SILENT
    assert look(virtual.address) == READY
    assert virtual.strips == []


@pytest.mark.parametrize(("flow", "set_up"), [("rts", "rtscts"), ("xon", "xonxoff")])
def test_a_serial_printer_that_is_full_is_waited_for(make_printer: MakePrinter, flow: str, set_up: str) -> None:
    virtual = make_printer(by="serial", flow=flow)
    virtual.set(bytes_a_second=20_000, buffer=4096)
    assert deliver(f"{virtual.address.partition('&')[0]}&flow={set_up}", DOCUMENT, nothing) == READY
    assert virtual.links == [SLIP.link]


def test_a_usb_printer_that_loses_its_power_on_the_way(make_printer: MakePrinter) -> None:
    virtual = make_printer(by="usb")
    virtual.set(bytes_a_second=1000)
    with pytest.raises(Unsure, match="broke"):
        deliver(virtual.address, DOCUMENT, lambda: virtual.set(off=True))
    assert look(virtual.address) == UNREACHABLE
    virtual.set(off=False, bytes_a_second=None)
    assert deliver(virtual.address, DOCUMENT, nothing) == READY
    assert virtual.links == [SLIP.link]


def test_a_device_that_only_takes_gets_everything(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    received = bytearray()

    def be_a_printer() -> None:
        while len(received) < len(DOCUMENT.data):
            received.extend(os.read(ours, 100))

    thread = threading.Thread(target=be_a_printer)
    thread.start()
    assert deliver(f"usb://{os.ttyname(theirs)}", Document(DOCUMENT.data, None), nothing) == MUTE
    thread.join()
    os.close(ours)
    os.close(theirs)
    assert received == DOCUMENT.data
