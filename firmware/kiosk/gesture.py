"""The two outer buttons, held together, ask for a factory reset. This is forgotten when its minute is over.

Children press buttons. So it counts only right after power was switched on, only with both pressed together and no
other, only for as long as nobody stands there by accident; a button that was down before, because something leans on
it, does not count at all.
"""

import asyncio

from kiosk.record import REPEAT, TEST

FIRST = 60_000  # ms after power-on in which all of it has to happen
TOGETHER = 500  # ms between the two presses
HELD = 20_000  # ms
LOOK = 0.25  # s between two looks at the buttons
SLOW = 200  # ms that a press may take on its way to flash


def is_made(held, touched, now):
    """Return whether the gesture is complete.

    held: for each button of the front, since when it has been held down, or None.
    touched: for each button, when it was last touched, or None.
    now: ms since the power was switched on, as all times here.
    """
    left, right = held[0], held[-1]
    if len(held) < 2 or left is None or right is None or now > FIRST or abs(left - right) > TOGETHER:
        return False
    alone = all([at is None or at < min(left, right) for at in touched[1:-1]])
    return alone and now - max(left, right) >= HELD


class OuterButtons:
    """The first and the last button of the front, in the first minute.

    A press of one is a rating, lit at once, and stays in the kiosk for as long as the other may come. With that one,
    while the first is still down, both stay until one is let go: then they are what they were, two shoppers. Only once
    the gesture is complete do they become tests: nobody's opinion.

    kiosk, buttons, journal, settings, clock: the kiosk's own.
    hold_back: called with the uptime until which records stay here.
    """

    def __init__(self, kiosk, buttons, journal, settings, clock, hold_back):
        self._kiosk, self._buttons, self._journal = kiosk, buttons, journal
        self._settings, self._clock, self._hold_back = settings, clock, hold_back
        self._press = None  # (button, time, epoch, seq) of the latest rating by one of them
        self._pair = ()  # two of them that may become the gesture

    def takes(self, button, at, flags):
        """Return whether a press has been recorded here."""
        if flags or at >= FIRST or button not in (1, self._settings["buttons"]):
            return False
        before = self._press
        self._press = button, at, self._journal.epoch, self._kiosk.rate(button, at, flags)
        self._pair = ()
        if before and self._is_second(button, at, *before[:2]):
            self._pair = before, self._press
        self._hold_back(FIRST + 1 if self._pair else self._clock.uptime() + TOGETHER + SLOW)
        return True

    async def wait(self, wanted):
        """Set `wanted` when the gesture is made; return then, or when it is too late for it."""
        now = self._clock.uptime()
        while now <= FIRST and not wanted.is_set():
            await asyncio.sleep(LOOK)
            now = self._clock.uptime()
            held, touched = self._buttons.touches(self._settings["buttons"], now)
            is_complete = is_made(held, touched, now)
            if is_complete:
                for button, _, epoch, seq in self._pair:
                    self._untake(button, epoch, seq)
                wanted.set()
            ups = (held[0], held[-1]).count(None)
            if is_complete or (self._press and ups == 2) or (self._pair and ups):  # nothing more can come of them
                self._pair, self._press = (), None
                self._hold_back(0)
                self._kiosk.when_recorded()  # whoever sends them has gone to sleep until the end of the minute

    def _is_second(self, button, at, other, before):
        held, _ = self._buttons.touches(other, at)
        return button != other and at - before <= TOGETHER and held[-1] is not None

    def _untake(self, button, epoch, seq):
        """Make a test of a rating that has not left the kiosk yet."""
        try:
            if epoch == self._journal.epoch:  # else its number is another's now
                [record] = self._journal.read(seq, 1)
                self._journal.replace(seq, (TEST, button, 0) + record[3:6] + (record[6] & ~REPEAT,))
                self._kiosk.totals[button - 1] -= 1
        except OSError:
            pass  # it stays a rating: one
