"""Switch a virtual kiosk on in the MicroPython VM: what a board's own start-up code and its main.py do.

This file runs in the VM only; `simulators.device.device_command` starts it, with the folder of the compiled firmware.
That is what a technician has installed here; releases lie in slots on the simulated flash.
"""

import sys
from os import chdir, getcwd, getenv

image = str(getenv("KIOSK_FLASH"))
if image[0] != "/":
    image = getcwd() + "/" + image  # noqa: PTH109 - in the VM
# The VM keeps the path of each module in its heap, and on a board these are short.
chdir(sys.argv[1])
FIRMWARE = "firmware"
sys.path[1:1] = [FIRMWARE, "world"]

from starter import start  # type: ignore[import-not-found]  # noqa: E402

from simulators.flash import FlashImage  # noqa: E402
from simulators.mount import mounted  # noqa: E402

flash = FlashImage(image, slow=bool(getenv("KIOSK_FLASH_SLOW")))
mounted(flash, "/flash")
start("virtual", "/flash", FIRMWARE)
