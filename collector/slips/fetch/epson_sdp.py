"""Epson Server Direct Print: what a printer says and hears (pure).

1. The printer asks for work (`GetRequest`), every few seconds. The answer is empty, or the slip itself.
2. It says how that went (`SetResponse`), with its status; some tell their status by themselves, too (`SetStatus`).

A printer that asks does not say how it is. An empty document makes it say so: it prints nothing, and answers.
"""

import enum
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.queue.executor import Done, Failed, Later, Outcome, Unknown
from printer.condition import (
    BROKEN,
    COVER_OPEN,
    CUTTER_STUCK,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    UNREACHABLE,
    Condition,
)

#: What stands where a job's token would, when nothing but the printer's status is asked.
QUESTION = "status"
#: How long a printer may take until it can print, ms: time enough to close a cover.
_TIMEOUT = 60_000
#: When to try again what the printer had no room for, s.
_NO_ROOM_FOR = 5.0

BROKE_OFF = "The printer stopped while it had the slip."
NO_ROOM = "The printer had no room for the slip; it gets it again."
#: Of how many jobs a printer may speak at a time: it gets one at a time.
_RESULTS = 5
_REFUSED = {
    "DeviceNotFound": "The printer knows no device `local_printer`: see its own page, under Server Direct Print.",
    "SchemaError": "The printer does not understand our slips: is its firmware up to date?",
    "RequestEntityTooLarge": "The slip is too large for this printer: choose the profile of its paper.",
}
_NOT_TAKEN = {"EX_SPOOLER", "TooManyRequests", "ERROR_DEVICE_BUSY"}
_CONDITIONS = {
    "EPTR_REC_EMPTY": PAPER_OUT,
    "EPTR_COVER_OPEN": COVER_OPEN,
    "EPTR_CUTTER": CUTTER_STUCK,
    "EPTR_MECHANICAL": BROKEN,
    "EPTR_AUTOMATICAL": BROKEN,
    "EPTR_UNRECOVERABLE": BROKEN,
}


@dataclass(frozen=True)
class Result:
    """What a printer says of what it was sent."""

    #: The token of a job, or `QUESTION`; None: an older printer, which does not say.
    token: str | None
    success: bool
    code: str
    condition: Condition


def request(token: str, escpos: bytes = b"") -> str:
    """What is sent to a printer that asks; without bytes, the question how it is."""
    command = f"<command>{escpos.hex()}</command>" if escpos else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<PrintRequestInfo Version="2.00"><ePOSPrint><Parameter>'
        f"<devid>local_printer</devid><timeout>{_TIMEOUT}</timeout><printjobid>{token}</printjobid></Parameter>"
        '<PrintData><epos-print xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print">'
        f"{command}</epos-print></PrintData></ePOSPrint></PrintRequestInfo>"
    )


def read_results(text: str) -> list[Result]:
    """What a printer says of what it was sent; nothing, if it cannot be read."""
    root = _root(text)
    results = []
    for printed in _inside([root] if root is not None else [], "ePOSPrint")[:_RESULTS]:
        tokens = _inside(_inside([printed], "Parameter"), "printjobid")
        for response in _inside(_inside([printed], "PrintResponse"), "response")[:1]:
            success = response.get("success", "").lower() in {"true", "1"}
            code = response.get("code", "")
            condition = _condition(success, code, _number(response.get("status", "")))
            results.append(Result(tokens[0].text if tokens else None, success, code, condition))
    return results


def read_status(text: str) -> Condition | None:
    """What a printer tells of itself; None, if it cannot be read."""
    root = _root(text)
    for element in [] if root is None else root.iter():
        told = {name.lower(): value for name, value in element.items()} | {_name(element).lower(): element.text or ""}
        for name in ("asbstatus", "asb", "status"):
            if (bits := _number(told.get(name, ""))) is not None:
                return _condition(True, "", bits)
    return None


def outcome(result: Result) -> Outcome:
    """What became of a slip."""
    if result.success:
        return Done()
    if result.code in _REFUSED:
        return Failed(_REFUSED[result.code])
    if result.code in _NOT_TAKEN:
        return Later(NO_ROOM, _NO_ROOM_FOR)
    # Whether some of it was printed before, no code tells.
    why = "" if result.condition.ready else f" {result.condition.sentence}"
    return Unknown(f"{BROKE_OFF}{why}")


class Answer(enum.Enum):
    """What a printer that asks for work gets."""

    NOTHING = enum.auto()
    QUESTION = enum.auto()
    SLIP = enum.auto()


@dataclass
class Ear:
    """What was heard of one printer."""

    #: How long its word counts for a slip; how long while nothing waits; how long to wait until it is asked anew.
    FRESH, KNOWN, AGAIN = timedelta(seconds=10), timedelta(seconds=60), timedelta(seconds=5)
    #: Questions without an answer after which none is asked: it is one of those that do not answer them.
    PATIENCE = 2

    heard_at: datetime | None = None
    ready: bool = False
    asked_at: datetime | None = None
    #: It was asked because a slip waits; and has said that it is well. One that calls seldom gets its slip, too.
    asked_for_slip: bool = False
    vouched: bool = False
    unanswered: int = 0

    def hear(self, condition: Condition, now: datetime, *, answers: bool) -> None:
        """It said how it is; `answers`: to a question, or by itself."""
        self.heard_at, self.ready = now, condition.ready
        self.vouched, self.asked_for_slip = self.asked_for_slip and condition.ready, False
        if answers:
            self.unanswered = 0

    def answer(self, now: datetime, *, waiting: bool) -> Answer:
        """What it gets when it asks for work.

        Parameters
        ----------
        waiting: whether there is a slip for it.
        """
        if self.unanswered >= self.PATIENCE:
            return Answer.SLIP if waiting else Answer.NOTHING
        if waiting and (self.vouched or (self.ready and _since(self.heard_at, now, self.FRESH))):
            self.vouched = False
            return Answer.SLIP
        if _since(self.asked_at, now, self.AGAIN) or (not waiting and _since(self.heard_at, now, self.KNOWN)):
            return Answer.NOTHING
        self.asked_at, self.asked_for_slip, self.unanswered = now, waiting, self.unanswered + 1
        return Answer.QUESTION


def _since(moment: datetime | None, now: datetime, span: timedelta) -> bool:
    """Whether it was less than a span ago; what is in the future, by a clock that went back, was not."""
    return moment is not None and timedelta() <= now - moment < span


def _condition(success: bool, code: str, bits: int | None) -> Condition:
    if code in _CONDITIONS:
        return _CONDITIONS[code]
    if bits is not None:
        for mask, condition in (
            (0x00000001, UNREACHABLE),
            (0x00000020, COVER_OPEN),
            (0x00080000, PAPER_OUT),
            (0x00000800, CUTTER_STUCK),
            (0x00006400, BROKEN),
            (0x00000008, OFFLINE),
            (0x00020000, PAPER_LOW),
        ):
            if bits & mask:
                return condition
    return READY if success or code in _REFUSED or code in _NOT_TAKEN else BROKEN


def _root(text: str) -> ET.Element | None:
    """A document's outermost element; None, if it is not XML or declares anything of its own."""
    if "<!" in text:
        return None
    try:
        return ET.fromstring(text.strip())  # noqa: S314 - without declarations there is nothing to be expanded
    except ET.ParseError:
        return None


def _inside(elements: list[ET.Element], name: str) -> list[ET.Element]:
    """What has this name and is just one level inside."""
    return [child for element in elements for child in element if _name(child) == name]


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None
