"""Make the letters of a kiosk's screen from a TrueType font.

    python docs/make_font.py DejaVuSans.ttf firmware/kiosk/sans.font

The one in the project comes from DejaVu Sans 2.37. `kiosk.font` describes the file.
"""

import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZES = 28, 20, 15
#: What European shops write: the languages in Latin letters from Lisbon to Tallinn and Ankara, and in Cyrillic ones.
SIGNS = sorted(
    {chr(code) for code in (*range(0x20, 0x7F), *range(0xC0, 0x100), *range(0x410, 0x450))}
    | set("\u00a0§©«°±·»¿¡£€№")
    | set("ĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĻļĽľŁłŃńŅņŇňŌōŐőŒœŔŕŘřŚśŞşŠšŢţŤťŪūŮůŰűŲųŹźŻżŽžȘșȚț")
    | set("ЁЂЃЄЅІЇЈЉЊЋЌЎЏёђѓєѕіїјљњћќўџҐґʼ")
    | set("–—‘’‚“”„…•→")
)
ROOM = 64  # dots around a sign while it is drawn
SHIFTS = range(-3, 5)  # of a letter below its accent

Dots = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Drawing:
    """A sign in one size: its dots, seen from the pen on the line's upper edge, and how far it moves the pen."""

    dots: Dots
    advance: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height."""
        if not self.dots:
            return 0, 0, 0, 0
        across, down = zip(*self.dots, strict=True)
        return min(across), min(down), max(across) - min(across) + 1, max(down) - min(down) + 1

    def moved(self, right: int, down: int) -> "Drawing":
        return Drawing(frozenset((x + right, y + down) for x, y in self.dots), self.advance)

    def without(self, other: "Drawing") -> "Drawing":
        return Drawing(self.dots - other.dots, self.advance)


class Bits:
    """Numbers, bit by bit from the highest."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, number: int, bits: int) -> None:
        if not 0 <= number < 1 << bits:
            raise ValueError(f"{number} does not fit into {bits} bits")
        self._text += f"{number:0{bits}b}" if bits else ""

    def __bytes__(self) -> bytes:
        size = (len(self._text) + 7) // 8
        return int(self._text.ljust(8 * size, "0"), 2).to_bytes(size, "big")


def make(font: Path) -> bytes:
    """Return the content of a font file."""
    runs = list(_runs(SIGNS))
    types = [ImageFont.truetype(font, size, layout_engine=ImageFont.Layout.BASIC) for size in SIZES]
    head = bytearray([len(runs), len(SIZES)])
    for first, count in runs:
        head += first.to_bytes(2, "big") + count.to_bytes(2, "big")
    index_size = 3 * (len(SIGNS) + 1)
    start = len(head) + 4 * len(SIZES)
    indexes, drawings, known = bytearray(), bytearray(), dict[bytes, int]()
    for number, (size, face) in enumerate(zip(SIZES, types, strict=True)):
        signs, line = draw_all(face)
        head += bytes([size, line]) + (start + number * index_size).to_bytes(2, "big")
        for place, drawing in enumerate(signs):
            below = letter_below(place, signs)
            above = drawing.without(below[2]) if below else drawing
            data = _encoded(above, below)
            end = start + len(SIZES) * index_size + len(drawings)
            at = known.setdefault(data, end)
            if at == end:
                drawings += data
            entry = Bits()
            entry.add(at, 14)
            entry.add(drawing.advance, 6)
            entry.add(0 if below else drawing.box[0] + 2, 4)
            indexes += bytes(entry)
    return bytes(head + indexes + drawings)


def _runs(signs: list[str]) -> Iterator[tuple[int, int]]:
    """First and length of each run of consecutive signs."""
    codes = [ord(sign) for sign in signs]
    starts = [0, *(place for place, (one, other) in enumerate(pairwise(codes), 1) if other != one + 1), len(codes)]
    for start, end in pairwise(starts):
        yield codes[start], end - start


def draw_all(face: ImageFont.FreeTypeFont) -> tuple[list[Drawing], int]:
    """All signs of one size, the box the last, and the height of a line: that of the highest and the deepest."""
    signs = [*(_drawn(face, sign) for sign in SIGNS), _box(face)]
    top = min(y for sign in signs for _, y in sign.dots)
    bottom = max(y for sign in signs for _, y in sign.dots)
    return [sign.moved(0, -top) for sign in signs], bottom - top + 1


def _drawn(face: ImageFont.FreeTypeFont, sign: str) -> Drawing:
    image = Image.new("1", (3 * ROOM, 2 * ROOM), 0)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((ROOM, ROOM), sign, font=face, fill=1)
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    dots = ((x - ROOM, y - ROOM) for y in range(top, bottom) for x in range(left, right) if image.getpixel((x, y)))
    return Drawing(frozenset(dots), round(face.getlength(sign, mode="1")))


def _box(face: ImageFont.FreeTypeFont) -> Drawing:
    """A hollow box as high as a capital, for signs that the font does not have."""
    _, top, _, height = _drawn(face, "H").box
    width, thick = round(0.7 * height), max(1, height // 10)
    dots = (
        (x, y)
        for x in range(width)
        for y in range(height)
        if min(x, y) < thick or x >= width - thick or y >= height - thick
    )
    return Drawing(frozenset((1 + x, top + y) for x, y in dots), width + 3)


def letter_below(place: int, signs: list[Drawing]) -> tuple[int, int, Drawing] | None:
    """The letter under this one's accent, if it is drawn just as it is alone: its place, its shift and itself."""
    if place >= len(SIGNS):
        return None
    base = unicodedata.normalize("NFD", SIGNS[place])[0]
    if base == SIGNS[place] or base not in SIGNS:
        return None
    letter = SIGNS.index(base)
    for shift in SHIFTS:
        under = signs[letter].moved(shift, 0)
        if under.dots <= signs[place].dots:
            return letter, shift, under
    return None


def _encoded(drawing: Drawing, below: tuple[int, int, Drawing] | None) -> bytes:
    left, top, width, height = drawing.box
    bits = Bits()
    bits.add(1 if below else 0, 1)
    if below:
        letter, shift, _ = below
        bits.add(letter, 9)
        bits.add(shift + 3, 3)
        bits.add(left + 2, 5)
    for number in (width, height, top):
        bits.add(number, 6)
    above = None
    for y in range(top, top + height):
        row = sum(1 << width - 1 - x for x in range(width) if (left + x, y) in drawing.dots)
        bits.add(0 if row == above else 1, 1)
        if row != above:
            bits.add(row, width)
        above = row
    return bytes(bits)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(make(source))
