"""A till's own receipts, through the proxy onto paper: the code is where it belongs, and all else as it was."""

import io
import re
import socket

import pytest
from PIL import Image, ImageChops

from printer.codes import Receipt, decode
from printer.proxy.insertion import LOOKED_AT, Rule
from simulators.paper import TO_THE_BLADE, Strip
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter, read_links
from tests.printer.proxy import receipts
from tests.printer.proxy.conftest import EVERY, SHOP, MakeProxy
from tests.printer.proxy.receipts import Till

OURS = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/"


def serials(strip: Strip) -> list[int]:
    """Numbers of our codes on a strip."""
    found = [decode(link.removeprefix(OURS)).content for link in read_links(strip.png) if link.startswith(OURS)]
    return [content.serial for content in found if isinstance(content, Receipt)]


def printed(port: int, printer: RunningPrinter, *data: bytes, piece: int | None = None) -> list[Strip]:
    """The strips that come out for some jobs in one connection."""
    before = len(printer.strips)
    till = Till(port)
    for each in data:
        till.send(each, piece)
    till.hang_up()
    return printer.strips[before:]


@pytest.mark.parametrize(
    ("receipt", "rule"),
    [
        (receipts.plain(), SHOP),
        (receipts.old_school(), SHOP),
        (receipts.logo_above(), SHOP),
        (receipts.graphics(), SHOP),
        (receipts.drawn(), EVERY),
    ],
    ids=["plain", "old school", "logo", "graphics", "drawn"],
)
@pytest.mark.parametrize("piece", [None, 1, 7])
def test_a_receipt_gets_one_code_and_is_otherwise_the_same(
    make_printer: MakePrinter, make_proxy: MakeProxy, receipt: bytes, rule: Rule, piece: int | None
) -> None:
    without, virtual = make_printer(), make_printer()
    [alone] = printed(without.port, without, receipt)
    [strip] = printed(make_proxy(virtual.port, rule), virtual, receipt, piece=piece)
    assert len(serials(strip)) == 1
    kept = strip.text.splitlines()
    assert [line for line in alone.text.splitlines() if line not in kept] == []
    # What was above is above, dot by dot; the code follows it.
    height = dots_of(alone).height - TO_THE_BLADE
    assert_same(dots_of(strip).crop((0, 0, 576, height)), dots_of(alone).crop((0, 0, 576, height)))


@pytest.mark.parametrize("leave", [receipts.kitchen(), receipts.card_slip(), receipts.drawer() + receipts.kitchen()])
@pytest.mark.parametrize("piece", [None, 1])
def test_what_is_no_receipt_stays_as_it_is(
    virtual: RunningPrinter, make_proxy: MakeProxy, leave: bytes, piece: int | None
) -> None:
    [strip] = printed(make_proxy(virtual.port), virtual, leave, piece=piece)
    assert read_links(strip.png) == []
    assert "[picture]" not in strip.text


def test_the_drawer_alone_opens_and_nothing_is_printed(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    assert printed(make_proxy(virtual.port, EVERY), virtual, receipts.drawer()) == []
    assert virtual.virtual.drawer == 1


def test_a_picture_of_the_receipt_has_no_text_to_match(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    [strip] = printed(make_proxy(virtual.port, SHOP), virtual, receipts.drawn())
    assert read_links(strip.png) == []


def test_each_receipt_of_a_connection_gets_a_code_of_its_own(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    jobs = (
        receipts.plain("0001"),
        receipts.kitchen(),
        receipts.old_school("0002"),
        receipts.card_slip(),
        receipts.plain("0003"),
    )
    found = [serials(strip) for strip in printed(make_proxy(virtual.port), virtual, b"".join(jobs))]
    assert [len(each) for each in found] == [1, 0, 1, 0, 1]
    assert len({serial for each in found for serial in each}) == 3


def test_a_long_receipt_is_known_by_its_end(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    """Where its total and its number are."""
    head, line, rest = receipts.plain().partition(b"Coffee")
    many = f"{receipts.LINES[1]}\n".encode() * 700
    [strip] = printed(make_proxy(virtual.port), virtual, head + many + line + rest)
    assert len(strip.text) > LOOKED_AT
    assert len(serials(strip)) == 1


def test_a_receipt_that_is_cut_twice_gets_one_code(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    strips = printed(make_proxy(virtual.port), virtual, receipts.plain() + b"\n\n\x1dV\x42\x00\x1bi" + receipts.plain())
    assert [len(serials(strip)) for strip in strips if "TOTAL" in strip.text] == [1, 1]
    assert sum(len(serials(strip)) for strip in strips) == 2


def test_a_receipt_may_come_in_several_connections(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    port = make_proxy(virtual.port)
    whole = receipts.plain()
    half = whole.index(b"TOTAL")
    assert printed(port, virtual, whole[:half]) == []
    [strip] = printed(port, virtual, whole[half:])
    assert len(serials(strip)) == 1


def test_the_receipt_s_number_stands_below_the_code(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    port = make_proxy(virtual.port)
    nameless = receipts.plain("")
    [without], [numbered] = printed(port, virtual, nameless), printed(port, virtual, receipts.plain("0042"))
    assert numbered.text.count("[picture]") == without.text.count("[picture]") + 1


@pytest.mark.parametrize(
    "cut",
    [b"\x1dV\x00", b"\x1dV0", b"\x1dV\x01", b"\x1dV1", b"\x1bi", b"\x1bm", b"\x1dVA\x00", b"\x1dVB\x05", b"\x1dVg\x00"],
)
def test_every_kind_of_cut_is_past_the_code(virtual: RunningPrinter, make_proxy: MakeProxy, cut: bytes) -> None:
    """The blade is some way above the head: what is not fed there would be cut through."""
    [strip] = printed(make_proxy(virtual.port), virtual, receipts.plain(cut=cut))
    assert len(serials(strip)) == 1
    assert strip.text.splitlines()[-1] != "[qr]"


SETTINGS = {
    "none": b"",
    "right": b"\x1ba\x02",
    "big and bold": b"\x1b!\x38\x1d!\x22",
    "reverse and underlined": b"\x1dB\x01\x1b-\x02",
    "small": b"\x1bM\x01",
    "wide lines": b"\x1b3\x60",
    "page": b"\x1bt\x11",
    "code": b"\x1d(k\x03\x00\x31\x43\x05",
    "margin": b"\x1dP\xcb\xcb\x1dL\x30\x00\x1dW\x80\x01\x1dP\x00\x00",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_next_receipt_looks_as_without_us(
    make_printer: MakePrinter, make_proxy: MakeProxy, settings: bytes
) -> None:
    """The till sets how it prints once, and never resets."""
    code = b"\x1d(k\x17\x00\x31\x50\x30HTTPS://TILL.EXAMPLE\x1d(k\x03\x00\x31\x51\x30"
    text = "TOTAL Чек 0042\n".encode("cp866") + code + b"\n\x1dV\x42\x00"
    without, virtual = make_printer(), make_printer()
    alone = printed(without.port, without, settings + text, text)
    strips = printed(make_proxy(virtual.port), virtual, settings + text, text)
    assert [len(serials(strip)) for strip in strips] == [1, 1]
    for strip, expected in zip(strips, alone, strict=True):
        height = dots_of(expected).height - TO_THE_BLADE
        assert_same(dots_of(strip).crop((0, 0, 576, height)), dots_of(expected).crop((0, 0, 576, height)))


def test_margins_are_set_aside_for_the_code_and_set_back(make_proxy: MakeProxy) -> None:
    """Sent are: the whole width in plain units, the code, and then each as it was set, in the units of that time."""
    sent = through(make_proxy, b"\x1b@\x1dP\xcb\xcb\x1dL\x30\x00\x1dP\x00\x00TOTAL\n\x1dV\x42\x00")
    ours = sent[sent.index(b"TOTAL\n") + 6 : -4]
    assert ours.startswith(b"\x1dP\x00\x00\x1dL\x00\x00\x1dW\x40\x02\x1ba\x01\x1dv0")
    assert ours.endswith(b"\x1ba\x00" + b"\x1dP\xcb\xcb\x1dL\x30\x00" + b"\x1dP\x00\x00")


@pytest.mark.parametrize(
    "odd",
    [
        b"\x1f\x01",  # nobody knows what this is
        b"\x1dx",
        b"\x1bL\x1ba\x02page mode\x0c",
        b"\x1cq\x01\x01\x00\x01\x00" + b"\x00" * 8,  # resets the printer
        b"\x1d(E\x03\x00\x01\x49\x4e",
        b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
        b"\x1bc0\x04",
    ],
    ids=["unknown", "unknown command", "page mode", "stored picture", "set-up", "cleared", "cheque"],
)
def test_it_only_forwards_what_it_cannot_follow(make_proxy: MakeProxy, odd: bytes) -> None:
    stream = b"\x1b@" + odd + b"TOTAL\n\x1dV\x42\x00TOTAL\n\x1dV\x42\x00"
    assert through(make_proxy, stream) == stream


def test_after_the_unknown_the_next_connection_gets_codes_again(make_proxy: MakeProxy) -> None:
    with Sink() as sink:
        port = make_proxy(sink.port)
        odd = b"\x1b@\x1f\x01TOTAL\n\x1dV\x42\x00"
        assert sink.gets(port, odd) == odd
        # How the printer is set, nobody knows until it is reset.
        unknown = b"TOTAL\n\x1dV\x42\x00"
        assert sink.gets(port, unknown) == unknown
        assert b"\x1dv0" in sink.gets(port, b"\x1b@TOTAL\n\x1dV\x42\x00")


def test_a_cut_in_the_middle_of_a_line_is_none(make_proxy: MakeProxy) -> None:
    stream = b"\x1b@TOTAL\x1dV\x00"
    assert through(make_proxy, stream) == stream


def test_what_goes_to_the_customer_s_display_is_no_receipt(make_proxy: MakeProxy) -> None:
    stream = b"\x1b@\x1b=\x02\x0cTOTAL 175.00\x1f\x42\n\x1dV\x00\x1b=\x01\x1bp\x00\x19\xfa\x1dV\x00"
    assert through(make_proxy, stream) == stream


def test_an_unfinished_command_goes_on_when_the_till_hangs_up(make_proxy: MakeProxy) -> None:
    assert through(make_proxy, b"\x1b@text\n\x1dV") == b"\x1b@text\n\x1dV"


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "gb18030"])
def test_text_is_matched_in_the_page_that_the_printer_begins_with(make_proxy: MakeProxy, encoding: str) -> None:
    rule = Rule(re.compile("РАЗОМ"))
    stream = b"\x1b@" + "РАЗОМ 175,00\n".encode(encoding) + b"\x1dV\x42\x00"
    assert b"\x1dv0" in through(make_proxy, stream, rule=rule, encoding=encoding)
    assert through(make_proxy, stream, rule=rule, encoding="cp437") == stream


class Sink:
    """A printer that only keeps what comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def gets(self, port: int, data: bytes) -> bytes:
        """What comes of some data that a till sends."""
        till = Till(port)
        peer, _ = self._listener.accept()
        till.send(data)
        till.say_no_more()
        with peer:
            received = b"".join(iter(lambda: peer.recv(4096), b""))
        assert till.listen() == b""
        return received


def through(make_proxy: MakeProxy, data: bytes, **options: object) -> bytes:
    with Sink() as sink:
        return sink.gets(make_proxy(sink.port, **options), data)


def dots_of(strip: Strip) -> Image.Image:
    return Image.open(io.BytesIO(strip.png))


def assert_same(left: Image.Image, right: Image.Image) -> None:
    assert left.size == right.size
    assert ImageChops.logical_xor(left, right).getbbox() is None
