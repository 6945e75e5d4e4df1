"""The factory reset. This is loaded when somebody has asked for it.

    asked for → everything recorded is confirmed → the mark → a start → erased → the mark goes → a start

Nothing is erased before the mark is on flash: where the power goes before, everything is as it was. From then on each
start goes on where the power went, until all is gone.
"""

import asyncio
from errno import ENOENT

from kiosk.storage import DRAFT

MARK = "erase"
SEEN = 4  # s in which light and sound say that it has been understood
# What the board remembers of itself stays: its clock, its screen, its printer. The code that runs goes last, and the
# file that names it before it: whatever is left is a technician's code, which goes on here.
GOES = (
    "device.json",
    "wifi.json",
    "signer.json",
    "settings.json",
    "commands.json",
    "fault.txt",
    "slips.json",
    "receipts.log",
    "journal",
    "slots.json",
    "slots",
)


async def begun(storage, settled, log):
    """Return when everything is said and the mark is on flash.

    settled: called without arguments, returns whether the collector has confirmed all that there is.
    """
    await asyncio.sleep(SEEN)
    log("factory reset: waits for the collector")
    while True:
        if settled():
            try:
                return storage.replace(MARK, b"")
            except OSError as fault:
                log("factory reset: %s" % fault)
        await asyncio.sleep(0.25)


def erase(storage):
    """Erase what a kiosk knows, and the mark at the end."""
    for path in GOES:
        _remove(storage, path)
        _remove(storage, path + DRAFT)  # of a cable that was pulled: there are secrets in it
    _remove(storage, MARK)


def _remove(storage, path):
    try:
        storage.remove(path)
    except OSError as fault:
        if fault.errno == ENOENT:
            return
        for name in storage.names(path):
            _remove(storage, path + "/" + name)
        storage.remove_folder(path)
