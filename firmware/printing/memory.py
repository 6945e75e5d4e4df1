"""On flash: which slips of the collector have been printed, so that none is printed twice."""

import json

from kiosk.storage import read_json

FILE = "slips.json"
REMEMBERED = 100  # slips
CUT_OFF = "The power went while this was being printed."
_ALL = 1 << 31  # above every number


class Memory:
    """The latest slips and what became of them.

    A slip is written down before its first byte leaves. So one that comes again, because its answer was lost or the
    power went, is only answered. Of one that is older than all that is remembered, nobody knows.

    storage: where it is kept.
    """

    def __init__(self, storage):
        self._storage = storage
        saved = read_json(storage, FILE)
        try:
            self._floor = int(saved["floor"])  # each slip up to this number may have been printed
            self._slips = {number: (state, text) for number, state, text in saved["slips"]}
        except (KeyError, TypeError, ValueError):  # a blank flash, or one that has lost it
            self._floor, self._slips = _ALL, {}

    def outcome(self, number):
        """Return (state, text) of a slip, or None."""
        return self._slips.get(number)

    def is_new(self, number, again):
        """Return whether a slip without an outcome was certainly not printed yet.

        again: the collector may have sent it before.
        """
        return number > self._floor or not again

    def admit(self, number):
        """The slip is new; raises OSError where flash does not take it."""
        if self._floor == _ALL:
            self._keep(number - 1, self._slips)

    def write(self, number, state, text):
        """Keep what has become of a slip; raises OSError where flash does not take it."""
        slips, floor = dict(self._slips), self._floor
        slips[number] = state, text
        while len(slips) > REMEMBERED:
            oldest = next(iter(slips))
            del slips[oldest]
            floor = max(floor, oldest)
        self._keep(floor, slips)

    def _keep(self, floor, slips):
        rows = [[number, state, text] for number, (state, text) in slips.items()]
        self._storage.replace(FILE, json.dumps({"floor": floor, "slips": rows}).encode())
        self._floor, self._slips = floor, slips
