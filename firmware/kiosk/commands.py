"""What the collector asks a kiosk to do, once each."""

import json

from kiosk import const
from kiosk.storage import read_json

FILE = "commands.json"
_TEXT = const(3500)  # characters of an answer: it has to fit into a message


class Commands:
    """Carry out commands and tell what came of them (protocol, section 8).

    The id is on flash before anything is done. So a command that comes again, because its answer was lost or the power
    went, is only answered.

    storage: where the id of the latest command is kept.
    clock: says whether a command has expired.
    deeds: by name, what a kiosk can do: called with the message, returns a sentence or raises ValueError or OSError
        with one. A deed that ends in a restart never returns.
    """

    topics = ("cmd",)

    def __init__(self, storage, clock, deeds):
        self._storage, self._clock, self.deeds = storage, clock, deeds
        saved = read_json(storage, FILE)  # where it is lost: ids of the past come no more, one ahead is a new one
        self._id = saved.get("id", 0)
        restarted = saved.get("do") == "reboot"
        self._outcome = restarted, "Restarted." if restarted else "The power went while this was being done."
        self._reply = None

    def heard(self, topic, message):
        """Take a command."""
        number, name, expires = message.get("id"), message.get("do"), message.get("expires", 0)
        if type(number) is not int or type(expires) is not int or number < 1 or self._clock.utc() is None:
            return  # without a clock nothing can be said to be in time; it comes again
        if number < self._id:
            self._reply = number, False, "Later commands have been carried out already."
            return
        if number > self._id:
            try:
                self._begin(number, name)
            except OSError as fault:
                self._reply = number, False, "The flash does not take it: %s." % fault
                return
            self._outcome = self._carry_out(name, expires, message)
        self._reply = (number,) + self._outcome

    def next(self):
        """Return the answer that is due."""
        if self._reply is None:
            return None
        number, done, text = self._reply
        self._reply = None
        return "reply", {"id": number, "done": done, "text": text[-_TEXT:]}

    def wait(self):
        """Return 0 while there is something to say."""
        return None if self._reply is None else 0

    def acked(self):
        """Nothing depends on it."""

    def _begin(self, number, name):
        self._storage.replace(FILE, json.dumps({"id": number, "do": name}).encode())
        self._id = number

    def _carry_out(self, name, expires, message):
        if self._clock.utc() > expires:
            return False, "This came too late to be done."
        if name not in self.deeds:
            return False, "This kiosk cannot do that."
        try:
            return True, self.deeds[name](message)
        except (OSError, ValueError) as fault:
            return False, str(fault)
