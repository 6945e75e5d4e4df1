"""Keep a board in the shop's Wi-Fi: join, watch, join again, and say in words why it does not work.

What the radio chips do differently is in `CYW43` and `ESP32`, at the end.
"""

import asyncio
import random

from kiosk.clock import TICKS_PERIOD, ticks_ms

NO_NETWORK = "no such network is in reach"
WRONG_PASSWORD = "the network does not take the password"  # noqa: S105 - it is none
NOT_LET_IN = "the network does not let the kiosk in"
NO_ADDRESS = "joined, but the network gives no address"
MUTE = "the radio finds no answer"
GONE = "the network is gone"
DEAF = "joined, but the collector does not answer"

WORDS = {  # what these are called where one word has to do
    NO_NETWORK: "not found",
    WRONG_PASSWORD: "wrong password",
    NOT_LET_IN: "not let in",
    NO_ADDRESS: "no address",
    MUTE: "no answer",
    GONE: "gone",
    DEAF: "deaf",
}

WATCH = 1000  # ms between two looks at a radio that has nothing to do
LOOK = 250  # ms between two looks while it joins
SETTLE = 6000  # a refusal is believed from then on: an ESP32 shows that of the last attempt until it has a new one
JOIN = 30_000  # no chip that is well needs longer
STEADY = 60_000  # what stays joined so long has not just flapped
LONGEST_PAUSE = 60_000
BELIEVED = 3  # the CYW43 refuses a right password at times: it takes as many refusals in a row to say so
CYCLE_EVERY = 4  # failures after which the radio is switched off and on
DOUBTS = 5  # connections that came to nothing, after which *joined* is not believed any more
LAST_RESORT = 4 * 3_600_000  # ms without a word of a collector that had answered: start the board again


class WiFi:
    """The board's way into the network. The radio stays off until somebody wants to join.

    >>> wifi = WiFi(network.WLAN(network.WLAN.IF_STA), CYW43, "shop", "password", print)
    >>> await wifi.join()  # while `run` runs
    Wi-Fi "shop": joined, signal -61 dBm

    wlan: the station interface of `network.WLAN`; country and hostname have been set.
    chip: what this radio needs: `CYW43` or `ESP32`.
    name, password: of the network; None is the password of an open one.
    log: called with a sentence whenever there is news.
    """

    def __init__(self, wlan, chip, name, password, log):
        self._wlan, self._chip = wlan, chip
        self._name, self._password, self._log = name, password, log
        self._joined = asyncio.Event()
        self._joining = False
        self._wanted = self._switched_on = False
        self._now = 0  # ms since the start, as `look` was told
        self._since = 0  # when it began to join, or has joined
        self._due = 0  # not before then is it tried again
        self._failures = 0  # in a row
        self._refusals = 0  # of the password, in a row
        self._doubts = 0  # connections since the collector last answered
        self._said = ""
        self._linked = False  # the collector answers
        self._heard = None  # when it last did; None: never since the board started

    async def join(self):
        """Return when there is a network to connect through.

        Whoever comes again and again, and never gets as far as `link`, makes the radio doubtful.
        """
        self._wanted = True
        if self._joined.is_set():
            self._doubts += 1
            if self._doubts > DOUBTS:
                self._doubts = 0
                self._fail(DEAF)
        await self._joined.wait()

    def link(self, online):
        """Take notice that the collector has answered, or that the connection to it is lost."""
        self._linked, self._heard = online, self._now
        self._doubts = 0

    def signal(self):
        """Return the signal in dBm, or None."""
        try:
            return self._wlan.status("rssi") if self._joined.is_set() else None
        except OSError:  # it has just gone
            return None

    def word(self):
        """Return how it is in one word or two: "joined", "joining", or what is in the way."""
        return "joined" if self._joined.is_set() else WORDS.get(self._said, "joining")

    def leave(self):
        """Switch the radio off until somebody wants to join again."""
        self._wanted = False
        self._part()
        self._switch_off()

    async def run(self):
        """Do what is due, for ever. Raises OSError when a fresh start of the board is all that may still help."""
        last, now = ticks_ms(), 0
        while True:
            await asyncio.sleep(self.look(now) / 1000)
            ticks = ticks_ms()
            now += (ticks - last) % TICKS_PERIOD  # pyright: ignore[reportOperatorIssue]
            last = ticks

    def look(self, now):
        """Do what is due at `now`, in ms that never go back; return after how many ms to look again."""
        self._now = now
        if not self._wanted:
            return WATCH
        # Only where it had worked: what a fresh start could mend has never worked since one.
        if self._heard is not None and not self._linked and now - self._heard >= LAST_RESORT:
            raise OSError("no word from the collector for %d hours" % (LAST_RESORT // 3_600_000))
        try:
            if self._joined.is_set():
                return self._watch()
            if self._joining:
                return self._wait()
            return self._begin()
        except OSError as fault:  # the ESP32 raises what others only return
            return self._fail("the radio fails (%s)" % fault)

    def _begin(self):
        if self._now < self._due:
            return self._due - self._now
        wlan = self._wlan
        if not self._switched_on:
            wlan.active(True)
            wlan.config(**self._chip.settings)
            self._switched_on = True
        wlan.connect(self._name, self._password)
        self._joining, self._since = True, self._now
        return LOOK

    def _wait(self):
        wlan, waited = self._wlan, self._now - self._since
        if wlan.isconnected():
            self._joining, self._since = False, self._now
            self._refusals = 0
            self._joined.set()
            self._say("joined, signal %s dBm" % self.signal())
            return WATCH
        refusal = self._chip.refusals.get(wlan.status())
        if refusal and waited >= SETTLE:
            return self._fail(refusal)
        if waited >= JOIN:
            return self._fail(NO_ADDRESS if self._chip.in_network(wlan) else MUTE)
        return LOOK

    def _watch(self):
        if not self._wlan.isconnected():
            return self._fail(GONE)
        if self._now - self._since >= STEADY:
            self._failures = 0
        return WATCH

    def _fail(self, why):
        self._part()
        self._failures += 1
        self._refusals = self._refusals + 1 if why == WRONG_PASSWORD else 0
        self._say(NOT_LET_IN if 0 < self._refusals < BELIEVED else why)
        if self._failures % CYCLE_EVERY == 0:
            self._switch_off()
        pause = min(500 << min(self._failures, 8), LONGEST_PAUSE) * random.randint(80, 120) // 100
        self._due = self._now + pause
        return pause

    def _part(self):
        self._joined.clear()
        self._joining = False
        try:
            self._wlan.disconnect()
        except OSError:
            pass  # there was nothing to end

    def _switch_off(self):
        # Not `deinit`: on a Pico W that may never return.
        self._switched_on = False
        try:
            self._wlan.active(False)
        except OSError:
            pass  # it is as good as off

    def _say(self, news):
        if news != self._said:
            self._said = news
            self._log('Wi-Fi "%s": %s' % (self._name, news))


class Chip:
    """What one kind of radio needs, and what its numbers mean.

    settings: for `WLAN.config`, each time after it was switched on.
    refusals: which status means that it will not work, and in words why. All others may still become something.
    in_network: called with the WLAN, returns whether it is in the network and lacks only the address.
    """

    def __init__(self, settings, refusals, in_network):
        self.settings, self.refusals, self.in_network = settings, refusals, in_network


def _signal_known(wlan):
    try:
        return wlan.status("rssi") < 0
    except OSError:
        return False


# Pico W and Pico 2 W. Power saving costs seconds on an answer and at times the link: 0xA11140 is *none*, in a form that
# every version takes. The country has to be set before the radio is first switched on. It says *joined* for hours in a
# network that has gone deaf (hence DOUBTS), and *wrong password* to a right one (hence BELIEVED).
CYW43 = Chip(
    {"pm": 0xA11140},
    {-3: WRONG_PASSWORD, -2: NO_NETWORK, -1: NOT_LET_IN},
    lambda wlan: wlan.status() == 2,
)

# ESP32-S3 and -C3. The driver tries again by itself (reconnects=0: without end) and shows the reason of the last
# failure until the next one or a success. 15 and 204 are time-outs of the handshake, which is how most access points
# answer a wrong password; 210 and 211 are networks of that name whose encryption does not fit.
_ESP32_REFUSALS = {
    2: NOT_LET_IN,
    15: WRONG_PASSWORD,
    200: GONE,
    201: NO_NETWORK,
    202: WRONG_PASSWORD,
    203: NOT_LET_IN,
    204: WRONG_PASSWORD,
    205: NOT_LET_IN,
    210: NOT_LET_IN,
    211: NOT_LET_IN,
    212: NO_NETWORK,
}
ESP32 = Chip({"pm": 0, "reconnects": 0}, _ESP32_REFUSALS, _signal_known)
# On battery: the radio naps between beacons, and is only on for a batch anyway.
ESP32_ON_BATTERY = Chip({"pm": 1, "reconnects": 0}, _ESP32_REFUSALS, _signal_known)
