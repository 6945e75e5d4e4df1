"""From the pins to presses: a ring that interrupts fill, a debouncer, a queue.

interrupt → ring of edges → debouncer → queue of presses
"""

import asyncio
from array import array
from collections import deque

from kiosk.debounce import Debouncer
from kiosk.record import RATING

try:
    from asyncio import ThreadSafeFlag
except ImportError:
    from kiosk.on_cpython import ThreadSafeFlag

LOOK_AGAIN = 10_000  # ms, while no button is down


class Buttons:
    """What the shoppers press.

    >>> buttons = Buttons(board)
    >>> buttons.arm()
    >>> buttons.presses.take()  # while `watch` runs
    (1, 3, 93211, 0)

    presses: the queue; an item is (what, button, at, flags): RATING, STUCK or FREED, the button from 1, ms of uptime,
        flags of the record.
    """

    def __init__(self, board):
        self._board = board
        self._edges = Edges()
        self._debouncer = Debouncer(board.buttons)
        self.presses = Queue()

    def arm(self):
        """Take interrupts from now on. What comes before `watch` runs waits in the ring."""
        self._levels = [self._board.level(button) for button in range(self._board.buttons)]
        self._board.arm(self._edges.put)

    async def watch(self, clock, alive):
        """Turn edges into presses, for ever.

        clock: began when the buttons were armed, or before: its boot may be an old one that woke up.
        """
        board, see = self._board, self._see
        buttons = range(board.buttons)
        for button in buttons:
            self._debouncer.start(button, self._levels[button], clock.uptime())

        def take(button, level, ticks):
            see(button, level, clock.uptime(ticks))

        while True:
            alive.back_within("buttons", LOOK_AGAIN)
            # Interrupts can be dropped, that of a release too, so time alone wakes it as well.
            dues = [self._debouncer.due(button, clock.uptime()) for button in buttons]
            try:  # not `within`: to set a flag that interrupts set takes milliseconds
                await asyncio.wait_for(self._edges.wait(), min([due for due in dues if due] or [LOOK_AGAIN]) / 1000)
            except asyncio.TimeoutError:
                pass
            self._edges.drain(take)
            now = clock.uptime()
            for button in buttons:
                see(button, board.level(button), now)
            self.presses.nudge()

    def busy(self):
        """Return whether a finger is on a button, or a contact still bounces."""
        return any([self._debouncer.due(button, 0) for button in range(self._board.buttons)])

    def touches(self, count, now):
        """Return for the first `count` buttons since when each is held down, and when each was last touched."""
        touches = [self._debouncer.touch(button, now) for button in range(min(count, self._board.buttons))]
        return [held for held, _ in touches], [touched for _, touched in touches]

    def _see(self, button, level, at):
        meaning = self._debouncer.see(button, level, at)
        if meaning:
            self.presses.put((meaning, button + 1, self._debouncer.began(button) if meaning == RATING else at, 0))


class Edges:
    """A ring of edges, filled by interrupts: `put` allocates nothing.

    size: how many edges it holds; when it is full, new ones are dropped and the levels are looked at soon after.
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
        if self._in == self._out:
            await self._flag.wait()

    def drain(self, take):
        """Call `take` with button, level and ticks of each edge that has come, in order."""
        self._flag.clear()
        while self._out != self._in:
            at = self._out
            take(self._button[at], self._level[at], self._ticks[at])
            self._out = (at + 1) % self._size


class Queue:
    """Presses in order. (An event alone would make one of two, which would be a lost rating.)"""

    def __init__(self, size=64):
        self._items = deque([], size)
        self._filled = asyncio.Event()

    def __len__(self):
        return len(self._items)

    def put(self, item):
        self._items.append(item)
        self._filled.set()

    def nudge(self):
        """Wake whoever waits, who may have nothing to do but to say that it is still there."""
        self._filled.set()

    async def wait(self):
        """Wait until there is something in it, or a nudge. (Not `wait_for`: that costs a press milliseconds.)"""
        await self._filled.wait()
        self._filled.clear()

    def take(self):
        """Return the first item and take it out."""
        return self._items.popleft()
