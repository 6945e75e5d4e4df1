"""Text from anywhere in the world: what is seen, where it breaks, in which order and by which font it is drawn."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from printer import fonts
from printer.bidi import levels, visual
from printer.fonts.drawing import draw_line
from printer.profiles import PROFILES
from printer.text import columns, is_rtl, seen, shorten, wrap

ANY = st.text(st.characters(), max_size=30)  # surrogates, private and unassigned letters, too


def order(text: str, *, rtl: bool | None = None) -> str:
    """A line's letters as the eye meets them."""
    of_letters = levels(text, is_rtl(text) if rtl is None else rtl)
    return "".join(text[at] for at in visual(of_letters))


@pytest.mark.parametrize(
    ("stored", "printed"),
    [
        ("Shop \x1bp\x00\x19\x19", "Shop p"),
        ("a\tb\r\nc\x7fd\x85e\x9bf", "a b c d e f"),
        ("Kaf\u202eé\u2066x\u200e", "Kaféx"),
        ("soft\u00adhyphen, zero\u200bwidth, \ufeffmark", "softhyphen, zerowidth, mark"),
        ("и\u0306", "й"),
        ("\u3164filler\u2800blank\u034f", "filler blank"),
        ("Z\u0300\u0301\u0302\u0303\u0304\u0305", "Z\u0300\u0301\u0302"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤"),
        ("\ud800!", "\ufffd!"),
        ("\U0001faf8\ue000", "\U0001faf8\ue000"),
        ("　 wide \u2028 spaces ", "wide spaces"),
    ],
)
def test_what_is_seen(stored: str, printed: str) -> None:
    assert seen(stored) == printed


@given(ANY)
def test_nothing_commands_or_hides(text: str) -> None:
    left = seen(text)
    assert seen(left) == left
    for letter in left:
        category = unicodedata.category(letter)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}
        assert category != "Cf" or letter in "\u200c\u200d"
        assert category != "Zs" or letter == " "
    assert "  " not in left


def test_of_all_letters_there_are_none_commands() -> None:
    everything = "".join(map(chr, range(0x110000)))
    left = {unicodedata.category(letter) for letter in set(seen(everything)) - set(" \u200c\u200d")}
    assert not left & {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}


@pytest.mark.parametrize("encoding", sorted({page.encoding for kind in PROFILES.values() for page in kind.code_pages}))
def test_no_letter_becomes_a_command_byte(encoding: str) -> None:
    for command in (*range(0x20), 0x7F):
        assert not seen(bytes([command]).decode(encoding)).strip()


@given(ANY, st.integers(2, 40))
def test_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    text = seen(text)
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= width for line in lines)
    assert all(line == line.strip() and line for line in lines)
    assert columns(shorten(text, width)) <= width
    assert (shorten(text, width) == text) == (columns(text) <= width)


def test_widths_are_as_they_are_measured() -> None:
    def measure(text: str) -> float:
        return sum(0.5 if letter == "i" else 1.5 for letter in text)

    assert wrap("iiii iiii mmmm", 6, measure) == ["iiii iiii", "mmmm"]
    assert wrap("iiii iiii mmmm", 5, measure) == ["iiii", "iiii", "mmm", "m"]
    assert shorten("iiiiiiii", 4, measure) == "iiiiiiii"
    assert shorten("iiiiiiiii", 4, measure) == "iiiii…"
    assert shorten("👩\u200d👩\u200d👧" * 3, 10, measure) == "👩\u200d👩\u200d👧…"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("How was it today?", ["How was", "it today?"]),
        ("河边咖啡馆今天怎么样", ["河边咖啡", "馆今天怎", "么样"]),
        ("Donaudampfschifffahrt", ["Donaudamp", "fschifffa", "hrt"]),
        ("Café\u0301 e\u0301e\u0301e\u0301e\u0301e\u0301", ["Café\u0301", "e\u0301e\u0301e\u0301e\u0301e\u0301"]),
    ],
)
def test_where_lines_break(text: str, lines: list[str]) -> None:
    assert wrap(text, 9) == lines


@pytest.mark.parametrize(
    ("stored", "met"),
    [
        ("Riverside", "Riverside"),
        ("שלום", "םולש"),
        ("Café שלום 24", "Café 24 םולש"),
        ("שלום Café 24", "Café 24 םולש"),
        ("רחוב 12, תל אביב", "ביבא לת ,12 בוחר"),
        ("שלום (אב) abc", "abc )בא( םולש"),
        ("שלום [abc] אב", "בא ]abc[ םולש"),
        ("abc (שלום)", "abc (םולש)"),
        ("مرحبا 100%", "%100 ابحرم"),
        ("مرحبا 12-34", "34-12 ابحرم"),
        ("שלום 12:30", "12:30 םולש"),
        ("-5 שלום", "םולש 5-"),
        ("…", "…"),
        ("", ""),
    ],
)
def test_from_right_to_left(stored: str, met: str) -> None:
    """Brackets are mirrored when they are drawn, not when they are put in order."""
    assert order(stored) == met


def test_a_line_of_a_text_goes_as_the_text_does() -> None:
    assert order("Café שלום", rtl=True) == "םולש Café"
    assert [run.text for run in fonts.runs("קפה 咖 Café")] == ["咖", " Café", "קפה "]


@pytest.mark.parametrize(
    ("text", "faces"),
    [
        ("Ґанок їжа €₴", {"DejaVuSansMono"}),
        ("Žižkov Ệ", {"DejaVuSansMono"}),
        ("Ελλάδα", {"DejaVuSansMono"}),
        ("مقهى", {"DejaVuSans"}),
        ("קפה", {"DejaVuSans"}),
        ("ქართული", {"DejaVuSansMono"}),
        ("Հայերեն", {"DejaVuSansMono"}),
        ("กาแฟ", {"NotoSansThai-Regular"}),
        ("दुकान", {"NotoSansDevanagari-Regular"}),
        ("咖啡コーヒー카페", {"WenQuanYiMicroHei"}),
        ("🦊", {"NotoEmoji-Regular"}),
    ],
)
def test_every_script_has_a_font(text: str, faces: set[str]) -> None:
    assert {run.face.name for run in fonts.runs(text)} == faces
    assert fonts.missing(text) == []


def test_each_language_s_letters_are_there() -> None:
    """What these are written in, by their own names."""
    names = (
        "English Українська Polski Deutsch Русский Français Español Português Italiano Nederlands Svenska Norsk Dansk "
        "Suomi Eesti Latviešu Lietuvių Čeština Slovenčina Slovenščina Magyar Română Български Српски Македонски Shqip "
        "Ελληνικά Türkçe Azərbaycan Қазақша Oʻzbek Тоҷикӣ Монгол עברית العربية فارسی اردو Հայերեն ქართული አማርኛ हिन्दी "
        "বাংলা ਪੰਜਾਬੀ ગુજરાતી ଓଡ଼ିଆ தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල ไทย ລາວ ភាសាខ្មែរ မြန်မာ Tiếng Việt 中文 日本語 한국어"
    )
    assert fonts.missing(names) == []


def test_what_no_font_has_is_named_and_drawn_as_a_box() -> None:
    assert fonts.missing("a\ue123b\ue123") == ["\ue123"]
    box, nothing = draw_line("\ue123", 12, 24, 384), draw_line(" ", 12, 24, 384)
    assert ImageChops.invert(box).getbbox()
    assert ImageChops.invert(nothing).getbbox() is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مقهى", "ىهقم"),  # letters join
        ("क्ष", "क ष"),  # two become one
        ("ไทย", "ยทไ"),
        ("שלום", "םולש"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
    ],
)
def test_letters_are_shaped(one: str, other: str) -> None:
    assert draw_line(one, 12, 24, 384) != draw_line(other, 12, 24, 384)


def opens_to(image: Image.Image) -> str:
    """To which side a bracket at the left end of a line opens."""
    ink = ImageChops.invert(image)
    left, top, _, bottom = ink.getbbox() or (0, 0, 0, 0)
    ends = [ink.crop((left, y, left + 8, y + 1)).getbbox() or (8,) for y in (top, bottom - 1)]
    middle = ink.crop((left, (top + bottom) // 2, left + 8, (top + bottom) // 2 + 1)).getbbox() or (8,)
    return "right" if middle[0] < min(end[0] for end in ends) else "left"


@pytest.mark.parametrize("cell", [(12, 24), (9, 18)])
@pytest.mark.parametrize("bold", [False, True])
def test_brackets_hold_what_they_hold(cell: tuple[int, int], bold: bool) -> None:
    """From right to left the bracket that opens stands at the right, and is drawn the other way round."""
    for text in ("(abc)", "(אבג)", "(شاي)", "אבג (דהו)"):
        assert opens_to(draw_line(text, *cell, 384, bold=bold)) == "right", text
    assert opens_to(draw_line(")אבג(", *cell, 384, bold=bold)) == "left"


@given(ANY, st.sampled_from([(12, 24), (9, 18)]), st.sampled_from([160, 384, 576]), st.booleans(), st.booleans())
def test_any_line_can_be_drawn_and_fits(text: str, cell: tuple[int, int], most: int, bold: bool, rtl: bool) -> None:
    drawn = draw_line(seen(text), *cell, most, bold=bold, rtl=rtl)
    assert drawn.height == cell[1]
    assert 1 <= drawn.width <= most
    assert drawn.mode == "1"
    assert set(drawn.convert("L").histogram()[1:255]) == {0}, "only black and white"


@pytest.mark.parametrize("text", ["ที่ปู่", "မြို့", "हिन्दूँ", "Ệ\u0323", "ស្ត្រី"])
@pytest.mark.parametrize("cell", [(12, 24), (9, 18)])
def test_no_storey_of_a_tall_script_is_cut_off(text: str, cell: tuple[int, int]) -> None:
    """Each mark above and below is seen: without it the line looks different."""
    drawn = draw_line(text, *cell, 384)
    for at, letter in enumerate(text):
        if unicodedata.category(letter) == "Mn":
            assert draw_line(text[:at] + text[at + 1 :], *cell, 384) != drawn
