"""MicroPython's `framebuf` for CPython, as far as the kiosk's screens use it."""

MONO_HLSB, RGB565 = 3, 1


class FrameBuffer:
    """Pixels in a buffer: one bit each, the leftmost highest, rows in whole bytes; or 16 bits each, low byte first."""

    def __init__(self, buffer: bytearray, width: int, height: int, format: int) -> None:
        if format not in (MONO_HLSB, RGB565):
            raise ValueError("format")
        self.width, self.height = width, height
        self._buffer, self._mono = buffer, format == MONO_HLSB
        self._stride = (width + 7) // 8 if self._mono else 2 * width
        if len(buffer) < self._stride * height:
            raise ValueError("buffer too small")

    def get(self, x: int, y: int) -> int:
        """The colour of a pixel that is inside."""
        if self._mono:
            return self._buffer[y * self._stride + x // 8] >> 7 - x % 8 & 1
        at = y * self._stride + 2 * x
        return self._buffer[at] | self._buffer[at + 1] << 8

    def pixel(self, x: int, y: int, colour: int) -> None:
        """Colour a pixel."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return
        if self._mono:
            mask = 128 >> x % 8
            at = y * self._stride + x // 8
            self._buffer[at] = self._buffer[at] | mask if colour else self._buffer[at] & ~mask
        else:
            at = y * self._stride + 2 * x
            self._buffer[at], self._buffer[at + 1] = colour & 255, colour >> 8

    def fill(self, colour: int) -> None:
        """Colour everything."""
        self.fill_rect(0, 0, self.width, self.height, colour)

    def fill_rect(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """Colour a rectangle."""
        for row in range(max(0, y), min(self.height, y + height)):
            for column in range(max(0, x), min(self.width, x + width)):
                self.pixel(column, row, colour)

    def blit(self, source: "FrameBuffer", x: int, y: int, key: int = -1, palette: "FrameBuffer | None" = None) -> None:
        """Draw another picture here, but for the colour `key`; `palette` says which colour each of its colours is."""
        for row in range(max(0, -y), min(source.height, self.height - y)):
            for column in range(max(0, -x), min(source.width, self.width - x)):
                colour = source.get(column, row)
                if palette is not None:
                    colour = palette.get(colour, 0)
                if colour != key:
                    self.pixel(x + column, y + row, colour)
