"""A record: one fact of a kiosk, as 24 bytes on flash and as seven integers on the wire.

In memory a record is the tuple of the wire, `(kind, value, extra, boot, uptime, settings, flags)`; docs/protocol.md,
section 2, says what each of them means.
"""

import struct
from binascii import crc32

from kiosk import const

RATING, REASON, TEST, EVENT = 1, 2, 3, 4  # kinds
STARTED, STUCK, RECORD_LOST, REOPENED, FREED = 1, 2, 3, 4, 5  # values of an event
UNREADABLE, REFUSED = 1, 2  # extras of RECORD_LOST: why
CLOCK_WAS_SET, PERHAPS_REPEATED, REPEAT, TOUCH = 1, 2, 4, 8  # flags

SIZE = 24
_BODY = const("<BBBBIIII")


def pack(record, epoch, seq):
    """Return a record's bytes on flash.

    Its place is not written down but goes into the check: a record that turns up elsewhere is a damaged one.
    """
    kind, value, extra, boot, uptime, settings, flags = record
    body = struct.pack(_BODY, kind, value, flags, uptime >> 32, uptime & 0xFFFFFFFF, boot, settings, extra)
    return body + struct.pack("<I", _check(body, epoch, seq))


def unpack(data, epoch, seq):
    """Return the record that these bytes hold, or None where they are damaged."""
    if len(data) != SIZE or struct.unpack("<I", data[20:])[0] != _check(data[:20], epoch, seq):
        return None
    kind, value, flags, high, low, boot, settings, extra = struct.unpack(_BODY, data[:20])
    return kind, value, extra, boot, high << 32 | low, settings, flags


def loss(why, like):
    """Return the event that a record is lost. It happened when the record `like` did, a neighbour or itself."""
    _, _, _, boot, uptime, settings, flags = like
    return EVENT, RECORD_LOST, why, boot, uptime, settings, flags


def _check(body, epoch, seq):
    return crc32(body, crc32(struct.pack("<II", epoch, seq)))
