"""The kiosk: what a press goes through from the button to the collector.

`app` is where to start reading. Everything here runs unchanged on MicroPython and on CPython.
"""

VERSION = "0.1.0"

# No clock of a kiosk with this firmware can honestly say less (milliseconds since 1970).
RELEASED = 1_763_683_200_000
