"""What the shop has set for this kiosk from afar."""

import json

FILE = "settings.json"

# A kiosk is of use from its first minute, before it has ever heard of its collector.
DEFAULTS = {
    "buttons": 4,
    "languages": ["en"],
    "question": {"en": "How was your visit today?"},
    "thanks": {"en": "Thank you!"},
}


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
            self.version, self._values = saved["version"], saved["settings"]

    def __getitem__(self, name):
        return self._values[name]

    def take(self, version, values):
        """Put other settings into force; return whether these could be used and were not in force already."""
        if version == self.version or not _usable(values):
            return False
        values = dict(DEFAULTS, **values)
        self._storage.replace(FILE, json.dumps({"version": version, "settings": values}).encode())
        self.version, self._values = version, values
        self.when_changed()
        return True


def _usable(values):
    buttons = values.get("buttons", 4)
    if type(buttons) is not int or not 1 <= buttons <= 10 or not isinstance(values.get("languages", []), list):
        return False
    return all(isinstance(values.get(name, {}), dict) for name in ("question", "thanks"))
