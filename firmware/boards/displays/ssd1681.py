"""SSD1681: e-paper, 200 × 200 dots, black and white (Solomon Systech's data sheet).

A full refresh takes two seconds and flickers; a partial one takes a third of a second and leaves shadows. Between two
pictures the chip sleeps deeply, at about 1 µA, and keeps its memories.
"""

import asyncio

from framebuf import MONO_HLSB, FrameBuffer

from boards.displays.bus import Bus

SPEED = 10_000_000  # Hz; 20 MHz are allowed
MOST_SHADOWS = 10  # partial refreshes before a full one is wanted
PATIENCE = 500  # × 10 ms until a refresh must be done

SWRESET, DRIVER, SLEEP, ENTRY, SENSOR, REFRESH, SEQUENCE = 0x12, 0x01, 0x10, 0x11, 0x18, 0x20, 0x22
NEW, OLD, BORDER, X_RANGE, Y_RANGE, X_START, Y_START = 0x24, 0x26, 0x3C, 0x44, 0x45, 0x4E, 0x4F

# Clock and voltages on, read the temperature, load the waveform for it, display in mode 1 or 2, all off again.
FULL, PARTIAL = b"\xf7", b"\xff"


class SSD1681:
    """The display; see `boards.displays`.

    shadows: how many partial refreshes there were since the last full one. A board that sleeps keeps it over its sleep.
    """

    width = height = 200

    def __init__(self, spi, cs, dc, rst, busy, shadows=None):
        self._bus, self._busy = Bus(spi, cs, dc, rst, SPEED), busy
        busy.init(busy.IN)
        self._dots = bytearray(self.width * self.height // 8)
        self.canvas = FrameBuffer(self._dots, self.width, self.height, MONO_HLSB)
        self.shadows = shadows  # None: what the chip's memory holds is not what the paper shows

    @property
    def worn(self):
        return self.shadows is not None and self.shadows >= MOST_SHADOWS

    async def show(self, renew=False):
        shadows, self.shadows = self.shadows, None  # until it is done
        full = renew or shadows is None
        await self._start()
        self._send(NEW)
        await asyncio.sleep(0)
        if full:
            self._send(OLD)
        self._bus.send(SEQUENCE, FULL if full else PARTIAL)
        self._bus.send(REFRESH)
        await self._done()
        # A partial refresh changes the dots that differ from the picture before.
        self._send(OLD)
        self._bus.send(SLEEP, b"\x01")
        self.shadows = 0 if full or shadows is None else shadows + 1

    async def close(self):
        self.canvas.fill(1)
        await self.show(True)

    async def _start(self):
        # From the very beginning each time: the chip sleeps, and a spark from a finger may have disturbed it.
        self._bus.rst.value(0)
        await asyncio.sleep(0.01)
        self._bus.rst.value(1)
        await asyncio.sleep(0.01)
        self._bus.send(SWRESET)
        await self._done()
        self._bus.send(DRIVER, b"\xc7\x00\x00")  # 200 lines, from the first
        self._bus.send(ENTRY, b"\x03")  # to the right, then down
        self._bus.send(BORDER, b"\x05")  # as white as the paper
        self._bus.send(SENSOR, b"\x80")  # the one inside
        self._bus.send(X_RANGE, bytes([0, self.width // 8 - 1]))
        self._bus.send(Y_RANGE, bytes([0, 0, self.height - 1, 0]))

    def _send(self, memory):
        self._bus.send(X_START, b"\x00")
        self._bus.send(Y_START, b"\x00\x00")
        self._bus.send(memory, self._dots)

    async def _done(self):
        for _ in range(PATIENCE):
            if not self._busy.value():
                return
            await asyncio.sleep(0.01)
        raise OSError("BUSY stays high")
