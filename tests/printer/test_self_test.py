"""The page that a technician prints at a new printer: what it says of it, and that its ladder scans."""

import io
import itertools
import time
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image, ImageChops

from printer import self_test
from printer.condition import PAPER_OUT, UNREACHABLE
from printer.profiles import PAGE_NAMES, PROFILES
from printer.self_test import Answers
from printer.slip import NAME
from printer.transport import NotReady, deliver, open_link
from tests.printer.makes import Printed
from tests.printer.paper import RunningPrinter

MakePrinter = Callable[..., RunningPrinter]
LADDER = [f"SMILEPOST TEST PAGE: THIS CODE HAS {dots} DOTS A MODULE".ljust(61, ".") for dots in (6, 5, 4)]


def codes(image: Image.Image) -> list[tuple[str, int]]:
    """The codes on a page from top to bottom: what they say, and how many dots wide they are."""
    found = sorted(zxingcpp.read_barcodes(image.convert("L")), key=lambda code: code.position.top_left.y)
    return [(str(code.text), code.position.top_right.x - code.position.top_left.x) for code in found]


def words(name: str, key: str, answers: Answers | None) -> str:
    """What the page says, in lines of any length."""
    parts = self_test._parts(name, PROFILES[key], answers, has_letters=True)
    return " ".join(part.text for part in parts if isinstance(part, self_test.Line))


@pytest.mark.parametrize("key", PROFILES)
def test_the_ladder_scans_and_is_as_large_as_our_codes(key: str) -> None:
    page = self_test.render("Каса 2", PROFILES[key], Answers(True, True, True, "TM-T20III", 40_000), 7)
    [strip] = Printed(page.data, PROFILES[key]).strips
    found = codes(Image.open(io.BytesIO(strip.png)))
    assert [text for text, _ in found] == LADDER
    for (_, width), dots in zip(found, (6, 5, 4), strict=True):
        assert round(width / dots) in {28, 29}, "version 3"


@pytest.mark.parametrize("key", [key for key, profile in PROFILES.items() if profile.code_pages])
def test_each_set_of_letters_stands_above_the_same_as_a_picture(key: str) -> None:
    profile = PROFILES[key]
    text = Printed(self_test.standing_alone("Till", profile), profile).text
    for page in profile.code_pages:
        title = text.index(f"{PAGE_NAMES[page.encoding]} (set {page.slot})")
        assert text[title + 1] == self_test._SAMPLES[page.encoding]
        assert text[title + 2] == "[picture]"


def test_a_printer_that_nobody_knows_shows_which_sets_it_has() -> None:
    """The strip names the kinds that have such a set: a technician chooses the one whose line is right."""
    said = words("Till", "other-80", None)
    assert "another kind fits better" in said
    for title in ("(set 46): Epson TM", "(set 73): Zjiang or Netum", "(set 6): Rongta"):
        assert f"Windows-1251, Cyrillic {title}" in said
    text = Printed(self_test.standing_alone("Till", PROFILES["other-80"]), PROFILES["other-80"]).text
    assert "Ґанок, їжа, Єва, ёж · Привіт…" in text, "this one is a Zjiang"


def test_what_it_says_of_the_answers() -> None:
    said = words("Till", "epson-80", Answers(True, True, True, "TM-T20III", 34_567))
    for each in ("It says that it is: TM-T20III", "(GS ( H): yes", "pictures: 34.6 kB a second"):
        assert each in said
    assert "choose another kind" not in said
    clone = words("Till", "epson-80", Answers(True, True))
    assert "all is on paper (GS ( H): no answer" in clone
    assert "It answers otherwise than this kind: choose another kind of printer." in clone
    assert "otherwise" not in words("Till", "mute-80", Answers())
    assert "otherwise" in words("Till", "mute-80", Answers(True))


def test_letters_that_no_font_has_are_named() -> None:
    assert "Boxes: no font has U+E123." in words("Till \ue123", "epson-80", None)
    assert "Boxes" not in words("Каса 2 咖啡", "epson-80", None)


def test_the_rule_ends_where_the_page_does() -> None:
    image = self_test.picture("Till", PROFILES["star-80"])
    assert (ImageChops.invert(image.convert("L")).getbbox() or ())[3:] == (image.height,)
    *_, last = self_test._parts("Till", PROFILES["star-80"], None, has_letters=False)
    assert isinstance(last, Image.Image)
    lines = [y for y in range(last.height) if last.getpixel((0, y)) == 0]
    assert len(lines) == 26
    assert {below - above for above, below in itertools.pairwise(lines)} == {8}, "one each millimetre"


def test_every_dot_of_the_head_is_used() -> None:
    for profile in PROFILES.values():
        bars = self_test._bars(profile.width).convert("L")
        assert all(bars.getpixel((x, 0)) == 0 for x in range(profile.width // 8 * 8))


def test_a_page_for_printers_that_take_pictures() -> None:
    image = self_test.picture("Річкова", PROFILES["star-58"])
    assert [text for text, _ in codes(image)] == LADDER
    assert image.width == 384


def test_a_printer_that_takes_pictures_has_no_letters_to_look_at() -> None:
    def headings(*, has_letters: bool) -> list[str]:
        parts = self_test._parts("Till", PROFILES["star-80"], None, has_letters=has_letters)
        lines = [part for part in parts if isinstance(part, self_test.Line) and part.type == NAME]
        return [line.text for line in lines][1:]

    assert headings(has_letters=True) == ["1 Letters", "2 Codes", "3 Print head", "4 Blade"]
    assert headings(has_letters=False) == ["1 Codes", "2 Print head", "3 Blade"]
    everything = self_test._parts("Till", PROFILES["star-80"], None, has_letters=True)
    page = self_test.picture("Till", PROFILES["star-80"])
    assert page.height < sum(self_test._drawn(part, 576).height for part in everything)


def test_a_printer_is_asked_and_its_page_printed(make_printer: MakePrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "ANSWER_WITHIN", 30)
    virtual = make_printer(codes=False)
    profile = PROFILES["epson-80"]
    with open_link(virtual.address) as link:
        answers = self_test.probe(link)
        deliver(link, self_test.render("Till", profile, answers, 12), lambda: None)
    assert (answers.state, answers.status, answers.process_id) == (True, True, True)
    assert answers.model == "TM-T20III"
    assert answers.speed
    virtual.wait_for(lambda: len(virtual.strips) == 1)
    assert "all is on paper (GS ( H): yes" in virtual.strips[0].text
    assert virtual.links == LADDER


def test_a_clone_answers_less(make_printer: MakePrinter) -> None:
    virtual = make_printer(model="pos-5890", codes=False)
    with open_link(virtual.address) as link:
        answers = self_test.probe(link)
    assert (answers.state, answers.status, answers.process_id, answers.model) == (True, True, False, None)


def test_a_mute_printer_is_asked_once(make_printer: MakePrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "ANSWER_WITHIN", 0.2)
    virtual = make_printer(codes=False)
    virtual.set(mute=True)
    began = time.monotonic()
    with open_link(virtual.address) as link:
        assert self_test.probe(link) == Answers()
        assert time.monotonic() - began >= 0.2
    virtual.tear()
    assert virtual.strips == []


def test_a_printer_without_paper_is_asked_nothing_that_it_would_keep(make_printer: MakePrinter) -> None:
    virtual = make_printer(codes=False)
    virtual.set(paper_out=True)
    with open_link(virtual.address) as link, pytest.raises(NotReady) as caught:
        self_test.probe(link)
    assert caught.value.condition == PAPER_OUT


def test_a_printer_that_hangs_up(make_printer: MakePrinter) -> None:
    virtual = make_printer(codes=False)
    virtual.set(reset_after=3)
    with open_link(virtual.address) as link, pytest.raises(NotReady) as caught:
        self_test.probe(link)
    assert caught.value.condition == UNREACHABLE
