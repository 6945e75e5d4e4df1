"""The firmware's own parts, as one process has them for all its kiosks."""

import functools
import ssl
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "firmware"))

import kiosk_main  # type: ignore[import-not-found]
from kiosk import VERSION  # type: ignore[import-not-found]
from kiosk.alive import Alive  # type: ignore[import-not-found]
from kiosk.app import FAULT, note_fault  # type: ignore[import-not-found]
from kiosk.clock import Clock  # type: ignore[import-not-found]
from kiosk.commands import Commands  # type: ignore[import-not-found]
from kiosk.conversation import Conversation  # type: ignore[import-not-found]
from kiosk.identity import FILE as IDENTITY  # type: ignore[import-not-found]
from kiosk.identity import Identity
from kiosk.installing import RESERVE  # type: ignore[import-not-found]
from kiosk.journal import Journal  # type: ignore[import-not-found]
from kiosk.line import Line  # type: ignore[import-not-found]
from kiosk.log import Log, described  # type: ignore[import-not-found]
from kiosk.record import (  # type: ignore[import-not-found]
    CLOCK_WAS_SET,
    EVENT,
    RATING,
    REPEAT,
    STARTED,
)
from kiosk.rest import Rest  # type: ignore[import-not-found]
from kiosk.self_test import found as self_test  # type: ignore[import-not-found]
from kiosk.settings import Settings  # type: ignore[import-not-found]
from kiosk.slots import Slots, folder  # type: ignore[import-not-found]
from kiosk.storage import read_json  # type: ignore[import-not-found]
from kiosk.tls import trusting  # type: ignore[import-not-found]
from kiosk.updates import Updates  # type: ignore[import-not-found]
from kiosk.uplink import Uplink  # type: ignore[import-not-found]

__all__ = [
    "CLOCK_WAS_SET",
    "EVENT",
    "FAULT",
    "IDENTITY",
    "RATING",
    "REPEAT",
    "RESERVE",
    "STARTED",
    "VERSION",
    "Alive",
    "Clock",
    "Commands",
    "Conversation",
    "Identity",
    "Journal",
    "Line",
    "Log",
    "Rest",
    "Settings",
    "Slots",
    "Updates",
    "Uplink",
    "described",
    "folder",
    "kiosk_main",
    "note_fault",
    "read_json",
    "self_test",
    "trusted",
]


@functools.cache
def trusted(ca: str) -> ssl.SSLContext:
    """What `kiosk.tls` makes of the organisation's CA: once, not once for each of thousands of connections."""
    context: ssl.SSLContext = trusting(ca)
    return context
