"""Star CloudPRNT: what a printer says, and what that means (pure).

1. The printer POSTs how it is, every few seconds. The answer says whether something waits, and its token.
2. It GETs that, perhaps several times.
3. It DELETEs it, with a code that says whether the paper is printed. If it runs out of paper meanwhile it does not, but
   goes back to 1.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from collector.queue.executor import Done, Failed, Later, Outcome, Unknown
from printer.condition import (
    BROKEN,
    COVER_OPEN,
    CUTTER_STUCK,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    Condition,
)

#: The only kind of document that we send: pictures need nothing of the printer's own letters.
PNG = "image/png"
#: Beside it: cut behind it, and print each dot as it is. By itself a printer dithers, which spoils QR codes.
PNG_HEADERS = {"X-Star-Cut": "full; feed=true", "X-Star-ImageDitherPattern": "none"}

NOT_FETCHED = "The printer could not fetch the slip; it tries again."
TOO_LARGE = "The slip is too large for this printer: choose the profile of its paper."
NOT_UNDERSTOOD = "The printer cannot print pictures, or not this one: is its firmware up to date?"
BROKE_OFF = "The printer stopped while it printed the slip."

#: By the first digits of a printer's code, the longest first.
_CONDITIONS = {
    "410": PAPER_OUT,
    "420": COVER_OPEN,
    "42": COVER_OPEN,
    "21": PAPER_LOW,
    "2": READY,
}


class NotUnderstood(ValueError):
    """No printer says this."""


@dataclass(frozen=True)
class Poll:
    """How a printer is when it calls."""

    mac: str
    condition: Condition
    #: It has a slip in hand.
    busy: bool


class _Call(msgspec.Struct, rename="camel"):
    status_code: str
    status: str | None = None
    #: Not renamed: it is spelled as no rule would.
    mac: str | None = msgspec.field(default=None, name="printerMAC")
    printing_in_progress: bool | None = None


def read_poll(body: bytes) -> Poll:
    """What a printer says when it calls.

    Raises
    ------
    NotUnderstood
    """
    try:
        call = msgspec.json.decode(body, type=_Call)
    except msgspec.MsgspecError as problem:
        raise NotUnderstood from problem
    code = _digits(call.status_code)
    # 22x: the paper comes out, or waits in the slot to be taken.
    busy = bool(call.printing_in_progress) or code.startswith("22")
    return Poll(call.mac or "", _condition(code, call.status or ""), busy)


def ready(token: str) -> dict[str, Any]:
    """Something waits."""
    return {"jobReady": True, "mediaTypes": [PNG], "jobToken": token}


#: Nothing waits.
NOTHING = {"jobReady": False}


def outcome(code: str) -> Outcome:
    """What became of a slip, by the code with which the printer gives it back."""
    digits = _digits(code)
    if digits.startswith("2") or code.strip().upper() == "OK":
        return Done()
    if digits == "520":  # nothing of it is printed: it is printed when it is there as a whole
        return Later(NOT_FETCHED, 0)
    if digits == "521":
        return Failed(TOO_LARGE)
    if digits.startswith("51"):
        return Failed(NOT_UNDERSTOOD)
    condition = _condition(digits, "")
    return Unknown(f"{BROKE_OFF} {condition.sentence}")


def _condition(code: str, status: str) -> Condition:
    """How a printer is.

    Parameters
    ----------
    code: its status code.
    status: its automatic status as hexadecimal numbers, which tells more of faults; may be empty.
    """
    by_code = next((condition for start, condition in _CONDITIONS.items() if code.startswith(start)), BROKEN)
    if by_code not in {READY, BROKEN}:
        return by_code
    try:
        raw = bytes.fromhex(status)
    except ValueError:
        return by_code
    # The first two bytes tell how many follow.
    printer, fault, paper = (raw[at] if len(raw) > at else 0 for at in (2, 3, 5))
    for bits, mask, condition in (
        (printer, 0x20, COVER_OPEN),
        (paper, 0x08, PAPER_OUT),
        (fault, 0x08, CUTTER_STUCK),
        (fault, 0x24, BROKEN),
        (printer, 0x08, OFFLINE),
    ):
        if bits & mask:
            # What says that it can print can, whatever we make of its bits.
            return by_code if by_code.ready else condition
    return PAPER_LOW if by_code.ready and paper & 0x04 else by_code


def _digits(code: str) -> str:
    """The number at the beginning of `200%20OK`."""
    found = re.match(r"\s*(\d*)", unquote(code))
    return found[1] if found else ""
