"""What stands where on a poster: pure, in millimetres from the upper left corner, for any drawing program.

    Riverside                        Exit      who asks, and where
    How was your
    visit today?                               as large as it fits
    ☺  🙂  😐  ☹                               the faces of the survey
    ▄▄▄▄▄▄▄   Scan and tell us.
    █ ▄ █ █   It takes half a minute.
    █▄▄▄█▄█   feedback.example.com/Q/          the same link for whoever has no camera
              AEAA AAAB …

A5 is the same, smaller. A table tent is a sheet of A4 that folds into a prism: both sides say the same.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from collector.insights.faces import Face
from collector.posters.letters import MM_PER_POINT, width
from collector.posters.words import WORDS
from printer.qr import QUIET_ZONE, Symbol
from printer.slip import spelled
from printer.text import Measure, seen, shorten, unbroken, wrap

#: Lines of a text stand this far apart, in sizes of the type; capital letters are this high.
LEADING, CAPITAL = 1.2, 0.72


@dataclass(frozen=True)
class Logo:
    """A shop's sign: a PNG, and its shape."""

    png: bytes
    #: Width for a height of 1.
    proportion: float


@dataclass(frozen=True)
class Poster:
    """What stands on a touchpoint's poster."""

    shop: str
    touchpoint: str
    question: str
    #: From the best.
    faces: Sequence[Face]
    #: What the code carries, upper case: `HTTPS://HOST/Q/CODE`.
    link: str
    code: Symbol
    language: str
    logo: Logo | None = None


@dataclass(frozen=True)
class Text:
    """One line; `x` is its left or right end, `y` its baseline."""

    x: float
    y: float
    text: str
    #: Points.
    size: float
    bold: bool = False
    quiet: bool = False
    #: `x` is the right end.
    is_right: bool = False


@dataclass(frozen=True)
class Drawn:
    """A face in a square of this side."""

    x: float
    y: float
    side: float
    face: Face


@dataclass(frozen=True)
class Code:
    """A QR code; `x` and `y` are its own corner, its quiet zone lies outside."""

    x: float
    y: float
    side: float
    symbol: Symbol

    @property
    def quiet_zone(self) -> float:
        return QUIET_ZONE * self.side / self.symbol.size


@dataclass(frozen=True)
class Sign:
    """A shop's logo."""

    x: float
    y: float
    width: float
    height: float
    logo: Logo


@dataclass(frozen=True)
class Box:
    """A rectangle, filled or outlined; colours as `#1c1b1a`."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    outline: str | None = None


@dataclass(frozen=True)
class Line:
    """A line by way of some points; filled, where it goes around something."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 0.3
    is_filled: bool = False


Item: TypeAlias = Text | Drawn | Code | Sign | Box | Line


@dataclass(frozen=True)
class Panel:
    """A part of a sheet, items from its own upper left corner."""

    y: float
    height: float
    items: tuple[Item, ...]
    #: Stands on its head, to be read when the sheet is folded.
    is_turned: bool = False


@dataclass(frozen=True)
class Sheet:
    width: float
    height: float
    panels: tuple[Panel, ...]
    #: Where it is folded.
    folds: tuple[float, ...] = ()


def a4(poster: Poster) -> Sheet:
    return _wall(poster, 210, 297)


def a5(poster: Poster) -> Sheet:
    return _wall(poster, 148, 210)


def _wall(poster: Poster, across: float, down: float) -> Sheet:
    u = across / 210
    margin, inner = 20 * u, across - 40 * u
    code = Code(margin, down - margin - 78 * u, 78 * u, poster.code)
    beside = margin + code.side + 14 * u
    room = across - margin - beside
    faces_y = 146 * u
    header, header_foot = _header(poster, margin, margin, inner, 24 * u)
    question_foot = faces_y - 17 * u
    items = (
        *header,
        *_question(poster, margin, header_foot + 12 * u, question_foot, inner, sizes=(66 * u, 24 * u)),
        *_faces(poster, margin, faces_y, inner, 31 * u),
        code,
        *_invitation(poster, beside, code.y, room, 26 * u),
        *_address(poster, beside, code.y + code.side, room, 15 * u),
    )
    return Sheet(across, down, (Panel(0, down, items),))


#: A tent's parts from the top of the sheet, mm: the flap, the two sides, the base.
FLAP, SIDE, BASE = 15, 112, 58


def tent(poster: Poster) -> Sheet:
    side = _side(poster, 210)
    words = WORDS[poster.language]
    flap = block(fit(words.flap, 170, sizes=(9, 7), most=1), 20, 7, quiet=True)
    base = block(fit(words.base, 170, sizes=(9, 7), most=2), 20, 26, quiet=True)
    first, second, third = FLAP, FLAP + SIDE, FLAP + 2 * SIDE
    panels = (
        Panel(0, FLAP, tuple(flap)),
        Panel(first, SIDE, side, is_turned=True),
        Panel(second, SIDE, side),
        Panel(third, BASE, tuple(base)),
    )
    return Sheet(210, 297, panels, (first, second, third))


def _side(poster: Poster, across: float) -> tuple[Item, ...]:
    margin, foot = 13.0, SIDE - 13.0
    code = Code(across - margin - 60, margin, 60, poster.code)
    room = code.x - margin - 13
    header, header_foot = _header(poster, margin, margin, room, 15)
    words = WORDS[poster.language]
    line = fit(f"{words.invitation} {words.promise}", room, sizes=(13, 9), most=1, bold=True)
    faces_y = foot - 34
    return (
        *header,
        *_question(poster, margin, header_foot + 5, faces_y - 8, room, sizes=(36, 14)),
        *_faces(poster, margin, faces_y, room, 20),
        Text(margin, foot, line.lines[0], line.size, bold=True),
        code,
        *_address(poster, code.x, foot, code.side, 10),
    )


#: The sizes by name, as addresses and file names call them.
SIZES = {"a4": a4, "a5": a5, "tent": tent}


def _header(poster: Poster, x: float, y: float, room: float, size: float) -> tuple[list[Item], float]:
    """The shop on the left and the touchpoint on the right, or below it where both do not fit; and where it ends."""
    items: list[Item] = []
    capital = size * CAPITAL * MM_PER_POINT
    shop, touchpoint = seen(poster.shop), seen(poster.touchpoint)
    left, foot = x, y + capital
    if poster.logo:
        high = min(2.4 * capital, room * 0.4 / poster.logo.proportion)
        wide = high * poster.logo.proportion
        items.append(Sign(x, y, wide, high, poster.logo))
        left += wide + capital
        foot = y + high
        y += max(0, high - capital) / 2
    inner = x + room - left
    is_one_line = width(shop, size, bold=True) + width(touchpoint, size, bold=False) + 3 * capital <= inner
    if touchpoint and is_one_line:
        items.append(Text(x + room, y + capital, touchpoint, size, quiet=True, is_right=True))
    name = fit(shop, inner, sizes=(size, size * 0.6), most=1 if is_one_line else 2, bold=True)
    items += block(name, left, y, bold=True)
    foot = max(foot, y + capital + (len(name.lines) - 1) * name.height)
    if touchpoint and not is_one_line:
        below = y + len(name.lines) * name.height
        where = fit(touchpoint, inner, sizes=(size * 0.85, size * 0.6), most=1)
        items += block(where, left, below, quiet=True)
        foot = max(foot, below + capital)
    return items, foot


def _question(
    poster: Poster, x: float, top: float, foot: float, room: float, *, sizes: tuple[float, float]
) -> list[Text]:
    """The question, as large as it fits, its last line on `foot`."""
    size, least = sizes
    question = seen(poster.question)
    while True:
        fitted = fit(question, room, sizes=(size, size), most=4, bold=True, leading=1.12)
        first = foot - (len(fitted.lines) - 1) * fitted.height - size * CAPITAL * MM_PER_POINT
        if size <= least or (first >= top and not fitted.is_cut and _widest_word(question, size) <= room):
            return block(fitted, x, first, bold=True)
        size = max(least, size * 0.96)


def _invitation(poster: Poster, x: float, y: float, room: float, size: float) -> list[Text]:
    words = WORDS[poster.language]
    invitation = fit(words.invitation, room, sizes=(size, size * 0.6), most=2, bold=True)
    promise = fit(words.promise, room, sizes=(size * 0.65, size * 0.5), most=2)
    below = y + len(invitation.lines) * invitation.height + 0.3 * promise.height
    return [*block(invitation, x, y, bold=True), *block(promise, x, below)]


def _faces(poster: Poster, x: float, y: float, room: float, side: float) -> list[Drawn]:
    count = len(poster.faces)
    side = min(side, room / (count * 1.25))
    step = (room - side) / (count - 1)
    return [Drawn(x + at * step, y, side, face) for at, face in enumerate(poster.faces)]


def _address(poster: Poster, x: float, foot: float, room: float, size: float) -> list[Text]:
    """The link in letters, its last line on `foot`: the host, and the code in groups of four."""
    host, fours = spelled(poster.link)
    letters = (host, " ".join(fours[:4]), " ".join(fours[4:]))
    hint = fit(WORDS[poster.language].by_hand, room, sizes=(size * 0.75, size * 0.55), most=1)
    line = size * 1.3 * MM_PER_POINT
    items = [Text(x, foot - 3.15 * line, hint.lines[0], hint.size, quiet=True)]
    for at, text in enumerate(letters):
        # A host of any length stays whole: half of it leads nowhere.
        fitting = min(size, size * room / width(text, size, bold=False))
        items.append(Text(x, foot - (2 - at) * line, text, fitting))
    return items


@dataclass(frozen=True)
class Fitted:
    lines: tuple[str, ...]
    size: float
    #: From line to line, mm.
    height: float
    #: It did not fit and ends in `…`.
    is_cut: bool


def fit(
    text: str, room: float, *, sizes: tuple[float, float], most: int, bold: bool = False, leading: float = LEADING
) -> Fitted:
    """A text in as few lines as possible, and those of much the same length; smaller where it does not fit.

    Parameters
    ----------
    sizes: the largest and the least.
    most: lines; what is more ends in `…`.
    """
    largest, least = sizes
    size = largest
    while len(lines := wrap(text, room, _measure(size, bold))) > most and size > least:
        size = max(least, size * 0.96)
    is_cut = len(lines) > most
    if is_cut:
        lines = [*lines[: most - 1], shorten(" ".join(lines[most - 1 :]), room, _measure(size, bold))]
    else:
        lines = _balanced(text, room, size, bold, len(lines))
    return Fitted(tuple(lines) or ("",), size, size * leading * MM_PER_POINT, is_cut)


def _measure(size: float, bold: bool) -> Measure:
    """How wide a text is in this type, mm."""
    return functools.partial(width, size=size, bold=bold)


def _balanced(text: str, room: float, size: float, bold: bool, count: int) -> list[str]:
    low, high = min(room, _widest_word(text, size, bold)), room
    while high - low > room / 100:
        middle = (low + high) / 2
        if len(wrap(text, middle, _measure(size, bold))) <= count:
            high = middle
        else:
            low = middle
    return wrap(text, high, _measure(size, bold))


def _widest_word(text: str, size: float, bold: bool = True) -> float:
    return max((width(word, size, bold=bold) for word, _ in unbroken(text)), default=0)


def block(fitted: Fitted, x: float, y: float, *, bold: bool = False, quiet: bool = False) -> list[Text]:
    """Lines whose first has the tops of its capitals at `y`."""
    first = y + fitted.size * CAPITAL * MM_PER_POINT
    return [
        Text(x, first + at * fitted.height, line, fitted.size, bold=bold, quiet=quiet)
        for at, line in enumerate(fitted.lines)
    ]
