"""Be a kiosk on a Raspberry Pi: `kiosk_pi.py FOLDER`, which `smilepost-kiosk.service` starts.

FOLDER lasts: `device.json` (who this kiosk is), `screen.json` ({"driver": "touch"} where there is a touch screen, with
another "port" where that of the page is taken; without the file there are buttons alone), `printer.json` and
`signer.json` where there is a printer (see `printing`), and what the kiosk writes, releases among it. The code beside
this file is a technician's.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from starter import start

FIRMWARE = sys.path[0]
# The project's `printer` package lies beside the firmware. It stays as it is when a release brings other firmware.
sys.path.append(os.path.dirname(FIRMWARE))


def front(folder):
    """Return what a board is told of its front."""
    try:
        with open(folder + "/screen.json") as file:
            screen = json.load(file)
    except FileNotFoundError:
        return {}
    options = {"touch": screen.get("driver") == "touch"}
    if "port" in screen:
        options["port"] = screen["port"]
    return options


if __name__ == "__main__":
    start("raspberry_pi", root=sys.argv[1], factory=FIRMWARE, **front(sys.argv[1]))
