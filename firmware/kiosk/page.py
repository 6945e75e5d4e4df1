"""The layout of a small screen: words as large as fit, a face, a QR code."""

from binascii import a2b_base64

from kiosk.face import draw_face, face

PAPER, INK = 1, 0
QUIET = 4  # modules around a QR code
UNTIL = "…"  # words that do not fit end so


class Page:
    """A picture of `boards` on a canvas of one bit a dot.

    `draw` is a generator: between its steps, each a few milliseconds of a board's work, the buttons are listened to.

    >>> for _ in Page(canvas, 240, 240, Font()).draw({"kind": "thanks", "button": 1, "text": [["en", "Thank you!"]]}):
    ...     await asyncio.sleep(0)

    canvas: a FrameBuffer.
    width, height: its dots, 128 × 128 or more.
    font: the letters, see `kiosk.font`.
    """

    def __init__(self, canvas, width, height, font):
        self._canvas, self._font = canvas, font
        self._width, self._height = width, height
        self._margin = width // 24

    def draw(self, picture):
        """Draw a picture in steps; what is unknown, or says that the shop is closed, is blank paper."""
        self._canvas.fill(PAPER)
        yield
        if picture["kind"] == "rest":
            yield from self._rest(picture["text"], picture["did"])
        elif picture["kind"] == "thanks":
            yield from self._thanks(picture["button"], picture.get("buttons", 4), picture["text"])
        elif picture["kind"] == "qr":
            yield from self._code(picture["size"], picture["bits"], picture["text"])

    def _rest(self, question, did):
        # "You said, we did" is whole or not there, and leaves two thirds to the question.
        width, end = self._width - 2 * self._margin, self._height - self._margin
        if did:
            size, lines = yield from self._fit(did, width, self._height // 3, self._font.sizes[1:])
            if lines:
                top = end - self._tall(size, lines)
                yield from self._write(size, lines, 0, top, self._width)
                end = top - 2 * self._margin
                self._canvas.fill_rect(3 * self._margin, end + self._margin, self._width - 6 * self._margin, 1, INK)
        yield from self._fill(question, self._margin, self._margin, width, end - self._margin)

    def _thanks(self, button, of, text):
        name, wide = face(button, of), self._width - 2 * self._margin
        side = min(self._width, self._height) // 2 if name else 0
        room = self._height - side - 3 * self._margin
        size, lines = yield from self._fit(text, wide, room, self._font.sizes)
        top = (self._height - side - self._margin - self._tall(size, lines)) // 2
        if name:
            yield from draw_face(self._canvas, name, (self._width - side) // 2, top, side)
            top += side + self._margin
        yield from self._write(size, lines, 0, top, self._width)

    def _code(self, modules, bits, text):
        side = modules + 2 * QUIET
        most = min(self._width, self._height) // side
        if not most:  # no code for so small a screen
            yield from self._fill(text, self._margin, self._margin, self._width - 2 * self._margin, self._height)
            return
        # A code without words says nothing: for them it may be a dot smaller, if phones can still read it.
        size, lines = self._font.sizes[-1], []
        for dots in range(most, max(most - 2, 1), -1):
            x, y, width, height = self._beside(side * dots)
            size, lines = yield from self._fit(text, width, height, self._font.sizes)
            if lines:
                break
        else:
            dots = most
            x, y, width, height = self._beside(side * dots)
        tall = self._tall(size, lines) if lines else 0
        left = (self._width - side * dots) // 2 if y else 0
        top = (self._height - side * dots - (tall if y else 0)) // 2
        yield from self._modules(modules, a2b_base64(bits), left + QUIET * dots, top + QUIET * dots, dots)
        yield from self._write(size, lines, x, top + side * dots if y else (height - tall) // 2, width)

    def _beside(self, side):
        """Return the room that a square leaves: below it, or at its right on a screen that is wider than high."""
        if self._width > self._height:
            return side, 0, self._width - side - self._margin, self._height
        return self._margin, side, self._width - 2 * self._margin, self._height - side - self._margin // 2

    def _modules(self, modules, bits, left, top, dots):
        # Rows of equal modules as one rectangle each.
        for row in range(modules):
            start = None
            for column in range(modules + 1):
                place = row * modules + column
                dark = column < modules and bits[place >> 3] >> (7 - place & 7) & 1
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    x, y = left + start * dots, top + row * dots
                    self._canvas.fill_rect(x, y, (column - start) * dots, dots, INK)
                    start = None
            yield

    def _fill(self, text, x, y, width, height):
        """Write words in the middle of a rectangle, as many as it takes."""
        size, lines = yield from self._fit(text, width, height, self._font.sizes)
        if not lines and text:
            size = self._font.sizes[-1]
            room = height // self._font.line(size)
            lines = (yield from self._lines(text[0][1], width, size, True)) or []
            if len(lines) > room:
                lines = lines[:room]
                lines[-1] = self._cut(lines[-1], width, size)
        yield from self._write(size, lines, x, y + (height - self._tall(size, lines)) // 2, width)

    def _fit(self, text, width, height, sizes):
        """Return (size, lines): as many languages as fit, as large as fits, or no lines where not even the first does.

        A line "" stands between two languages.
        """
        for languages in range(len(text), 0, -1):
            for size in sizes:
                lines = []
                for _, words in text[:languages]:
                    more = yield from self._lines(words, width, size, size == sizes[-1])
                    if not more:
                        break
                    lines += [""] + more if lines else more
                else:
                    if self._tall(size, lines) <= height:
                        return size, lines
        return sizes[-1], []

    def _lines(self, words, width, size, breaking):
        """Return words as lines of no more than this width; None where a word is too long and may not be broken."""
        font, pieces = self._font, []
        space = font.width(" ", size)
        for word in words.split():
            yield
            long = font.width(word, size)
            while long > width and len(word) > 1:
                if not breaking:
                    return None
                many = len(word) - 1
                while many > 1 and font.width(word[:many], size) > width:
                    many -= 1
                pieces.append((word[:many], font.width(word[:many], size)))
                word = word[many:]  # noqa: PLW2901 - the rest of it
                long = font.width(word, size)
            pieces.append((word, long))
        # As even as it goes: a single word on the last line looks forgotten.
        lines = best = _broken(pieces, width, space)
        while len(best) == len(lines) > 1 and width > 0:
            lines = best
            width -= space
            best = _broken(pieces, width, space)
        return lines

    def _cut(self, line, width, size):
        while line and self._font.width(line + UNTIL, size) > width:
            line = line[:-1]
        return line.rstrip() + UNTIL

    def _tall(self, size, lines):
        line = self._font.line(size)
        return sum([line if words else line // 2 for words in lines])

    def _write(self, size, lines, x, y, width):
        """Write lines, each in the middle of this width, word by word."""
        font = self._font
        for line in lines:
            pen = x + (width - font.width(line, size)) // 2
            for word in line.split():
                pen = font.draw(self._canvas, pen, y, word + " ", size)
                yield
            y += font.line(size) if line else font.line(size) // 2


def _broken(pieces, width, space):
    """Return the lines that words, each with its width, fill from the first to the last."""
    lines, used = [], width
    for word, long in pieces:
        if lines and used + space + long <= width:
            lines[-1] += " " + word
            used += space + long
        else:
            lines.append(word)
            used = long
    return lines
