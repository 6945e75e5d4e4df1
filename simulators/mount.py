"""Mounting simulated flash; runs in the MicroPython VM only."""

import vfs  # type: ignore[import-not-found]
from kiosk.storage import Storage  # type: ignore[import-not-found]

from simulators.flash import PROGRAM_SIZE, FlashChip


def mounted(flash: FlashChip, folder: str, program_size: int = PROGRAM_SIZE) -> Storage:
    """Return the firmware's file layer on a flash, mounted as a board's start-up does it; a blank one is formatted."""
    try:
        littlefs = vfs.VfsLfs2(flash, progsize=program_size)
    except OSError:  # blank
        vfs.VfsLfs2.mkfs(flash, progsize=program_size)
        littlefs = vfs.VfsLfs2(flash, progsize=program_size)
    vfs.mount(littlefs, folder)
    return Storage(folder)
