"""What Pico W and Pico 2 W have in common: the pins, the radio, and how they tell why they have started.

GP2 … GP5     buttons, from the left, each to ground (the board's own pull-ups hold them up)
GP6 … GP9     the light of each button, through a resistor
GP17          sounder, passive
GP18 … GP22   screen: SCK, MOSI, CS, DC, RST
GP26          screen: backlight of the ST7789, or BUSY of the SSD1681
GP16          stays free: the bus of the screen takes it for an answer that no screen gives
"""

import machine
from kiosk.wifi import CYW43
from machine import SPI, Pin

from boards.microcontroller import Microcontroller

# `machine.reset` uses the watchdog, too. A word in a register that outlives it (SCRATCH0, which the SDK leaves alone)
# tells that it was meant.
SCRATCH = 0x0C
MEANT = 0x536D696C


class RP2(Microcontroller):
    """A Raspberry Pi microcontroller with the CYW43 radio."""

    WATCHDOG_BASE = 0  # where the watchdog's registers are
    BUTTONS = 2, 3, 4, 5
    LIGHTS = 6, 7, 8, 9
    SOUNDER = 17
    SCREEN = 20, 21, 22, 26
    INTERRUPT = {"hard": True}  # a soft one waits in a short queue, and is dropped where that is full

    def __init__(self):
        register = self.WATCHDOG_BASE + SCRATCH
        self._meant = machine.mem32[register] == MEANT
        machine.mem32[register] = 0
        super().__init__(self.BUTTONS, self.LIGHTS, self.SOUNDER, CYW43)

    def reset_cause(self):
        # The chip tells these two apart and nothing else.
        if machine.reset_cause() != machine.WDT_RESET:
            return 1
        return 3 if self._meant else 2

    def restart(self, fault):
        machine.mem32[self.WATCHDOG_BASE + SCRATCH] = MEANT
        super().restart(fault)

    def bus(self):
        return [SPI(0, sck=Pin(18), mosi=Pin(19), miso=Pin(16))] + [Pin(number) for number in self.SCREEN]
