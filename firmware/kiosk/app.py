"""The kiosk's own work, from the edge of a contact to the light.

    interrupt → ring of edges → debouncer → queue of presses → journal on flash → light, sound, screen

Nothing on this way waits for anything but the flash. The network looks at the journal from the other side.
"""

import asyncio
import gc
from array import array
from collections import deque

from kiosk import VERSION
from kiosk.clock import within
from kiosk.debounce import Debouncer
from kiosk.front import Front
from kiosk.record import CLOCK_WAS_SET, EVENT, RATING, STARTED

try:
    from asyncio import ThreadSafeFlag  # pyright: ignore[reportAssignmentType] - the class below is the other half
    from gc import mem_free
except ImportError:
    mem_free = None

    class ThreadSafeFlag:
        """An event that may be set from another thread; made inside the running loop."""

        def __init__(self):
            self._loop = asyncio.get_running_loop()  # pyright: ignore[reportAttributeAccessIssue]
            self._event = asyncio.Event()

        def set(self):
            self._loop.call_soon_threadsafe(self._event.set)

        async def wait(self):
            await self._event.wait()
            self._event.clear()


SETTLE_MS = 10


class Kiosk:
    """The buttons and what answers to them.

    board: the pins, lights and screen; see `boards`.
    journal, clock, settings: where a press is written, when it was, and under which settings.
    when_recorded: called without arguments after each record.
    """

    def __init__(self, board, journal, clock, settings):
        self._board, self._journal, self._clock, self._settings = board, journal, clock, settings
        self._totals = [0] * board.buttons
        self._edges = Edges()
        self._presses = Queue()
        self._front = Front(board, settings)
        self._answered = asyncio.Event()  # the front has something to show, or to end
        settings.when_changed = self._front.settings_changed
        self.when_recorded = lambda: None

    def start(self):
        """Arm the buttons and record that the kiosk has started."""
        self._board.arm(self._edges.put)
        self._record(EVENT, STARTED, self._board.reset_cause())
        self._front.rest()

    def code(self, press, size, bits):
        """Take the QR code that the collector has made for a press."""
        self._front.code(press, size, bits, self._clock.uptime())
        self._answered.set()

    def health(self):
        """Return what a status says about this board."""
        health = {
            "firmware": VERSION,
            "board": self._board.name,
            "reset": self._board.reset_cause(),
            "totals": self._totals[: self._settings["buttons"]],
        }
        if mem_free:
            gc.collect()
            health["free"] = mem_free()
        return health

    async def watch_buttons(self):
        """Turn edges into presses."""
        board, clock, edges = self._board, self._clock, self._edges
        debouncer = Debouncer(board.buttons)

        def take(button, level, ticks):
            at = clock.uptime(ticks)
            if debouncer.edge(button, level, at):
                self._presses.put((button + 1, at))

        while True:
            await edges.wait()
            edges.drain(take)
            # Interrupts can be dropped, that of a release too, which would cost the next press: look for ourselves
            # until all is quiet.
            while not debouncer.quiet:
                await asyncio.sleep(SETTLE_MS / 1000)
                edges.drain(take)
                for button in range(board.buttons):
                    debouncer.edge(button, board.level(button), clock.uptime())

    async def record_presses(self):
        """Bring presses to flash, and only then thank for them."""
        journal = self._journal
        while True:
            button, at = await self._presses.get()
            try:
                seq = self._record(RATING, button, 0, at)
            except OSError as fault:
                self._board.log("press not recorded, no light: %s" % fault)
                continue
            self._totals[button - 1] += 1
            self._front.pressed((journal.epoch, seq), button, self._clock.uptime())
            self._answered.set()
            await asyncio.sleep(0)  # the light goes on before the next press is written

    async def keep_front(self):
        """Let light and screen change when it is time."""
        while True:
            self._answered.clear()
            await within(self._front.settle(self._clock.uptime()), self._answered)

    def _record(self, kind, value, extra, at=None):
        clock = self._clock
        flags = CLOCK_WAS_SET if clock.utc() is not None else 0
        uptime = clock.uptime() if at is None else at
        seq = self._journal.append((kind, value, extra, clock.boot, uptime, self._settings.version, flags))
        self.when_recorded()
        return seq


class Edges:
    """A ring of edges, filled by interrupts: `put` allocates nothing.

    size: how many edges it holds; when it is full, new ones are dropped and the levels are sampled soon after.
    """

    def __init__(self, size=64):
        self._size = size
        self._button, self._level = bytearray(size), bytearray(size)
        self._ticks = array("L", [0] * size)
        self._in = self._out = 0
        self._flag = ThreadSafeFlag()
        self.put = self._put  # bound once: binding a method allocates

    def _put(self, button, level, ticks):
        at = self._in
        following = (at + 1) % self._size
        if following != self._out:
            self._button[at] = button
            self._level[at] = level
            self._ticks[at] = ticks
            self._in = following
        self._flag.set()

    async def wait(self):
        """Wait until an edge has come."""
        await self._flag.wait()

    def drain(self, take):
        """Call `take` with button, level and ticks of each edge that has come, in order."""
        while self._out != self._in:
            at = self._out
            take(self._button[at], self._level[at], self._ticks[at])
            self._out = (at + 1) % self._size


class Queue:
    """Presses in order. (An event alone would make one of two, which would be a lost rating.)"""

    def __init__(self, size=64):
        self._items = deque([], size)  # noqa: RUF037 - MicroPython wants it
        self._filled = asyncio.Event()

    def put(self, item):
        self._items.append(item)
        self._filled.set()

    async def get(self):
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        return self._items.popleft()
