"""What a slip says, and in which lines: pure, in letters and dots, for any printer.

    ▟▙ Riverside                  who asks, with the logo if there is one
    How was it today? Scan …      one sentence, at most two lines
    ▄▄▄▄▄▄▄                       the code, 6 dots a module, with its quiet zone
    localhost:8080/Q/             the same link for whoever has no camera:
    QAAA ABBG AEAA …              the host, and the code in groups of four
    Receipt 0042                  the till's number, if there is one
    You said: … Now …             what the shop changed, where there is room for it

Nothing else, and 45 mm at most. The label of a kiosk begins with the kiosk's id, says in the place of the invitation
where it stands, and its code leads to the kiosk's page.
"""

import base64
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from printer.logo import GAP, HEIGHT
from printer.qr import QUIET_ZONE, Fit, Symbol, fit, symbol
from printer.text import columns, is_rtl, seen, shorten, wrap

#: Most print heads that we speak to have 203 dots an inch.
DOTS_PER_MM = 8
#: The longest slip, mm, and in dots of such a head; not counting the feed to the blade.
LONGEST_MM = 45
LONGEST = LONGEST_MM * DOTS_PER_MM
#: Dots a module, best first: 6 scans from the hand, 5 where the slip would be too long, 4 is the least that scans.
MODULE = (6, 5, 4)

LANGUAGES = ("uk", "en", "pl", "de", "ru")
INVITATION = {
    "uk": "Як вам сьогодні у нас? Скануйте й скажіть: це пів хвилини.",
    "en": "How was it today? Scan and tell us: it takes half a minute.",
    "pl": "Jak było dziś u nas? Zeskanuj i powiedz: to pół minuty.",
    "de": "Wie war es heute? Scannen und sagen: eine halbe Minute.",
    "ru": "Как вам сегодня? Сканируйте и скажите: это полминуты.",
}
_COPY = {"uk": "КОПІЯ", "en": "COPY", "pl": "KOPIA", "de": "KOPIE", "ru": "КОПИЯ"}
RECEIPT = {"uk": "Чек", "en": "Receipt", "pl": "Paragon", "de": "Beleg", "ru": "Чек"}


Kind: TypeAlias = Literal["review", "label"]


class TooLong(ValueError):
    """A link is too long for a slip. The message is a sentence."""


@dataclass(frozen=True)
class Slip:
    """One slip, as a print job carries it."""

    shop: str
    #: One sentence; of a label, the touchpoint.
    invitation: str
    #: What the code carries, upper case: `HTTPS://HOST/Q/CODE`; of a label, the address of the kiosk's page.
    link: str
    #: The receipt's number at the till; of a label, the kiosk's id.
    reference: str | None
    language: str
    #: Printed again by a person's wish: it says so.
    copy: bool = False
    #: Beside the shop's name: what `printer.logo.fitted` makes, as base64.
    logo: str | None = None
    #: "You said, we did": printed where it fits whole, and nothing else has to be smaller for it.
    did: str | None = None
    kind: Kind = "review"


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
    #: Before the text, as base64.
    logo: str | None = None
    #: The text that it is a line of goes from right to left.
    rtl: bool = False

    @property
    def height(self) -> int:
        return HEIGHT if self.logo else self.type.height


@dataclass(frozen=True)
class Layout:
    """A slip from top to bottom."""

    above: tuple[Line, ...]
    link: str
    fit: Fit
    #: Dots a module.
    module: int
    below: tuple[Line, ...]

    @property
    def height(self) -> int:
        """Dots on paper."""
        return self.side + sum(line.height for line in self.above + self.below)

    @property
    def side(self) -> int:
        """Of the code with its quiet zone, dots."""
        return (self.fit.size + 2 * QUIET_ZONE) * self.module

    @property
    def code(self) -> Symbol:
        return symbol(self.link)


def lay_out(slip: Slip, width: int, longest: int = LONGEST) -> Layout:
    """Break a slip into the lines of a paper.

    Parameters
    ----------
    width: of the paper, dots.
    longest: most that it may take, dots.

    Raises
    ------
    TooLong
    """
    name, invitation, below = _label(slip, width) if slip.kind == "label" else _review(slip, width)
    code = fit(slip.link)
    for module in MODULE:
        # A code that scans is worth more than a logo.
        for logo in dict.fromkeys((slip.logo, None)):
            above = (*_head(name, logo, width), *invitation)
            layout = Layout(above, slip.link, code, module, tuple(below))
            if layout.height <= longest and layout.side <= width:
                return _with(layout, slip.did, width, longest)
    raise TooLong(
        f"The link has {len(slip.link)} letters, which is too long for a code on this paper: give the collector a "
        "shorter address."
    )


def _review(slip: Slip, width: int) -> tuple[str, list[Line], list[Line]]:
    """The name at the top, the lines between it and the code, and those below."""
    name = f"{_COPY[slip.language]} · {slip.shop}" if slip.copy else slip.shop
    host, fours = spelled(slip.link)
    below = [*_lines(host, SMALL, width), *_lines(" ".join(fours), SMALL, width)]
    if slip.reference:
        below += _lines(f"{RECEIPT[slip.language]} {slip.reference}", SMALL, width, most=1)
    return name, _lines(slip.invitation, TEXT, width, most=2), below


def _label(slip: Slip, width: int) -> tuple[str, list[Line], list[Line]]:
    """The same of a label; a second one is as good as the first."""
    where = _lines(f"{slip.invitation} · {slip.shop}", TEXT, width, most=2)
    return slip.reference or "", where, _lines(slip.link.partition("://")[2], SMALL, width)


def _with(layout: Layout, did: str | None, width: int, longest: int) -> Layout:
    """The layout with what the shop changed below it, whole or not at all."""
    told = replace(layout, below=(*layout.below, *_lines(did or "", SMALL, width)))
    return told if told.height <= longest else layout


def spelled(link: str) -> tuple[str, list[str]]:
    """A link for whoever types it: the host, and the code in groups of four letters."""
    host, _, code = link.partition("://")[2].partition("/Q/")
    return f"{host.lower()}/Q/", [code[at : at + 4] for at in range(0, len(code), 4)]


def _head(shop: str, logo: str | None, width: int) -> list[Line]:
    if not logo:
        return _lines(shop, NAME, width, most=1)
    room = width - GAP - int.from_bytes(base64.b64decode(logo)[16:20])  # where a PNG says how wide it is
    text = shorten(seen(shop), room // NAME.width)
    return [Line(text, NAME, logo, is_rtl(text))]


def _lines(text: str, type: Type, width: int, most: int | None = None) -> list[Line]:
    """As few lines as possible, and those of much the same length; what is more than `most` lines ends in `…`."""
    text = seen(text)
    room = width // type.width
    lines = wrap(text, room)
    if most and len(lines) > most:
        lines = [*lines[: most - 1], shorten(" ".join(lines[most - 1 :]), room)]
    elif lines:
        narrow = range(-(-columns(text) // len(lines)), room)
        lines = next((tried for each in narrow if len(tried := wrap(text, each)) == len(lines)), lines)
    return [Line(each, type, rtl=is_rtl(text)) for each in lines]
