"""The messages between kiosks and collector, field by field as `docs/protocol.md` defines them."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import IntEnum
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

#: Largest frame, status or want, and largest reply, which may carry a log: bytes.
MAX_FRAME, MAX_REPLY = 4096, 8192

Counter = Annotated[int, Meta(ge=1, le=2**31 - 1)]
CounterOrZero = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Uptime = Annotated[int, Meta(ge=0, lt=2**40)]
Milliseconds = Annotated[int, Meta(ge=0, lt=2**43)]

#: Something that a kiosk says of its health; more kinds of it may come with newer firmware.
_Fact: TypeAlias = str | int | float | bool | None

RATING, REASON, TEST, EVENT = 1, 2, 3, 4
#: Events: what a start says more is its cause; the third stands in the place of a record that a kiosk could not keep.
STARTED, STUCK, RECORD_LOST = 1, 2, 3
CLOCK_WAS_SET, PERHAPS_REPEATED, IN_REPEAT_WINDOW, BY_TOUCH = 1, 2, 4, 8
#: Highest value of each kind, and highest index of a question.
_VALUES, _QUESTIONS = {RATING: 10, REASON: 6, TEST: 10, EVENT: 5}, 6


class Cause(IntEnum):
    """Why a kiosk started."""

    UNKNOWN = 0
    POWER = 1
    WATCHDOG = 2
    SOFTWARE = 3
    WOKEN = 4


class RuleBroken(Exception):
    """A message or record does not follow the protocol; the text is a sentence for a person."""


R = TypeVar("R")


class Frame(Struct, Generic[R], frozen=True):
    """The envelope of one `up` message. Its records are decoded, or as they came where one of them cannot be: then they
    are decoded one by one, so that a bad one spoils no other."""

    v: Literal[1]
    epoch: Counter
    held: Counter
    first: Counter
    boot: Counter
    uptime: Uptime
    records: Annotated[list[R], Meta(min_length=1, max_length=100)]
    utc: Milliseconds | UnsetType = UNSET
    anchors: Annotated[list[tuple[Counter, Uptime, Milliseconds]], Meta(max_length=100)] = []
    lost: Literal["full", "damaged"] | UnsetType = UNSET


class Record(NamedTuple):
    """One record as it stands on the wire: seven integers."""

    kind: Annotated[int, Meta(ge=1, le=4)]
    value: Annotated[int, Meta(ge=1, le=10)]
    extra: CounterOrZero
    boot: Counter
    uptime: Uptime
    settings: CounterOrZero
    flags: Annotated[int, Meta(ge=0, le=15)]


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
    #: Number of the secret that it signed in with.
    secret: Counter | UnsetType = UNSET
    health: dict[str, _Fact | list[_Fact]] = {}


class Reply(Struct, frozen=True):
    """What became of a command."""

    v: Literal[1]
    id: Counter
    done: bool
    #: A sentence, or the lines of the log.
    text: str = ""


class Want(Struct, frozen=True):
    """A piece of a release, please."""

    v: Literal[1]
    release: Counter
    #: Its index in the manifest.
    file: Annotated[int, Meta(ge=0, lt=2**15)]
    offset: CounterOrZero


class Printed(Struct, frozen=True):
    """What became of a slip."""

    v: Literal[1]
    id: Counter
    #: Waiting: its printer needs somebody.
    state: Literal["waiting", "done", "failed", "unknown"]
    #: How the printer is: `state` of a `printer.condition.Condition`.
    condition: str = ""
    #: A sentence.
    text: str = ""


class Told(Struct, frozen=True):
    """Receipts that the kiosk has printed by itself."""

    v: Literal[1]
    #: Who signed their codes: a signer of this kiosk.
    signer: Annotated[int, Meta(ge=1, lt=2**24)]
    #: Day, serial number, and the till's number if there is one.
    receipts: Annotated[
        list[tuple[date, Annotated[int, Meta(ge=0, lt=2**24)], Annotated[str, Meta(max_length=100)] | None]],
        Meta(min_length=1, max_length=100),
    ]


class Ack(Struct, frozen=True):
    """How far everything is committed."""

    topic: ClassVar = "ack"

    epoch: int
    seq: int
    utc: int
    #: For how many ms the kiosk should send no frame.
    wait: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    #: First and last seq of a frame that broke a rule; absent where not even that much could be read.
    refused: tuple[int, int] | UnsetType = UNSET
    #: seq, size and bits of the code of the frame's last bad rating.
    qr: tuple[int, int, str] | UnsetType = UNSET
    v: int = 1


class Config(Struct, frozen=True):
    """The settings that a kiosk should have."""

    topic: ClassVar = "config"
    version: int
    settings: dict[str, Any]
    v: int = 1


class Command(Struct, frozen=True):
    """What a kiosk should do."""

    topic: ClassVar = "cmd"
    id: int
    expires: int
    do: str
    #: A new secret's number, and the secret.
    n: int | UnsetType = UNSET
    secret: str | UnsetType = UNSET
    #: Certificates that it should trust from now on, PEM.
    ca: str | UnsetType = UNSET
    v: int = 1

    def __repr__(self) -> str:  # secrets stay out of logs
        return f"Command(id={self.id}, do={self.do!r}, n={self.n})"


class Print(Struct, frozen=True):
    """A slip for the printer behind a kiosk; with neither slip nor self-test the question what became of it."""

    topic: ClassVar = "print"
    id: int
    expires: int
    slip: dict[str, Any] | UnsetType = UNSET
    #: The page by which a printer is set up, in the place of a slip.
    self_test: bool | UnsetType = UNSET
    #: A key of `printer.profiles.PROFILES`, and one of that profile's code pages or "none".
    profile: str | UnsetType = UNSET
    code_page: str | UnsetType = UNSET
    #: It may have been sent before.
    again: bool | UnsetType = UNSET
    v: int = 1


class Kept(Struct, frozen=True):
    """A signer's receipts up to this serial number are known here."""

    topic: ClassVar = "print"
    signer: int
    kept: int
    v: int = 1


class Release(Struct, frozen=True):
    """Firmware that a kiosk may take: the text that is signed, and its signature."""

    topic: ClassVar = "release"
    manifest: str
    signature: str
    v: int = 1


class Chunk(Struct, frozen=True):
    """A piece of a release, in base64."""

    topic: ClassVar = "chunk"
    release: int
    file: int
    offset: int
    data: bytes
    v: int = 1


class Head(Struct, frozen=True):
    """What can be read even of a message that breaks a rule; 0 and none where it cannot."""

    epoch: CounterOrZero = 0
    first: CounterOrZero = 0
    records: list[msgspec.Raw] = []


class _Signed(Struct, frozen=True):
    """Whether what a kiosk says it printed is receipts of its own."""

    signer: msgspec.Raw | UnsetType = UNSET


T = TypeVar("T")
#: As JSON writes what PostgreSQL's text cannot hold.
_NUL = b"\\u0000"
_frame = msgspec.json.Decoder(Frame[msgspec.Raw])
_record = msgspec.json.Decoder(Record)
_sound_frame = msgspec.json.Decoder(Frame[Record])
_status = msgspec.json.Decoder(Status)
_reply = msgspec.json.Decoder(Reply)
_want = msgspec.json.Decoder(Want)
_printed = msgspec.json.Decoder(Printed)
_told = msgspec.json.Decoder(Told)
_signed = msgspec.json.Decoder(_Signed)
_head = msgspec.json.Decoder(Head)


Content: TypeAlias = Frame[Any] | Status | Reply | Want | Printed | Told


def decode_message(name: str, payload: bytes) -> Content | RuleBroken:
    """Read a message by the last part of its topic, one of `topics.SAYS`."""
    try:
        return _DECODERS[name](payload)
    except RuleBroken as problem:
        return problem


def decode_frame(payload: bytes) -> Frame[Any]:
    """Raises RuleBroken."""
    frame: Frame[Any]
    try:
        if len(payload) > MAX_FRAME or _NUL in payload:
            raise RuleBroken  # the slower way says why
        frame = _sound_frame.decode(payload)
    except (RuleBroken, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        frame = _message(_frame, payload, "frame")
    if frame.held > frame.first:
        raise RuleBroken(f"The frame begins at {frame.first} but the kiosk holds only {frame.held} and later.")
    if frame.first + len(frame.records) - 1 > 2**31 - 1:
        raise RuleBroken("The frame counts beyond 2147483647.")
    return frame


def decode_record(raw: Record | msgspec.Raw) -> Record:
    """A record of a frame, decoded already or not. Raises RuleBroken."""
    record = raw if isinstance(raw, Record) else _decode(_record, raw, "record")
    kind, value, extra, *_ = record
    if value > _VALUES[kind]:
        raise RuleBroken(f"A record of kind {kind} has values up to {_VALUES[kind]}, not {value}.")
    if kind == RATING and extra > _QUESTIONS:
        raise RuleBroken(f"A rating answers a question 0 … {_QUESTIONS}, not {extra}.")
    return record


def decode_status(payload: bytes) -> Status:
    """Raises RuleBroken."""
    return _message(_status, payload, "status")


def decode_reply(payload: bytes) -> Reply:
    """Raises RuleBroken."""
    return _message(_reply, payload, "reply", MAX_REPLY)


def decode_want(payload: bytes) -> Want:
    """Raises RuleBroken."""
    return _message(_want, payload, "want")


def decode_printed(payload: bytes) -> Printed | Told:
    """Raises RuleBroken."""
    if _message(_signed, payload, "message").signer is UNSET:
        return _message(_printed, payload, "outcome of a slip")
    return _message(_told, payload, "list of receipts")


def head_of(payload: bytes) -> Head:
    """As much of a message as can be read."""
    try:
        return _head.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Head()


def _message(decoder: msgspec.json.Decoder[T], payload: bytes, what: str, most: int = MAX_FRAME) -> T:
    if len(payload) > most:
        raise RuleBroken(f"The {what} has {len(payload)} bytes; at most {most} are allowed.")
    return _decode(decoder, payload, what)


def _decode(decoder: msgspec.json.Decoder[T], payload: bytes | msgspec.Raw, what: str) -> T:
    if _NUL in bytes(payload):
        raise RuleBroken(f"The {what} contains a NUL, which no text has.")
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as problem:
        raise RuleBroken(f"The {what} does not follow the protocol: {problem}.") from problem
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise RuleBroken(f"The {what} is not JSON: {problem}.") from problem


_DECODERS: Mapping[str, Callable[[bytes], Content]] = {
    "up": decode_frame,
    "status": decode_status,
    "reply": decode_reply,
    "want": decode_want,
    "printed": decode_printed,
}
