"""What the shop has set for this kiosk from afar."""

import json

from kiosk.hours import local

FILE = "settings.json"
QUESTIONS = 7  # one for each day at most

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
        try:
            saved = json.loads(storage.read(FILE) or "{}")
        except ValueError:
            saved = {}  # damaged: version 0 makes the collector send them again
        if saved:
            self._put(saved["version"], saved["settings"])

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
        if version == self.version or not _usable(values):
            return False
        self._storage.replace(FILE, json.dumps({"version": version, "settings": values}).encode())
        self._put(version, values)
        self.when_changed()
        return True

    def _put(self, version, values):
        values = {name: values[name] for name in values if name in DEFAULTS and name not in self._without}
        self.version, self._values = version, dict(DEFAULTS, **values)


def _usable(values):
    values = dict(DEFAULTS, **values)
    questions, reasons, code = values["questions"], values["reasons"], values["qr"]
    return (
        _within(values["buttons"], 1, 10)
        and isinstance(values["bad"], list)
        and _list(values["languages"], lambda language: isinstance(language, str))
        and all([_texts(values[name]) for name in ("question", "thanks", "tell", "did")])
        and _list(questions, _texts, QUESTIONS - 1)
        and _list(values["weekdays"], lambda index: _within(index, 0, len(questions)), 7, 7)
        and isinstance(reasons, dict)
        and all([_list(reasons.get(name, []), _texts, 6) for name in ("good", "bad")])
        and _within(values["light"], 1, 100)  # never dark: the light is the promise
        and _within(values["sound"], 0, 100)
        and _within(values["repeat"], 0, 600_000)
        and (values["hours"] is None or _list(values["hours"], lambda day: _list(day, _pair), 7, 7))
        and _list(values["offsets"], _pair)
        and (code is None or is_code(code))
    )


def _within(value, least, most):
    return type(value) is int and least <= value <= most


def _list(value, usable, most=100, least=0):
    return isinstance(value, list) and least <= len(value) <= most and all([usable(item) for item in value])


def _texts(value):
    return isinstance(value, dict) and all([isinstance(words, str) for words in value.values()])


def _pair(value):
    return _list(value, lambda number: type(number) is int, 2, 2)


def is_code(code):
    """Return whether this is a QR code: [modules a side, their bits row by row as base64]."""
    if not isinstance(code, list) or len(code) != 2:
        return False
    size, bits = code
    if type(size) is not int or not 21 <= size <= 177:
        return False
    return isinstance(bits, str) and len(bits) == (size * size + 23) // 24 * 4  # base64 has 24 bits in 4 letters
