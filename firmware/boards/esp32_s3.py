"""ESP32-S3 (DevKitC-1), on batteries: asleep until somebody presses.

    GPIO 4 … 7      buttons, from the left, each to ground, and **each with 100 kΩ to 3V3**: in deep sleep the own
                    pull-ups of the board are off
    GPIO 15 … 18    the light of each button, through a resistor
    GPIO 8          sounder, passive
    GPIO 12 11 10   screen: SCK, MOSI, CS
    GPIO 9 14 13    screen: DC, RST, backlight of the ST7789 or BUSY of the SSD1681
    GPIO 1          battery, halved by two equal resistors

Not run on a board yet: its tests run it on simulated pins and a simulated radio.
"""

import esp32
import machine
from kiosk import wifi
from machine import ADC, RTC, SPI, Pin

from boards.esp32_board import ESP32

# RTC_CNTL_EXT_WAKEUP1_STATUS: bit n is GPIO n, set where that pin woke the chip (ESP32-S3 Technical Reference Manual,
# chapter "Low-power Management"; DR_REG_RTCCNTL_BASE + 0xE4 in ESP-IDF's rtc_cntl_reg.h).
WOKEN_BY = 0x600080E4
SAMPLES = 8


class Board(ESP32):
    """An ESP32-S3."""

    name = "esp32_s3"
    battery_powered = True
    BUTTONS = 4, 5, 6, 7
    LIGHTS = 15, 16, 17, 18
    SOUNDER = 8
    SCREEN = 10, 9, 14, 13
    BATTERY = 1

    def __init__(self):
        # First of all: the finger will be gone when the rest has started.
        status = machine.mem32[WOKEN_BY] if machine.wake_reason() == machine.EXT1_WAKE else 0
        super().__init__(self.BUTTONS, self.LIGHTS, self.SOUNDER, wifi.ESP32_ON_BATTERY)
        self._woken_by = [button for button, pin in enumerate(self.BUTTONS) if status >> pin & 1]
        if machine.reset_cause() == machine.DEEPSLEEP_RESET:
            kept = RTC().memory()
            self._shadows, self._kept = kept[0] - 1 if kept[0] else None, kept[1:]

    def battery(self):  # pyright: ignore[reportIncompatibleMethodOverride]
        adc = ADC(Pin(self.BATTERY), atten=ADC.ATTN_11DB)
        return 2 * sum([adc.read_uv() for _ in range(SAMPLES)]) // SAMPLES // 1000

    def sleep(self, seconds, keep, stuck=()):
        """Sleep until a button is pressed, or so long; the board starts anew then.

        keep: bytes that `kept` returns after waking up, less than 2 KiB.
        stuck: buttons (from 0) that do not wake it, because they are down all the time.

        All other buttons wake it even if they are down already: a press in this very moment is not lost.
        """
        if self._wifi:
            self._wifi.leave()
        self.light(None, 0)
        shadows = getattr(self._display, "shadows", None)
        RTC().memory(bytes([0 if shadows is None else shadows + 1]) + keep)
        awake = [pin for button, pin in enumerate(self._pins) if button not in stuck]
        # On an S3 this means *any low*, whatever the name says.
        esp32.wake_on_ext1(awake, esp32.WAKEUP_ALL_LOW)
        machine.deepsleep(seconds * 1000)

    def bus(self):
        return [SPI(1, sck=Pin(12), mosi=Pin(11), miso=None)] + [Pin(number) for number in self.SCREEN]
