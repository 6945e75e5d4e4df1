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
#: How often it is looked whether there are codes of today, s: at midnight, and when what was wrong is mended.
LOOK_EVERY = 1.0
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
    open_signer: gives the signer, or says with SignerError why there is none; it is asked again and again.
    now: tells the time, UTC.
    """

    def __init__(self, open_signer: Callable[[], Signer], profile: Profile, now: Callable[[], datetime]) -> None:
        self._open_signer, self._now = open_signer, now
        self._signer: Signer | None = None
        # All as pictures: a code page or a QR code of the printer's own would be settings to be set back.
        self._profile = replace(profile, code_pages=(), native_qr=False, chinese=False)
        self._ready: deque[_Ready] = deque()
        self._changed = asyncio.Event()
        self._making: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._failed_at: float | None = None
        self._why = ""

    def start(self) -> None:
        """See to it that there are codes, also before the first receipt of a day."""
        self._looking = asyncio.create_task(self._look())

    async def take(self, reference: str | None) -> bytes:
        """The next code, with the receipt's number below it; nothing when there is none in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (self._signer and self._has_some(self._signer)):
                    self._fill()
                    if self._failed_at is not None:
                        structlog.get_logger().warning("a receipt goes as it is", why=self._why)
                        return b""
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            structlog.get_logger().warning("a receipt goes as it is", why="no code in time")
            return b""
        data = self._ready.popleft().data
        self._fill()
        return data + self._reference(self._signer.language, reference) if reference else data

    async def close(self) -> None:
        """Wait until nothing is being made any more, and let another process have the signer."""
        if self._looking:
            self._looking.cancel()
        if self._making:
            await asyncio.wait([self._making])
        if self._signer:
            self._signer.close()

    async def _look(self) -> None:
        while True:
            if self._signer:
                self._has_some(self._signer)
            self._fill()
            await asyncio.sleep(LOOK_EVERY)

    def _fill(self) -> None:
        """Begin to make what is missing."""
        if len(self._ready) < AHEAD and (self._making is None or self._making.done()):
            self._making = asyncio.create_task(self._make_all())

    async def _make_all(self) -> None:
        if self._failed_at is not None and time.monotonic() - self._failed_at < AGAIN_AFTER:
            return
        if self._ready:
            await asyncio.sleep(REST)
        try:
            while len(self._ready) < AHEAD:
                self._ready.append(await asyncio.to_thread(self._make))
                if self._failed_at is not None:
                    structlog.get_logger().info("there are codes again")
                self._failed_at, self._why = None, ""
                self._changed.set()
        except (SignerError, TooLong) as problem:
            self._fail(str(problem))
        except Exception as problem:
            self._fail(repr(problem), fault=problem)

    def _fail(self, why: str, fault: Exception | None = None) -> None:
        if why != self._why:
            # Once: it is tried again every few seconds, and every receipt that goes without a code says so.
            structlog.get_logger().error(
                "no codes until this is mended: receipts go as they are", why=why, exc_info=fault
            )
        self._failed_at, self._why = time.monotonic(), why
        self._changed.set()

    def _make(self) -> _Ready:
        if self._signer is None:
            self._signer = self._open_signer()
        signer = self._signer
        signer.reserve()
        link = signer.next_link(self._now())
        slip = Slip(signer.store, INVITATION[signer.language], link.link, None, signer.language)
        return _Ready(link.day, part(slip, self._profile))

    def _has_some(self, signer: Signer) -> bool:
        """Whether there is one of today: its day says until when a code counts."""
        today = signer.day(self._now())
        while self._ready and self._ready[0].day != today:
            self._ready.popleft()
        return bool(self._ready)

    def _reference(self, language: str, reference: str) -> bytes:
        text = seen(f"{RECEIPT[language]} {reference}")
        return line(Line(shorten(text, self._profile.width // SMALL.width), SMALL), self._profile)
