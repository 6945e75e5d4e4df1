"""What the MicroPython VM of a board at a serial port starts with: flash at the root, then main.py, then the REPL.

This file runs in the VM only. As on a board the root is the flash, and nothing of the computer below is to be seen.
"""

import sys
from os import chdir, getenv

sys.path.insert(0, sys.argv[1])

import vfs  # type: ignore[import-not-found]

from simulators.flash import PROGRAM_SIZE
from simulators.serial_vm import chip


def _mount() -> None:
    flash = chip.TornFlash(str(getenv("KIOSK_FLASH")), int(getenv("KIOSK_BLOCKS") or 0))
    chip.replace_modules()
    vfs.umount("/")
    try:
        littlefs = vfs.VfsLfs2(flash, progsize=PROGRAM_SIZE)
    except OSError:  # blank
        vfs.VfsLfs2.mkfs(flash, progsize=PROGRAM_SIZE)
        littlefs = vfs.VfsLfs2(flash, progsize=PROGRAM_SIZE)
    vfs.mount(littlefs, "/")
    chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def _run_main() -> None:
    try:
        with open("main.py") as file:  # noqa: PTH123 - in the VM
            program = file.read()
    except OSError:
        return
    try:
        exec(program, {"__name__": "__main__"})  # noqa: S102 - that is what main.py is for
    except SystemExit:
        chip.tell(chip.RESET)  # the virtual kiosk's way to restart itself
    except BaseException as fault:
        sys.print_exception(fault)  # type: ignore[attr-defined]


_mount()
chip.tell(chip.BEGUN)
if not getenv("KIOSK_RAW"):
    _run_main()
