"""What the small numbers in the ratings' table stand for."""

from enum import IntEnum


class TimeQuality(IntEnum):
    """How well a rating's time is known (docs/protocol.md, section 10)."""

    EXACT = 0
    RECONSTRUCTED = 1
    UNKNOWN = 2


class Mark(IntEnum):
    """Whether a rating is counted, and if not, why not."""

    COUNTED = 0
    TEST = 1
    PERHAPS_REPEATED = 2
    #: Pressed again before the time was over in which a kiosk takes a second press for the same person's.
    REPEAT = 3
    #: Of an answer that is nobody's opinion (surveys.marks).
    SPAM = 4
    #: One device answered again and again (surveys.marks).
    MASHING = 5
    #: One of many in a few seconds: a child, or somebody who is angry (press_filter).
    BURST = 6
    #: The button hangs (press_filter).
    STUCK = 7
    #: Outside opening hours (press_filter).
    CLOSED = 8


class Channel(IntEnum):
    """Where a voice came in."""

    KIOSK_BUTTON = 0
    KIOSK_TOUCH = 1
    KIOSK_QR = 2
    RECEIPT_QR = 3
    POSTER_QR = 4
    WEB = 5
    HOTLINE = 6
    EMAIL = 7
    SMS = 8
    MESSENGER = 9
    REVIEW = 10


def word(kind: IntEnum) -> str:
    """How a kind is written for programs: `kiosk-button`."""
    return kind.name.lower().replace("_", "-")
