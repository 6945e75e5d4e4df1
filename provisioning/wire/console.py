"""The console of the kiosk's firmware: lines of JSON over the cable (docs/protocol.md)."""

import itertools
import json
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from collector.failure import Failure
from provisioning.wire.line import Line

#: The deed that ends the firmware, so that the board can be written to.
MAINTENANCE = "maintenance"


class Console:
    """Questions to a running kiosk, and what it tells by itself.

    >>> console.ask("hello")["kiosk"]
    'riverside-exit-1'
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard = b""
        self._told: deque[dict[str, Any]] = deque(maxlen=1000)
        self._numbers = itertools.count(int(time.time()) % 10**6)

    def ask(self, do: str, *, timeout: float = 10, **fields: Any) -> dict[str, Any]:
        """Ask for a deed and return the answer, done or not (`done`, `text`, …).

        Raises
        ------
        Failure: there was no answer within `timeout` seconds, or the cable is out.
        """
        answer = self.try_ask(do, timeout, fields)
        if answer is None:
            raise Failure(
                f"The kiosk at {self._line.path} gave no answer to {do!r} within {timeout:g} s. Unplug it, plug it in "
                "again, and run the same command."
            )
        return answer

    def try_ask(self, do: str, timeout: float, fields: dict[str, Any]) -> dict[str, Any] | None:
        """Ask for a deed; None where no answer comes, or what is there is a REPL."""
        number = next(self._numbers)
        # An empty line first: something may have been typed there.
        self._line.write(b"\r\n" + json.dumps({"id": number, "do": do, **fields}).encode() + b"\r\n")
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            for message in self._hear(left):
                if message.get("id") == number and "done" in message:
                    return message
            if self._heard.endswith(b"\r\n>>> ") or self._heard == b">>> ":
                return None
        return None

    def events(self, timeout: float) -> Iterator[dict[str, Any]]:
        """What the kiosk tells by itself, as it comes, for so many seconds."""
        deadline = time.monotonic() + timeout
        while True:
            while self._told:
                yield self._told.popleft()
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._hear(left)

    def _hear(self, seconds: float) -> list[dict[str, Any]]:
        """What came within so many seconds, as soon as anything did; events are kept."""
        self._heard += self._line.read_some(min(seconds, 0.5))
        *lines, self._heard = self._heard.split(b"\n")
        messages = [message for line in lines if (message := _message(line))]
        self._told.extend(message for message in messages if "event" in message)
        return messages


def _message(line: bytes) -> dict[str, Any] | None:
    """The JSON object that a line is; None for the kiosk's log."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
