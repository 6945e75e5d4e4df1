"""ESC/POS as a stream, cut into its commands: pure, in one pass, and with a few hundred bytes of memory.

It need not know what commands do, only where each ends: within a picture, bytes may look like a cut. Where that cannot
be told, everything from there on is `REST`, for nothing behind it can be told either.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias

ESC, FS, GS, DLE = b"\x1b", b"\x1c", b"\x1d", b"\x10"
#: The longest command that is one token; the data of a longer one comes in pieces.
WHOLE = 256


class Kind(Enum):
    """What a piece of the stream is."""

    #: Letters to be printed, ends of lines, and styles between them; see `letters`.
    TEXT = "text"
    #: A command, whole or up to where its data begins.
    COMMAND = "command"
    #: A piece of the data of the command before.
    DATA = "data"
    #: For the customer's display, which hangs behind the printer.
    ELSEWHERE = "elsewhere"
    REST = "rest"


class Token(NamedTuple):
    """A piece of the stream."""

    kind: Kind
    raw: bytes
    #: Of a command and of its data: the bytes by which it is known, such as `GS V`.
    name: bytes = b""


class _Unknown(Exception):
    """Nobody knows how long this command is."""


class _Unfinished(Exception):
    """More bytes are needed to know."""


class Size(NamedTuple):
    """How long a command is."""

    #: Bytes of the name.
    name: int
    #: Bytes up to its data.
    head: int
    #: Bytes of its data; None: up to a zero.
    data: int | None = 0
    #: The data consist of so many parts, each with a head of its own.
    parts: int = 0


class Tokenizer:
    """Takes a stream in any pieces, and gives its tokens; one after the other they are the stream."""

    def __init__(self) -> None:
        #: What has come of a command that is not whole yet; at the end of the stream, it is still to be passed on.
        self.held = b""
        self._name = b""
        self._left: int | None = 0
        self._parts = 0
        self._part: _Part = _picture_part
        self._mode = Kind.TEXT

    def feed(self, data: bytes) -> Iterator[Token]:
        """The tokens that end with these bytes. Read all of them before the next call."""
        data, self.held = self.held + data, b""
        at, end = 0, len(data)
        while at < end:
            if self._left == 0 and not self._parts and self._mode is Kind.TEXT and (found := _COMMON(data, at)):
                raw = found[0]
                yield Token(Kind.TEXT, raw) if found.lastindex else Token(Kind.COMMAND, raw, raw[:2])
                at = found.end()
                continue
            if self._mode is Kind.REST:
                yield Token(Kind.REST, data[at:])
                return
            try:
                token = self._next(data, at)
            except _Unfinished:
                self.held = data[at:]
                return
            except _Unknown:
                self._mode = Kind.REST
                continue
            at += len(token.raw)
            yield token

    def _next(self, data: bytes, at: int) -> Token:
        if self._left != 0:
            return Token(Kind.DATA, self._some_data(data, at), self._name)
        if self._parts:
            return Token(Kind.DATA, self._next_part(data, at), self._name)
        if self._mode is Kind.ELSEWHERE:
            return self._elsewhere(data, at)
        return self._command(data, at)

    def _some_data(self, data: bytes, at: int) -> bytes:
        if self._left is None:
            zero = data.find(0, at) + 1
            if zero:
                self._left = 0
            return data[at : zero or None]
        piece = data[at : at + self._left]
        self._left -= len(piece)
        return piece

    def _next_part(self, data: bytes, at: int) -> bytes:
        head, self._left = self._part(data, at)
        self._parts -= 1
        return data[at : at + head]

    def _elsewhere(self, data: bytes, at: int) -> Token:
        """Everything up to the next choice of a device."""
        choice = data.find(_CHOICE, at)
        if choice == at:
            return self._command(data, at)
        if choice < 0:
            choice = len(data) - data.endswith(ESC)
            if choice == at:
                raise _Unfinished
        return Token(Kind.ELSEWHERE, data[at:choice])

    def _command(self, data: bytes, at: int) -> Token:
        size = _size(data, at)
        whole = size.head + size.data if size.data is not None and size.head + size.data <= WHOLE else size.head
        if at + whole > len(data):
            raise _Unfinished
        raw = data[at : at + whole]
        self._name = raw[: size.name]
        self._left = None if size.data is None else size.head + size.data - whole
        if size.parts:
            self._parts = size.parts
            self._part = _letter_part(raw[2]) if self._name == ESC + b"&" else _picture_part
        if self._name == _CHOICE:
            self._mode = Kind.TEXT if raw[2] & 1 else Kind.ELSEWHERE
        return Token(Kind.COMMAND, raw, self._name)


#: `ESC =`: which device the following is for.
_CHOICE = ESC + b"="

#: Reads the head of a part of data: how long the head is, and the data behind it.
_Part: TypeAlias = Callable[[bytes, int], tuple[int, int]]
_Measure: TypeAlias = Callable[[bytes, int], Size]


def _size(data: bytes, at: int) -> Size:
    fixed = _FIXED.get(data[at : at + 2])
    if fixed is not None:
        return fixed
    if data[at] in b"\f\x18":  # form feed, cancel
        return Size(1, 1)
    if data[at] not in b"\x10\x1b\x1c\x1d":
        raise _Unknown
    _need(data, at, 2)
    measure = _MEASURED.get(data[at : at + 2])
    if measure is None:
        raise _Unknown
    return measure(data, at)


def _need(data: bytes, at: int, count: int) -> None:
    if len(data) < at + count:
        raise _Unfinished


def _byte(data: bytes, at: int) -> int:
    _need(data, at, 1)
    return data[at]


def _word(data: bytes, at: int) -> int:
    _need(data, at, 2)
    return data[at] | data[at + 1] << 8


def _picture_part(data: bytes, at: int) -> tuple[int, int]:
    """One picture of `FS q`: its size in bytes across and down, and eight rows of dots a byte."""
    return 4, _word(data, at) * _word(data, at + 2) * 8


def _letter_part(height: int) -> _Part:
    """One letter of `ESC &`: its width, and columns of so many bytes."""
    return lambda data, at: (1, _byte(data, at) * height)


def _status(data: bytes, at: int) -> Size:
    """`DLE EOT n`, with one byte more for ink, checks and the peeler."""
    return Size(2, 4 if _byte(data, at + 2) in {7, 8, 18} else 3)


def _real_time(data: bytes, at: int) -> Size:
    """`DLE DC4`: drawer, power off, buzzer, answers, clear."""
    head = {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}.get(_byte(data, at + 2))
    if head is None:
        raise _Unknown
    return Size(2, head)


def _bit_picture(data: bytes, at: int) -> Size:
    """`ESC *`: one byte a column, or three."""
    deep = {0: 1, 1: 1, 32: 3, 33: 3}.get(_byte(data, at + 2))
    if deep is None:
        raise _Unknown
    return Size(2, 5, _word(data, at + 3) * deep)


def _tabs(data: bytes, at: int) -> Size:
    """`ESC D`: columns, each beyond the last, and a zero."""
    last = 0
    for count in range(32 + 1):
        column = _byte(data, at + 2 + count)
        if column == 0:
            return Size(2, 3 + count)
        if column <= last:
            break
        last = column
    raise _Unknown


def _user_letters(data: bytes, at: int) -> Size:
    """`ESC &`: letters that the till draws."""
    _need(data, at, 5)
    high, first, last = data[at + 2 : at + 5]
    if not (1 <= high <= 4 and 32 <= first <= last <= 126):
        raise _Unknown
    return Size(2, 5, parts=last - first + 1)


def _panel(data: bytes, at: int) -> Size:
    """`ESC c`: which paper, which sensors, buttons on or off."""
    if _byte(data, at + 2) not in b"01345":
        raise _Unknown
    return Size(3, 4)


def _stored_pictures(data: bytes, at: int) -> Size:
    """`FS q`: pictures to be kept in the printer."""
    return Size(2, 3, parts=_byte(data, at + 2))


def _stored_data(data: bytes, at: int) -> Size:
    """`FS g`: the user's own memory, 1 to write and 2 to read."""
    if _byte(data, at + 2) not in b"12":
        raise _Unknown
    _need(data, at, 10)
    return Size(3, 10, _word(data, at + 8) if data[at + 2] == ord("1") else 0)


def _lettered(data: bytes, at: int) -> Size:
    """`GS ( A` and so on, `ESC (`, `FS (`: each says how long it is."""
    _need(data, at, 5)
    return Size(3, 5, _word(data, at + 3))


def _lettered_long(data: bytes, at: int) -> Size:
    """`GS 8 L`: the same, with four bytes of length."""
    if _byte(data, at + 2) not in b"L":
        raise _Unknown
    _need(data, at, 7)
    return Size(3, 7, _word(data, at + 3) | _word(data, at + 5) << 16)


def _own_picture(data: bytes, at: int) -> Size:
    """`GS *`: a picture to be kept until the next reset."""
    return Size(2, 4, _byte(data, at + 2) * _byte(data, at + 3) * 8)


def _column_picture(data: bytes, at: int) -> Size:
    """`GS Q 0`: a picture, column by column."""
    if _byte(data, at + 2) not in b"0":
        raise _Unknown
    return Size(3, 8, _word(data, at + 4) * _word(data, at + 6))


def _raster(data: bytes, at: int) -> Size:
    """`GS v 0`: a picture, row by row."""
    if _byte(data, at + 2) not in b"0" or _byte(data, at + 3) not in b"\0\1\2\0030123":
        raise _Unknown
    return Size(3, 8, _word(data, at + 4) * _word(data, at + 6))


def _cut(data: bytes, at: int) -> Size:
    """`GS V`: at once, or with a distance to be fed."""
    mode = _byte(data, at + 2)
    if mode in CUTS_AT_ONCE:
        return Size(2, 3)
    if mode in CUTS_WITH_FEED:
        return Size(2, 4)
    raise _Unknown


def _bars(data: bytes, at: int) -> Size:
    """`GS k`: a bar code up to a zero, or of a given length."""
    kind = _byte(data, at + 2)
    if kind <= 6:
        return Size(2, 3, None)
    if 65 <= kind <= 79:
        return Size(2, 4, _byte(data, at + 3))
    raise _Unknown


def _counter(data: bytes, at: int) -> Size:
    """`GS C`: the printer's own counter."""
    head = {ord("0"): 5, ord("1"): 9, ord("2"): 5}.get(_byte(data, at + 2))
    if head is None:
        raise _Unknown
    return Size(3, head)


def _maintenance(data: bytes, at: int) -> Size:
    """`GS g`: maintenance counters, 0 to reset and 2 to ask."""
    if _byte(data, at + 2) not in b"02":
        raise _Unknown
    return Size(3, 6)


#: Ways of `GS V`.
CUTS_AT_ONCE, CUTS_WITH_FEED = b"\0\x0101", b"ABabgh"
#: Commands by how many bytes follow their name. Not here: macros (`GS :`, `GS ^`), whose bytes act later or twice, and
#: what one make has under a name that another has for something else.
_LENGTHS = (
    (ESC, 0, b"\f2<@LSimqv"),
    (ESC, 1, b" !%-3=?EFGJKMRTUVadertu{"),
    (ESC, 2, b"$\\fB"),
    (ESC, 3, b"p"),
    (ESC, 8, b"W"),
    (GS, 0, b"c"),
    (GS, 1, b"!/BEHITabfhjrw"),
    (GS, 2, b"$LPW\\"),
    (GS, 3, b"z"),
    (FS, 0, b"&."),
    (FS, 1, b"!-CW"),
    (FS, 2, b"?Sp"),
    (DLE, 1, b"\x05"),
)
_FIXED = {prefix + bytes([letter]): Size(2, 2 + count) for prefix, count, names in _LENGTHS for letter in names}
_MEASURED: Mapping[bytes, _Measure] = {
    DLE + b"\x04": _status,
    DLE + b"\x14": _real_time,
    ESC + b"&": _user_letters,
    ESC + b"(": _lettered,
    ESC + b"*": _bit_picture,
    ESC + b"D": _tabs,
    ESC + b"c": _panel,
    FS + b"(": _lettered,
    FS + b"g": _stored_data,
    FS + b"q": _stored_pictures,
    GS + b"(": _lettered,
    GS + b"*": _own_picture,
    GS + b"8": _lettered_long,
    GS + b"C": _counter,
    GS + b"Q": _column_picture,
    GS + b"V": _cut,
    GS + b"g": _maintenance,
    GS + b"k": _bars,
    GS + b"v": _raster,
}
#: How letters and bar codes look: spacing, size, font, emphasis and the like; and alignment.
_LOOKS, _ALIGN = rb"\x1b(?:2|[ !%\-3EGMRU{].)|\x1d[!BHbfhw].", rb"\x1ba."
_LOOK, _STYLE = re.compile(_LOOKS, re.DOTALL), re.compile(_LOOKS + b"|" + _ALIGN, re.DOTALL)
#: At once, what most of a receipt is: text with its styles, or a whole command of fixed length.
_COMMON = re.compile(
    rb"((?:[\x20-\xff\0\t\n\r]++|"
    + _STYLE.pattern
    + rb")++)|"
    + b"|".join(
        prefix + b"[" + re.escape(names.replace(b"=", b"")) + b"]" + b"." * count for prefix, count, names in _LENGTHS
    ),
    re.DOTALL,
).match


def letters(text: bytes) -> bytes:
    """What a piece of text prints, without its styles."""
    return _STYLE.sub(b"", text) if ESC in text or GS in text else text


def last_alignment(text: bytes) -> tuple[bytes, bytes, bytes]:
    """The letters before the last `ESC a` in a piece of text, itself, and the letters behind it."""
    head, command, tail = (_LOOK.sub(b"", text) if ESC in text or GS in text else text).rpartition(ESC + b"a")
    return (letters(head), command + tail[:1], tail[1:]) if command else (b"", b"", tail)
