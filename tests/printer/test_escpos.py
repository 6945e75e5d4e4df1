"""What goes to the printer comes out on paper: read from the picture, as a customer's phone does."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printer.escpos import render
from printer.profiles import PROFILES, Profile
from printer.slip import INVITATION, LANGUAGES, LONGEST, Slip, lay_out
from simulators.escpos_reader import Reader
from simulators.paper import Strip
from tests.printer.paper import read_links

LINK = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/QAAABBGAEAAAAAAQ7K5W2ZJ4N3TA"


class Printed:
    """The paper that some bytes make."""

    def __init__(self, data: bytes, width: int) -> None:
        self.strips: list[Strip] = []
        self.answers: list[bytes] = []
        self.drawer = 0
        reader = Reader(width, self.strips.append, self.answers.append, self._open_drawer)
        reader.feed(data)
        reader.tear()

    def _open_drawer(self) -> None:
        self.drawer += 1


def slip(shop: str = "Ґанок", language: str = "uk", *, copy: bool = False) -> Slip:
    return Slip(shop, INVITATION[language], LINK, "0042", language, copy)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("copy", [False, True])
def test_the_paper_scans_to_the_link_and_is_short(profile: Profile, language: str, copy: bool) -> None:
    wanted = slip(language=language, copy=copy)
    document = render(wanted, profile, 1)
    printed = Printed(document.data, profile.width)
    [strip] = printed.strips
    assert read_links(strip.png) == [LINK]
    assert strip.printed <= LONGEST
    [answer] = printed.answers
    assert document.answer.search(answer)


def test_ukrainian_and_english_are_right_in_the_printer_s_own_letters() -> None:
    [strip] = Printed(render(slip(copy=True), PROFILES["epson-80"], 1).data, 576).strips
    assert strip.text.splitlines()[:4] == [
        "КОПІЯ · Ґанок",
        "Як вам сьогодні у нас? Скануйте",
        "й скажіть: це пів хвилини.",
        "[qr]",
    ]


def test_letters_that_the_code_page_has_not_are_drawn() -> None:
    [strip] = Printed(render(slip("Žižkov ₴"), PROFILES["epson-80"], 1).data, 576).strips
    assert strip.text.splitlines()[0] == "[picture]"
    assert "?" not in strip.text.replace("у нас?", "")


def test_the_proof_carries_the_job_s_number() -> None:
    answer = render(slip(), PROFILES["epson-80"], 70_042).answer
    assert answer.fullmatch(b"\x37\x220042\x00")
    assert not answer.search(b"\x37\x220041\x00")


def test_a_code_as_a_picture_is_small() -> None:
    data = render(slip(), PROFILES["other-58"], 1).data
    head = data.index(b"\x1dv0\x03")
    size = int.from_bytes(data[head + 4 : head + 6], "little") * int.from_bytes(data[head + 6 : head + 8], "little")
    assert size <= 2000
    assert lay_out(slip(), 384).module == 6


@settings(deadline=None)
@given(shop=st.text(max_size=40), profile=st.sampled_from(list(PROFILES.values())))
def test_no_name_opens_the_till(shop: str, profile: Profile) -> None:
    data = render(slip(f"{shop}\x1bp\x00\x19\x19\x10\x14\x01\x00\x01"), profile, 1).data
    printed = Printed(data, profile.width)
    assert printed.drawer == 0
    assert len(printed.strips) == 1
    # What printers carry out even in the middle of a picture.
    assert not re.search(rb"\x10[\x04\x05\x14]", data)
