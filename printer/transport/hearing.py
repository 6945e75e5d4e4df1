"""What a printer is asked, and what it says, told apart (pure).

Its answers come in one stream, in the order in which it gets round to them: real-time answers between others, reports
that nobody asked for, the proof of an earlier slip. Each begins with a byte that no other can begin with.
"""

from escpos import constants

from printer.condition import Condition, condition_of, condition_of_report

#: `DLE EOT` 1 … 4. They are asked together: one after the other they would cost the way to the printer four times.
QUESTIONS = b"".join(constants.RT_STATUS + bytes([number]) for number in (1, 2, 3, 4))
#: `GS a`: report by yourself when you go online or offline, at faults, and when the paper changes; and at once.
REPORT = constants.GS + b"a\x0e"
#: How blocks begin, of which `GS ( H` and `GS I` are answered; they end with NUL.
_BLOCKS = b"\x37\x5f"
#: A block is no longer than this.
_LONGEST = 128
#: Of an answer to `DLE EOT`, of the first byte of a report: which bits are fixed, and how.
_FIXED, _REAL_TIME, _REPORT = 0x93, 0x12, 0x10
#: Of the other bytes of a report, and of an answer to `GS r`: these bits are 0.
_ZERO = 0x90


class Hearing:
    """Takes what is received, in any pieces."""

    def __init__(self) -> None:
        #: How it is by what it said last, be it asked or by itself.
        self.condition: Condition | None = None
        #: How often it has answered all of `QUESTIONS`.
        self.answered = 0
        #: All other answers, as they came.
        self.answers = b""
        self._states: list[int] = []
        self._rest = b""

    @property
    def is_answering(self) -> bool:
        """It has answered some of the questions: the others follow, and asked anew they would be counted wrongly."""
        return bool(self._states)

    def take(self, received: bytes) -> None:
        self._rest += received
        while self._rest and (size := self._first()):
            self._rest = self._rest[size:]

    def _first(self) -> int:
        """Put down what is said first; returns how long that is, 0 while its end has not come."""
        first = self._rest[0]
        if first in _BLOCKS:
            return self._block()
        if first & _FIXED == _REPORT:
            return self._report()
        if first & _FIXED == _REAL_TIME:
            self._state(first)
        elif not first & _ZERO:
            self.answers += bytes([first])
        return 1  # XON, XOFF and noise are passed over

    def _state(self, answer: int) -> None:
        self._states.append(answer)
        if len(self._states) == 4:
            self.condition = condition_of(*self._states)
            self.answered += 1
            self._states.clear()

    def _block(self) -> int:
        size = self._rest.find(b"\0", 0, _LONGEST) + 1
        if size:
            self.answers += self._rest[:size]
        return size or len(self._rest) >= _LONGEST

    def _report(self) -> int:
        report = self._rest[:4]
        if any(byte & _ZERO for byte in report[1:]):
            return 1  # its end was lost
        if len(report) < 4:
            return 0
        self.condition = condition_of_report(report)
        return 4
