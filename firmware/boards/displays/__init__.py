"""Displays on SPI, one module each.

What each has:

width, height: dots.
canvas: a FrameBuffer of one bit a dot, 1 for paper and 0 for ink, to be drawn on.
show(renew=False): coroutine; bring the canvas to the glass. `renew`: with all that the display can do against shadows,
  though it flickers.
worn: whether shadows of earlier pictures may be seen by now.
close(): coroutine; go dark or blank, and to sleep. The next `show` wakes it up.

Both coroutines raise OSError where the display does not answer, and let others work every few milliseconds.
"""


def fitted(driver, spi, cs, dc, rst, last, shadows=None):
    """Return the display `driver`, "st7789" or "ssd1681".

    spi: the bus; the driver sets its speed.
    cs, dc, rst: pins; the driver sets their directions.
    last: the backlight of an ST7789, BUSY of an SSD1681.
    shadows: of an SSD1681 that had power while the board slept, what its `shadows` was before; else None.
    """
    if driver == "st7789":
        from boards.displays.st7789 import ST7789

        return ST7789(spi, cs, dc, rst, last)
    if driver == "ssd1681":
        from boards.displays.ssd1681 import SSD1681

        return SSD1681(spi, cs, dc, rst, last, shadows)
    raise ValueError("no such display: %s" % driver)
