"""A kiosk's month without a network: `fill_journal.py FIRMWARE IMAGE N`; runs in the VM."""

import sys

sys.path[1:1] = [sys.argv[1] + "/firmware", sys.argv[1] + "/world"]

from kiosk.journal import Journal  # noqa: E402

from simulators.flash import FlashImage  # noqa: E402
from simulators.mount import mounted  # noqa: E402

journal = Journal(mounted(FlashImage(sys.argv[2]), "/flash"))
for number in range(int(sys.argv[3])):
    journal.append((1, 1 + number % 4, 0, 1, 60_000 + number, 0, 0))
print("{}")
