"""ESP32-C3 (DevKitM-1): the cheapest kiosk, with one light for all buttons and no screen.

    GPIO 0 1 3 4   buttons, from the left, each to ground (the board's own pull-ups hold them up)
    GPIO 10        light, through a resistor
    GPIO 5         sounder, passive

Not run on a board yet: its tests run it on simulated pins and a simulated radio.
"""

from kiosk import wifi

from boards.esp32_board import ESP32


class Board(ESP32):
    """An ESP32-C3."""

    name = "esp32_c3"
    BUTTONS = 0, 1, 3, 4
    LIGHTS = (10,)
    SOUNDER = 5

    def __init__(self):
        super().__init__(self.BUTTONS, self.LIGHTS, self.SOUNDER, wifi.ESP32)
