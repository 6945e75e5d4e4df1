"""What a source hands to the committers."""

from typing import NamedTuple, Self

from collector.ingest.frames import MAX_REPLY, Content, RuleBroken, decode_message


class Message(NamedTuple):
    """One MQTT message of a kiosk; `name` is the last part of its topic."""

    kiosk: str
    name: str
    payload: bytes
    #: What the payload says, or which rule it breaks.
    content: Content | RuleBroken
    retained: bool = False

    @classmethod
    def read(cls, kiosk: str, name: str, payload: bytes, retained: bool = False) -> Self:
        """Decode it; of one that is too long to be sound, only the beginning is kept."""
        return cls(kiosk, name, payload[:MAX_REPLY], decode_message(name, payload), retained)


class Excess(NamedTuple):
    """So many messages of a kiosk were dropped unread, because it sent more than one may."""

    kiosk: str
    messages: int
    #: For how long, in ms, it should send none.
    wait: int
