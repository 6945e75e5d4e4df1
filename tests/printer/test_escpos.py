"""What goes to the printer comes out on paper: read from the picture, as a customer's phone does."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printer import qr
from printer.escpos import part, render
from printer.profiles import PROFILES, Profile
from printer.slip import INVITATION, LANGUAGES, Slip, lay_out
from tests.printer.makes import LOGO, Printed, png
from tests.printer.paper import check, read_links

LINK = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/QAAABBGAEAAAAAAQ7K5W2ZJ4N3TA"
EPSON = PROFILES["epson-80"]
SECOND_LINES = {
    "uk": ["Як вам сьогодні у нас? Скануйте", "й скажіть: це пів хвилини."],
    "en": ["How was it today? Scan and tell", "us: it takes half a minute."],
    "pl": ["Jak było dziś u nas? Zeskanuj", "i powiedz: to pół minuty."],
    "de": ["Wie war es heute? Scannen und", "sagen: eine halbe Minute."],
    "ru": ["Как вам сегодня? Сканируйте", "и скажите: это полминуты."],
}
#: In any language, what a slip's bytes may be made of: nothing here opens a till.
COMMANDS = re.compile(
    rb"""
      \x1b@ | \x1ba\x01 | \x1bt. | \x1b![\x00\x01\x08] | \x1b3[\x18\x12] | \x1c\.
    | [\x20-\x7e\x80-\xff]+\n
    | \x1dv0[\x00\x03](?P<width>..)(?P<height>..)
    | \x1d\(k(?P<size>..)
    | \x1bJ\x10 | \x1dVB\x00 | \x1bd\x04
    | \x1d\(H\x06\x00\x30\x30[0-9]{4} | \x1dr\x01
    """,
    re.DOTALL | re.VERBOSE,
)


def slip(shop: str = "Ґанок", language: str = "uk", **changes: object) -> Slip:
    values: dict[str, object] = {"shop": shop, "invitation": INVITATION[language], "link": LINK, "language": language}
    return Slip(**(values | {"reference": "0042"} | changes))  # type: ignore[arg-type]


def commands(data: bytes) -> Iterator[bytes]:
    """The commands of a slip; fails at anything that is none of ours."""
    at = 0
    while at < len(data):
        command = COMMANDS.match(data, at)
        assert command, f"no command of ours at {at}: {data[at : at + 20]!r}"
        at = command.end()
        if command["width"]:
            at += int.from_bytes(command["width"], "little") * int.from_bytes(command["height"], "little")
        if command["size"]:
            at += int.from_bytes(command["size"], "little")
        yield command[0]
    assert at == len(data)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_scans_to_the_link_and_is_short(profile: Profile, language: str) -> None:
    longest = slip(language=language, copy=True, logo=LOGO)
    for wanted in (longest, slip()) if language == "uk" else (longest,):
        document = render(wanted, profile, 1)
        printed = Printed(document.data, profile)
        [strip] = printed.strips
        assert check(strip.png).clean == [LINK]
        assert strip.printed <= 45 * profile.dots_per_mm
        assert "?" not in strip.text.replace("нас?", "").replace("сегодня?", "").replace("?", "", 1)
        if document.answer:
            [answer] = printed.answers
            assert document.answer.search(answer)
        assert profile.answers == "none" or document.answer


@pytest.mark.parametrize("profile", [each for each in PROFILES.values() if each.code_pages], ids=lambda each: each.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_right_in_the_printer_s_own_letters(profile: Profile, language: str) -> None:
    own = 0
    for page in profile.code_pages:
        text = Printed(render(slip(language=language), profile.with_code_page(page.encoding), 1).data, profile).text
        for printed, wanted in zip(text[1:3], SECOND_LINES[language], strict=True):
            assert printed in {wanted, "[picture]"}
            own += printed == wanted
    cyrillic = language in {"uk", "ru"} and "cp1251" not in {page.encoding for page in profile.code_pages}
    polish = language == "pl" and not {"cp1250", "cp852"} & {page.encoding for page in profile.code_pages}
    assert own or cyrillic or polish, "no page of this kind has the language"


def test_without_code_page_all_text_is_drawn() -> None:
    text = Printed(render(slip(), EPSON.with_code_page("none"), 1).data, EPSON).text
    assert [line for line in text if line != "[picture]"] == ["[qr]"]


def test_a_code_page_that_a_kind_has_not_says_so() -> None:
    with pytest.raises(LookupError, match="Star, 80 mm has no code page 'cp1251'"):
        PROFILES["star-80"].with_code_page("cp1251")
    assert EPSON.with_code_page(None) == EPSON


def test_letters_that_the_code_page_has_not_are_drawn() -> None:
    text = Printed(render(slip("Žižkov ₴"), EPSON, 1).data, EPSON).text
    assert text[:2] == ["[picture]", "Як вам сьогодні у нас? Скануйте"]


def test_the_proof_carries_the_job_s_number() -> None:
    answer = render(slip(), EPSON, 70_042).answer
    assert answer
    assert answer.fullmatch(b"\x37\x220042\x00")
    assert not answer.search(b"\x37\x220041\x00")


@pytest.mark.parametrize(
    "key", [key for key, profile in PROFILES.items() if not profile.native_qr and profile.dots_per_mm == 8]
)
def test_a_code_as_a_picture_is_small(key: str) -> None:
    data = part(slip(), PROFILES[key])
    [head] = [each for each in commands(data) if each.startswith(b"\x1dv0\x03")]
    size = int.from_bytes(head[4:6], "little") * int.from_bytes(head[6:8], "little")
    assert size + len(head) <= 2000
    assert lay_out(slip(), PROFILES[key].width).module == 6


@pytest.mark.parametrize("length", [10, 29, 38, 47, 48, 61, 62, 90, 122])
def test_the_printer_makes_the_code_that_was_laid_out(length: int) -> None:
    """Version and level: otherwise a slip is longer than it should be, and nobody knows before it is printed."""
    link = f"HTTPS://{'A' * length}.UA/Q"[-length:]
    layout = lay_out(slip(link=link), EPSON.width)
    [strip] = Printed(render(slip(link=link), EPSON, 1).data, EPSON).strips
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(strip.png)).convert("L"))
    assert (code.text, code.ec_level) == (link, layout.fit.level)
    width = (code.position.top_right.x - code.position.top_left.x) / layout.module
    assert round(width) in {layout.fit.size - 1, layout.fit.size}


@pytest.mark.parametrize("letters", ["HTTPS://A.UA/Q/", "https://a.ua/q/"])
def test_another_maker_s_code_has_the_same_version(letters: str) -> None:
    """ZXing stands for a printer here: it is told a level, and chooses the version by itself."""
    for length in range(1, 123):
        text = (letters * 9)[:length]
        fitting = qr.fit(text)
        other = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=fitting.level)
        with_quiet_zone, _ = memoryview(other.to_image(scale=1)).shape
        assert with_quiet_zone - 2 * qr.QUIET_ZONE == fitting.size


def test_q_where_it_costs_nothing() -> None:
    sizes = {length: qr.symbol("A" * length) for length in (47, 48)}
    assert [(each.level, each.size) for each in sizes.values()] == [("Q", 29), ("M", 29)]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_part_leaves_the_rest_alone(profile: Profile) -> None:
    """Between a till's own lines: nothing is reset, nothing cut, nothing asked."""
    data = part(slip(), profile)
    assert not {each[:2] for each in commands(data)} & {b"\x1b@", b"\x1dV", b"\x1bd", b"\x1dr"}
    assert b"\x1d(H" not in {each[:3] for each in commands(data)}
    [strip] = Printed(b"\x1b@Receipt\n" + data + b"\x1ba\x00Bye\n", profile).strips
    assert strip.text.splitlines()[0] == "Receipt"
    assert strip.text.splitlines()[-1] == "Bye"
    assert check(strip.png).clean == [LINK]


# What a shop may be called: all of Unicode, and the bytes that hurt, in every mixture.
HURTING = [
    "\x1bp\x00\x19\x19",
    "\x10\x14\x01\x00\x01",
    "\x10\x05\x02",
    "\x1d(k",
    "\x1b@",
    "\x9b2J",
    "\u202e",
    "\r\n",
    "\x7f",
]
NAMES = st.lists(st.one_of(st.text(st.characters(), max_size=12), st.sampled_from(HURTING)), max_size=6).map("".join)


@settings(max_examples=60)
@given(
    shop=NAMES, reference=NAMES, key=st.sampled_from(list(PROFILES)), with_logo=st.booleans(), page=st.integers(0, 5)
)
def test_no_name_commands_a_printer(shop: str, reference: str, key: str, with_logo: bool, page: int) -> None:
    profile = PROFILES[key]
    pages = [None, "none", *(each.encoding for each in profile.code_pages)]
    profile = profile.with_code_page(pages[page % len(pages)])
    data = render(slip(shop, reference=reference, logo=LOGO if with_logo else None), profile, 1).data
    sent = list(commands(data))
    assert sent.count(b"\x1b@") == 1
    # What printers carry out even in the middle of a picture.
    assert not re.search(rb"\x10[\x04\x05\x14]", data)
    printed = Printed(data, profile)
    assert printed.drawer == 0
    [strip] = printed.strips
    assert read_links(strip.png) == [LINK]


def test_pictures_full_of_commands_come_out_without() -> None:
    """Any dots may be in a logo; those that a printer would obey are changed by one dot."""
    rows = bytes.fromhex("10040110050110140100011010041004") * 16
    image = Image.frombytes("1", (128, 16), bytes(~byte & 0xFF for byte in rows))
    hostile = base64.b64encode(png(image)).decode()
    for profile in PROFILES.values():
        for shift in ("", "i", "ii", "iii"):
            data = render(slip(shift, logo=hostile), replace(profile, code_pages=()), 1).data
            assert not re.search(rb"\x10[\x04\x05\x14]", data)
