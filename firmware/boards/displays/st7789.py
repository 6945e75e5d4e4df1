"""ST7789: colour, 240 × 240 dots, with a backlight (times and commands: Sitronix's data sheet)."""

import asyncio
from binascii import crc32

from framebuf import MONO_HLSB, RGB565, FrameBuffer

from boards.displays.bus import Bus

SPEED = 40_000_000  # Hz; the shortest write cycle is 16 ns
RESET, AWAKE = 0.12, 0.12  # s, after a reset and after SLPOUT

SLPIN, SLPOUT, INVON, DISPOFF, DISPON = 0x10, 0x11, 0x21, 0x28, 0x29
CASET, RASET, RAMWR, MADCTL, COLMOD = 0x2A, 0x2B, 0x2C, 0x36, 0x3A

# Paper and ink of Smilepost, #faf8f5 and #1c1b1a, in 16 bits, the high byte first.
PAPER, INK = b"\xff\xde", b"\x18\xc3"
BAND = 8  # rows that are sent together: 3,840 bytes, 1 ms


class ST7789:
    """The display; see `boards.displays`."""

    width = height = 240
    worn = False

    def __init__(self, spi, cs, dc, rst, backlight):
        self._bus, self._backlight = Bus(spi, cs, dc, rst, SPEED), backlight
        backlight.init(backlight.OUT, value=0)
        self._dots = bytearray(self.width * self.height // 8)
        self.canvas = FrameBuffer(self._dots, self.width, self.height, MONO_HLSB)
        self._band_dots = bytearray(2 * BAND * self.width)
        self._band = FrameBuffer(self._band_dots, self.width, BAND, RGB565)
        self._colours = FrameBuffer(bytearray(INK + PAPER), 2, 1, RGB565)
        # The check sum of each band that is shown; another whole picture would not fit. Empty: it is dark.
        self._shown = []

    async def show(self, renew=False):
        fresh = not self._shown or renew
        if fresh:
            await self._start()
        size = self.width * BAND // 8
        for band in range(self.height // BAND):
            check = crc32(memoryview(self._dots)[band * size : (band + 1) * size])
            if check != self._shown[band]:
                self._shown[band] = None
                self._send(band * BAND)
                self._shown[band] = check
            await asyncio.sleep(0)
        if fresh:
            self._bus.send(DISPON)
            self._backlight.value(1)  # not before: what its memory holds at first is snow

    async def close(self):
        self._backlight.value(0)
        self._shown = []
        self._bus.send(DISPOFF)
        self._bus.send(SLPIN)

    async def _start(self):
        self._backlight.value(0)
        self._bus.rst.value(0)
        await asyncio.sleep(0.001)  # 10 µs are asked for
        self._bus.rst.value(1)
        await asyncio.sleep(RESET)
        self._bus.send(SLPOUT)
        await asyncio.sleep(AWAKE)
        self._bus.send(COLMOD, b"\x55")  # 16 bits a dot
        self._bus.send(MADCTL, b"\x00")
        self._bus.send(INVON)  # these panels are normally black
        self._shown = [None] * (self.height // BAND)

    def _send(self, top):
        self._band.blit(self.canvas, 0, -top, -1, self._colours)
        self._bus.send(CASET, bytes([0, 0, 0, self.width - 1]))
        self._bus.send(RASET, bytes([0, top, 0, top + BAND - 1]))
        self._bus.send(RAMWR, self._band_dots)
