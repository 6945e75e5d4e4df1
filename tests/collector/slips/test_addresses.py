"""What somebody types is one address, and is shown again as it was typed; nothing leads where it should not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.slips.addresses import SPEEDS, WAYS, Unfit, address_of, fields_of, fits, is_here, kind_of, way_of
from printer.profiles import PROFILES
from printer.transport.serial_line import FLOWS


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"way": "tcp", "host": " 192.168.1.50 "}, "tcp://192.168.1.50:9100"),
        ({"way": "tcp", "host": "Printer-2.Shop", "port": "9101"}, "tcp://printer-2.shop:9101"),
        ({"way": "tcp", "host": "till_2.shop"}, "tcp://till_2.shop:9100"),
        ({"way": "tcp", "host": "0xshop"}, "tcp://0xshop:9100"),
        ({"way": "tcp", "host": "1.printer"}, "tcp://1.printer:9100"),
        ({"way": "tcp", "host": "fd00::5"}, "tcp://[fd00::5]:9100"),
        ({"way": "tcp", "host": "[fd00::5]"}, "tcp://[fd00::5]:9100"),
        ({"way": "usb", "usb": "/dev/usb/lp0"}, "usb:///dev/usb/lp0"),
        ({"way": "serial", "serial": "/dev/ttyUSB0"}, "serial:///dev/ttyUSB0?baud=9600"),
        (
            {"way": "serial", "serial": "/dev/serial/by-id/usb-Epson_TM-T20-if00", "baud": "115200", "flow": "rtscts"},
            "serial:///dev/serial/by-id/usb-Epson_TM-T20-if00?baud=115200&flow=rtscts",
        ),
        ({"way": "kiosk", "kiosk": "riverside-exit"}, "kiosk://riverside-exit"),
        ({"way": "cloudprnt", "host": "left over"}, "cloudprnt:"),
        ({"way": "epson-sdp"}, "epson-sdp:"),
    ],
)
def test_what_is_typed_is_an_address(fields: dict[str, str], address: str) -> None:
    assert address_of(fields) == address
    assert address_of(fields_of(address)) == address
    assert way_of(address) == fields["way"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "way"),
        ({"way": "smoke"}, "way"),
        ({"way": "tcp", "host": ""}, "host"),
        ({"way": "tcp", "host": "192.168.1.500"}, "host"),
        ({"way": "tcp", "host": "192.168.1"}, "host"),
        ({"way": "tcp", "host": "0x7f.1"}, "host"),
        ({"way": "tcp", "host": "0x7f000001"}, "host"),
        ({"way": "tcp", "host": "127.0x1"}, "host"),
        ({"way": "tcp", "host": "2130706433"}, "host"),
        ({"way": "tcp", "host": "0177.0.0.1"}, "host"),
        ({"way": "tcp", "host": "printer.0x"}, "host"),
        ({"way": "tcp", "host": "a..b"}, "host"),
        ({"way": "tcp", "host": "-printer"}, "host"),
        ({"way": "tcp", "host": "printer-.shop"}, "host"),
        ({"way": "tcp", "host": "a" * 64}, "host"),
        ({"way": "tcp", "host": ".".join(["a" * 63] * 4)}, "host"),
        ({"way": "tcp", "host": "fe80::1%eth0"}, "host"),
        ({"way": "tcp", "host": "fe80::1%a/b"}, "host"),
        ({"way": "tcp", "host": "printer/../x"}, "host"),
        ({"way": "tcp", "host": "printer@elsewhere"}, "host"),
        ({"way": "tcp", "host": "tcp://printer"}, "host"),
        ({"way": "tcp", "host": "printer", "port": "0"}, "port"),
        ({"way": "tcp", "host": "printer", "port": "65536"}, "port"),
        ({"way": "tcp", "host": "printer", "port": "٩١"}, "port"),
        ({"way": "usb", "usb": "/dev/sda"}, "usb"),
        ({"way": "usb", "usb": "/dev/usb/../../etc/passwd"}, "usb"),
        ({"way": "usb", "usb": "/var/lib/smilepost/secret"}, "usb"),
        ({"way": "serial", "serial": "/dev/tty"}, "serial"),
        ({"way": "serial", "serial": "/dev/serial/by-id/../../mem"}, "serial"),
        ({"way": "serial", "serial": "/dev/serial/by-id/.."}, "serial"),
        ({"way": "serial", "serial": "/dev/serial/by-path/a..b"}, "serial"),
        ({"way": "serial", "serial": "/dev/ttyUSB0?baud=1"}, "serial"),
        ({"way": "serial", "serial": "/dev/ttyUSB0", "baud": "9"}, "serial"),
        ({"way": "serial", "serial": "/dev/ttyUSB0", "flow": "no"}, "serial"),
        ({"way": "kiosk", "kiosk": "a/b"}, "kiosk"),
    ],
)
def test_what_makes_no_address_names_its_field(fields: dict[str, str], field: str) -> None:
    with pytest.raises(Unfit) as problem:
        address_of(fields)
    assert problem.value.field == field


@given(st.dictionaries(st.sampled_from(["way", "host", "port", "usb", "serial", "kiosk"]), st.text()))
def test_no_text_makes_an_address_that_is_another_one(fields: dict[str, str]) -> None:
    try:
        address = address_of(fields)
    except Unfit:
        return
    assert address_of(fields_of(address)) == address


@given(st.sampled_from(SPEEDS), st.sampled_from(FLOWS))
def test_all_that_the_form_offers_is_taken(baud: int, flow: str) -> None:
    fields = {"way": "serial", "serial": "/dev/ttyS0", "baud": str(baud), "flow": flow}
    assert fields_of(address_of(fields)) == fields


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("tcp://127.0.0.1:9100", True),
        ("tcp://localhost:9100", True),
        ("tcp://printer.localhost:9100", True),
        ("tcp://[::1]:9100", True),
        ("tcp://[::ffff:127.0.0.1]:9100", True),
        ("tcp://0.0.0.0:9100", True),
        ("tcp://169.254.169.254:80", True),
        ("usb:///dev/usb/lp0", True),
        ("serial:///dev/ttyS0?baud=9600", True),
        ("tcp://192.168.1.50:9100", False),
        ("tcp://printer.shop:9100", False),
        ("kiosk://riverside-exit", False),
        ("cloudprnt:", False),
    ],
)
def test_what_leads_to_the_collectors_own_machine(address: str, here: bool) -> None:
    assert is_here(address) is here


def test_a_printer_that_fetches_is_of_its_maker() -> None:
    found = {way: {key.partition("-")[0] for key in PROFILES if fits(way, key)} for way in WAYS}
    assert (found.pop("cloudprnt"), found.pop("epson-sdp")) == ({"star"}, {"epson"})
    assert all(len(makers) > 5 for makers in found.values())


def test_who_brings_the_slips() -> None:
    brought = {way: kind_of(address) for way, address in (("tcp", "tcp://a:1"), ("kiosk", "kiosk://a"))}
    assert brought == {"tcp": "print", "kiosk": "relay"}
    assert kind_of("cloudprnt:") == kind_of("epson-sdp:") == "fetch"
