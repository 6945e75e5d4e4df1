"""Presses into the journal on counted flash; runs in the VM: `journal_on_flash.py FIRMWARE IMAGE PROGRAM_SIZE N`."""

import json
import sys

sys.path[1:1] = [sys.argv[1] + "/firmware", sys.argv[1] + "/world"]

from kiosk.clock import Clock  # noqa: E402
from kiosk.identity import Identity  # noqa: E402
from kiosk.journal import Journal  # noqa: E402
from kiosk.settings import Settings  # noqa: E402

from simulators.flash import FlashImage  # noqa: E402
from simulators.mount import mounted  # noqa: E402


def pressed(journal, flash, presses):
    """Return how long flash took before each light, in µs, the shortest first."""
    took = bytearray(4 * presses)
    for number in range(presses):
        before = flash.busy
        journal.append((1, 1 + number % 4, 0, 7, 60_000 * number, 3, 1))
        took[4 * number : 4 * number + 4] = (flash.busy - before).to_bytes(4, "big")
        journal.settle()  # what the kiosk does once the light is on
    return took


def quantile(took, thousandths):
    # In place and without a list: ten thousand numbers are too many for a board.
    counts = {}
    for at in range(0, len(took), 4):
        value = int.from_bytes(took[at : at + 4], "big")
        counts[value] = counts.get(value, 0) + 1
    wanted, seen = len(took) // 4 * thousandths // 1000, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value / 1000
    return 0


_, _, image, program_size, presses = sys.argv
program_size, presses = int(program_size), int(presses)
flash = FlashImage(image)
storage = mounted(flash, "/flash", program_size)
identity = {"kiosk": "exit-1", "host": "broker.example", "port": 8883, "n": 1, "secret": "secret"}
storage.replace("device.json", json.dumps(identity).encode())
Clock(storage)
words = {"uk": "Як вам сьогодні у нас?", "en": "How was your visit today?"}
Settings(storage).take(1, {"languages": ["uk", "en"], "question": words, "bad": [3, 4]})
journal = Journal(storage, 100_000)
erases, pages = flash.erases, flash.pages
took = pressed(journal, flash, presses)
found = {"erases": (flash.erases - erases) / presses, "pages": (flash.pages - pages) / presses}
for name, thousandths in (("light_p50", 500), ("light_p99", 990), ("light_max", 1000)):
    found[name] = quantile(took, thousandths)

# And a start, as `kiosk_main` makes it.
before = flash.read
Identity(storage)
found["read_to_arm"] = flash.read - before
Clock(storage)
Settings(storage)
Journal(storage, 100_000)
found["read_to_record"] = flash.read - before
print(json.dumps(found))
