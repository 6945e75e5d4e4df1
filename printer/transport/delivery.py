"""A document onto paper, at most once."""

import math
import re
import time
from collections.abc import Callable

from escpos import constants

from printer.condition import MUTE, SILENT, Condition
from printer.escpos import PAPER_STATUS, Document
from printer.transport.address import open_link
from printer.transport.hearing import QUESTIONS, REPORT, Hearing
from printer.transport.link import LOOK_EVERY, Link, NotReady, Unsure

#: How long to wait, s: for the answers to a question about its state; for paper, since anything was last taken.
STATE_WITHIN, PRINTED_WITHIN = 2.0, 20.0
#: How often a printer that says nothing is asked how it is while its paper is waited for, s.
ASK_EVERY = 1.0
#: However slow a printer and its line are, a document is through by then, s. Trouble may last longer: see `until`.
THROUGH_WITHIN = 120.0
#: A printer that is through with what it has gives its answers one upon another; then it says nothing for so long, s.
QUIET = 1.0
#: Fills up a picture that stopped half way, and is nothing otherwise: none of ours is larger.
WHITE = bytes(6144)


def look(address: str, *, is_mute: bool = False) -> Condition:
    """How a printer is now; nothing is printed.

    Parameters
    ----------
    is_mute: of a kind that never answers; it is only reached.

    Raises
    ------
    NoAddress
    """
    try:
        with open_link(address) as link:
            return MUTE if is_mute else ask(link)
    except NotReady as problem:
        return problem.condition


def ask(link: Link) -> Condition:
    """How a printer says that it is.

    Raises
    ------
    NotReady: it does not say.
    """
    deadline = time.monotonic() + STATE_WITHIN
    hearing = Hearing()
    try:
        link.send(QUESTIONS, deadline)
        while not (hearing.answered and hearing.condition):
            hearing.take(link.receive(deadline))
    except OSError as problem:
        raise NotReady(SILENT) from problem
    return hearing.condition


def deliver(
    link: Link,
    document: Document,
    begin: Callable[[], None],
    *,
    until: float | None = None,
    tell: Callable[[Condition], None] = lambda _: None,
    after_unsure: bool = False,
) -> Condition:
    """Print a document; returns how the printer is after it.

    1. Ask how the printer is, and clear away what is left of the document before. Until here nothing of this one has
       left.
    2. `begin`, then send the document and the question at its end.
    3. Its answer proves that the paper is printed. A kind that never answers is believed when it has taken everything.

    Parameters
    ----------
    begin: called when the printer is ready and before the document's first byte leaves; what it raises stops it.
    until: when a printer that has run out of paper on the way, or is in other trouble, is given up; of
        `time.monotonic`.
    tell: called with how the printer is, about once a second while its answer is waited for; what it raises stops it.
    after_unsure: whether the document before this one may have stopped half way. The printer would then take the
        beginning of this one for the rest of a picture, and its answer to that one would count for this one.

    Raises
    ------
    NotReady, Unsure
    """
    if document.answer is None:
        condition = MUTE
    elif not (condition := ask(link)).ready:
        raise NotReady(condition)
    if after_unsure:
        _clear(link, document)
    begin()
    data = _with_reports(document.data) if document.answer else document.data
    try:
        return _Delivery(link, data, document.answer, condition, until or 0.0, tell).run()
    except OSError as problem:
        raise Unsure("The connection broke while the slip was on its way.") from problem


def _clear(link: Link, document: Document) -> None:
    """Fill up a picture that stopped half way, and hear out answers that tell of no document in particular.

    Raises
    ------
    NotReady: it does not get round to it, or is in trouble now.
    """
    deadline = time.monotonic() + PRINTED_WITHIN
    try:
        if document.answer is None or document.is_named:
            link.send(WHITE, deadline)
        else:
            link.send(WHITE + PAPER_STATUS, deadline)
            _hear_out(link, document.answer, deadline)
    except OSError as problem:
        raise NotReady(SILENT) from problem


def _hear_out(link: Link, answer: re.Pattern[bytes], deadline: float) -> None:
    hearing, heard, until = Hearing(), 0, deadline
    while True:
        try:
            hearing.take(link.receive(until))
        except TimeoutError:
            if heard and until < deadline:
                return
            raise
        if hearing.condition and not hearing.condition.ready:
            raise NotReady(hearing.condition)
        # The first may be about the document before; the one to the question behind the white comes right upon it.
        if len(hearing.answers) > heard and answer.search(hearing.answers):
            heard, until = len(hearing.answers), min(time.monotonic() + QUIET, deadline)


class _Delivery:
    """One document on its way."""

    def __init__(
        self,
        link: Link,
        data: bytes,
        answer: re.Pattern[bytes] | None,
        condition: Condition,
        until: float,
        tell: Callable[[Condition], None],
    ) -> None:
        self._link = link
        self._answer = answer
        self._document = memoryview(data)
        self._questions = memoryview(b"")
        self._condition = condition
        self._until = until
        self._tell = tell
        self._hearing = Hearing()
        #: When the printer last took something, or became well again.
        self._progress = time.monotonic()
        #: However often it does.
        self._last = max(until, self._progress + THROUGH_WITHIN) + PRINTED_WITHIN
        #: What this machine still held of the document when that was looked at.
        self._unsent = len(data)

    def run(self) -> Condition:
        look_at = time.monotonic() + ASK_EVERY
        while not self._is_over():
            self._turn(min(self._deadline(), look_at, self._look_again()))
            now = time.monotonic()
            if now >= self._deadline():
                raise Unsure(self._why())
            if now >= look_at:
                look_at = now + ASK_EVERY
                self._tell(self._condition)
                # In the middle of the document the questions would be part of a picture.
                if self._answer and not (self._document or self._questions or self._hearing.is_answering):
                    self._questions = memoryview(QUESTIONS)
        return self._condition

    def _is_over(self) -> bool:
        # Half a question would take the next slip's first byte for its end.
        if self._document or 0 < len(self._questions) < len(QUESTIONS):
            return False
        if self._answer:
            return self._answer.search(self._hearing.answers) is not None
        return self._is_taken()

    def _is_taken(self) -> bool:
        """This machine holds nothing of it any more."""
        unsent = self._link.unsent
        if unsent < self._unsent:
            self._progress = time.monotonic()
        self._unsent = unsent
        return not unsent

    def _look_again(self) -> float:
        # No event tells that the last byte has left.
        return time.monotonic() + LOOK_EVERY if not (self._document or self._answer) else math.inf

    def _deadline(self) -> float:
        answers_by = self._progress + PRINTED_WITHIN
        return min(self._last, answers_by if self._condition.ready else max(answers_by, self._until))

    def _turn(self, until: float) -> None:
        try:
            sent, heard = self._link.turn(self._document or self._questions, until)
        except TimeoutError:
            return
        self._hearing.take(heard)
        self._heed()
        if not sent:
            return
        if self._document:
            self._document = self._document[sent:]
            self._progress = time.monotonic()
            # What it has said until now is about an earlier slip.
            self._hearing.answers = b""
        else:
            self._questions = self._questions[sent:]

    def _heed(self) -> None:
        """Take notice of how the printer says that it is."""
        condition = self._hearing.condition
        if condition is None or condition == self._condition:
            return
        if condition.ready:
            self._progress = time.monotonic()
        self._condition = condition
        self._tell(condition)

    def _why(self) -> str:
        if not self._condition.ready:
            return (
                f"{self._condition.sentence} A slip was on its way, and what the printer has taken of it may still come"
                " out."
            )
        if self._document or self._answer is None:
            return "The printer stopped in the middle of the slip."
        return "The printer took the slip and did not say whether it printed it."


def _with_reports(data: bytes) -> bytes:
    """`ESC @` ends all reports, so they are asked for after it."""
    if data.startswith(constants.HW_INIT):
        return bytes(constants.HW_INIT + REPORT + data[len(constants.HW_INIT) :])
    return data
