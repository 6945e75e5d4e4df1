"""Raspberry Pi Pico 2 W (RP2350); `boards.rp2_board` says what is wired where.

Not run on a board yet: its tests run it on simulated pins and a simulated radio.
"""

from boards.rp2_board import RP2


class Board(RP2):
    """A Pico 2 W."""

    name = "pico_2_w"
    WATCHDOG_BASE = 0x400D8000
