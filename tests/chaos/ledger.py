"""Who pressed what and saw the light, and whether the table says the same.

A press whose light came on is in the table exactly once. One whose light never came (power went first) may be there
or not: nobody was promised anything.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple


class Press(NamedTuple):
    button: int
    lit: bool


class Difference(NamedTuple):
    """Between a kiosk's ledger and what is stored: the fewest changes that explain it."""

    lost: int
    doubled: int


class Ledger:
    """Kept outside the kiosks, so that it is right whatever happens to them."""

    def __init__(self) -> None:
        #: By kiosk, in order.
        self.presses: dict[str, list[Press]] = defaultdict(list)
        self.pressed = self.lit = 0

    def note(self, line: str) -> None:
        """Take a line of `tests.chaos.host`."""
        what, kiosk, button = line.split()
        if what == "press":
            self.press(kiosk, int(button), lit=False)
        else:
            pressed = self.presses[kiosk].pop()
            assert pressed == Press(int(button), lit=False), f"{kiosk} thanked for {button} after {pressed}"
            self.presses[kiosk].append(Press(int(button), lit=True))
            self.lit += 1

    def press(self, kiosk: str, button: int, *, lit: bool) -> None:
        """Take a press of which it is known whether its light came on."""
        self.presses[kiosk].append(Press(button, lit))
        self.pressed += 1
        self.lit += lit


def difference(presses: Sequence[Press], stored: Sequence[int]) -> Difference:
    """How the stored buttons, in the order of the records, differ from the presses.

    The shortest way through the grid of presses and stored buttons: a step along both costs nothing where they agree,
    nor does passing over a press without a light; passing over one with a light is a loss, over a stored one a double.
    """
    start, end = (0, 0), (len(presses), len(stored))
    ways = deque([(start, Difference(0, 0))])
    done = set()
    while ways:
        at, found = ways.popleft()
        if at == end:
            return found
        if at in done:
            continue
        done.add(at)
        pressed, kept = at
        lost, doubled = found
        if pressed < end[0]:
            button, lit = presses[pressed]
            if lit:
                ways.append(((pressed + 1, kept), Difference(lost + 1, doubled)))
            else:
                ways.appendleft(((pressed + 1, kept), found))
            if kept < end[1] and stored[kept] == button:
                ways.appendleft(((pressed + 1, kept + 1), found))
        if kept < end[1]:
            ways.append(((pressed, kept + 1), Difference(lost, doubled + 1)))
    raise AssertionError("there is always a way")
