"""The way to a printer while it is open."""

import contextlib
import select
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from printer.condition import Condition

#: How long what was sent last may take at the end, s.
SENT_WITHIN = 5.0
#: How long to leave a device alone that has room and takes nothing, or has something to say and says nothing, s.
_PAUSE = 0.05
#: How often to look how much of what was sent is still here, s.
LOOK_EVERY = 0.02


class NoAddress(ValueError):
    """It leads to no printer. The message is a sentence."""


class NotReady(Exception):
    """Nothing has left; why is in `condition`."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition.sentence)
        self.condition = condition


class Unsure(Exception):
    """The document has left, in part at least, and the printer has not confirmed it. The message is a sentence."""


class Link(ABC):
    """An open way to a printer; deadlines are of `time.monotonic`.

    with open_link("tcp://192.0.2.7") as link:
        link.send(b"…", deadline)
        link.receive(deadline)
    """

    def __init__(self) -> None:
        self._heard = b""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it; what the printer says meanwhile is kept for `receive`.

        Raises
        ------
        OSError: the way is broken, or the deadline has come (`TimeoutError`).
        """
        left = memoryview(data)
        while left:
            sent, heard = self._turn(left, deadline)
            left = left[sent:]
            self._heard += heard

    def receive(self, deadline: float) -> bytes:
        """What the printer says next, one byte at least.

        Raises
        ------
        OSError: the way is broken, or the deadline has come (`TimeoutError`).
        """
        heard = b""
        while not heard:
            _, heard = self.turn(b"", deadline)
        return heard

    def turn(self, unsent: bytes | memoryview, deadline: float) -> tuple[int, bytes]:
        """Wait until the printer takes some of `unsent` or says something; returns how much it took, and what it said.

        Who only sends is stopped by a printer that wants to be heard first, and who only listens never ends sending.

        Raises
        ------
        OSError: the way is broken, or the deadline has come (`TimeoutError`).
        """
        if self._heard:
            heard, self._heard = self._heard, b""
            return 0, heard
        return self._turn(unsent, deadline)

    def _settle(self) -> None:
        """Before closing: wait until everything has left, and hear the printer out meanwhile."""
        deadline = time.monotonic() + SENT_WITHIN
        while self.unsent and (now := time.monotonic()) < deadline:
            with contextlib.suppress(TimeoutError):
                self.turn(b"", now + LOOK_EVERY)

    def _turn(self, unsent: bytes | memoryview, deadline: float) -> tuple[int, bytes]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        waiting = select.poll()
        waiting.register(self, select.POLLIN | (select.POLLOUT if unsent else 0))
        ready = waiting.poll(left * 1000)
        if not ready:
            raise TimeoutError
        [(_, events)] = ready
        heard = self._read() if events & ~select.POLLOUT else b""
        sent = self._write(unsent) if events & select.POLLOUT else 0
        if not sent and not heard:
            time.sleep(min(_PAUSE, left))
        return sent, heard

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _value: object, _where: TracebackType | None) -> None:
        self.close()

    @property
    @abstractmethod
    def unsent(self) -> int:
        """How much of what was sent the printer has not taken yet, bytes; an `OSError` if it is gone."""

    @abstractmethod
    def fileno(self) -> int:
        """What `poll` waits for."""

    @abstractmethod
    def close(self) -> None:
        """Close it gently: what was sent still arrives. Never raises."""

    @abstractmethod
    def _read(self) -> bytes:
        """What is there, without waiting; an `OSError` if the printer is gone."""

    @abstractmethod
    def _write(self, data: bytes | memoryview) -> int:
        """Send as much as there is room for, without waiting; an `OSError` if the printer is gone."""
