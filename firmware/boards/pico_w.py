"""Raspberry Pi Pico W (RP2040); `boards.rp2_board` says what is wired where.

Not run on a board yet: its tests run it on simulated pins and a simulated radio.
"""

from boards.rp2_board import RP2


class Board(RP2):
    """A Pico W."""

    name = "pico_w"
    WATCHDOG_BASE = 0x40058000
