"""The page that a technician prints at a new printer, and what it tells: in plain English, in letters that any has.

- What the printer answers, asked just before: `probe`.
- Its sets of letters, each beside the same line as a picture: where both are alike, the set is there.
- The ladder: codes with 6, 5 and 4 dots a module, as large as ours are. A phone should read all, at least the first.
- Each dot of the print head: a broken one leaves a white line down the page.
- A rule that ends where the blade should cut.
"""

import contextlib
import itertools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from escpos import constants
from PIL import Image, ImageDraw

from printer import escpos, qr
from printer.condition import UNREACHABLE
from printer.fonts import missing
from printer.fonts.drawing import font_of_width
from printer.picture import Picture, drawn, of_symbol, packed
from printer.profiles import PAGE_NAMES, PROFILES, CodePage, Profile
from printer.profiles import Answers as Proof
from printer.slip import MODULE, NAME, SMALL, TEXT, Line, Type
from printer.text import seen, wrap
from printer.transport.hearing import QUESTIONS, Hearing
from printer.transport.link import Link, NotReady

Answer = TypeVar("Answer")

#: How long to wait for the answer to each question, s.
ANSWER_WITHIN = 1.0
#: `GS I 67`: the name of the model.
_MODEL = constants.GS + b"I\x43"
#: What comes back with the answer to `GS ( H`.
_ID = b"TEST"
#: What the speed is measured with: rows without ink, which only feed the paper by some millimetres.
_EMPTY = Picture(48, (bytes(48),) * 32)

#: A line of letters for each set.
_SAMPLES = {
    "cp1251": "Ґанок, їжа, Єва, ёж · Привіт…",
    "cp1250": "Zażółć gęślą jaźń · Žižkov",
    "cp852": "Zażółć gęślą jaźń, Žižkov",
    "cp1252": "Größe, façade, señor · 5 €",
    "cp858": "Größe, façade, señor · 5 €",
}


@dataclass(frozen=True)
class Answers:
    """What a printer says when it is asked."""

    #: `DLE EOT` 1 … 4: how it is, at once.
    state: bool = False
    #: `GS r`: that all before it has been carried out.
    status: bool = False
    #: `GS ( H`: that all before it is on paper.
    process_id: bool = False
    #: `GS I`: its model.
    model: str | None = None
    #: Bytes of a picture that it takes a second.
    speed: int | None = None


def probe(link: Link) -> Answers:
    """Ask an idle printer everything that it may answer; nothing is printed.

    A printer that does not know a question may print it as a few letters. One that does not say how it is, is asked no
    more than that.

    Raises
    ------
    NotReady: it says that it cannot print now, or the way to it is broken.
    """
    try:
        return _asked(_Asking(link))
    except OSError as problem:
        raise NotReady(UNREACHABLE) from problem


def render(name: str, profile: Profile, answers: Answers, number: int) -> escpos.Document:
    """The page for a printer that takes ESC/POS.

    It shows whether the kind was chosen rightly, so it is proven in the way in which this printer really answers.

    Parameters
    ----------
    name: of the printer, as its people call it.
    profile: the kind, with all its code pages.
    number: of the job.
    """
    proof: Proof = "process_id" if answers.process_id else "status" if answers.status else "none"
    return escpos.document(_content(name, profile, answers), replace(profile, answers=proof), number)


def standing_alone(name: str, profile: Profile) -> bytes:
    """The page for a printer that takes ESC/POS and could not be asked: fed and cut, without reset and proof."""
    return _content(name, profile, None) + escpos.cut(profile)


def _content(name: str, profile: Profile, answers: Answers | None) -> bytes:
    chinese_off: bytes = constants.FS + b"." if profile.chinese else b""
    parts = [chinese_off, constants.ESC + b"a\x01"]
    parts += [_printed(part, profile) for part in _parts(name, profile, answers, has_letters=True)]
    return b"".join(parts)


def picture(name: str, profile: Profile) -> Image.Image:
    """The page for a printer that takes pictures. Black is 0."""
    parts = [_drawn(part, profile.width) for part in _parts(name, profile, None, has_letters=False)]
    image = Image.new("1", (profile.width, sum(each.height for each in parts)), 1)
    y = 0
    for each in parts:
        image.paste(each, ((profile.width - each.width) // 2, y))
        y += each.height
    return image


@dataclass(frozen=True)
class _Letters:
    """A line in a set of the printer's own letters, and the same as a picture."""

    page: CodePage

    @property
    def line(self) -> Line:
        return Line(_SAMPLES[self.page.encoding], TEXT)


@dataclass(frozen=True)
class _Code:
    """One step of the ladder."""

    module: int

    @property
    def text(self) -> str:
        """As long as our links are, so that the code is as large."""
        return f"SMILEPOST TEST PAGE: THIS CODE HAS {self.module} DOTS A MODULE".ljust(61, ".")


_Part: TypeAlias = Line | _Letters | _Code | Image.Image


def _parts(name: str, profile: Profile, answers: Answers | None, *, has_letters: bool) -> Iterator[_Part]:
    """What is on the page, from top to bottom.

    Parameters
    ----------
    has_letters: the printer may have sets of letters that are to be looked at.
    """
    numbers = itertools.count(1)

    def heading(title: str) -> Iterator[Line]:
        return lines(f"{next(numbers)} {title}", NAME)

    def lines(text: str, type: Type = SMALL) -> Iterator[Line]:
        yield from (Line(each, type) for each in wrap(text, profile.width // type.width))

    yield from lines("Smilepost test page", NAME)
    yield from lines(seen(name), TEXT)
    if without_font := missing(seen(name)):
        codes = " ".join(f"U+{ord(letter):04X}" for letter in without_font)
        yield from lines(f"Boxes: no font has {codes}.")
    yield from lines(f"Set up as: {profile.name}")
    yield from (line for said in _said(profile, answers) for line in lines(said))
    if has_letters:
        yield from heading("Letters")
        if profile.code_pages:
            yield from lines("Each line twice, alike? Then that set is right. If none: choose pictures for all text.")
        else:
            yield from lines("Text goes as pictures. If one of these is twice alike, another kind fits better.")
        for page in profile.code_pages or _all_pages():
            yield from lines(_title(page, profile))
            yield _Letters(page)
    yield from heading("Codes")
    yield from lines("Scan them with a phone. The first must be read at once.")
    for module in MODULE:
        yield from lines(f"{module} dots a module")
        yield _Code(module)
    yield from heading("Print head")
    yield from lines("A white line down these bars is a broken dot: clean the head.")
    yield _bars(profile.width)
    yield from heading("Blade")
    edge = "cut" if profile.cutter else "edge to tear at"
    yield from lines(f"The {edge} should be just below 0 mm. Where it goes through 12 mm, slips lose their last 12 mm.")
    yield _rule(profile.dots_per_mm)


def _said(profile: Profile, answers: Answers | None) -> Iterator[str]:
    if answers is None:
        return
    if answers.model:
        yield f"It says that it is: {answers.model}"
    words = {
        "how it is (DLE EOT)": answers.state,
        "all is carried out (GS r)": answers.status,
        "all is on paper (GS ( H)": answers.process_id,
    }
    for what, is_answered in words.items():
        yield f"{what}: {'yes' if is_answered else 'no answer'}"
    if answers.speed:
        yield f"pictures: {answers.speed / 1000:.1f} kB a second"
    expected = {"process_id": answers.process_id, "status": answers.status, "none": not answers.state}
    if not expected[profile.answers]:
        yield "It answers otherwise than this kind: choose another kind of printer."


def _all_pages() -> list[CodePage]:
    pages = {page for profile in PROFILES.values() for page in profile.code_pages}
    return sorted(pages, key=lambda page: (page.encoding, page.slot))


def _title(page: CodePage, profile: Profile) -> str:
    title = f"{PAGE_NAMES[page.encoding]} (set {page.slot})"
    if profile.code_pages:
        return title
    makers = {each.name.split(",")[0] for each in PROFILES.values() if page in each.code_pages}
    return f"{title}: {', '.join(sorted(makers))}"


def _printed(part: _Part, profile: Profile) -> bytes:
    match part:
        case Line():
            return escpos.line(part, profile)
        case _Letters(page):
            own = replace(profile, code_pages=(page,))
            return escpos.select(page) + escpos.line(part.line, own) + _raster(part, profile)
        case _Code() if profile.native_qr:
            return escpos.native_code(part.text, part.module)
    return _raster(part, profile)


def _raster(part: _Part, profile: Profile) -> bytes:
    if isinstance(part, _Code):
        return escpos.raster(of_symbol(qr.symbol(part.text), part.module))
    return escpos.raster(packed(_drawn(part, profile.width)))


def _drawn(part: _Part, width: int) -> Image.Image:
    match part:
        case Line():
            return drawn(part, width)
        case _Letters():
            return drawn(part.line, width)
        case _Code():
            return qr.image(qr.symbol(part.text), part.module)
    return part


def _bars(width: int) -> Image.Image:
    image = Image.new("1", (width // 8 * 8, 32), 1)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, image.width, 11), fill=0)
    # Every column by itself, in steps: a dot that is weak shows here.
    for x in range(image.width):
        y = 16 + x % 8 * 2
        draw.line((x, y, x, y + 1), fill=0)
    return image


def _rule(dots_per_mm: int, longest: int = 25) -> Image.Image:
    """Lines each mm, numbered each 5 mm by how far it is to the end of the page."""
    above = 2 * dots_per_mm
    image = Image.new("1", (160, above + longest * dots_per_mm + 1), 1)
    draw = ImageDraw.Draw(image)
    for mm in range(longest + 1):
        y = above + (longest - mm) * dots_per_mm
        draw.line((0, y, 160 if mm % 5 == 0 else 40, y), fill=0)
        if mm % 5 == 0:
            draw.text((104, y - 3), f"{mm} mm", fill=0, font=font_of_width(9), anchor="ls")
    return image


class _Asking:
    """Questions one after the other, each with a time of its own."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._heard = Hearing()
        self._deadline = 0.0

    def ask(self, question: bytes) -> None:
        self._heard.answers = b""
        self._deadline = time.monotonic() + ANSWER_WITHIN
        with contextlib.suppress(TimeoutError):  # it is not answered, either
            self._link.send(question, self._deadline)

    def wait(self, answered: Callable[[Hearing], Answer]) -> Answer | None:
        """What `answered` finds, or None when the time is over."""
        try:
            while not (found := answered(self._heard)):
                self._heard.take(self._link.receive(self._deadline))
        except TimeoutError:
            return None
        return found


def _asked(asking: _Asking) -> Answers:
    asking.ask(QUESTIONS)
    condition = asking.wait(lambda heard: heard.condition if heard.answered else None)
    if not condition:
        return Answers()
    if not condition.ready:
        raise NotReady(condition)
    asking.ask(escpos.PAPER_STATUS)
    status = asking.wait(lambda heard: re.search(rb"[\x00-\x0f]", heard.answers))
    speed = _speed(asking) if status else None
    asking.ask(_MODEL)
    model = asking.wait(lambda heard: re.search(rb"\x5f([^\x00]*)\x00", heard.answers))
    asking.ask(escpos.PROCESS_ID + _ID)
    process_id = asking.wait(lambda heard: b"\x37\x22" + _ID + b"\x00" in heard.answers)
    name = seen(model[1].decode("ascii", "replace")) if model else None
    return Answers(True, bool(status), bool(process_id), name, speed)


def _speed(asking: _Asking) -> int | None:
    picture = escpos.raster(_EMPTY)
    began = time.monotonic()
    asking.ask(picture + escpos.PAPER_STATUS)
    if not asking.wait(lambda heard: heard.answers):
        return None
    return round(len(picture) / max(time.monotonic() - began, 0.001))
