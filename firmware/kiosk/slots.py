"""Which code the kiosk runs: a technician's, or a release in one of two slots.

What a technician has installed lies at the root and is never touched: the last resort. A release lies whole in
`slots/a` or `slots/b`; the next one is written into the other. It is started on trial, and only once it has proved
itself is it the one that is started from then on. All of that is one small file, and each step replaces it once.

`starter.py`, which no update changes, reads that file with the `Slots` that the technician installed: what is in it now
must stay there and mean the same in every release.
"""

import json

from kiosk import const
from kiosk.storage import read_json

FILE = "slots.json"
FOLDER = "slots"
_STARTS = const(3)  # of a trial: when it has not proved itself by then, it never will
FACTORY = ""  # the slot of what a technician has installed

BLANK = {
    "good": FACTORY,  # the slot that is started
    "number": 0,  # the release in it
    "highest": 0,  # the highest release that has ever proved itself
    "trial": None,  # the slot that is on trial
    "offered": 0,  # the release in that
    "starts": 0,  # how often that has been started
    "failed": 0,  # the latest release that has gone back
    "why": "",
}
# Since 0.2.0; a `Slots` that does not know these leaves them as they are.
#   "former": [slot, number] of what was proved before what is now; not there while its slot is being written to
#   "left": the release that somebody went back from


class Slots:
    """The slots and what is known of them.

    >>> slots = Slots(Storage("/flash"), "a")
    >>> slots.number, slots.other
    (11, 'b')
    >>> slots.begin(12)  # slot b holds all of release 12: the next start is its first

    storage: where `slots.json` and the slots are.
    running: the slot that runs; None where nothing has been started yet.
    """

    def __init__(self, storage, running=None):
        self._storage = storage
        # Damaged: the last resort runs, and takes a release again.
        self._state = dict(BLANK, **read_json(storage, FILE))
        self.running = running

    @property
    def on_trial(self):
        """Whether what runs has still to prove itself."""
        return self.running is not None and self.running == self._state["trial"]

    @property
    def number(self):
        """The release that runs; 0 is a technician's code."""
        if self.on_trial:
            return self._state["offered"]
        return self._state["number"] if self.running and self.running == self._state["good"] else 0

    @property
    def other(self):
        """The slot that the next release is written to: not the one that is started."""
        return "b" if self._state["good"] == "a" else "a"

    @property
    def setback(self):
        """A sentence about the release that has gone back, or ""."""
        failed, why = self._state["failed"], self._state["why"]
        return "Release %d has gone back: %s" % (failed, why) if failed else ""

    def takes(self, number):
        """Return whether a release of this number would be news: no older one, and none that has gone back already.

        The newest that has proved itself is taken again where it is not what runs, because its slot is damaged.
        """
        state = self._state
        gone_back = state["failed"], state.get("left")
        return number > self.number and number >= state["highest"] and number not in gone_back

    def start(self):
        """Return the slot to be started now. A start on trial is counted before it happens."""
        state = self._state
        self.running = state["good"]
        if state["trial"] is not None:
            try:
                if state["starts"] < _STARTS:
                    self._save(starts=state["starts"] + 1)
                    self.running = state["trial"]
                else:
                    self.fail("it was started %d times and did not prove itself." % _STARTS)
            except OSError:
                pass  # what cannot be counted does not happen
        return self.running

    def instead(self, why):
        """Return the slot to be started in place of the one that cannot be."""
        if self.on_trial:
            try:
                self.fail(why)
            except OSError:
                pass  # the next start is counted, too
            self.running = self._state["good"]
        else:
            self.running = FACTORY
        return self.running

    def overwrite(self):
        """The other slot is about to be written to: there is nothing to go back to."""
        if self._state.get("former"):
            self._save(former=None)

    @property
    def former(self):
        """(slot, number) of what was proved before the release that runs; None where there is nothing like that."""
        state = self._state
        if self.on_trial:
            return state["good"], state["number"]
        return state.get("former") if self.running == state["good"] else None

    def go_back(self, slot, number, why):
        """From the next start on run `former`; the release that runs counts as failed, and is not taken again."""
        left = self.number
        self._save(good=slot, number=number, former=None, trial=None, starts=0, failed=left, left=left, why=why)

    def begin(self, number):
        """Put the other slot, which holds this release whole, on trial from the next start on."""
        self._save(trial=self.other, offered=number, starts=0)

    def confirm(self):
        """The release on trial has proved itself: it is the one that is started from now on."""
        state = self._state
        number = state["offered"]
        highest = max(number, state["highest"])
        former = [state["good"], state["number"]]
        news = {"good": state["trial"], "number": number, "highest": highest, "former": former}
        self._save(trial=None, starts=0, failed=0, why="", **news)

    def fail(self, why):
        """The release on trial has failed: the one before is started from now on."""
        self._save(trial=None, starts=0, failed=self._state["offered"], why=why[:120])

    def still_on_trial(self):
        """Return whether the trial goes on, as flash has it."""
        return Slots(self._storage)._state["trial"] is not None

    def _save(self, **news):
        self._storage.replace(FILE, json.dumps(dict(self._state, **news)).encode())
        self._state.update(news)


def folder(slot):
    """Return where the code of a slot lies, with a slash at its end; "" is the root."""
    return "%s/%s/" % (FOLDER, slot) if slot else ""
