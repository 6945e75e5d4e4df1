"""Where in a till's stream a code belongs: before the cut of a receipt that has something on it. Pure.

What is put in are pictures, for these obey alignment and margins alone: nothing else has to be set for them, so nothing
else has to be set back.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from printer.escpos import raster
from printer.picture import Picture
from printer.profiles import Profile
from printer.proxy.tokens import CUTS_WITH_FEED, DLE, ESC, FS, GS, Kind, Token, Tokenizer, last_alignment

#: From the print head past the blade, dots: 20 mm, more than any printer that we know of needs.
TO_THE_BLADE = 160
#: How much of a receipt's text is looked at, letters from its end: there its total and its number are.
LOOKED_AT = 20_000


@dataclass(frozen=True)
class Rule:
    """Which receipts get a code."""

    #: Those in whose text it is found; None: all that have anything on them, pictures, too.
    match: re.Pattern[str] | None
    #: But not those in whose text this is found.
    unless: re.Pattern[str] | None = None

    def judge(self, text: str) -> tuple[bool, str | None]:
        """Whether a receipt gets a code, and its reference: what the group `reference` of `match` has found."""
        if self.unless and self.unless.search(text):
            return False, None
        if not self.match:
            return True, None
        found = self.match.search(text)
        return found is not None, found.groupdict().get("reference") if found else None


@dataclass(frozen=True)
class Insert:
    """Here a code belongs; what is left out when there is none."""

    #: The receipt's number at the till, as far as it is known.
    reference: str | None
    #: What to send before and behind it.
    before: bytes
    after: bytes


class Paper:
    """What has come out of a printer since the last cut, and how it is set; outlives a connection.

    Parameters
    ----------
    encoding: Python's name of the code page that the printer begins with.
    """

    def __init__(self, profile: Profile, encoding: str = "cp437") -> None:
        self._profile, self._encoding = profile, encoding
        self._pages = _EPSON_PAGES | {page.slot: page.encoding for page in profile.code_pages}
        self._letters = _decoder(encoding)
        self.cut()
        self.reset()

    def cut(self) -> None:
        """What was on the paper is gone."""
        self.has_ink = False
        self._text = ""
        self._bytes = bytearray()
        self._letters.reset()

    def reset(self, _raw: bytes = b"") -> None:
        """`ESC @`, or switched on: all settings are known."""
        self._page, self._chinese = self._encoding, self._profile.chinese
        self._read_as()
        #: Letters wait for the end of their line.
        self.in_line = False
        self._alignment: bytes | None = _LEFT
        self._units = b""
        self._margin = self._width = b"", b""
        self._known = True

    def forget(self, _raw: bytes = b"") -> None:
        """Nobody knows any more how it is set: it is left alone until its next reset."""
        self._known = False

    def take(self, token: Token) -> None:
        """Follow what the printer does with a token."""
        match token.kind:
            case Kind.TEXT:
                self._write(token.raw)
            case Kind.COMMAND if act := _ACTIONS.get(token.name):
                act(self, token.raw)
            case Kind.DATA if token.name in _PICTURES:
                self._draw(token.raw)
            case Kind.REST:
                self.forget()

    def place(self, rule: Rule, cut: Token) -> Insert | None:
        """What to put before this cut."""
        # Many printers pass over a cut in the middle of a line.
        if not self.has_ink or self.in_line or not self._known or self._alignment is None:
            return None
        wanted, reference = rule.judge(self.text)
        if not wanted:
            return None
        feeds = cut.name == _CUT and cut.raw[2] in CUTS_WITH_FEED
        before, after = self._margins()
        return Insert(reference, before, (b"" if feeds else _FEED) + self._alignment + after)

    @property
    def text(self) -> str:
        """All text since the last cut, as far as it is looked at."""
        self._decode()
        return self._text.replace("\r", "")

    def _write(self, raw: bytes) -> None:
        before, alignment, behind = last_alignment(raw)
        if alignment:
            self._put(before)
            # In the middle of a line some printers take it and some do not.
            self._alignment = None if self.in_line else alignment
        self._put(behind)

    def _put(self, raw: bytes) -> None:
        if not self.has_ink:
            self.has_ink = bool(raw.strip(_BLANK))
        _, end, rest = raw.rpartition(b"\n")
        self.in_line = bool(rest.strip(b"\r\0")) or (self.in_line and not end)
        self._keep(raw)

    def _margins(self) -> tuple[bytes, bytes]:
        """How to have the whole width, and then what the till has set."""
        if not (self._margin[1] or self._width[1]):
            return b"", b""
        # Each was set in the units of that time.
        plain = GS + b"P\0\0" if self._units else b""
        before = plain + GS + b"L\0\0" + GS + b"W" + self._profile.width.to_bytes(2, "little")
        after = b"".join((units or plain) + raw for units, raw in (self._margin, self._width) if raw)
        return before, after + self._units

    def _keep(self, raw: bytes) -> None:
        self._bytes += raw
        if len(self._bytes) > LOOKED_AT:
            self._decode()

    def _decode(self, *, to_the_end: bool = False) -> None:
        """Turn bytes into letters."""
        self._text = (self._text + self._letters.decode(self._bytes, to_the_end))[-LOOKED_AT:]
        self._bytes.clear()

    def _read_as(self) -> None:
        """What comes now is in the chosen page."""
        self._decode(to_the_end=True)
        self._letters = _decoder("gb18030" if self._chinese else self._page)

    def _draw(self, dots: bytes) -> None:
        self.has_ink = self.has_ink or bool(dots.strip(b"\0"))

    def _raster(self, raw: bytes) -> None:
        self._draw(raw[8:])
        self.in_line = False

    def _columns(self, raw: bytes) -> None:
        """`ESC *`: a picture among the letters of a line."""
        self._draw(raw[5:])
        self.in_line = True

    def _print(self, _raw: bytes) -> None:
        """What prints on lines of its own."""
        self.has_ink, self.in_line = True, False

    def _function(self, raw: bytes) -> None:
        """`GS ( k` and `GS ( L`: some of their functions print what others have stored."""
        if raw[6:7] in _PRINTS[raw[2:3]]:
            self._print(raw)

    def _end_line(self, _raw: bytes) -> None:
        self.in_line = False

    def _jump(self, _raw: bytes) -> None:
        self._keep(b"\t")

    def _choose_page(self, raw: bytes) -> None:
        self._page = self._pages.get(raw[2], self._encoding)
        self._read_as()

    def _choose_chinese(self, raw: bytes) -> None:
        self._chinese = raw == FS + b"&"
        self._read_as()

    def _set_units(self, raw: bytes) -> None:
        self._units = raw

    def _set_margin(self, raw: bytes) -> None:
        self._margin = self._units, raw

    def _set_width(self, raw: bytes) -> None:
        self._width = self._units, raw

    def _choose_paper(self, raw: bytes) -> None:
        """`ESC c 0`, `ESC c 1`: some printers have another station, for cheques."""
        if raw[3] not in range(4):
            self.forget()

    def _real_time(self, raw: bytes) -> None:
        """Opens the drawer, or empties the printer's memory."""
        if raw[2] in {2, 8}:
            self.forget()


class Insertion:
    """One connection's stream, with places for codes in it."""

    def __init__(self, paper: Paper, rule: Rule) -> None:
        self._paper, self._rule = paper, rule
        self._tokenizer = Tokenizer()

    @property
    def held(self) -> bytes:
        """What has come and not gone on yet: a piece of a command."""
        return self._tokenizer.held

    def feed(self, data: bytes) -> Iterator[bytes | Insert]:
        """What to pass on, and between it where codes belong. Read all of it before the next call."""
        passed: list[bytes] = []
        for token in self._tokenizer.feed(data):
            if token.name in _CUTS and token.kind is Kind.COMMAND:
                insert = self._paper.place(self._rule, token)
                self._paper.cut()
                if insert:
                    yield b"".join(passed)
                    passed.clear()
                    yield insert
            else:
                self._paper.take(token)
            passed.append(token.raw)
        yield b"".join(passed)


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)("replace")


_CUT = GS + b"V"
_CUTS = {_CUT, ESC + b"i", ESC + b"m"}
_LEFT = ESC + b"a\0"
#: An empty picture is a feed in dots; other feeds are in units that differ between models.
_FEED = raster(Picture(1, (bytes(1),) * TO_THE_BLADE))
_BLANK = b" \t\r\n\0"
#: Commands whose data is a picture that comes out at once.
_PICTURES = {ESC + b"*", GS + b"v0", GS + b"Q0"}
#: Functions that print: of codes, of pictures.
_PRINTS = {b"k": {b"\x51"}, b"L": {b"\x02", b"\x32", b"\x45", b"\x55"}}
#: Code pages by Epson's numbers, by which most others go, too.
_EPSON_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    33: "cp775",
    34: "cp855",
    35: "cp861",
    36: "cp862",
    37: "cp864",
    38: "cp869",
    39: "iso8859_2",
    40: "iso8859_15",
    44: "cp1125",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    49: "cp1255",
    50: "cp1256",
    51: "cp1257",
    52: "cp1258",
}
_Action: TypeAlias = Callable[[Paper, bytes], None]
_ACTIONS: Mapping[bytes, _Action] = {
    ESC + b"@": Paper.reset,
    ESC + b"$": Paper._jump,
    ESC + b"\\": Paper._jump,
    ESC + b"*": Paper._columns,
    ESC + b"J": Paper._end_line,
    ESC + b"K": Paper._end_line,
    ESC + b"d": Paper._end_line,
    ESC + b"e": Paper._end_line,
    b"\f": Paper._end_line,
    ESC + b"c0": Paper._choose_paper,
    ESC + b"c1": Paper._choose_paper,
    ESC + b"t": Paper._choose_page,
    FS + b"&": Paper._choose_chinese,
    FS + b".": Paper._choose_chinese,
    FS + b"p": Paper._print,
    GS + b"/": Paper._print,
    GS + b"c": Paper._print,
    GS + b"k": Paper._print,
    GS + b"(k": Paper._function,
    GS + b"(L": Paper._function,
    GS + b"v0": Paper._raster,
    GS + b"Q0": Paper._raster,
    GS + b"P": Paper._set_units,
    GS + b"L": Paper._set_margin,
    GS + b"W": Paper._set_width,
    # Page mode has settings of its own; the others reset the printer, or load settings that nobody here knows.
    ESC + b"L": Paper.forget,
    FS + b"q": Paper.forget,
    GS + b"(A": Paper.forget,
    GS + b"(E": Paper.forget,
    GS + b"(M": Paper.forget,
    DLE + b"\x05": Paper.forget,
    DLE + b"\x14": Paper._real_time,
}
