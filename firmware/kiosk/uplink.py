"""The way up: a connection to the collector, for ever.

`kiosk.conversation` decides what is said on it, `kiosk.line` how the broker is reached.
"""

import asyncio
import random

from kiosk import const
from kiosk.clock import within
from kiosk.conversation import STATUS_EVERY, Backoff
from kiosk.mqtt import NotAuthorised

_RECONNECT = const(5_000)
_RECONNECT_MOST = const(300_000)
_FELL_TOGETHER = const(30_000)  # ms within which a fleet comes back that lost its broker in one moment
_AT_REST = const(25 * 3_600_000)  # ms that a kiosk on batteries may have nothing to report
_JOIN_MOST = const(120_000)  # ms that the network may take
_ANSWER_MOST = const(60_000)  # ms that any one answer may take


class Uplink:
    """Keep a connection to the collector, for ever.

    conversation: what to say on it.
    line: the way to the broker, see `kiosk.line`.
    board: gives the network, and shows whether the collector answers.
    alive, log: as in `kiosk.app`.
    rest: on batteries, when to connect and when to part; see `kiosk.rest`.
    """

    def __init__(self, conversation, line, board, alive, log, rest=None):
        self._talk, self._line, self._board = conversation, line, board
        self._alive, self._log, self._rest = alive, log, rest
        self._news = asyncio.Event()  # something has happened: look whether there is anything to say
        self.online = False  # the collector answers
        self._why = ""  # what ended the last connection
        self._connected = False

    @property
    def why(self):
        """Why the collector does not answer, a sentence; "" where nothing speaks against it."""
        if self._connected and not self.online:
            return "the collector has not answered yet"
        return self._why

    def notify(self):
        """Say that there is something new to send."""
        self._news.set()

    async def run(self):
        # Kiosks start together when a shop opens, and lose their broker together: each waits for a time of its own.
        delay = Spread(_RECONNECT, _RECONNECT_MOST)
        if not self._rest:
            await self._pause(random.randrange(_RECONNECT // 4))
        while True:
            if self._rest:
                self._alive.back_within("uplink", _AT_REST)
                await self._rest.radio_due()
            well = fell = False
            self._talk.answered = False
            try:
                well = await self._session()
            except NotAuthorised as fault:
                self._line.refused()
                self._say(str(fault))
            except Exception as fault:
                # Whatever it was, it concerns this connection alone.
                self._say("%s %s" % (type(fault).__name__, str(fault).strip()))
                if self._line.is_untimely(str(fault)):
                    delay.reset()
                fell = self._talk.answered
                if not fell:
                    self._line.unreached()
            if self._talk.answered:
                delay.reset()
            if self._rest:
                self._rest.reported(well)
            else:
                await self._pause(random.randrange(_FELL_TOGETHER) if fell else delay.next())

    def _say(self, why):
        self._why = why
        self._log("connection: %s" % why)

    async def _pause(self, milliseconds):
        self._alive.back_within("uplink", milliseconds)
        await asyncio.sleep(milliseconds / 1000)

    async def _session(self):
        """Talk until there is nothing more to say; return whether everything was said."""
        talk = self._talk
        self._alive.back_within("uplink", _JOIN_MOST)
        await asyncio.wait_for(self._board.join(), _JOIN_MOST / 1000)
        talk.begin()
        will = self._line.root + "status", talk.status("offline")
        self._alive.back_within("uplink", _ANSWER_MOST)
        client = await self._line.client(will=will, when_heard=self._heard, when_lost=self.notify)
        try:
            await client.connect()
            self._connected = True
            self._alive.back_within("uplink", _ANSWER_MOST)
            await client.subscribe(*[self._line.root + topic for topic in talk.topics])
            while not talk.over:
                self._news.clear()
                if client.fault:
                    raise client.fault
                if talk.answered and not self.online:
                    self.online, self._why = True, ""
                    self._board.link(True)
                message = talk.next()
                self._alive.back_within("uplink", STATUS_EVERY + _ANSWER_MOST)
                if message:
                    topic, payload = message
                    await client.publish(self._line.root + topic, payload, qos=1, retain=topic == "status")
                elif self._rest and self._rest.done():
                    await client.publish(will[0], talk.status("asleep", self._rest.asleep_until()), qos=1, retain=True)
                    await client.leave()
                    return True
                elif self._rest and self._rest.in_vain():
                    return False
                elif not talk.over:
                    await within(min(talk.wait(), 1000) if self._rest else talk.wait(), self._news)
        finally:
            self._connected = False
            await client.close()
            if self.online:
                self.online = False
                self._board.link(False)

    def _heard(self, topic, payload):
        self._talk.heard(topic[len(self._line.root) :], payload)
        self._news.set()


class Spread(Backoff):
    """Delays anywhere between nothing and as much, so that a fleet that fell together does not come back together."""

    def _drawn(self, delay):
        return random.randint(delay // 50, delay)
