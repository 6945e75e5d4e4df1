"""From edges of contacts that bounce to presses of a finger."""

from kiosk.record import FREED, RATING, STUCK


class Debouncer:
    """Say what the edges of the buttons mean: RATING (a press), STUCK, FREED, or None for nothing.

    A press begins at the first edge of a contact. It counts as soon as the contact is closed `settle` milliseconds
    later, however it bounces meanwhile, and it happened at that first edge; a shorter touch is a spark, not a finger.
    After a release the button is deaf for `lockout`, because contacts bounce then, too. A button that is held is one
    press; held for `stuck` it is reported, and it counts again once it has been let go. One that is closed when the
    kiosk starts has not been pressed. Each button is judged by itself: two together are two presses.

    Pure: times come in with the edges, from any clock in milliseconds that does not wrap, and edges may come late.

    >>> debouncer = Debouncer(4)
    >>> debouncer.see(2, 0, 100), debouncer.see(2, 1, 101), debouncer.see(2, 0, 102), debouncer.see(2, 0, 105)
    (None, None, None, 1)
    >>> debouncer.began(2)
    100

    buttons: how many there are.
    """

    settle = 5
    lockout = 20
    stuck = 30_000

    def __init__(self, buttons):
        self._buttons = [_Contact() for _ in range(buttons)]

    def start(self, button, level, at):
        """Take the level that a button has when it is first looked at."""
        contact = self._buttons[button]
        if not level:
            contact.closed, contact.counted, contact.since = True, True, at

    def see(self, button, level, at):
        """Take an edge, or a level that was looked at, of a button (from 0).

        level: 0 is closed (to ground), 1 is open.
        at: when, in milliseconds.
        """
        contact = self._buttons[button]
        # What the time up to now has settled comes first: an edge may come late, behind a whole press.
        meaning = self._settled(contact, at)
        closed = not level
        if closed != contact.closed:
            contact.closed = closed
            if not closed:
                contact.opened = at
            elif contact.since is None:
                contact.since = at
        return meaning

    def began(self, button):
        """Return when the button's latest press began."""
        return self._buttons[button].pressed

    def touch(self, button, now):
        """Return (since when the button is held down, when it was last touched), None for never.

        One that was down at the start is touched, but it is not held.
        """
        contact = self._buttons[button]
        held = contact.pressed if contact.counted and contact.pressed == contact.since else None
        return held, contact.pressed if contact.since is None else now

    def due(self, button, now):
        """Return after how many ms a button has to be looked at again, interrupt or not; None: not soon."""
        contact = self._buttons[button]
        if contact.since is None or (contact.reported and contact.closed):
            return None
        if contact.counted:
            return self.lockout
        return max(1, contact.since + self.settle - now)

    def _settled(self, contact, at):
        if contact.since is None:
            return None
        if contact.counted:
            if not contact.closed and at - contact.opened >= self.lockout:
                freed, contact.reported = contact.reported, False
                contact.counted, contact.since = False, None
                return FREED if freed else None
            if contact.closed and not contact.reported and at - contact.since >= self.stuck:
                contact.reported = True
                return STUCK
        elif contact.closed and at - contact.since >= self.settle:
            contact.counted, contact.pressed = True, contact.since
            return RATING
        elif not contact.closed and at - contact.opened >= self.settle:
            contact.since = None
        return None


class _Contact:
    def __init__(self):
        self.closed = False
        self.opened = -Debouncer.lockout  # when it last opened
        self.since = None  # first edge of the touch that is going on
        self.counted = False  # whether that touch is a press already
        self.reported = False  # whether it is stuck
        self.pressed = None  # when the latest press began
