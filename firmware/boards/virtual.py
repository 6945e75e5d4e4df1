"""A kiosk without hardware: its buttons, light and screen are wired to a program, the *world*, over TCP.

The world listens where the environment variable KIOSK_WORLD says ("host:port"). Both sides send lines of JSON:

    → {"hello": {"kiosk": "exit-1", "board": "virtual", "interpreter": "micropython 1.29.0-preview"}}
    → {"armed": true}
    ← {"pin": [2, 0]}                   the second button from the left is pressed (1: released)
    → {"light": "thanks", "button": 2, "level": 100}   the press is on flash
    → {"sound": "thanks", "level": 50}
    → {"screen": {"kind": "thanks", "button": 2, "text": [["en", "Thank you!"]]}}
    → {"light": "off"}
    → {"link": "online"}                the collector has answered ("offline": it is out of reach)
    → {"clock": 1763758812401}          the board's own clock is set
    → {"watchdog": 8}                   cut the power if I do not say {"fed": true} every so many seconds
    → {"log": "…"}

When the world hangs up, the power is gone. Why it came back is in the environment variable KIOSK_RESET (1: power). The
name server that it asks is in KIOSK_DNS; without one it asks the computer. Where KIOSK_AIR is set it has a radio of its
own: the networks in reach and their passwords, as JSON ({"shop": "secret", "guests": null}). `wifi.json` says which.
"""

import asyncio
import json
import sys
from os import getenv

from kiosk.clock import ticks_ms

try:
    # At once, as power goes: nothing is tidied up.
    from os import _exit as end  # pyright: ignore[reportAttributeAccessIssue]
    from traceback import print_exception
except ImportError:
    from sys import exit as end
    from sys import print_exception


class Board:
    """The board whose pins are lines of JSON."""

    name = "virtual"
    buttons = 10  # wired; the settings say how many a shop's front shows
    touch = battery_powered = False

    def __init__(self):
        self._levels = [1] * self.buttons
        self._edge = None
        self._lines = []
        self._radio, self.storage = None, None
        if getenv("KIOSK_AIR"):
            from boards.virtual_radio import Radio

            self._radio = Radio(self, json.loads(str(getenv("KIOSK_AIR"))))
        self._said = asyncio.Event()
        self.tell = self.log

    async def power_on(self, kiosk_id):
        host, port = str(getenv("KIOSK_WORLD")).split(":")
        self._reader, self._writer = await asyncio.open_connection(host, int(port))
        interpreter = "%s %s" % (sys.implementation.name, _version(sys.implementation.version))
        self._say({"hello": {"kiosk": kiosk_id, "board": self.name, "interpreter": interpreter}})

    def arm(self, edge):
        self._edge = edge
        self._say({"armed": True})

    def level(self, button):
        return self._levels[button]

    def light(self, button, level):
        self._say({"light": "thanks", "button": button, "level": level} if button else {"light": "off"})

    def sound(self, name, level):
        self._say({"sound": name, "level": level})

    def screen(self, picture):
        self._say({"screen": picture})

    def link(self, online):
        self._say({"link": "online" if online else "offline"})

    def log(self, line):
        self._say({"log": line})

    def reset_cause(self):
        return int(getenv("KIOSK_RESET") or 1)

    def serial(self):
        return ""

    def signal(self):
        return self._radio.signal() if self._radio else None

    def wifi(self):
        return self._radio.word if self._radio else None

    async def scan(self):
        return self._radio.scan() if self._radio else []

    def battery(self):
        return None

    def resolver(self):
        server = getenv("KIOSK_DNS")
        if not server:
            return None  # its world is this computer, whose names are in a file
        address, port = server.split(":")
        return address, int(port)

    def kept(self):
        return b""

    def woken_by(self):
        return []

    def set_clock(self, utc):
        self._say({"clock": utc})  # the computer's own is right

    async def join(self):
        if self._radio:  # without one the computer is in the network
            await self._radio.join()

    async def run(self):
        await asyncio.gather(self._listen(), self._speak())

    def start_watchdog(self):
        self._say({"watchdog": 8})

    def feed(self):
        self._say({"fed": True})

    def restart(self, fault):
        if fault:
            print_exception(fault)
        end(1 if fault else 3)  # the world starts it again

    async def _listen(self):
        while True:
            try:
                line = await self._reader.readline()
            except OSError:
                line = b""
            if not line:
                end(0)
            button, level = json.loads(line)["pin"]
            self._levels[button - 1] = level
            if self._edge:
                self._edge(button - 1, level, ticks_ms())

    async def _speak(self):
        # A task of its own, so that a slow world never holds up a press.
        while True:
            await self._said.wait()
            self._said.clear()
            while self._lines:
                self._writer.write(self._lines.pop(0))
                try:
                    await self._writer.drain()
                except OSError:
                    return  # `_listen` notices, too

    def _say(self, message):
        self._lines.append(json.dumps(message).encode() + b"\n")
        self._said.set()


def _version(version):
    numbers = "%d.%d.%d" % version[:3]
    stage = version[3] if len(version) > 3 else ""
    return numbers + "-" + stage if stage not in ("", "final") else numbers
