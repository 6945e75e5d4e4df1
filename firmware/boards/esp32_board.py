"""What ESP32-S3 and ESP32-C3 have in common: how they tell why they have started."""

import machine

from boards.microcontroller import Microcontroller


class ESP32(Microcontroller):
    """An Espressif microcontroller."""

    def reset_cause(self):
        causes = {
            machine.PWRON_RESET: 1,
            machine.HARD_RESET: 1,  # the reset button
            machine.WDT_RESET: 2,
            machine.SOFT_RESET: 3,
            machine.DEEPSLEEP_RESET: 4,
        }
        return causes.get(machine.reset_cause(), 0)
