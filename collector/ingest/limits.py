"""How much one kiosk may say: one that has gone mad starves no other."""

from collections import Counter

#: Messages of one kiosk within WINDOW seconds. A kiosk that drains a full journal over the best of networks sends some
#: hundred frames, each after the answer to the one before.
MESSAGES, WINDOW = 500, 10.0


class Limits:
    """Counts what came of each kiosk in the running window; pure, it is told what time it is (s, of any clock)."""

    def __init__(self) -> None:
        self._ends = 0.0
        self._came: Counter[str] = Counter()

    def allows(self, kiosk: str, now: float) -> bool:
        """Count a message; whether it is to be taken."""
        if now >= self._ends:
            self._came.clear()
            self._ends = now + WINDOW
        self._came[kiosk] += 1
        return self._came[kiosk] <= MESSAGES

    def remaining(self, now: float) -> float:
        """Seconds until everybody may speak again."""
        return max(0.0, self._ends - now)
