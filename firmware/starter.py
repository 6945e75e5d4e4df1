"""What a kiosk starts with, and what no update ever changes: it picks the code that runs and starts that.

    start("pico_w")        all that `main.py` of a board says

The code is a technician's, which lies beside this file, or a release in a slot (`kiosk.slots`). One on trial is watched
from before its first line on: the watchdog ends one that hangs, and a timer one that lives without proving itself. Code
that cannot be started, or has been started often enough, leaves its place to the one before, in the end to a
technician's.

Where the file `maintenance` lies at the root, it is removed and nothing is started, once: a technician gets the prompt
of MicroPython, without a watchdog.

What it asks of every release, for ever: modules `kiosk.storage`, `boards.<board>` and `kiosk_main` with
`Storage(root)`, `Board(**options)` and `main(board, storage, slot)`.
"""

import gc
import os
import sys

if hasattr(gc, "threshold"):  # MicroPython
    # Without it the heap fills up before it is cleaned, and what lives long comes to lie everywhere: then 30 KiB are
    # free, and no 3 of them in one piece.
    gc.threshold(8192)

CODE = "boards", "kiosk", "kiosk_main", "printing", "touch"  # the top-level names of what a release may bring
PATIENCE = 720  # s that a trial has, a little more than it gives itself

try:
    from machine import WDT, Timer, reset

    _watching = []  # a timer that nobody holds ends

    def _watch(is_on_trial, patience):
        WDT(timeout=8000)
        timer = Timer(-1 if sys.platform == "rp2" else 0)
        timer.init(mode=Timer.ONE_SHOT, period=patience * 1000, callback=lambda _: is_on_trial() and reset())
        _watching.append(timer)

except ImportError:
    try:
        from os import _exit  # pyright: ignore[reportAttributeAccessIssue]
        from threading import Timer

        # A module compiled once is found again by its time and size, which two releases may share.
        sys.dont_write_bytecode = True  # pyright: ignore[reportAttributeAccessIssue]

        def _watch(is_on_trial, patience):
            timer = Timer(patience, lambda: is_on_trial() and _exit(1))  # systemd starts it again, as after a hang
            timer.daemon = True
            timer.start()

    except ImportError:

        def _watch(is_on_trial, patience):
            pass  # the VM: a virtual kiosk's world is its watchdog


def start(board, root="", factory="", patience=PATIENCE, **options):
    """Be a kiosk.

    board: the name of the board, a module of `boards`.
    root: the folder of everything that lasts.
    factory: where a technician's code lies, as `sys.path` has it.
    patience: seconds after which a trial that has not proved itself is ended.
    options: what the board is told beside.
    """
    if _is_for_a_technician(root):
        return
    main, made, storage, slot = _load(board, root, factory, patience, options)
    gc.collect()
    main(made, storage, slot)


def _is_for_a_technician(root):
    try:
        os.remove(root + "/maintenance")
    except OSError:
        return False  # nobody has asked for it
    return sys.implementation.name == "micropython"  # elsewhere there is no prompt to go back to


def _load(board, root, factory, patience, options):
    """Return what the code that is to run needs to be called."""
    # With a technician's own code: that of a release may be why we are here.
    from kiosk.slots import Slots, folder
    from kiosk.storage import Storage

    slots = Slots(Storage(root))
    slot, path = slots.start(), factory
    if slots.on_trial:
        _watch(slots.still_on_trial, patience)
    while True:
        path = _enter(path, root + "/" + folder(slot)[:-1] if slot else factory)
        try:
            from kiosk.storage import Storage
            from kiosk_main import main

            boards = __import__("boards." + board)
            return main, getattr(boards, board).Board(**options), Storage(root), slot
        except (Exception, SystemExit) as fault:
            if not slot:
                raise
            slot = slots.instead("it cannot be started: %s %s" % (type(fault).__name__, fault))


def _enter(path, following):
    """Forget the code at one place of `sys.path` and put another in its place, which is returned."""
    for name in list(sys.modules):
        if name.split(".")[0] in CODE:
            del sys.modules[name]
    gc.collect()
    sys.path[sys.path.index(path)] = following
    return following
