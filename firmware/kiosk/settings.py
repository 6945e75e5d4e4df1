"""What the shop has set for this kiosk from afar."""

import json

FILE = "settings.json"

# A kiosk is of use from its first minute, before it has ever heard of its collector.
DEFAULTS = {
    "buttons": 4,
    "languages": ["en"],
    "question": {"en": "How was your visit today?"},
    "thanks": {"en": "Thank you!"},
    "tell": {"en": "Tell us what went wrong"},
    "bad": [],  # buttons after which the screen asks what went wrong
    "qr": None,  # the touchpoint's own code, (size, bits)
}
TEXTS = "question", "thanks", "tell"


class Settings:
    """The settings in force and their version.

    >>> settings = Settings(Storage("/flash"))
    >>> settings.version, settings["buttons"]
    (0, 4)

    storage: where they are kept.
    when_changed: called without arguments when others are in force.
    """

    def __init__(self, storage):
        self._storage = storage
        self.version, self._values = 0, DEFAULTS
        self.when_changed = lambda: None
        try:
            saved = json.loads(storage.read(FILE) or "{}")
        except ValueError:
            saved = {}  # damaged: version 0 makes the collector send them again
        if saved:
            self.version, self._values = saved["version"], dict(DEFAULTS, **saved["settings"])

    def __getitem__(self, name):
        return self._values[name]

    def texts(self, name):
        """Return a text as [language, words], in the shop's order of languages."""
        # Here, because the objects of JSON have no order on MicroPython.
        words, languages = self._values[name], self._values["languages"]
        order = languages + sorted(set(words) - set(languages))
        return [[language, words[language]] for language in order if language in words]

    def take(self, version, values):
        """Put other settings into force; return whether these could be used and were not in force already."""
        if version == self.version or not _usable(values):
            return False
        self._storage.replace(FILE, json.dumps({"version": version, "settings": values}).encode())
        self.version, self._values = version, dict(DEFAULTS, **values)
        self.when_changed()
        return True


def _usable(values):
    values = dict(DEFAULTS, **values)
    buttons, languages, code = values["buttons"], values["languages"], values["qr"]
    return (
        type(buttons) is int
        and 1 <= buttons <= 10
        and isinstance(values["bad"], list)
        and isinstance(languages, list)
        and all(isinstance(language, str) for language in languages)
        and all(isinstance(values[name], dict) for name in TEXTS)
        and (code is None or is_code(code))
    )


def is_code(code):
    """Return whether this is a QR code: [modules a side, their bits row by row as base64]."""
    if not isinstance(code, list) or len(code) != 2:
        return False
    size, bits = code
    if type(size) is not int or not 21 <= size <= 177:
        return False
    return isinstance(bits, str) and len(bits) == (size * size + 23) // 24 * 4  # base64 has 24 bits in 4 letters
