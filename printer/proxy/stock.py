"""Codes that are made before they are wanted, so that no receipt waits for a disk or for a picture to be drawn."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog

from printer.escpos import line, part
from printer.profiles import Profile
from printer.signer import Signer, SignerError
from printer.slip import INVITATION, RECEIPT, SMALL, Line, Slip, TooLong
from printer.text import seen, shorten

#: How many are made ahead, s how long a receipt waits for one, and s after which a failure is tried again.
AHEAD, PATIENCE, AGAIN_AFTER = 3, 0.25, 10.0
#: How long the work for the next receipts leaves the processor to the one at hand, s.
REST = 0.2


@dataclass(frozen=True)
class _Ready:
    day: date
    data: bytes


class Stock:
    """Codes for one printer, as bytes that change nothing but alignment.

    Parameters
    ----------
    now: tells the time, UTC.
    """

    def __init__(self, signer: Signer, profile: Profile, now: Callable[[], datetime]) -> None:
        self._signer, self._now = signer, now
        # All as pictures: a code page or a QR code of the printer's own would be settings to be set back.
        self._profile = replace(profile, code_pages=(), native_qr=False, chinese=False)
        self._ready: deque[_Ready] = deque()
        self._changed = asyncio.Event()
        self._making: asyncio.Task[None] | None = None
        self._failed_at: float | None = None

    def fill(self) -> None:
        """Begin to make what is missing."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._fill())

    async def take(self, reference: str | None) -> bytes:
        """The next code, with the receipt's number below it; nothing when there is none in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._has_some():
                    self.fill()
                    if self._failed_at is not None:
                        return b""
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            structlog.get_logger().warning("no code in time: a receipt goes as it is")
            return b""
        data = self._ready.popleft().data
        self.fill()
        return data + self._reference(reference) if reference else data

    async def close(self) -> None:
        """Wait until nothing is being made any more."""
        if self._making:
            await asyncio.wait([self._making])

    async def _fill(self) -> None:
        if self._failed_at is not None and time.monotonic() - self._failed_at < AGAIN_AFTER:
            return
        if self._ready:
            await asyncio.sleep(REST)
        try:
            while len(self._ready) < AHEAD:
                self._ready.append(await asyncio.to_thread(self._make))
                self._failed_at = None
                self._changed.set()
        except (SignerError, TooLong) as problem:
            self._fail(str(problem))
        except Exception:
            structlog.get_logger().exception("no code could be made")
            self._fail("see above")

    def _fail(self, why: str) -> None:
        structlog.get_logger().error("no codes: receipts go as they are", why=why)
        self._failed_at = time.monotonic()
        self._changed.set()

    def _make(self) -> _Ready:
        self._signer.reserve()
        link = self._signer.next_link(self._now())
        language = self._signer.language
        slip = Slip(self._signer.store, INVITATION[language], link.link, None, language)
        return _Ready(link.day, part(slip, self._profile))

    def _has_some(self) -> bool:
        """Whether there is one of today: its day says until when a code counts."""
        today = self._signer.day(self._now())
        while self._ready and self._ready[0].day != today:
            self._ready.popleft()
        return bool(self._ready)

    def _reference(self, reference: str) -> bytes:
        text = seen(f"{RECEIPT[self._signer.language]} {reference}")
        return line(Line(shorten(text, self._profile.width // SMALL.width), SMALL), self._profile)
