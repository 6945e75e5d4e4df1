"""Every state that a printer can be found in has its words, however it is connected."""

from datetime import timedelta

import pytest
from flask import Flask

from collector.slips.addresses import WAYS
from collector.slips.judge import STATES, UNKNOWN, UNWATCHED
from collector.slips.queries import Desk, Printer
from collector.slips.words import address_words, code_page_words, printer_words, profile_words, seen_words
from collector.words import zone
from printer import condition as conditions
from printer.profiles import PROFILES
from tests.factories import NOW

CONDITIONS = [each for each in vars(conditions).values() if isinstance(each, conditions.Condition)]
READY = {each.state for each in CONDITIONS if each.ready}
ADDRESSES = {
    "tcp": "tcp://192.168.1.50:9100",
    "usb": "usb:///dev/usb/lp0",
    "serial": "serial:///dev/ttyUSB0?baud=19200",
    "kiosk": "kiosk://riverside-exit",
    "cloudprnt": "cloudprnt:",
    "epson-sdp": "epson-sdp:",
}
KYIV = zone("Europe/Kyiv")


def make(way: str, state: str, **more: bool) -> Printer:
    seen_at = None if state == UNKNOWN else NOW - timedelta(minutes=10)
    return Printer(1, 1, "Checkout 2", ADDRESSES[way], "epson-80", None, state, seen_at, seen_at, **more)


def test_every_condition_is_a_state() -> None:
    assert set(STATES) == {UNKNOWN, UNWATCHED} | {each.state for each in CONDITIONS}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words(app: Flask, state: str, way: str) -> None:
    with app.test_request_context():
        found = make(way, state)
        said = printer_words(Desk(found, waiting=3, unsure=0, last=None), KYIV)
    assert "Checkout 2" in said
    # What keeps slips waiting says until when; nothing is known yet of a printer that nobody has looked at.
    is_at_hand = way in {"tcp", "usb", "serial"}
    assert ("3 slips that wait" in said) == (state not in READY and not (state == UNKNOWN and is_at_hand))


@pytest.mark.parametrize(
    ("way", "state", "more", "said"),
    [
        ("cloudprnt", "unknown", {}, "knows no address to call yet. Make one, and type it into the printer."),
        ("epson-sdp", "unknown", {"has_secret": True}, "has not called yet. Type its address into the printer, and"),
        ("cloudprnt", "unreachable", {}, "has not called since 11:42: is it switched on, and in its network?"),
        ("kiosk", "unknown", {}, "The kiosk riverside-exit has not said yet how the printer at Checkout 2 is"),
        (
            "kiosk",
            "unreachable",
            {},
            "riverside-exit, which brings slips to the printer at Checkout 2, is away: is",
        ),
        ("tcp", "unwatched", {}, "since 11:42: is Smilepost's printing part running?"),
    ],
)
def test_who_is_away_and_since_when(app: Flask, way: str, state: str, more: dict[str, bool], said: str) -> None:
    with app.test_request_context():
        app.extensions["now"] = lambda: NOW
        found = make(way, state, **more)
        assert said in printer_words(Desk(found, waiting=0, unsure=0, last=None), KYIV)
        assert seen_words(found, KYIV) == ""
        assert seen_words(make(way, "ready"), KYIV) == "seen 11:42"


def test_connections_and_kinds_are_said_in_words(app: Flask) -> None:
    with app.test_request_context():
        assert [address_words(address) for address in ADDRESSES.values()] == [
            "network, 192.168.1.50",
            "USB cable, /dev/usb/lp0",
            "serial cable, /dev/ttyUSB0 at 19200 baud",
            "behind the kiosk riverside-exit",
            "fetches its slips by Star CloudPRNT",
            "fetches its slips by Epson Server Direct Print",
        ]
        assert address_words("tcp://printer.shop:9101") == "network, printer.shop:9101"
        assert address_words("tcp://[fd00::5]:9100") == "network, fd00::5"
        assert address_words("tcp://[fd00::5]:9101") == "network, [fd00::5]:9101"
        assert profile_words("epson-80") == "makes QR codes itself · letters of its own · says when a slip is printed"
        assert "nobody knows" in profile_words("mute-80")
        pages = {page.encoding for profile in PROFILES.values() for page in profile.code_pages}
        assert all("-" in code_page_words(page) or "CP" in code_page_words(page) for page in pages)
        assert (code_page_words("cp1251"), code_page_words("cp437")) == ("Windows-1251, Cyrillic", "cp437")
