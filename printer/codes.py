"""The codes in our QR links: 17 bytes, as 28 letters that a phone's camera and a customer's thumb can both handle.

    header 1: kind in the two highest bits, number of the key in the others
    body + truncated HMAC-SHA256 of header and body, 16 together

    kind     body                                      MAC
    poster   touchpoint 4                               12
    press    cursor row 4, seq 4                         8
    receipt  signer 3, days since 2020-01-01 2, serial 3  8
    case     case 4                                     12

An address is `HTTPS://HOST/Q/CODE`, upper case throughout: QR codes pack such letters closer, and with a host of 22
letters it is just a version 3 symbol at level M.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

_DAY_0 = date(2020, 1, 1)
#: Letters that base32 has not, and what whoever types them has seen.
_MISREAD = str.maketrans("018", "OIB", " -")


@dataclass(frozen=True)
class Poster:
    """A touchpoint's own code; good for ever."""

    touchpoint_id: int


@dataclass(frozen=True)
class Press:
    """One rating at a kiosk; good for minutes."""

    cursor_id: int
    seq: int


@dataclass(frozen=True)
class Receipt:
    """One receipt; good until it is answered, or too old."""

    signer_id: int
    day: date
    serial: int


@dataclass(frozen=True)
class Case:
    """The customer's own view of a case."""

    case_id: int


Content: TypeAlias = Poster | Press | Receipt | Case
_KINDS = (Poster, Press, Receipt, Case)


class NotACode(ValueError):
    """The text is no code of ours; nothing more is known, and nothing more is said."""


def encode(content: Content, key_number: int, key: bytes) -> str:
    """The 28 letters of a code.

    Parameters
    ----------
    key_number: 0 … 63.
    key: of the signer, 32 bytes.

    Raises
    ------
    OverflowError: a number does not fit into its bytes.
    """
    signed = bytes([_KINDS.index(type(content)) << 6 | key_number]) + _body(content)
    return base64.b32encode(signed + _mac(signed, key)).decode().rstrip("=")


def decode(code: str) -> "Claim":
    """What a code says, not yet whether it is true; spaces, dashes, small letters and look-alike digits are forgiven.

    Raises
    ------
    NotACode: it cannot be one.
    """
    try:
        raw = base64.b32decode(code.upper().translate(_MISREAD) + "====")
    except (binascii.Error, ValueError) as problem:
        raise NotACode from problem
    if len(raw) != 17:
        raise NotACode
    kind, key_number = _KINDS[raw[0] >> 6], raw[0] & 63
    size = 4 if kind in {Poster, Case} else 8
    content = _content(kind, raw[1 : 1 + size])
    return Claim(content, key_number, raw[: 1 + size], raw[1 + size :])


@dataclass(frozen=True)
class Claim:
    """A decoded code, before its signature is checked."""

    content: Content
    key_number: int
    signed: bytes
    mac: bytes

    def is_signed_by(self, key: bytes) -> bool:
        return hmac.compare_digest(self.mac, _mac(self.signed, key))


def _body(content: Content) -> bytes:
    match content:
        case Poster(touchpoint_id):
            return touchpoint_id.to_bytes(4)
        case Press(cursor_id, seq):
            return cursor_id.to_bytes(4) + seq.to_bytes(4)
        case Receipt(signer_id, day, serial):
            return signer_id.to_bytes(3) + (day - _DAY_0).days.to_bytes(2) + serial.to_bytes(3)
        case Case(case_id):
            return case_id.to_bytes(4)


def _content(kind: type[Content], body: bytes) -> Content:
    if kind is Press:
        return Press(int.from_bytes(body[:4]), int.from_bytes(body[4:]))
    if kind is Receipt:
        day = _DAY_0 + timedelta(days=int.from_bytes(body[3:5]))
        return Receipt(int.from_bytes(body[:3]), day, int.from_bytes(body[5:]))
    number = int.from_bytes(body)
    return Poster(number) if kind is Poster else Case(number)


def _mac(signed: bytes, key: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()[: 17 - len(signed)]
