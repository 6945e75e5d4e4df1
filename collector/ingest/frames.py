"""What kiosks say over MQTT: `up` and `status`, checked field by field as `docs/protocol.md` defines them."""

import re
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

ROOT = "smilepost/v1"
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

_TOPIC = re.compile(rf"{ROOT}/([a-z0-9-]{{1,32}})/(up|status)")


class Unreadable(Exception):
    """A message or record that breaks a rule; the text is a sentence for a person."""


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


Message = TypeVar("Message")
_frame = msgspec.json.Decoder(Frame)
_record = msgspec.json.Decoder(Record)
_status = msgspec.json.Decoder(Status)


def topic_of(kiosk: str, name: str) -> str:
    return f"{ROOT}/{kiosk}/{name}"


def parse_topic(topic: str) -> tuple[str, str] | None:
    """(kiosk, `up` or `status`) of a topic, None for any other."""
    match = _TOPIC.fullmatch(topic)
    return (match[1], match[2]) if match else None


def decode_frame(payload: bytes) -> Frame:
    """Raises Unreadable."""
    if len(payload) > MAX_FRAME:
        raise Unreadable(f"The frame has {len(payload)} bytes; at most {MAX_FRAME} are allowed.")
    frame = _decode(_frame, payload, "frame")
    if frame.held > frame.first:
        raise Unreadable(f"The frame begins at {frame.first} but the kiosk holds only {frame.held} and later.")
    if frame.first + len(frame.records) - 1 > 2**31 - 1:
        raise Unreadable("The frame counts beyond 2147483647.")
    return frame


def decode_record(raw: bytes | msgspec.Raw) -> Record:
    """Raises Unreadable."""
    record = _decode(_record, raw, "record")
    if record.value > _VALUES[record.kind]:
        raise Unreadable(f"A record of kind {record.kind} has values up to {_VALUES[record.kind]}, not {record.value}.")
    return record


def decode_status(payload: bytes) -> Status:
    """Raises Unreadable."""
    if len(payload) > MAX_FRAME:
        raise Unreadable(f"The status has {len(payload)} bytes; at most {MAX_FRAME} are allowed.")
    return _decode(_status, payload, "status")


def _decode(decoder: msgspec.json.Decoder[Message], payload: bytes | msgspec.Raw, what: str) -> Message:
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as problem:
        raise Unreadable(f"The {what} does not follow the protocol: {problem}.") from problem
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Unreadable(f"The {what} is not JSON: {problem}.") from problem
