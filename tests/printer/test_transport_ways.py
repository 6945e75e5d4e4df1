"""What is particular about each way to a printer."""

import contextlib
import fcntl
import os
import pty
import socket
import struct
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from printer.condition import MUTE, READY, SILENT, UNREACHABLE
from printer.escpos import Document, render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import NoAddress, NotReady, Unsure, delivery, link, look, open_link, tcp
from tests.conftest import free_ports
from tests.printer.conftest import MakePrinter
from tests.printer.delivered import deliver

SLIP = Slip("Riverside", INVITATION["uk"], "HTTP://LOCALHOST:8080/Q/" + "A" * 28, None, "uk")
DOCUMENT = render(SLIP, PROFILES["other-80"], 7)


def nothing() -> None:
    """Sending begins."""


@contextlib.contextmanager
def listening(be_a_printer: Callable[[socket.socket], None], buffer: int | None = None) -> Iterator[str]:
    """A printer of the test's own on the network; gives its address.

    Parameters
    ----------
    buffer: how much it takes before somebody reads it, about, bytes.
    """

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            be_a_printer(peer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        if buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
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


def test_a_slow_kind_that_never_answers_gets_everything_though_it_says_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever had hung up would have had what was not sent yet taken back."""
    monkeypatch.setattr(tcp, "HANG_UP_WITHIN", 0.0)
    received = bytearray()
    data = bytes(20_000)

    def be_a_printer(peer: socket.socket) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := peer.recv(200):
                if len(received) < len(data) // 2 <= len(received) + len(piece):
                    peer.sendall(b"\x10\x00\x00\x00")
                received.extend(piece)
                time.sleep(0.005)  # as slow as it is

    with listening(be_a_printer, buffer=1024) as address:
        deliver(address, Document(data, None), nothing)
    assert received == data


def test_a_kind_that_never_answers_and_stops_half_way_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PRINTED_WITHIN", 0.3)
    monkeypatch.setattr(link, "SENT_WITHIN", 0.1)
    over = threading.Event()

    def be_a_printer(_peer: socket.socket) -> None:
        over.wait()

    with listening(be_a_printer, buffer=1024) as address:
        try:
            with pytest.raises(Unsure, match="stopped in the middle"):
                deliver(address, Document(bytes(50_000), None), nothing)
        finally:
            over.set()


def test_a_printer_that_is_in_and_out_of_trouble_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"PRINTED_WITHIN": 0.2, "THROUGH_WITHIN": 0.2}.items():
        monkeypatch.setattr(delivery, name, seconds)
    over = threading.Event()

    def be_a_printer(peer: socket.socket) -> None:
        peer.recv(12)
        peer.sendall(b"\x12\x12\x12\x12")
        peer.setblocking(False)
        with contextlib.suppress(ConnectionError):
            while not over.wait(0.02):
                with contextlib.suppress(BlockingIOError):
                    peer.recv(100_000)
                peer.sendall(b"\x18\x00\x0c\x0f")  # without paper
                peer.sendall(b"\x10\x00\x00\x0f")

    with listening(be_a_printer) as address:
        try:
            with pytest.raises(Unsure):
                deliver(address, DOCUMENT, nothing, until=time.monotonic() + 0.3)
        finally:
            over.set()


def _own_address() -> str:
    """This machine's in its network; loopback where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(way.getsockname()[0])


@pytest.mark.parametrize("own", ["127.0.0.1", _own_address()])
def test_no_name_hides_that_it_leads_to_this_machine(own: str) -> None:
    with socket.create_server((own, 0)) as listener:
        port = listener.getsockname()[1]
        number = int.from_bytes(socket.inet_aton(own))
        for name in (str(number), hex(number)):  # as a name server's answer they are the same
            with pytest.raises(NoAddress, match="this machine"):
                open_link(f"tcp://{name}:{port}")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()  # nobody has even called
        listener.setblocking(True)
        with open_link(f"tcp://{own}:{port}"):  # who writes the address knows
            listener.accept()[0].close()


@pytest.mark.parametrize("host", ["0", "127.1", "0xa9fea9fe"])
def test_a_name_that_leads_no_further_than_the_cable_is_none_of_a_printer(host: str) -> None:
    with pytest.raises(NoAddress, match="its own cable"):
        open_link(f"tcp://{host}")


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_what_can_be_no_name_is_said(host: str) -> None:
    with pytest.raises(NoAddress, match="leads to no printer"):
        open_link(f"tcp://{host}")


def test_a_kind_that_never_answers_is_looked_at_by_reaching_it(make_printer: MakePrinter) -> None:
    virtual = make_printer()
    virtual.set(mute=True)
    assert look(virtual.address, is_mute=True) == MUTE
    virtual.set(off=True)
    assert look(virtual.address, is_mute=True) == UNREACHABLE


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


def test_a_serial_port_that_keeps_what_it_was_told_to_forget_is_closed_all_the_same(
    make_printer: MakePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drivers of some USB adapters pass over it; then they would wait for half a minute more."""
    monkeypatch.setattr(link, "SENT_WITHIN", 0.1)
    waits: list[int] = []
    ask = fcntl.ioctl

    def driver(file: int, request: int, *arguments: Any) -> Any:
        match request:
            case termios.TIOCOUTQ:
                return struct.pack("i", 5)
            case 0x541E:  # its settings
                struct.pack_into("H", arguments[0], 40, 3000)
                return 0
            case 0x541F:
                waits.extend(struct.unpack_from("H", arguments[0], 40))
                return 0
        return ask(file, request, *arguments)

    address = make_printer(by="serial").address
    way = open_link(address)
    monkeypatch.setattr(fcntl, "ioctl", driver)
    way.close()
    monkeypatch.undo()
    assert waits == [1]
    assert look(address) == READY


def test_closing_never_raises(make_printer: MakePrinter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        network = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        for address in (network, make_printer(by="usb").address):
            way = open_link(address)
            os.close(way.fileno())  # whatever has become of it
            way.close()


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
