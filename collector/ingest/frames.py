"""The messages between kiosks and collector, field by field as `docs/protocol.md` defines them."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

#: Largest frame, bytes.
MAX_FRAME = 4096

Counter = Annotated[int, Meta(ge=1, le=2**31 - 1)]
CounterOrZero = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Uptime = Annotated[int, Meta(ge=0, lt=2**40)]
Milliseconds = Annotated[int, Meta(ge=0, lt=2**43)]

RATING, REASON, TEST, EVENT = 1, 2, 3, 4
#: The event that stands in the place of a record that the kiosk could not keep.
RECORD_LOST = 3
CLOCK_WAS_SET, PERHAPS_REPEATED = 1, 2
#: Highest value of each kind.
_VALUES = {RATING: 10, REASON: 6, TEST: 10, EVENT: 4}


class RuleBroken(Exception):
    """A message or record does not follow the protocol; the text is a sentence for a person."""


class Frame(Struct, frozen=True):
    """The envelope of one `up` message; its records are decoded one by one, so that one bad one spoils no other."""

    v: Literal[1]
    epoch: Counter
    held: Counter
    first: Counter
    boot: Counter
    uptime: Uptime
    records: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=100)]
    utc: Milliseconds | UnsetType = UNSET
    anchors: Annotated[list[tuple[Counter, Uptime, Milliseconds]], Meta(max_length=100)] = []
    lost: Literal["full", "damaged"] | UnsetType = UNSET


class Record(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One record as it stands on the wire: seven integers."""

    kind: Annotated[int, Meta(ge=1, le=4)]
    value: Annotated[int, Meta(ge=1, le=10)]
    extra: CounterOrZero
    boot: Counter
    uptime: Uptime
    settings: CounterOrZero
    flags: Annotated[int, Meta(ge=0, le=3)]


class Status(Struct, frozen=True):
    v: Literal[1]
    boot: Counter
    connection: CounterOrZero
    state: Literal["online", "offline", "asleep"]
    epoch: Counter
    seq: CounterOrZero
    confirmed: CounterOrZero
    settings: CounterOrZero
    until: Milliseconds | UnsetType = UNSET
    health: dict[str, str | int | float | list[int]] = {}


class Ack(Struct, frozen=True):
    """How far everything is committed."""

    epoch: int
    seq: int
    utc: int
    reason: str | UnsetType = UNSET
    #: First and last seq of a frame that broke a rule; absent where not even that much could be read.
    refused: tuple[int, int] | UnsetType = UNSET
    #: seq, size and bits of the code of the frame's last bad rating.
    qr: tuple[int, int, str] | UnsetType = UNSET
    v: int = 1


class Config(Struct, frozen=True):
    """The settings that a kiosk should have."""

    version: int
    settings: dict[str, Any]
    v: int = 1


class Head(Struct, frozen=True):
    """What can be read even of a message that breaks a rule; 0 and none where it cannot."""

    epoch: CounterOrZero = 0
    first: CounterOrZero = 0
    records: list[msgspec.Raw] = []


T = TypeVar("T")
_frame = msgspec.json.Decoder(Frame)
_record = msgspec.json.Decoder(Record)
_status = msgspec.json.Decoder(Status)
_head = msgspec.json.Decoder(Head)


def decode_frame(payload: bytes) -> Frame:
    """Raises RuleBroken."""
    if len(payload) > MAX_FRAME:
        raise RuleBroken(f"The frame has {len(payload)} bytes; at most {MAX_FRAME} are allowed.")
    frame = _decode(_frame, payload, "frame")
    if frame.held > frame.first:
        raise RuleBroken(f"The frame begins at {frame.first} but the kiosk holds only {frame.held} and later.")
    if frame.first + len(frame.records) - 1 > 2**31 - 1:
        raise RuleBroken("The frame counts beyond 2147483647.")
    return frame


def decode_record(raw: bytes | msgspec.Raw) -> Record:
    """Raises RuleBroken."""
    record = _decode(_record, raw, "record")
    if record.value > _VALUES[record.kind]:
        raise RuleBroken(f"A record of kind {record.kind} has values up to {_VALUES[record.kind]}, not {record.value}.")
    return record


def decode_status(payload: bytes) -> Status:
    """Raises RuleBroken."""
    if len(payload) > MAX_FRAME:
        raise RuleBroken(f"The status has {len(payload)} bytes; at most {MAX_FRAME} are allowed.")
    return _decode(_status, payload, "status")


def head_of(payload: bytes) -> Head:
    """As much of a message as can be read."""
    try:
        return _head.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Head()


def _decode(decoder: msgspec.json.Decoder[T], payload: bytes | msgspec.Raw, what: str) -> T:
    if b"\\u0000" in bytes(payload):
        raise RuleBroken(f"The {what} contains a NUL, which no text has.")
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as problem:
        raise RuleBroken(f"The {what} does not follow the protocol: {problem}.") from problem
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise RuleBroken(f"The {what} is not JSON: {problem}.") from problem
