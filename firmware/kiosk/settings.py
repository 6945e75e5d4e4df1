"""What the shop has set for this kiosk from afar."""

import json

from kiosk import forget
from kiosk.hours import local
from kiosk.storage import read_json

FILE = "settings.json"

# A kiosk is of use from its first minute, before it has ever heard of its collector.
DEFAULTS = {
    "buttons": 4,
    "bad": [],  # buttons after which the screen asks what went wrong
    "languages": ["en"],
    "question": {"en": "How was your visit today?"},
    "questions": [],  # further ones, for some days of the week
    "weekdays": [0] * 7,  # which is asked when, Monday first: 0 is `question`, 1 the first of `questions`
    "thanks": {"en": "Thank you!"},
    "tell": {"en": "Tell us what went wrong"},
    "did": {},  # you said, we did
    "reasons": {},  # "good" and "bad": what a touch screen asks after a press, at most six texts each
    "light": 100,  # %
    "sound": 50,  # %, 0: silent
    "repeat": 2000,  # a press so soon after another (ms) is marked as a repeat
    "hours": None,  # opening hours, see kiosk.hours
    "offsets": [],  # local time, see kiosk.hours
    "qr": None,  # the touchpoint's own code, (size, bits)
}


class Settings:
    """The settings in force and their version.

    >>> settings = Settings(Storage("/flash"))
    >>> settings.version, settings["buttons"]
    (0, 4)

    storage: where they are kept.
    without: names of settings that this board has no use for, and no memory to spare.
    when_changed: called without arguments when others are in force.
    """

    def __init__(self, storage, without=()):
        self._storage, self._without = storage, without
        self.version, self._values = 0, DEFAULTS
        self.when_changed = lambda: None
        saved = read_json(storage, FILE)
        version, values = saved.get("version"), saved.get("settings")
        # One flipped bit must not keep a kiosk from starting: with version 0 the collector sends them again.
        if type(version) is int and self._fits(values):
            self._put(version, values)

    def __getitem__(self, name):
        return self._values[name]

    def texts(self, name):
        """Return a text as [language, words], in the shop's order of languages."""
        return self.in_order(self._values[name])

    def in_order(self, words):
        """Return words by language as [language, words], in the shop's order of languages."""
        # Here, because the objects of JSON have no order on MicroPython.
        languages = self._values["languages"]
        order = languages + sorted(set(words) - set(languages))
        return [[language, words[language]] for language in order if language in words]

    def moment(self, utc):
        """Return (weekday, minute of the day) at the shop; None while the time is not known."""
        return local(utc, self._values["offsets"])

    def asked(self, moment):
        """Return (index, texts) of the question that is asked at a local moment."""
        index = self._values["weekdays"][moment[0]] if moment else 0
        return index, self.in_order(self._values["questions"][index - 1] if index else self._values["question"])

    def reasons(self, button):
        """Return the follow-up reasons of a button: texts, at most six."""
        texts = self._values["reasons"].get("bad" if button in self._values["bad"] else "good", [])
        return [self.in_order(words) for words in texts]

    def take(self, version, values):
        """Put other settings into force; return whether these could be used and were not in force already."""
        if version == self.version or not self._fits(values):
            return False
        try:
            self._storage.replace(FILE, json.dumps({"version": version, "settings": values}).encode())
        except OSError:
            return False  # they come again with the next status
        self._put(version, values)
        self.when_changed()
        return True

    def _fits(self, values):
        if not isinstance(values, dict):
            return False
        from kiosk.checking import usable

        try:
            return usable(dict(DEFAULTS, **values))
        finally:
            forget("checking")

    def _put(self, version, values):
        values = {name: values[name] for name in values if name in DEFAULTS and name not in self._without}
        self.version, self._values = version, dict(DEFAULTS, **values)


def is_code(code):
    """Return whether this is a QR code: [modules a side, their bits row by row as base64]."""
    if not isinstance(code, list) or len(code) != 2:
        return False
    size, bits = code
    if type(size) is not int or not 21 <= size <= 177:
        return False
    return isinstance(bits, str) and len(bits) == (size * size + 23) // 24 * 4  # base64 has 24 bits in 4 letters
