"""A battery kiosk's rest: the radio is off until it is worth its current, and the board sleeps while nothing is to do.

`kiosk.power` has the rules; here they meet the kiosk. What has to outlive a sleep goes into memory that does, so that a
sleep costs no flash and the boot before it goes on after it.
"""

import asyncio
import struct

from kiosk import const
from kiosk.clock import ASLEEP_BYTES, within
from kiosk.power import BATCH, may_sleep, radio_in, sleep_seconds
from kiosk.record import RATING

_KEPT = (
    "<IIBQQ"  # connections, confirmed, failures, uptimes of the last answer and of the end of the last report; 0: none
)
LOOK = 500  # ms between two looks whether it may sleep
LISTEN = 3000  # ms that a connection stays after everything is said, for whatever the collector has to say
_URGENT = const(10_000)  # ms from a connection to the next one while somebody waits
_SILENCE = 60_000  # ms that a connection may bring nothing


class Rest:
    """When this kiosk reports, and when it sleeps.

    kiosk, board, journal, clock, settings, conversation, updates: the kiosk's own.
    kept: what the board kept through a sleep; b"" after any other start.
    """

    def __init__(self, kiosk, board, journal, clock, settings, conversation, updates, kept):
        self._kiosk, self._board, self._journal, self._clock = kiosk, board, journal, clock
        self._settings, self._talk, self._updates = settings, conversation, updates
        self._failures, self._answered_at, self._reported_at = 0, None, None
        self._connected, self._connected_at, self._quiet_since = False, 0, None
        self._woken = bool(kept)
        self.urgent = False  # somebody waits for everything to be sent
        self._began = clock.uptime()
        self._news = asyncio.Event()  # a record was made
        if kept:
            connections, confirmed, self._failures, answered, reported = struct.unpack(_KEPT, kept[ASLEEP_BYTES:])
            conversation.resume(connections, confirmed)
            self._answered_at, self._reported_at = answered or None, reported or None

    def recorded(self):
        """A record was made: it may be worth the radio."""
        self._news.set()

    async def radio_due(self):
        """Return when there is something to report."""
        while True:
            self._news.clear()
            due = self._radio_in()
            if not due:
                self._connected, self._connected_at, self._quiet_since = True, self._clock.uptime(), None
                return
            await within(min(due, 10_000), self._news)

    def in_vain(self):
        """Return whether a connection leads nowhere: the broker is there, and the collector is silent."""
        return self._clock.uptime() - max(self._connected_at, self._talk.acked_at) > _SILENCE

    def done(self):
        """Return whether a connection has served its purpose."""
        now = self._clock.uptime()
        if not self._talk.answered or not self._talk.idle or self._busy():
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        return self._quiet_since is not None and now - self._quiet_since >= LISTEN

    def asleep_until(self):
        """Everything is said: return when the kiosk means to wake if nobody presses, milliseconds since 1970."""
        self._well()
        return self._clock.utc() + self._sleep_seconds() * 1000

    def reported(self, well):
        """A connection is over."""
        self._connected = False
        if well:
            self._well()
        else:
            self._reported_at = self._clock.uptime()
            self._failures = min(self._failures + 1, 255)

    def _well(self):
        self._reported_at = self._answered_at = self._clock.uptime()
        self._failures = 0

    async def run(self, alive):
        """Sleep whenever that is possible."""
        while True:
            alive.back_within("rest", 10_000)
            await asyncio.sleep(LOOK / 1000)
            now = self._clock.uptime()
            busy = self._connected or self._busy() or not self._radio_in()
            if may_sleep(busy, now - self._kiosk.last_press(self._began), now - self._began, not self._woken):
                self._board.sleep(self._sleep_seconds(), self._keep(), self._kiosk.stuck())

    def _busy(self):
        # A release that is half here waits for the next connection: what is in its slot outlives a sleep.
        updating = self._updates.busy if self._connected else self._updates.on_trial
        return self._kiosk.busy() or updating or self._board.busy()

    def _radio_in(self):
        now, talk = self._clock.uptime(), self._talk
        if self.urgent:
            return 0 if self._reported_at is None else max(0, self._reported_at + _URGENT - now)
        return radio_in(
            talk.unsent,
            talk.oldest() or 0,
            None if self._answered_at is None else now - self._answered_at,
            self._has_bad(),
            self._failures,
            None if self._reported_at is None else now - self._reported_at,
            self._board.battery(),
        )

    def _has_bad(self):
        bad = self._settings["bad"]
        first = self._journal.last - self._talk.unsent + 1
        records = self._journal.read(first, BATCH) if self._talk.unsent else []
        return any([record[0] == RATING and record[1] in bad for record in records])

    def _sleep_seconds(self):
        return sleep_seconds(self._radio_in(), self._settings["hours"], self._settings.moment(self._clock.utc()))

    def _keep(self):
        talk = self._talk
        return self._clock.asleep() + struct.pack(
            _KEPT,
            talk.connections,
            talk.confirmed,
            self._failures,
            self._answered_at or 0,
            self._reported_at or 0,
        )
