"""Letters for small screens.

`sans.font` holds them in three sizes, one bit a dot (docs/make_font.py makes it). Each is looked up when it is
drawn: all of them would fill a tenth of the heap. The file, numbers big-endian:

    1 byte      how many runs of signs
    1 byte      how many sizes
    2 + 2       for each run: its first sign, how many there are
    1 + 1 + 2   for each size, the largest first: dots, height of a line, where its index begins
    3           for each sign of an index, in the order of the runs, and at its end for the box that stands for others:
                14 bits where its drawing begins, 6 bits how far it moves the pen, 4 bits its drawing's left edge + 2
    …           the drawings, in bits from the highest:
                1 bit: another sign is drawn below it, as with an accent; if so,
                    9 bits which one of this index, 3 bits how far to the right + 3, 5 bits its own left edge + 2
                6 bits each: width, height, how far below the line's upper edge
                for each row 0, where it is as the row above, or 1 and its dots
"""

from framebuf import MONO_HLSB, FrameBuffer

_FILE = __file__.rsplit("/", 1)[0] + "/sans.font"
_LONGEST = 128  # bytes of a drawing, at most
_HIGHEST, _WIDEST = 40, 4  # rows of a drawing, bytes of a row, at most
_TRANSPARENT = 1


class Font:
    """Measure words and draw them, dark (0) on a canvas whose paper is 1.

    >>> font = Font()
    >>> font.sizes
    [28, 20, 14]
    >>> font.draw(canvas, 10, 4, "Дякуємо!", 28)
    """

    def __init__(self, path=_FILE):
        self._file = open(path, "rb")
        runs, sizes = self._file.read(2)
        self._runs = [(self._number(2), self._number(2)) for _ in range(runs)]
        self._sizes = {}
        self.sizes = []  # the largest first
        for _ in range(sizes):
            size, line, index = self._number(1), self._number(1), self._number(2)
            self.sizes.append(size)
            self._sizes[size] = line, index
        self._row = bytearray(_HIGHEST * _WIDEST)
        self._bits, self._left, self._data, self._at = 0, 0, b"", 0

    def line(self, size):
        """Return the height of a line, dots."""
        return self._sizes[size][0]

    def width(self, words, size):
        """Return how many dots wide the words are."""
        return sum([self._entry(self._place(sign), size)[1] for sign in words])

    def draw(self, canvas, x, y, words, size):
        """Draw words from the upper left edge of their line on; return where the next would begin."""
        for sign in words:
            x += self._draw(canvas, x, y, self._place(sign), size)
        return x

    def knows(self, sign):
        """Return whether this is a sign that would not be drawn as a box."""
        return self._place(sign) < sum([many for _, many in self._runs])

    def _place(self, sign):
        """Return a sign's place in the indexes."""
        code, place = ord(sign), 0
        for first, many in self._runs:
            if first <= code < first + many:
                return place + code - first
            place += many
        return place

    def _entry(self, place, size):
        """Return where a drawing begins, how far it moves the pen, and its left edge."""
        self._file.seek(self._sizes[size][1] + 3 * place)
        entry = self._number(3)
        return entry >> 10, entry >> 4 & 63, (entry & 15) - 2

    def _draw(self, canvas, x, y, place, size):
        at, advance, left = self._entry(place, size)
        self._file.seek(at)
        self._open(self._file.read(_LONGEST))
        below, right = self._take(1), 0
        if below:
            place, right, left = self._take(9), self._take(3) - 3, self._take(5) - 2
        width, height, top = self._take(6), self._take(6), self._take(6)
        if width:
            self._unpack(width, height)
            dots = FrameBuffer(self._row, width, height, MONO_HLSB)
            canvas.blit(dots, x + left, y + top, _TRANSPARENT)
        if below:
            self._draw(canvas, x + right, y, place, size)
        return advance

    def _unpack(self, width, height):
        # By bytes, so that no number needs more than a machine word: those would litter the heap.
        row, stride = self._row, (width + 7) // 8
        for start in range(0, height * stride, stride):
            if self._take(1):
                for byte in range(stride):
                    dots = min(8, width - 8 * byte)
                    row[start + byte] = 255 ^ self._take(dots) << 8 - dots
            else:
                for byte in range(start, start + stride):
                    row[byte] = row[byte - stride]

    def _open(self, data):
        self._data, self._at, self._bits, self._left = data, 0, 0, 0

    def _take(self, count):
        while self._left < count:
            self._bits = (self._bits << 8 | self._data[self._at]) & 0xFFFF
            self._at += 1
            self._left += 8
        self._left -= count
        return self._bits >> self._left & (1 << count) - 1

    def _number(self, size):
        return int.from_bytes(self._file.read(size), "big")
