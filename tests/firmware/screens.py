"""What the tests of screens share, on both interpreters."""

import asyncio
import sys
from binascii import b2a_base64

try:
    import framebuf
except ImportError:
    from simulators import framebuf

    sys.modules["framebuf"] = framebuf

from kiosk.font import Font
from kiosk.page import PAPER, Page

FONT = Font()
SIZES = (128, 128), (200, 200), (240, 240), (250, 122)
QUESTION = [["uk", "Як вам сьогодні у нас?"], ["en", "How was your visit today?"]]
DID = [
    ["uk", "Ви казали: довга черга. Тепер о 17 працює друга каса."],
    ["en", "You said: long queues. Now we open a till."],
]
THANKS = [["uk", "Дякуємо!"], ["en", "Thank you!"]]
TELL = [["uk", "Розкажіть, що пішло не так"], ["en", "Tell us what went wrong"]]


def rest(text=QUESTION, did=()):
    return {"kind": "rest", "text": text, "did": list(did)}


def thanks(button, text=THANKS):
    return {"kind": "thanks", "button": button, "text": text}


def code(size=29, text=TELL):
    """Return rows of modules ("#" is dark) and the picture with them: no real code, but no two rows are alike."""
    # The first row and the first column are dark, so that it can be found.
    rows = [
        "".join(["#" if not x * y or (x * x + y * (x + 3)) % 5 < 2 else "." for x in range(size)]) for y in range(size)
    ]
    bits = bytearray((size * size + 7) // 8)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            if module == "#":
                bits[(y * size + x) // 8] |= 128 >> (y * size + x) % 8
    return rows, {"kind": "qr", "size": size, "bits": b2a_base64(bits).decode().strip(), "text": text}


class Sheet:
    """A canvas and what is on it."""

    def __init__(self, width, height):
        self.width, self.height, self._stride = width, height, (width + 7) // 8
        self.dots = bytearray(self._stride * height)
        self.canvas = framebuf.FrameBuffer(self.dots, width, height, framebuf.MONO_HLSB)
        self.canvas.fill(PAPER)

    def draw(self, picture):
        """Draw a picture; return in how many steps."""
        return len([None for _ in Page(self.canvas, self.width, self.height, FONT).draw(picture)])

    def dark(self, x, y):
        return not self.dots[y * self._stride + x // 8] >> 7 - x % 8 & 1

    def row(self, y):
        """Return a row as text, one letter a dot."""
        return "".join(["#" if self.dark(x, y) else "." for x in range(self.width)])

    def box(self):
        """Return the edges of what is dark: left, top, right, bottom; None where nothing is."""
        left, right, down = self.width, 0, []
        for y in range(self.height):
            row = self.row(y)
            if "#" in row:
                down.append(y)
                left, right = min(left, row.find("#")), max(right, row.rfind("#"))
        return (left, down[0], right, down[-1]) if down else None

    def size_of(self, words):
        """Return the size in which these words stand on the sheet; None where they do not."""
        for size in FONT.sizes:
            stamp = Sheet(FONT.width(words, size), FONT.line(size))
            FONT.draw(stamp.canvas, 0, 0, words, size)
            if self._has(stamp):
                return size
        return None

    def _has(self, stamp):
        wanted = [stamp.row(y) for y in range(stamp.height)]
        middle = max(range(stamp.height), key=lambda y: wanted[y].count("#"))  # by this row it is found soonest
        for top in range(self.height - stamp.height + 1):
            row = self.row(top + middle)
            x = row.find(wanted[middle])
            while x >= 0:
                if all([self.row(top + y)[x : x + stamp.width] == line for y, line in enumerate(wanted)]):
                    return True
                x = row.find(wanted[middle], x + 1)
        return False


def drawn(picture, width, height):
    sheet = Sheet(width, height)
    sheet.draw(picture)
    return sheet


def play(scene):
    """Run a coroutine to its end; whatever else it started ends with it."""

    async def whole():
        return await asyncio.wait_for(scene, 60)

    try:
        return asyncio.run(whole())
    finally:
        if sys.implementation.name == "micropython":
            asyncio.new_event_loop()  # the old one would hold what was started, and its memory
