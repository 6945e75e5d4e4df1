"""Switch a virtual kiosk on in the MicroPython VM: what a board's own start-up code and its main.py do.

This file runs in the VM only; `simulators.device.device_command` starts it.
"""

import sys
from os import getenv

HERE = __file__.rsplit("/", 1)[0]
sys.path[1:1] = [HERE + "/../../firmware", HERE + "/../.."]

from boards.virtual import Board  # type: ignore[import-not-found]  # noqa: E402
from kiosk_main import main  # type: ignore[import-not-found]  # noqa: E402

from simulators.flash import FlashImage  # noqa: E402
from simulators.mount import mounted  # noqa: E402

main(Board(), mounted(FlashImage(str(getenv("KIOSK_FLASH"))), "/flash"))
