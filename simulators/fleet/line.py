"""A kiosk's line to its broker that can be cut, and that may damage what comes over it."""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from typing import Any

from simulators.fleet import firmware

_DAMAGED_BIT = 0x10


class BadLine(firmware.Line):  # type: ignore[misc]
    """A line of this world."""

    #: Whether pieces of releases are damaged now.
    damages: Callable[[], bool]
    _client: Any = None

    async def client(self, will: Any, when_heard: Any, when_lost: Any) -> Any:
        def heard(topic: str, payload: bytes) -> None:
            when_heard(topic, _damaged(payload) if topic.endswith("/chunk") and self.damages() else payload)

        self._client = await super().client(will, heard, when_lost)
        return self._client

    def drop(self) -> None:
        """Cut it, in the middle of whatever is said."""
        if self._client and self._client._open:
            self._client._writer.transport.abort()

    def _context(self) -> Any:
        return firmware.trusted(self._identity.ca())


def _damaged(payload: bytes) -> bytes:
    message = json.loads(payload)
    data = bytearray(a2b_base64(message["data"]))
    data[0] ^= _DAMAGED_BIT
    return json.dumps({**message, "data": b2a_base64(data, newline=False).decode()}).encode()
