"""The two outer buttons, held together, ask for a factory reset. This is forgotten when its minute is over.

Children press buttons. So it counts only right after power was switched on, only with both pressed together and no
other, only for as long as nobody stands there by accident; a button that was down before, because something leans on
it, does not count at all.
"""

import asyncio

from kiosk.record import TEST

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

    The first press of the two is a rating, lit at once, and stays in the kiosk for as long as the second may come. With
    that one, while the first is still down, both become tests: nobody's opinion.

    kiosk, buttons, journal, settings, clock: the kiosk's own.
    hold_back: called with the uptime until which records stay here.
    """

    def __init__(self, kiosk, buttons, journal, settings, clock, hold_back):
        self._kiosk, self._buttons, self._journal = kiosk, buttons, journal
        self._settings, self._clock, self._hold_back = settings, clock, hold_back
        self._before = None  # (button, time, seq) of the latest rating by one of them

    def takes(self, button, at, flags):
        """Return whether a press has been recorded here."""
        if flags or at >= FIRST or button not in (1, self._settings["buttons"]):
            return False
        before, self._before = self._before, None
        if before and self._is_second(button, at, *before):
            self._kiosk.test(button, at, flags)
            self._untake(before[0], before[2])
        else:
            self._hold_back(self._clock.uptime() + TOGETHER + SLOW)
            self._before = button, at, self._kiosk.rate(button, at, flags)
        return True

    async def wait(self, wanted):
        """Set `wanted` when the gesture is made; return then, or when it is too late for it."""
        now = self._clock.uptime()
        while now <= FIRST and not wanted.is_set():
            await asyncio.sleep(LOOK)
            now = self._clock.uptime()
            held, touched = self._buttons.touches(self._settings["buttons"], now)
            if is_made(held, touched, now):
                wanted.set()

    def _is_second(self, button, at, other, before, _seq):
        held, _ = self._buttons.touches(other, at)
        return button != other and at - before <= TOGETHER and held[-1] is not None

    def _untake(self, button, seq):
        """Make a test of a rating that has not left the kiosk yet."""
        try:
            [record] = self._journal.read(seq, 1)
            self._journal.replace(seq, (TEST, button, 0) + record[3:])
            self._kiosk.totals[button - 1] -= 1
        except OSError:
            pass  # it stays a rating: one
