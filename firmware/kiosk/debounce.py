"""From edges of contacts that bounce to presses of a finger."""


class Debouncer:
    """Say which edges of the buttons are presses.

    A press is the first edge to *pressed* after the button has been released for `bounce` milliseconds. It is
    accepted at that edge, so the shopper waits for nothing; the bounces behind it, and those of the release, come too
    soon after a release to be another press. Each button is judged by itself: two together are two presses.

    Pure: times come in with the edges, from any clock in milliseconds that does not wrap.

    >>> debouncer = Debouncer(4)
    >>> [debouncer.edge(2, 0, 100), debouncer.edge(2, 1, 101), debouncer.edge(2, 0, 102)]
    [True, False, False]

    buttons: how many there are.
    bounce: milliseconds; longer than the contacts bounce, shorter than a finger lifts between two presses.
    """

    def __init__(self, buttons, bounce=20):
        self.bounce = bounce
        self._down = [False] * buttons
        self._released = [-bounce] * buttons  # when each last came up

    def edge(self, button, level, at):
        """Take an edge, or a sampled level, of a button (from 0) and return whether it is a press.

        level: 0 is pressed (to ground), 1 is released.
        at: when, in milliseconds.
        """
        down = self._down[button]
        self._down[button] = not level
        if level:
            if down:
                self._released[button] = at
            return False
        return not down and at - self._released[button] >= self.bounce

    @property
    def quiet(self):
        """Whether every button is up."""
        return not any(self._down)
