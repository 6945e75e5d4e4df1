"""Raspberry Pi Pico W.

    GP2 … GP5   buttons, from the left, each to ground (the board's own pull-ups hold them up)
    GP16        light, through a resistor
    GP17        sounder, passive

The Wi-Fi's name and password are in `wifi.json`: {"name": "shop", "password": "…"}.

Not run anywhere yet: this file has been type-checked against the board's stubs, and that is all.
"""

import asyncio
import gc
import json
import sys

import machine
import micropython
import network
import rp2
from kiosk.clock import calendar, ticks_ms
from machine import PWM, RTC, Pin

BUTTONS = 2, 3, 4, 5
LIGHT = 16
SOUNDER = 17
TONES = {"thanks": (1760, 0.08)}  # Hz, seconds
JOIN_SECONDS = 30
NO_POWER_SAVING = 0xA11140  # the chip's naps cost seconds on a broker's answer, and sometimes the link

micropython.alloc_emergency_exception_buf(100)


class Board:
    """A Pico W with four buttons, a light and a sounder."""

    name = "pico_w"
    buttons = len(BUTTONS)

    def __init__(self):
        self._pins = [Pin(number, Pin.IN, Pin.PULL_UP) for number in BUTTONS]
        self._light = Pin(LIGHT, Pin.OUT, value=0)
        self._sounder = PWM(Pin(SOUNDER), freq=1000, duty_u16=0)
        self._tone = TONES["thanks"]
        self._sounding = asyncio.Event()
        self._wifi = network.WLAN(network.STA_IF)

    async def power_on(self, kiosk_id):
        rp2.country("UA")
        network.hostname(kiosk_id)

    def arm(self, edge):
        def handler(button):
            # Bound to its button here: an interrupt may not allocate. (An ESP32's Pin.irq takes no `hard`.)
            return lambda pin: edge(button, pin.value(), ticks_ms())

        for button, pin in enumerate(self._pins):
            pin.irq(handler(button), Pin.IRQ_FALLING | Pin.IRQ_RISING, hard=True)

    def level(self, button):
        return self._pins[button].value()

    def light(self, button):
        self._light.value(1 if button else 0)

    def sound(self, name):
        self._tone = TONES[name]
        self._sounding.set()

    def screen(self, picture):
        pass  # none is wired

    def link(self, online):
        pass  # a shopper has no use for it

    def log(self, line):
        print(line)

    def reset_cause(self):
        # The chip tells these two apart and nothing else.
        return 2 if machine.reset_cause() == machine.WDT_RESET else 1

    def set_clock(self, utc):
        RTC().datetime(calendar(utc))

    async def join(self):
        if not self._wifi.isconnected():
            with open("/wifi.json") as file:
                wifi = json.load(file)
            self._wifi.active(True)
            self._wifi.config(pm=NO_POWER_SAVING)
            self._wifi.connect(wifi["name"], wifi["password"])
            for _ in range(JOIN_SECONDS):
                if self._wifi.isconnected():
                    break
                await asyncio.sleep(1)
            else:
                self._wifi.disconnect()
                raise OSError("no Wi-Fi (status %d)" % self._wifi.status())
        gc.collect()  # TLS needs 16 KiB in one piece

    async def run(self):
        while True:
            await self._sounding.wait()
            self._sounding.clear()
            hertz, seconds = self._tone
            self._sounder.freq(hertz)
            self._sounder.duty_u16(32768)
            await asyncio.sleep(seconds)
            self._sounder.duty_u16(0)

    def restart(self, fault):
        sys.print_exception(fault)
        machine.reset()
