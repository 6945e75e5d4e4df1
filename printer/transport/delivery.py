"""A document onto paper, at most once."""

import re
import time
from collections.abc import Callable

from escpos import constants

from printer.condition import MUTE, SILENT, Condition
from printer.escpos import Document
from printer.transport.address import open_link
from printer.transport.hearing import QUESTIONS, REPORT, Hearing
from printer.transport.link import Link, NotReady, Unsure

#: How long to wait, s: for the answers to a question about its state; for paper, since anything was last taken.
STATE_WITHIN, PRINTED_WITHIN = 2.0, 20.0
#: How often a printer that says nothing is asked how it is while its paper is waited for, s.
ASK_EVERY = 1.0
#: Fills up a picture that stopped half way, and is nothing otherwise: none of ours is larger.
_WHITE = bytes(4096)


def look(address: str) -> Condition:
    """How a printer is now; nothing is printed.

    Raises
    ------
    NoAddress
    """
    try:
        with open_link(address) as link:
            return ask(link)
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
    address: str,
    document: Document,
    begin: Callable[[], None],
    *,
    until: float | None = None,
    tell: Callable[[Condition], None] = lambda _: None,
    after_unsure: bool = False,
) -> Condition:
    """Print a document; returns how the printer is after it.

    Parameters
    ----------
    address: see `open_link`.
    begin, until, tell, after_unsure: see `print_over`.

    Raises
    ------
    NotReady, Unsure, NoAddress
    """
    with open_link(address) as link:
        return print_over(link, document, begin, until=until, tell=tell, after_unsure=after_unsure)


def print_over(
    link: Link,
    document: Document,
    begin: Callable[[], None],
    *,
    until: float | None = None,
    tell: Callable[[Condition], None] = lambda _: None,
    after_unsure: bool = False,
) -> Condition:
    """Print a document over an open link; returns how the printer is after it.

    1. Ask how the printer is. Until here nothing has left that it could print.
    2. `begin`, then send the document and the question at its end.
    3. Its answer proves that the paper is printed. A kind that never answers is believed when it has taken everything.

    Parameters
    ----------
    begin: called when the printer is ready and before the document's first byte leaves; what it raises stops it.
    until: when a printer that has run out of paper on the way, or is in other trouble, is given up; of
        `time.monotonic`.
    tell: called with how the printer is, about once a second while its answer is waited for; what it raises stops it.
    after_unsure: whether the document before this one may have stopped half way. The printer would then take the
        beginning of this one for the rest of a picture.

    Raises
    ------
    NotReady, Unsure
    """
    if document.answer is None:
        condition = MUTE
    elif not (condition := ask(link)).ready:
        raise NotReady(condition)
    begin()
    data = _with_reports(document.data) if document.answer else document.data
    if after_unsure:
        data = _WHITE + data
    try:
        return _Delivery(link, data, document.answer, condition, until or 0.0, tell).run()
    except OSError as problem:
        raise Unsure("The connection broke while the slip was on its way.") from problem


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

    def run(self) -> Condition:
        look_at = time.monotonic() + ASK_EVERY
        while not self._is_over():
            self._turn(min(self._deadline(), look_at))
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
        return self._answer is None or self._answer.search(self._hearing.answers) is not None

    def _deadline(self) -> float:
        answers_by = self._progress + PRINTED_WITHIN
        return answers_by if self._condition.ready else max(answers_by, self._until)

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
        if self._document:
            return "The printer stopped in the middle of the slip."
        return "The printer took the slip and did not say whether it printed it."


def _with_reports(data: bytes) -> bytes:
    """`ESC @` ends all reports, so they are asked for after it."""
    if data.startswith(constants.HW_INIT):
        return bytes(constants.HW_INIT + REPORT + data[len(constants.HW_INIT) :])
    return data
