"""Reads ESC/POS as a printer does: byte by byte, commands in any piecing, and puts it on paper."""

from collections.abc import Callable, Generator
from dataclasses import replace

from PIL import Image

from simulators.paper import Paper, Strip, Style

ESC, FS, GS, DLE, LF = 0x1B, 0x1C, 0x1D, 0x10, 0x0A
#: Code pages by their slot, Epson's numbers. What a page has not, this printer prints as `?`.
CODE_PAGES = {0: "cp437", 2: "cp850", 17: "cp866", 44: "cp1125", 46: "cp1251"}
#: Line feed after `ESC @` and `ESC 2`, dots.
LINE = 30
#: From the print head to the blade, dots.
TO_THE_BLADE = 120

#: A step of reading: wants the next byte.
_Reading = Generator[None, int, None]
_Bytes = Generator[None, int, bytes]


class Reader:
    """One printer's understanding of the bytes that it gets.

    Parameters
    ----------
    width: of the paper, dots.
    on_strip: gets each strip of paper that is cut off.
    on_answer: gets what the printer answers.
    on_drawer: called when the till is to be opened.
    """

    def __init__(
        self,
        width: int,
        on_strip: Callable[[Strip], None],
        on_answer: Callable[[bytes], None],
        on_drawer: Callable[[], None],
    ) -> None:
        self.paper = Paper(width)
        self._on_strip = on_strip
        self._on_answer = on_answer
        self._on_drawer = on_drawer
        self.restart()

    def restart(self) -> None:
        """Switched off and on: half a command and half a line are forgotten, the paper stays."""
        self._begin()
        self._code = b""
        self._reading = self._read()
        next(self._reading)

    def feed(self, data: bytes) -> None:
        """Carry out what is complete, keep what is not."""
        for byte in data:
            self._reading.send(byte)

    def tear(self) -> None:
        """What a blade does, or a hand."""
        self._end_line()
        if strip := self.paper.cut():
            self._on_strip(strip)

    def _begin(self) -> None:
        """`ESC @`: everything as when it was switched on, but for what is on paper."""
        self._line: list[tuple[str, Style]] = []
        self._style = Style()
        self._align = 0
        self._spacing = LINE
        self._page = CODE_PAGES[0]
        self._module, self._level = 3, 48

    def _read(self) -> _Reading:
        while True:
            byte = yield
            if byte == ESC:
                yield from self._escape()
            elif byte == GS:
                yield from self._group()
            elif byte == FS:
                yield  # Chinese mode on or off, which this printer has not
            elif byte == DLE:
                yield from self._take(2)  # was answered when it came in
            elif byte == LF:
                self._end_line(feed=True)
            elif byte >= 0x20:
                letter = bytes([byte]).decode(self._page, "replace").replace("\N{REPLACEMENT CHARACTER}", "?")
                self._put(letter)

    def _escape(self) -> _Reading:
        command = yield
        match chr(command):
            case "@":
                self._begin()
            case "2":
                self._spacing = LINE
            case "p":
                yield from self._take(3)
                self._on_drawer()
            case "!" | "3" | "E" | "M" | "a" | "d" | "J" | "t" as with_one:
                value = yield
                self._set(with_one, value)

    def _set(self, command: str, value: int) -> None:
        match command:
            case "!":
                self._style = Style("AB"[value & 1], bool(value & 8), 1 + (value >> 5 & 1), 1 + (value >> 4 & 1))
            case "3":
                self._spacing = value
            case "E":
                self._style = replace(self._style, bold=bool(value & 1))
            case "M":
                self._style = replace(self._style, font="AB"[value & 1])
            case "a":
                self._align = value % 48
            case "d":
                self._end_line()
                self.paper.feed(value * self._spacing)
            case "J":
                self._end_line()
                self.paper.feed(value)
            case "t":
                self._page = CODE_PAGES.get(value, CODE_PAGES[0])

    def _group(self) -> _Reading:
        command = yield
        match chr(command):
            case "!":
                size = yield
                self._style = replace(self._style, wide=1 + (size >> 4 & 7), high=1 + (size & 7))
            case "r":
                yield
                self._on_answer(b"\x00")
            case "V":
                mode = yield
                if mode >= 65:
                    more = yield
                    self._end_line()
                    self.paper.feed(TO_THE_BLADE + more)
                self.tear()
            case "v":
                yield from self._raster()
            case "(":
                head = yield from self._take(3)
                parameters = yield from self._take(int.from_bytes(head[1:], "little"))
                self._function(chr(head[0]), parameters)

    def _raster(self) -> _Reading:
        head = yield from self._take(6)  # '0', mode, width in bytes, height
        width, height = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:6], "little")
        data = yield from self._take(width * height)
        if not data:
            return
        self._end_line()
        image = Image.frombytes("1", (width * 8, height), bytes(~byte & 0xFF for byte in data))
        doubled = 1 + (head[1] & 1), 1 + (head[1] >> 1 & 1)
        size = image.width * doubled[0], image.height * doubled[1]
        self.paper.picture(image.resize(size, Image.Resampling.NEAREST), self._align)

    def _function(self, command: str, parameters: bytes) -> None:
        match command, parameters[:2]:
            case "H", b"00":
                self._on_answer(b"\x37\x22" + parameters[2:6] + b"\x00")
            case "k", b"1C":
                self._module = parameters[2]
            case "k", b"1E":
                self._level = parameters[2]
            case "k", b"1P":
                self._code = parameters[3:]
            case "k", b"1Q" if self._code:
                self._end_line()
                self.paper.code(self._code.decode("latin-1"), self._module, self._level, self._align)

    def _put(self, letter: str) -> None:
        used = sum(style.cell[0] for _, style in self._line)
        if used + self._style.cell[0] > self.paper.width:
            self._end_line(feed=True)
        self._line.append((letter, self._style))

    def _end_line(self, *, feed: bool = False) -> None:
        """Print what is in the line; with `feed`, go on to the next even if there is nothing."""
        if self._line or feed:
            self.paper.text(self._line, self._align, self._spacing)
            self._line = []

    def _take(self, count: int) -> _Bytes:
        taken = bytearray()
        for _ in range(count):
            taken.append((yield))
        return bytes(taken)
