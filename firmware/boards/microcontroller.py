"""What all boards with MicroPython have in common; each board's own module says what is wired where.

Files in the root folder are about the board itself. The Wi-Fi is in `wifi.json`: {"name": "shop", "password": "…",
"country": "UA"}; an open network has no password. A screen is in `screen.json`: {"driver": "st7789"} or
{"driver": "ssd1681"}; without that file there is none.
"""

import asyncio
import gc
import json
import os
import sys

import machine
import micropython
import network
from kiosk.clock import calendar, ticks_ms
from kiosk.wifi import WiFi
from machine import PWM, RTC, WDT, Pin

TONES = {  # Hz (0: a pause) and seconds, one after the other
    "thanks": [(1760, 0.08)],
    "identify": [(880, 0.15), (0, 0.1)] * 3,
}
WATCHDOG = 8300  # ms; an RP2040 can count to 8388
DNS = 53

micropython.alloc_emergency_exception_buf(100)


class Microcontroller:
    """A board with buttons, lights, a sounder, Wi-Fi, and perhaps a screen.

    buttons, lights, sounder: numbers of the pins, from the left; one light serves all buttons.
    chip: its radio, see `kiosk.wifi`.
    """

    touch = battery_powered = False
    INTERRUPT = {}  # what else this port's `Pin.irq` takes

    def __init__(self, buttons, lights, sounder, chip):
        self.buttons = len(buttons)
        self._pins = [Pin(number, Pin.IN, Pin.PULL_UP) for number in buttons]
        self._lights = [PWM(Pin(number, Pin.OUT, value=0), freq=1000, duty_u16=0) for number in lights]
        self._sounder = PWM(Pin(sounder, Pin.OUT, value=0), freq=1000, duty_u16=0)
        self._tune, self._playing = ([], 0), False
        self._sounding, self._screen_on, self._radio_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._guarded = asyncio.Event()
        self._chip = chip
        self._display = self._screen = self._wifi = self._wlan = None
        self._shadows = None  # of an e-paper whose picture is older than this start
        self._kept, self._woken_by = b"", []
        self.tell = self.log  # where news of Wi-Fi and screen go

    async def power_on(self, kiosk_id):
        network.hostname(kiosk_id)

    def arm(self, edge):
        def handler(button):
            # Bound to its button here: an interrupt may not allocate.
            return lambda pin: edge(button, pin.value(), ticks_ms())

        for button, pin in enumerate(self._pins):
            pin.irq(handler(button), Pin.IRQ_FALLING | Pin.IRQ_RISING, **self.INTERRUPT)

    def level(self, button):
        return self._pins[button].value()

    def light(self, button, level):
        lights = self._lights
        for number, light in enumerate(lights):
            lit = button and (len(lights) == 1 or number == button - 1)
            light.duty_u16(_strength(level) if lit else 0)

    def sound(self, name, level):
        # At half the time on it is loudest.
        self._tune, self._playing = (TONES[name], _strength(level) // 2), True
        self._sounding.set()

    def screen(self, picture):
        if not self._screen_on.is_set():
            # Not before the first picture: the buttons come first.
            self._screen_on.set()
            self._screen = self._fitted_screen()
        if self._screen:
            self._screen.show(picture)

    def busy(self):
        """Return whether a picture is not on the glass yet, or a tune not over."""
        return self._playing or (self._screen is not None and self._screen.busy)

    def link(self, online):
        if self._wifi:
            self._wifi.link(online)

    def log(self, line):
        print(line)

    def serial(self):
        return ""  # the flash is soldered on

    def signal(self):
        return self._wifi.signal() if self._wifi else None

    def battery(self):
        return None

    def resolver(self):
        if not self._wlan:
            return None
        _, _, router, server = self._wlan.ifconfig()
        return (router if server == "0.0.0.0" else server), DNS  # noqa: S104 - no address, not all of them

    def set_clock(self, utc):
        RTC().datetime(calendar(utc))

    def wifi(self):
        if self._wifi:
            return self._wifi.word()
        try:
            os.stat("wifi.json")
            return "off"
        except OSError:
            return "not set"

    async def scan(self):
        """Return [name, dBm, whether it takes a password] of each network in reach, the strongest first.

        The whole board stands still meanwhile, for two or three seconds: only a technician asks for it.
        """
        await self._guarded.wait()
        try:
            self._opened()  # its country has to be set before the radio is first switched on
        except OSError:
            pass  # there is no network to join yet
        wlan = self._wlan or network.WLAN(network.WLAN.IF_STA)
        wlan.active(True)
        self.feed()
        found = {}
        for seen, _, _, strength, security, _ in wlan.scan():
            try:
                name = str(seen, "utf-8")
            except UnicodeError:
                continue  # nobody could write it down
            if name and strength > found.get(name, (-200,))[0]:
                found[name] = strength, bool(security)
        return sorted([[name] + list(found[name]) for name in found], key=lambda network: -network[1])

    async def join(self):
        # A radio can hang the whole board when it is first switched on: not without a watchdog.
        await self._guarded.wait()
        # Not before: to start the radio takes time, and the buttons come first.
        await self._opened().join()
        gc.collect()  # TLS needs 16 KiB in one piece

    async def run(self):
        await asyncio.gather(self._play(), self._show_pictures(), self._keep_network())

    def start_watchdog(self):
        self.feed = WDT(timeout=WATCHDOG).feed
        self._guarded.set()

    def feed(self):
        pass  # there is no watchdog yet

    def restart(self, fault):
        if fault:
            sys.print_exception(fault)
        machine.reset()

    def kept(self):
        return self._kept

    def woken_by(self):
        return self._woken_by

    def bus(self):
        """Return the SPI of a screen and its pins: CS, DC, RST, backlight or BUSY."""
        raise NotImplementedError("this board has no pins for one")

    def _opened(self):
        if not self._wifi:
            self._wifi = self._open_wifi()
            self._radio_on.set()
        return self._wifi

    def _open_wifi(self):
        try:
            with open("wifi.json") as file:
                wifi = json.load(file)
        except (OSError, ValueError) as fault:
            raise OSError("wifi.json cannot be read: %s" % fault)
        if "country" in wifi:
            network.country(wifi["country"])
        self._wlan = network.WLAN(network.WLAN.IF_STA)
        return WiFi(self._wlan, self._chip, wifi["name"], wifi.get("password"), self._tell)

    def _tell(self, line):
        self.tell(line)  # which may be set at any time

    def _fitted_screen(self):
        try:
            with open("screen.json") as file:
                settings = file.read()
        except OSError:
            return None  # none is fitted
        try:
            from kiosk.screen import Screen

            from boards.displays import fitted

            self._display = fitted(json.loads(settings)["driver"], *self.bus(), shadows=self._shadows)
            return Screen(self._display, self._tell)
        except Exception as fault:
            # Whatever it was: the buttons are worth more than it is.
            self.tell("no screen: %s %s" % (type(fault).__name__, fault))
            return None

    async def _show_pictures(self):
        await self._screen_on.wait()
        if self._screen:
            await self._screen.run()

    async def _keep_network(self):
        await self._radio_on.wait()
        if self._wifi:
            await self._wifi.run()

    async def _play(self):
        sounder = self._sounder
        while True:
            await self._sounding.wait()
            self._sounding.clear()
            tones, strength = self._tune
            for hertz, seconds in tones:
                if hertz:
                    sounder.freq(hertz)
                    sounder.duty_u16(strength)
                await asyncio.sleep(seconds)
                sounder.duty_u16(0)
            self._playing = self._sounding.is_set()


def _strength(level):
    # Of 1 … 100 %, as eyes and ears count: half as much is a quarter of the power.
    return level * level * 65535 // 10_000
