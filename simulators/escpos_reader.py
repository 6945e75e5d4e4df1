"""Reads ESC/POS as a printer does: byte by byte, commands in any piecing, and puts it on paper."""

from collections.abc import Callable, Generator
from dataclasses import replace

from PIL import Image

from simulators.paper import FONTS, TO_THE_BLADE, Paper, Sign, Strip, Style, letter, symbol
from simulators.printer_models import EPSON, Model

ESC, FS, GS, DLE, LF, NUL = 0x1B, 0x1C, 0x1D, 0x10, 0x0A, 0x00
#: Line feed after `ESC @` and `ESC 2`, dots.
LINE = 30
#: How many bytes follow commands that this printer understands and need not obey: where to begin in a line, tabs,
#: colours, lamps, bar codes' looks, page mode (whose text it prints as it comes).
_PASSED_OVER = {
    ESC: {**dict.fromkeys(" %-=?KRTUVeru{", 1), **dict.fromkeys("$\\Bc", 2), "W": 8},
    GS: {**dict.fromkeys("/BEHTbfhw", 1), **dict.fromkeys("$LPW\\", 2), "^": 3},
    FS: {**dict.fromkeys("!-CW", 1), **dict.fromkeys("?Sp", 2), "2": 74},
}
#: How many bytes follow `DLE DC4` and its function; they were carried out when they came in.
_REAL_TIME = {1: 2, 2: 2, 3: 5, 7: 1, 8: 7}

#: A step of reading: wants the next byte.
_Reading = Generator[None, int, None]
_Bytes = Generator[None, int, bytes]


class Machine:
    """The parts around the print head; these are always well."""

    def may_cut(self) -> bool:
        """Whether the blade moves."""
        return True

    def paper_sensor(self) -> int:
        """The answer to `GS r 1`."""
        return 0

    def automatic_status(self, which: int) -> None:
        """`GS a`: from now on it says by itself what changes; 0: no more."""


class Reader:
    """One printer's understanding of the bytes that it gets.

    Parameters
    ----------
    width: of the paper, dots.
    on_strip: gets each strip of paper that is cut off.
    on_answer: gets what the printer answers.
    on_drawer: called when the till is to be opened.
    model: whose understanding it is.
    machine: the parts around the print head.
    """

    def __init__(
        self,
        width: int,
        on_strip: Callable[[Strip], None],
        on_answer: Callable[[bytes], None],
        on_drawer: Callable[[], None],
        model: Model = EPSON,
        machine: Machine | None = None,
    ) -> None:
        self.paper = Paper(width)
        self._on_strip = on_strip
        self._on_answer = on_answer
        self._on_drawer = on_drawer
        self._model = model
        self._machine = machine or Machine()
        self.restart()

    def restart(self) -> None:
        """Switched off and on: half a command and half a line are forgotten, the paper stays."""
        self._halted = False
        self._begin()
        self._reading = self._read()
        next(self._reading)

    def feed(self, data: bytes) -> int:
        """Carry out what is complete, keep what is not; returns how many bytes it took before something stopped it."""
        self._halted = False
        for at, byte in enumerate(data):
            self._reading.send(byte)
            if self._halted:
                return at + 1
        return len(data)

    def cut(self) -> None:
        """What the blade does."""
        self._take_off(TO_THE_BLADE)

    def tear(self) -> None:
        """What a hand does: it takes all that is printed."""
        self._end_line()
        self._take_off(0)

    def _take_off(self, kept: int) -> None:
        if strip := self.paper.cut(kept):
            self._on_strip(strip)

    def _begin(self) -> None:
        """`ESC @`: everything as when it was switched on, but for what is on paper."""
        self._line: list[Sign] = []
        self._style = Style()
        self._align = 0
        self._spacing = LINE
        self._page = self._model.code_pages[0]
        self._chinese = self._model.chinese
        self._module, self._level, self._code = 3, 48, b""
        self._graphics: Image.Image | None = None
        self._machine.automatic_status(0)

    def _read(self) -> _Reading:
        while True:
            byte = yield
            if byte == ESC:
                yield from self._escape()
            elif byte == GS:
                yield from self._group()
            elif byte == FS:
                yield from self._file()
            elif byte == DLE:
                yield from self._real_time()
            elif byte == LF:
                self._end_line(feed=True)
            elif byte > 0x80 and self._chinese:
                second = yield
                self._put(self._decoded(bytes([byte, second]), "gb18030"), 2 * FONTS["A"][0])
            elif byte >= 0x20:
                self._put(self._decoded(bytes([byte]), self._page))

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
            case "i" | "m":
                self._cut()
            case "*":
                yield from self._columns()
            case "D":
                while (yield) != NUL:
                    pass
            case "&":
                yield from self._letters()
            case "(":
                yield from self._take_long(2)
            case "!" | "3" | "E" | "G" | "M" | "a" | "d" | "J" | "t" as with_one:
                value = yield
                self._set(with_one, value)
            case other:
                yield from self._pass_over(ESC, other)

    def _set(self, command: str, value: int) -> None:
        match command:
            case "!":
                self._style = Style("AB"[value & 1], bool(value & 8), 1 + (value >> 5 & 1), 1 + (value >> 4 & 1))
            case "3":
                self._spacing = value
            case "E" | "G":
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
                self._page = self._model.code_pages.get(value, self._model.code_pages[0])

    def _group(self) -> _Reading:
        command = yield
        match chr(command):
            case "!":
                size = yield
                self._style = replace(self._style, wide=1 + (size >> 4 & 7), high=1 + (size & 7))
            case "a":
                which = yield
                self._machine.automatic_status(which)
            case "r":
                which = yield
                self._on_answer(bytes([self._machine.paper_sensor() if which in {1, 49} else 0]))
            case "I":
                which = yield
                self._introduce(which)
            case "V":
                yield from self._cut_here()
            case "v":
                yield from self._raster()
            case "k":
                yield from self._bar_code()
            case "*":
                area = yield from self._take(2)
                yield from self._take(area[0] * area[1] * 8)
            case "(":
                kind, parameters = yield from self._take_long(2)
                self._function(kind, parameters)
            case "8":
                kind, parameters = yield from self._take_long(4)
                self._function(kind, parameters)
            case other:
                yield from self._pass_over(GS, other)

    def _file(self) -> _Reading:
        command = yield
        match chr(command):
            case "&" | "." as mode:
                self._chinese = mode == "&" and self._model.chinese
            case "q":
                count = yield
                for _ in range(count):
                    size = yield from self._take(4)
                    width, height = int.from_bytes(size[:2], "little"), int.from_bytes(size[2:], "little")
                    yield from self._take(width * height * 8)
            case "(":
                yield from self._take_long(2)
            case other:
                yield from self._pass_over(FS, other)

    def _real_time(self) -> _Reading:
        command = yield
        function = yield
        if command == 0x14:
            yield from self._take(_REAL_TIME.get(function, 0))

    def _pass_over(self, prefix: int, command: str) -> _Reading:
        yield from self._take(_PASSED_OVER[prefix].get(command, 0))

    def _cut(self) -> None:
        self._end_line()
        if not self._model.cutter:
            return
        if self._machine.may_cut():
            self.cut()
        else:
            self._halted = True

    def _cut_here(self) -> _Reading:
        """`GS V`: cut what is past the blade, or feed up to it first, and perhaps wind back afterwards."""
        mode = yield
        if mode >= 65:
            more = yield
            self._end_line()
            self.paper.feed(self._model.cutter * TO_THE_BLADE + more)
        self._cut()
        if mode in {103, 104}:
            self.paper.take_back(TO_THE_BLADE)

    def _raster(self) -> _Reading:
        head = yield from self._take(6)  # '0', mode, width in bytes, height
        width, height = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:6], "little")
        data = yield from self._take(width * height)
        if data:
            self._picture(_of_rows(data, width, height), 1 + (head[1] & 1), 1 + (head[1] >> 1 & 1))

    def _columns(self) -> _Reading:
        """`ESC *`: a picture between letters, column by column."""
        head = yield from self._take(3)  # mode, number of columns
        count, tall = int.from_bytes(head[1:], "little"), 3 if head[0] in {32, 33} else 1
        data = yield from self._take(count * tall)
        if not data:
            return
        image = _of_rows(data, tall, count).transpose(Image.Transpose.TRANSPOSE)
        doubled = 1 if head[0] in {1, 33} else 2
        size = image.width * doubled, image.height * (1 if tall == 3 else 3)
        self._add(Sign("[picture]", image.resize(size, Image.Resampling.NEAREST)))

    def _letters(self) -> _Reading:
        """`ESC &`: letters of the sender's own, which are not used."""
        head = yield from self._take(3)
        for _ in range(head[1], head[2] + 1):
            width = yield
            yield from self._take(head[0] * width)

    def _bar_code(self) -> _Reading:
        kind = yield
        if kind >= 65:
            yield from self._take((yield))
        else:
            while (yield) != NUL:
                pass
        self._picture(_of_rows(b"\xa6\xb2\x6d" * 10, 30, 1), 1, 80, "[bar code]")

    def _function(self, command: str, parameters: bytes) -> None:
        value = int.from_bytes(parameters[2:3])
        match command, parameters[:2]:
            case "H", b"00" if self._model.tells:
                self._on_answer(b"\x37\x22" + parameters[2:6] + b"\x00")
            case "k", _ if not self._model.native_qr:
                pass
            case "k", b"1C" if 1 <= value <= self._model.largest_module:
                self._module = value
            case "k", b"1E" if 48 <= value <= 51:
                self._level = value
            case "k", b"1P":
                self._code = parameters[3:]
            case "k", b"1Q" if self._code:
                self._end_line()
                self.paper.code(self._code, self._module, self._level, self._align)
            case "k", b"1R":
                self._measure()
            case "L", b"0\x70" if value == 48:
                self._graphics = _stored(parameters)
            case "L", b"0\x32" | b"0\x02" if self._graphics:
                self._picture(self._graphics, 1, 1)
                self._graphics = None

    def _measure(self) -> None:
        """Function 182: how large the code in memory is, and whether it fits the paper."""
        drawn = symbol(self._code, self._level) if self._code else None
        size = drawn.width * self._module if drawn else 0
        fits = 0 < size <= self.paper.width
        self._on_answer(b"\x37\x36%d\x1f%d\x1f1\x1f%d\x00" % (size, size, 0 if fits else 1))

    def _introduce(self, which: int) -> None:
        """`GS I`: what it is."""
        if not self._model.tells:
            return
        match which:
            case 1 | 49:
                self._on_answer(b"\x20")
            case 2 | 50:
                self._on_answer(bytes([2 * self._model.cutter]))
            case 3 | 51:
                self._on_answer(b"\x01")
            case 66 | 67:
                self._on_answer(b"_" + (self._model.maker if which == 66 else self._model.name).encode() + b"\x00")

    def _picture(self, image: Image.Image, wide: int, high: int, name: str = "[picture]") -> None:
        self._end_line()
        size = image.width * wide, image.height * high
        self.paper.picture(image.resize(size, Image.Resampling.NEAREST), self._align, name)

    def _decoded(self, data: bytes, encoding: str) -> str:
        """A letter; what a page has not, this printer prints as `?`."""
        return data.decode(encoding, "replace").replace("\N{REPLACEMENT CHARACTER}", "?")[:1]

    def _put(self, text: str, width: int | None = None) -> None:
        self._add(letter(text, self._style, width))

    def _add(self, sign: Sign) -> None:
        used = sum(each.image.width for each in self._line)
        if self._line and used + sign.image.width > self.paper.width:
            self._end_line(feed=True)
        self._line.append(sign)

    def _end_line(self, *, feed: bool = False) -> None:
        """Print what is in the line; with `feed`, go on to the next even if there is nothing."""
        if self._line or feed:
            self.paper.line(self._line, self._align, self._spacing)
            self._line = []

    def _take(self, count: int) -> _Bytes:
        taken = bytearray()
        for _ in range(count):
            taken.append((yield))
        return bytes(taken)

    def _take_long(self, size: int) -> Generator[None, int, tuple[str, bytes]]:
        """The rest of a command that says its own length, in so many bytes."""
        head = yield from self._take(1 + size)
        parameters = yield from self._take(int.from_bytes(head[1:], "little"))
        return chr(head[0]), parameters


def _stored(parameters: bytes) -> Image.Image | None:
    """`GS ( L` and `GS 8 L`, function 112: a picture for later. Scale, colour, width in dots, height, rows."""
    if len(parameters) < 10:
        return None
    across, down = parameters[3], parameters[4]
    width, height = int.from_bytes(parameters[6:8], "little"), int.from_bytes(parameters[8:10], "little")
    row = (width + 7) // 8
    if not row * height or len(parameters) < 10 + row * height:
        return None
    image = _of_rows(parameters[10 : 10 + row * height], row, height).crop((0, 0, width, height))
    return image.resize((width * max(across, 1), height * max(down, 1)), Image.Resampling.NEAREST)


def _of_rows(data: bytes, width: int, height: int) -> Image.Image:
    """A picture of rows of bytes, in which 1 is black; `width` in bytes."""
    return Image.frombytes("1", (width * 8, height), bytes(~byte & 0xFF for byte in data))
