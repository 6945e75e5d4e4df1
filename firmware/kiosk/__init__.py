"""The kiosk: what a press goes through from the button to the collector.

`app` is where to start reading. Everything here runs unchanged on MicroPython and on CPython.
"""

import sys

try:
    from gc import collect  # pyright: ignore[reportAssignmentType] - the functions below are the other half

    from micropython import const  # pyright: ignore[reportAssignmentType]
except ImportError:

    def const(value):
        """Return the value. On MicroPython the compiler puts it where the name is, if that begins with `_`."""
        return value

    def collect():
        """Free memory now. CPython does that in good time."""
        return 0


VERSION = "0.2.0"

# No clock of a kiosk with this firmware can honestly say less (milliseconds since 1970).
RELEASED = 1_763_683_200_000


def forget(name):
    """Unload a module of the kiosk: its memory is worth more than the time to load it again next year."""
    # (A process with many kiosks may have unloaded it already, for another one of them.)
    sys.modules.pop("kiosk." + name, None)
    globals().pop(name, None)
    collect()
