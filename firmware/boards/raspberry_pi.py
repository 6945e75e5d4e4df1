"""Raspberry Pi (3 or newer): buttons on its pins, or a touch screen, or both.

    GPIO 17 27 22 23   buttons, from the left, each to ground (the Pi's own pull-ups hold them up)
    GPIO 5 6 13 19     the light of each button, through a resistor or a transistor
    GPIO 12            sounder, passive
    any other          a button that prints a receipt's code, to ground, if `printer.json` names it; see `printing`

Numbers are the chip's (BCM), not those of the header. The touch screen is whatever Linux shows Chromium on (HDMI or
DSI): the kiosk serves the page, see `touch`; `pi/` has the units that start both.

The board is this program and the machine it runs on. systemd is its watchdog and starts it again; what it says of the
run before (`pi/smilepost-kiosk.service` writes it down) is the reset cause.

CPython only. Not run on a Raspberry Pi yet: its tests press the mock pins of gpiozero and a real Chromium.
"""

import asyncio
import os
import socket
import time
from traceback import print_exception

from gpiozero import PWMLED, DigitalInputDevice, PWMOutputDevice
from kiosk.clock import ticks_ms  # pyright: ignore[reportAttributeAccessIssue] - of two definitions it sees one
from kiosk.storage import read_json
from touch import FACES, Touch

BUTTONS = 17, 27, 22, 23
LIGHTS = 5, 6, 13, 19
SOUNDER = 12
PORT = 8137  # of the touch page, on loopback
TONES = {  # Hz (0: a pause) and seconds, one after the other
    "thanks": [(1760, 0.08)],
    "identify": [(880, 0.15), (0, 0.1)] * 3,
}
SERIAL = "/proc/device-tree/serial-number"
WIFI = "/proc/net/wireless"
BOUNCE = 0.03  # s for which the contact of the receipts' button has to be still
WRONG_CLOCK = 60  # seconds behind what is known to have been: no clock of a machine that is in a network
ENDED = "ended"  # the file below RUNTIME_DIRECTORY that says how the run before this one ended


class Board:
    """A Raspberry Pi.

    touch: whether there is a touch screen.
    port: where the page for it is served on this machine; 0 takes a free one.
    pins: a pin factory of gpiozero; None opens those of this machine.
    """

    name = "raspberry_pi"
    battery_powered = False

    def __init__(self, touch=False, port=PORT, pins=None):
        self.touch = touch
        self.buttons = max(FACES) if touch else len(BUTTONS)
        self.when_touched = self.when_chosen = lambda _: None
        self.tell = self.log
        self.page = Touch(self, port)
        self._reset_cause = _reset_cause()
        self._buttons, self._lights, self._sounder, self._buttons_beside = [], [], None, []
        self._pins = None
        self._tune = [], 0
        self._sounding = asyncio.Event()
        try:
            self._pins = pins or _own_pins()
            self._wire(self._pins)
        except Exception as fault:
            # Buttons that nobody hears are no kiosk; a touch screen is one without them.
            if not touch:
                raise
            self.log("no pins, touch only: %r" % fault)

    def _wire(self, pins):
        # No `bounce_time`: the kiosk's own debouncer wants every edge.
        self._buttons = [DigitalInputDevice(number, pull_up=True, pin_factory=pins) for number in BUTTONS]
        self._lights = [PWMLED(number, pin_factory=pins) for number in LIGHTS]
        self._sounder = PWMOutputDevice(SOUNDER, pin_factory=pins)

    async def power_on(self, kiosk_id):
        if self.touch:
            await self.page.open()
            self.tell("the touch page of %s is at %s" % (kiosk_id, self.page.address))

    def arm(self, edge):
        def listen(button, device):
            # gpiozero calls these from a thread of its own.
            device.when_activated = lambda: edge(button, 0, ticks_ms())
            device.when_deactivated = lambda: edge(button, 1, ticks_ms())

        for button, device in enumerate(self._buttons):
            listen(button, device)

    def level(self, button):
        return 1 - self._buttons[button].value if button < len(self._buttons) else 1

    def light(self, button, level):
        for at, lamp in enumerate(self._lights, 1):
            lamp.value = level / 100 if at == button else 0

    def sound(self, name, level):
        self._tune = TONES[name], level
        self._sounding.set()
        self.page.sound(TONES[name], level)

    def screen(self, picture):
        self.page.show(picture)

    def link(self, online):
        _tell_systemd("STATUS=" + ("The collector answers." if online else "The collector is out of reach."))

    def log(self, line):
        print(line, flush=True)

    def serial(self):
        return (_text(SERIAL) or "").rstrip("\0\n")

    def signal(self):
        for line in (_text(WIFI) or "").split("\n")[2:]:
            if line:
                return int(float(line.split()[3]))  # the first of what is mostly one network card
        return None

    def battery(self):
        return None

    def wifi(self):
        return None  # Linux has it

    def resolver(self):
        return None  # CPython asks in a thread of its own

    def kept(self):
        return b""

    def woken_by(self):
        return []

    def start_watchdog(self):
        # systemd waits for this before it begins to count.
        _tell_systemd("READY=1\nWATCHDOG=1")

    def feed(self):
        _tell_systemd("WATCHDOG=1")

    def reset_cause(self):
        return self._reset_cause

    def set_clock(self, utc):
        # A Pi without a battery for its clock starts where it was switched off, and TLS looks at the date. Whatever is
        # not plainly in the past is the network's to set.
        if utc / 1000 - time.time() > WRONG_CLOCK:
            try:
                time.clock_settime(time.CLOCK_REALTIME, utc / 1000)
            except OSError as fault:
                self.tell("the clock is in the past and may not be set: %s" % fault)

    def printing(self, storage, clock, log):
        """Return the printer beside this kiosk; None where there is none."""
        options = read_json(storage, "printer.json")
        if not options:
            return None
        from printing import Printing

        printer = Printing(storage, clock, log, options)
        if "button" in options:
            try:
                self._listen_for_receipts(options["button"], printer)
            except Exception as fault:
                # A wrong number in a file must not cost a shopper's press.
                log("no button for receipts: %r" % fault)
        return printer

    def _listen_for_receipts(self, number, printer):
        button = DigitalInputDevice(number, pull_up=True, bounce_time=BOUNCE, pin_factory=self._pins)
        button.when_activated = printer.pressed
        self._buttons_beside.append(button)  # one that nobody holds is closed

    async def join(self):
        pass  # Linux is, or will be: whoever connects tries again

    async def run(self):
        while True:
            await self._sounding.wait()
            self._sounding.clear()
            if self._sounder:
                await _play(self._sounder, *self._tune)

    def restart(self, fault):
        if fault:
            print_exception(fault)
        os._exit(1 if fault else 0)  # at once, as power goes; systemd starts it again


async def _play(sounder, tones, level):
    for hertz, seconds in tones:
        if hertz:
            sounder.frequency = hertz
            sounder.value = level / 200  # half of the time high is as loud as a piezo gets
        await asyncio.sleep(seconds)
        sounder.off()


def _own_pins():
    # Here, because it is there on a Raspberry Pi only.
    from gpiozero.pins.lgpio import LGPIOFactory

    return LGPIOFactory()


def _text(path):
    """Return the text of a file, None where there is none."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def _reset_cause():
    folder = os.environ.get("RUNTIME_DIRECTORY")
    if not folder:
        return 0  # no systemd: started by hand
    ended = _text(folder + "/" + ENDED)
    if ended is None:
        return 1  # nothing has run since the machine started
    return 2 if ended.strip() == "watchdog" else 3


def _tell_systemd(state):
    """Say something to whoever started this, if that listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talk:
            talk.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
