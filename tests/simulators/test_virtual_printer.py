"""The virtual printer prints as real ones do."""

import contextlib
import itertools
import os
import re
import select
import socket
import termios

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from simulators.escpos_reader import Reader
from simulators.paper import TO_THE_BLADE, Strip
from simulators.printer_models import MODELS
from simulators.serial_printer import SerialCable
from tests.printer.conftest import MakePrinter, make_printer, virtual
from tests.printer.paper import RunningPrinter, check, read_links
from tests.waiting import until

__all__ = ["make_printer", "virtual"]

SLIP = Slip("Riverside", INVITATION["uk"], "HTTP://LOCALHOST:8080/Q/" + "A" * 28, None, "uk")
DATA = render(SLIP, PROFILES["epson-80"], 7).data
STATUS = b"\x10\x04\x01"
ALL = b"".join(b"\x10\x04" + bytes([number]) for number in (1, 2, 3, 4))
PROOF = b"\x37\x220007\x00"
CUT = b"\x1dVB\x00"
QR = b"\x1d(k\x04\x001A2\x00" + b"\x1d(k\x0a\x001P0" + b"1234567" + b"\x1d(k\x03\x001Q0"


def paper(*pieces: bytes, model: str = "epson") -> tuple[list[Strip], list[bytes]]:
    strips: list[Strip] = []
    answers: list[bytes] = []
    reader = Reader(576, strips.append, answers.append, lambda: None, MODELS[model])
    for piece in pieces:
        reader.feed(piece)
    return strips, answers


def connect(printer: RunningPrinter) -> socket.socket:
    return socket.create_connection(("127.0.0.1", printer.port), timeout=30)


@given(st.lists(st.integers(0, 2 * len(DATA)), max_size=12))
def test_any_piecing_of_the_bytes_gives_the_same_paper(cuts: list[int]) -> None:
    twice = DATA + render(SLIP, PROFILES["other-80"], 8).data
    at = [0, *sorted(cuts), len(twice)]
    assert paper(*(twice[start:end] for start, end in itertools.pairwise(at))) == paper(twice)


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


def module(dots: int) -> bytes:
    return b"\x1d(k\x03\x001C" + bytes([dots])


def hear(connection: socket.socket, count: int) -> bytes:
    heard = b""
    while len(heard) < count:
        heard += connection.recv(count - len(heard))
    return heard


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        ({}, "12121212"),
        ({"paper_low": True}, "1212121e"),
        ({"paper_out": True}, "1a32127e"),
        ({"cover_open": True}, "1a161212"),
        ({"offline": True}, "1a121212"),
        ({"cutter_stuck": True}, "1a521a12"),
    ],
)
def test_it_says_how_it_is(virtual: RunningPrinter, fault: dict[str, bool], answers: str) -> None:
    virtual.set(**fault)
    with connect(virtual) as connection:
        connection.sendall(ALL)
        assert hear(connection, 4).hex() == answers


def test_it_says_by_itself_what_changes_until_it_is_reset(virtual: RunningPrinter) -> None:
    with connect(virtual) as connection:
        connection.sendall(b"\x1da\xff")
        assert hear(connection, 4).hex() == "1000000f"
        virtual.set(paper_low=True)
        assert hear(connection, 4).hex() == "1000030f"
        virtual.set(paper_out=True)
        assert hear(connection, 4).hex() == "18000f0f"
        virtual.set(paper_out=False, paper_low=False, cover_open=True)
        assert hear(connection, 4).hex() == "3800000f"
        virtual.set(cover_open=False, cutter_stuck=True)
        assert hear(connection, 4).hex() == "1808000f"
        virtual.set(cutter_stuck=False)
        assert hear(connection, 4).hex() == "1000000f"
        connection.sendall(b"\x1b@" + STATUS)
        assert hear(connection, 1) == b"\x12"
        virtual.set(paper_low=True)
        connection.sendall(STATUS)
        assert hear(connection, 1) == b"\x12"


def test_the_paper_ends_in_the_middle_and_the_proof_comes_with_the_new_roll(virtual: RunningPrinter) -> None:
    virtual.set(paper_ends_after=len(DATA) // 2)
    with connect(virtual) as connection:
        connection.sendall(b"\x1da\xff")
        assert hear(connection, 4).hex() == "1000000f"
        connection.sendall(DATA.removeprefix(b"\x1b@"))
        assert hear(connection, 4).hex() == "18000f0f"
        connection.sendall(STATUS)
        assert hear(connection, 1) == b"\x1a"
        assert virtual.strips == []
        virtual.set(paper_out=False)
        assert hear(connection, 11) == bytes.fromhex("1000000f") + PROOF
    assert virtual.links == [SLIP.link]


def test_the_blade_jams_and_cuts_when_it_is_freed(virtual: RunningPrinter) -> None:
    virtual.set(cutter_jams=True)
    with connect(virtual) as connection:
        connection.sendall(DATA + ALL)
        assert hear(connection, 4).hex() == "12121212"  # asked when they came in, before the blade moved
        connection.sendall(ALL)
        assert hear(connection, 4).hex() == "1a521a12"
        assert virtual.strips == []
        virtual.set(cutter_stuck=False)
        assert hear(connection, 7) == PROOF
    assert virtual.links == [SLIP.link]


@pytest.mark.parametrize("fault", ["mute", "lose_proof", "no_process_id"])
def test_it_prints_and_does_not_say_so(virtual: RunningPrinter, fault: str) -> None:
    virtual.set(**{fault: True})
    with connect(virtual) as connection:
        connection.sendall(DATA)
        virtual.wait_for(lambda: len(virtual.strips) == 1)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_what_is_cleared_is_neither_printed_nor_confirmed(virtual: RunningPrinter) -> None:
    clear = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
    with connect(virtual) as connection:
        connection.sendall(b"\x1dv0\x00\x48\x00\xff\x00" + bytes(500) + clear)  # within a picture
        assert hear(connection, 3) == b"\x37\x25\x00"
        connection.sendall(DATA)
        assert hear(connection, 7) == PROOF
    assert virtual.links == [SLIP.link]


def test_only_the_last_of_several_waiting_proofs_is_given(virtual: RunningPrinter) -> None:
    virtual.set(cover_open=True)
    with connect(virtual) as connection:
        connection.sendall(DATA + render(SLIP, PROFILES["epson-80"], 8).data + STATUS)
        assert hear(connection, 1) == b"\x1a"
        virtual.set(cover_open=False)
        assert hear(connection, 7) == PROOF.replace(b"0007", b"0008")
    assert len(virtual.strips) == 2


def test_without_power_nobody_answers_and_the_connection_is_dead_when_it_is_back(virtual: RunningPrinter) -> None:
    with connect(virtual) as connection:
        connection.sendall(DATA[:-40])
        connection.sendall(STATUS)
        assert hear(connection, 1) == b"\x12"
        virtual.set(off=True)
        with pytest.raises(ConnectionRefusedError):
            connect(virtual)
        connection.sendall(STATUS)
        virtual.set(off=False)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with connect(virtual) as connection:
        connection.sendall(STATUS)
        assert hear(connection, 1) == b"\x12"


def test_a_moment_without_power_breaks_the_connection(virtual: RunningPrinter) -> None:
    with connect(virtual) as connection, connect(virtual) as waiting:
        connection.sendall(STATUS)
        assert hear(connection, 1) == b"\x12"
        virtual.power_cycle()
        for each in (connection, waiting):
            with pytest.raises(ConnectionResetError):
                each.recv(1)


def test_it_may_turn_others_away(virtual: RunningPrinter) -> None:
    virtual.set(refuses_others=True)
    with connect(virtual) as first:
        first.sendall(STATUS)
        assert hear(first, 1) == b"\x12"
        with connect(virtual) as other:
            assert other.recv(1) == b""
        first.sendall(STATUS)
        assert hear(first, 1) == b"\x12"


def test_a_full_buffer_holds_the_sender_up(virtual: RunningPrinter) -> None:
    virtual.set(cover_open=True, buffer=512)
    data = bytes(1_000_000) + DATA
    with connect(virtual) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < len(data):
                sent += connection.send(data[sent : sent + 4096])
        assert sent < len(data) - 4096
        assert virtual.virtual.waits <= 512
        virtual.set(cover_open=False)
        connection.settimeout(30)
        connection.sendall(data[sent:])
        assert hear(connection, 7) == PROOF
    assert virtual.links == [SLIP.link]


def test_a_slow_printer_confirms_when_it_is_done(virtual: RunningPrinter) -> None:
    virtual.set(bytes_a_second=20_000, buffer=256)
    with connect(virtual) as connection:
        connection.sendall(DATA + STATUS)
        assert sorted(hear(connection, 8)) == sorted(PROOF + b"\x12")
    assert virtual.links == [SLIP.link]


# On the paper


@pytest.mark.parametrize(
    ("model", "slot", "encoding", "text"),
    [
        ("epson", 46, "cp1251", "Ґанок, їжак"),
        ("epson", 18, "cp852", "Żabka łódź"),
        ("pos-5890", 73, "cp1251", "Ґанок, їжак"),
        ("rongta", 6, "cp1251", "Ґанок, їжак"),
        ("star", 34, "cp1251", "Ґанок, їжак"),
    ],
)
def test_each_make_counts_its_code_pages_in_its_own_way(model: str, slot: int, encoding: str, text: str) -> None:
    [strip] = torn(b"\x1c.\x1bt" + bytes([slot]) + text.encode(encoding), model)
    assert strip.text == text


def torn(data: bytes, model: str) -> list[Strip]:
    strips: list[Strip] = []
    reader = Reader(576, strips.append, lambda _: None, lambda: None, MODELS[model])
    reader.feed(data)
    reader.tear()
    return strips


def test_in_chinese_mode_two_bytes_are_one_letter() -> None:
    ukrainian = "Ґанок".encode("cp1251")
    assert torn(b"\x1bt\x06" + ukrainian, "rongta")[0].text != "Ґанок"
    assert torn(b"\x1c.\x1bt\x06" + ukrainian, "rongta")[0].text == "Ґанок"
    assert torn("中文".encode("gb18030"), "rongta")[0].text == "中文"
    assert torn(b"\x1c.\x1c&" + "中文".encode("gb18030"), "rongta")[0].text == "中文"
    assert torn(b"\x1c.\x1b@" + "中文".encode("gb18030"), "rongta")[0].text == "中文", "a reset begins it again"


def test_the_code_page_goes_back_with_a_reset() -> None:
    word = "Привіт".encode("cp1251")
    [strip] = torn(b"\x1bt\x2e" + word + b"\n\x1b@" + word, "epson")
    first, second = strip.text.splitlines()
    assert first == "Привіт"
    assert second == word.decode("cp437")


def test_a_code_that_is_too_wide_is_not_printed_and_only_a_question_tells() -> None:
    size = b"\x1d(k\x03\x001R0"
    strips, answers = paper(module(16) + QR + size + module(40) + QR + b"a" + CUT)
    assert answers == [b"\x37\x36336\x1f336\x1f1\x1f0\x00"]
    assert read_links(strips[0].png) == ["1234567", "1234567"]  # 40 dots are no module: the 16 stand
    narrow: list[Strip] = []
    answers = []
    reader = Reader(330, narrow.append, answers.append, lambda: None)
    reader.feed(module(16) + QR + size + b"a" + CUT)
    assert narrow[0].text == "a"
    assert answers == [b"\x37\x36336\x1f336\x1f1\x1f1\x00"]


def test_a_printer_without_codes_of_its_own_prints_none() -> None:
    assert torn(module(6) + QR + b"a", "pos-5890")[0].text == "a"


@pytest.mark.parametrize("cut", [b"\x1dV\x00", b"\x1dV\x01", b"\x1dV0", b"\x1dV1", b"\x1bi", b"\x1bm"])
def test_a_cut_without_a_feed_goes_through_what_is_not_past_the_blade(cut: bytes) -> None:
    far, near = b"\x1bJ\x78", b"\x1bJ\x20"
    strips, _ = paper(module(8) + QR + far + cut + b"next\n" + CUT)
    assert [strip.text for strip in strips] == ["[qr]", "next"]
    assert read_links(strips[0].png) == ["1234567"]
    strips, _ = paper(module(8) + QR + near + cut + b"next\n" + CUT)
    assert [read_links(strip.png) for strip in strips] == [[], []]
    with pytest.raises(AssertionError, match="none scans"):
        check(strips[1].png, strips[1].text)


@pytest.mark.parametrize("mode", [65, 66, 97, 98, 103, 104])
def test_a_cut_with_a_feed_cuts_below(mode: int) -> None:
    strips, _ = paper(module(8) + QR + b"\x1dV" + bytes([mode, 9]) + b"next\n" + CUT)
    assert [strip.text for strip in strips] == ["[qr]", "next"]
    assert read_links(strips[0].png) == ["1234567"]
    assert TO_THE_BLADE > 100


def raster_of(strip: Strip, doubled: int) -> bytes:
    """The strip's dots as `GS v 0`, `GS ( L` and `GS 8 L` want them."""
    from io import BytesIO

    from PIL import Image, ImageOps

    image = Image.open(BytesIO(strip.png)).convert("1")
    image = image.crop((0, 0, 360, image.height))
    image = image.resize((image.width // doubled, image.height // doubled), Image.Resampling.NEAREST)
    return image.width.to_bytes(2, "little") + image.height.to_bytes(2, "little") + ImageOps.invert(image).tobytes()


@pytest.mark.parametrize("way", ["v0", "v3", "v51", "(L", "8L", "*"])
def test_pictures_of_every_kind_scan(way: str) -> None:
    [code], _ = paper(b"\x1ba\x00\n\n" + b"    " + module(8) + QR + CUT)
    doubled = 2 if way in {"v3", "v51"} else 1
    raster = raster_of(code, doubled)
    width, rows = int.from_bytes(raster[:2], "little"), raster[4:]
    row = (width + 7) // 8
    head = b"\x30\x70\x30\x01\x01\x31" + raster
    match way:
        case "(L":
            data = b"\x1d(L" + len(head).to_bytes(2, "little") + head + b"\x1d(L\x02\x0002"
        case "8L":
            data = b"\x1d8L" + len(head).to_bytes(4, "little") + head + b"\x1d(L\x02\x0002"
        case "*":
            data = b"\x1b3\x00" + b"".join(in_columns(rows, width, at) for at in range(0, len(rows) // row, 24))
        case mode:
            data = b"\x1dv0" + bytes([int(mode[1:])]) + row.to_bytes(2, "little") + raster[2:4] + rows
    [strip], _ = paper(data + CUT)
    assert read_links(strip.png) == ["1234567"]
    assert "[picture]" in strip.text


def in_columns(rows: bytes, width: int, top: int) -> bytes:
    """24 lines of dots as `ESC * 33`."""
    row = (width + 7) // 8

    def dot(x: int, y: int) -> int:
        at = y * row + x // 8
        return rows[at] >> (7 - x % 8) & 1 if at < len(rows) else 0

    columns = bytearray()
    for x in range(width):
        bits = "".join(str(dot(x, top + y)) for y in range(24))
        columns += int(bits, 2).to_bytes(3, "big")
    return b"\x1b*\x21" + width.to_bytes(2, "little") + bytes(columns) + b"\n"


def test_it_says_who_it_is_and_clones_do_not() -> None:
    ask = b"\x1dI\x42\x1dI\x43"
    assert paper(ask)[1] == [b"_EPSON\x00", b"_TM-T20III\x00"]
    assert paper(ask, model="rongta")[1] == []
    assert paper(DATA, model="rongta")[1] == []


def test_commands_that_it_need_not_obey_leave_no_letters() -> None:
    odd = [
        *(b"\x1b ", b"\x1b-", b"\x1bR", b"\x1b{", b"\x1bV"),
        *(b"\x1dB", b"\x1dH", b"\x1dh", b"\x1dw", b"\x1df", b"\x1c!", b"\x1c-"),
    ]
    longer = b"\x1b$AA\x1dLAA\x1dWAA\x1cSAA\x1bWAAAAAAAA\x1bDAAA\x00\x1bL\x0c\x1dkA\x03AAA\x1c2" + b"A" * 74
    [strip] = torn(b"".join(each + b"A" for each in odd) + longer + b"\nend", "epson")
    assert strip.text.splitlines()[-1] == "end"
    assert not re.search("A", strip.text)


def test_codes_that_only_a_fresh_print_shows_are_found_out() -> None:
    [small] = torn(b"\x1ba\x01\n\n" + module(2) + QR + b"\n\n", "epson")
    assert read_links(small.png) == ["1234567"]
    with pytest.raises(AssertionError, match="worn paper does not scan"):
        check(small.png)
    [good] = torn(b"\x1ba\x01\n\n" + module(6) + QR + b"\n\n", "epson")
    assert check(good.png).worn == ["1234567"]


# By cable


def test_by_a_serial_line(make_printer: MakePrinter) -> None:
    printer = make_printer(by="serial", baud=38_400)
    path = printer.address.removeprefix("serial://").partition("?")[0]
    with serial.Serial(path, 38_400, timeout=30, rtscts=True) as line:
        line.write(DATA + STATUS)
        assert sorted(line.read(8)) == sorted(PROOF + b"\x12")
    assert printer.links == [SLIP.link]


def test_at_another_speed_nothing_is_understood(make_printer: MakePrinter) -> None:
    printer = make_printer(by="serial", baud=9600)
    printer.set(paper_low=True)
    path = printer.address.removeprefix("serial://").partition("?")[0]
    with serial.Serial(path, 19_200, timeout=30) as line:
        line.write(b"\x10\x04\x04")
        until(lambda: printer.virtual.received == 3, "three bytes at the printer")
        line.baudrate = 9600
        line.write(STATUS)
        assert line.read(1) == b"\x12"


@pytest.mark.parametrize("flow", ["rts", "xon", "none"])
def test_a_serial_line_that_is_too_quick(make_printer: MakePrinter, flow: str) -> None:
    printer = make_printer(by="serial", flow=flow)
    printer.set(buffer=4096, bytes_a_second=400_000)
    path = printer.address.removeprefix("serial://").partition("?")[0]
    long = b"\x1dv0\x00\x48\x00\xff\x01" + bytes(0x48 * 0x1FF) + DATA
    with serial.Serial(path, 19_200, timeout=30, xonxoff=flow == "xon", rtscts=flow == "rts") as line:
        line.write(long)
        if flow == "none":
            assert isinstance(printer.cable, SerialCable)
            until(lambda: printer.cable.lost, "bytes that are lost")
        else:
            assert line.read_until(PROOF).endswith(PROOF)
            assert printer.links == [SLIP.link]


def test_by_a_usb_device_file_that_goes_with_the_power(make_printer: MakePrinter) -> None:
    printer = make_printer(by="usb")
    path = printer.address.removeprefix("usb://")
    device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        assert os.write(device, DATA) == len(DATA)
        assert select.select([device], [], [], 30)[0]
        assert os.read(device, 100) == PROOF
        printer.set(off=True)
        with pytest.raises((OSError, termios.error)):
            os.write(device, STATUS)
        with pytest.raises(FileNotFoundError):
            os.open(path, os.O_RDWR)
    finally:
        os.close(device)
    printer.set(off=False)
    device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        os.write(device, STATUS)
        assert select.select([device], [], [], 30)[0]
        assert os.read(device, 1) == b"\x12"
    finally:
        os.close(device)
    assert printer.links == [SLIP.link]


@pytest.mark.parametrize("by", ["serial", "usb"])
def test_power_lost_in_the_middle_over_a_cable(make_printer: MakePrinter, by: str) -> None:
    printer = make_printer(by=by)
    printer.set(reset_after=len(DATA) - 40)
    write(printer, DATA[:-40])
    printer.wait_for(lambda: printer.virtual.faults.reset_after is None)
    device = write(printer, DATA, close=False)
    try:
        assert select.select([device], [], [], 30)[0]
        assert os.read(device, 100) == PROOF
    finally:
        os.close(device)
    [strip] = printer.strips
    assert read_links(strip.png) == [SLIP.link, SLIP.link]


def test_a_cable_that_is_pulled_out(make_printer: MakePrinter) -> None:
    printer = make_printer(by="usb")
    device = write(printer, STATUS, close=False)
    try:
        assert select.select([device], [], [], 30)[0]
        assert os.read(device, 1) == b"\x12"
        printer.unplug()
        with pytest.raises(OSError, match="Input/output error"):
            os.write(device, STATUS)
    finally:
        os.close(device)


def write(printer: RunningPrinter, data: bytes, *, close: bool = True) -> int:
    """Write to its device file as a program does that opens it."""
    path = printer.address.partition("://")[2].partition("?")[0]
    device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    if printer.address.startswith("serial:"):
        settings = termios.tcgetattr(device)
        settings[4:6] = termios.B19200, termios.B19200
        termios.tcsetattr(device, termios.TCSANOW, settings)
    assert os.write(device, data) == len(data)
    if close:
        os.close(device)
    return device
