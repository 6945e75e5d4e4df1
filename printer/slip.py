"""What a slip says, and in which lines: pure, in letters and dots, for any printer.

    Riverside                     who asks
    How was it today? Scan …      one sentence, at most two lines
    ▄▄▄▄▄▄▄                       the code, 6 dots a module, with its quiet zone
    localhost:8080/Q/             the same link for whoever has no camera:
    QAAA ABBG AEAA …              the host, and the code in groups of four
    Receipt 0042                  the till's number, if there is one

Nothing else, and 45 mm at most.
"""

import textwrap
from dataclasses import dataclass

from printer.qr import QUIET_ZONE, Symbol, symbol

#: Print heads that we speak to have 203 dots an inch.
DOTS_PER_MM = 8
#: The longest slip, in dots: 45 mm, not counting the feed to the blade.
LONGEST = 45 * DOTS_PER_MM
#: Dots a module, best first: 6 scans from the hand, 5 where the slip would be too long, 4 is the least that scans.
MODULE = (6, 5, 4)

LANGUAGES = ("uk", "en")
INVITATION = {
    "uk": "Як вам сьогодні у нас? Скануйте й скажіть: це пів хвилини.",
    "en": "How was it today? Scan and tell us: it takes half a minute.",
}
_COPY = {"uk": "КОПІЯ", "en": "COPY"}
_RECEIPT = {"uk": "Чек", "en": "Receipt"}


@dataclass(frozen=True)
class Slip:
    """One slip, as a print job carries it."""

    shop: str
    #: One sentence.
    invitation: str
    #: What the code carries, upper case: `HTTPS://HOST/Q/CODE`.
    link: str
    #: The receipt's number at the till.
    reference: str | None
    language: str
    #: Printed again by a person's wish: it says so.
    copy: bool = False


@dataclass(frozen=True)
class Type:
    """One of the printer's own fonts: width of a letter and height of a line, dots."""

    width: int
    height: int
    bold: bool = False


NAME, TEXT, SMALL = Type(12, 24, bold=True), Type(12, 24), Type(9, 18)


@dataclass(frozen=True)
class Line:
    """One centred line; holds nothing but letters that can be seen, and spaces."""

    text: str
    type: Type


@dataclass(frozen=True)
class Layout:
    """A slip from top to bottom."""

    above: tuple[Line, ...]
    code: Symbol
    #: Dots a module.
    module: int
    below: tuple[Line, ...]

    @property
    def height(self) -> int:
        """Dots on paper."""
        code = (self.code.size + 2 * QUIET_ZONE) * self.module
        return code + sum(line.type.height for line in self.above + self.below)


def lay_out(slip: Slip, width: int) -> Layout:
    """Break a slip into the lines of a paper.

    Parameters
    ----------
    width: of the paper, dots.
    """
    shop = f"{_COPY[slip.language]} · {slip.shop}" if slip.copy else slip.shop
    host, _, code = slip.link.partition("://")[2].partition("/Q/")
    fours = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
    below = [*_wrap(f"{host.lower()}/Q/", SMALL, width), *_wrap(fours, SMALL, width)]
    if slip.reference:
        below += _wrap(f"{_RECEIPT[slip.language]} {slip.reference}", SMALL, width, most=1)
    above = [*_wrap(shop, NAME, width, most=1), *_wrap(slip.invitation, TEXT, width, most=2)]
    layouts = [Layout(tuple(above), symbol(slip.link), module, tuple(below)) for module in MODULE]
    return next((layout for layout in layouts if layout.height <= LONGEST), layouts[-1])


def _wrap(text: str, type: Type, width: int, most: int | None = None) -> list[Line]:
    """As few lines as possible, and those of much the same length; what is more than `most` lines ends in `…`."""
    # What a name may bring along must not reach the printer: ESC p opens the till.
    seen = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    columns = width // type.width
    lines = textwrap.wrap(seen, columns)
    if most and len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        return [Line(each, type) for each in (*lines[: most - 1], f"{rest[: columns - 1].rstrip()}…")]
    while columns > 1 and len(textwrap.wrap(seen, columns - 1)) == len(lines):
        columns -= 1
    return [Line(each, type) for each in textwrap.wrap(seen, columns)]
