"""Time on a board that has no clock of its own: boots counted, uptimes measured, the rest learned from elsewhere."""

import asyncio
import json
import struct
import time

from kiosk import RELEASED, const
from kiosk.storage import read_json

try:
    from time import ticks_add, ticks_ms

    TICKS_PERIOD = ticks_add(0, -1) + 1  # pyright: ignore[reportArgumentType] - 12.4 days on most boards
except ImportError:
    from kiosk.on_cpython import ticks_ms

    TICKS_PERIOD = 1 << 62

FILE = "clock.json"
SAVE_EVERY = 6 * 3_600_000  # a saved anchor older than this has drifted by a second or so: worth one write to flash
JUMP = 60_000  # a time that was wrong by as much is not to be believed at the next start
LEAP = 30 * 86_400_000  # shorter than any certificate lasts
KEPT = 30  # anchors of earlier boots; a boot that had one has mostly sent its records, too
_ASLEEP = const("<IQQQ")  # boot, uptime, UTC (0: not known), seconds of the board's own clock
ASLEEP_BYTES = 28


class Clock:
    """The number of this boot, the time since it began, and what that is in UTC once the collector has said it.

    Times are in milliseconds; UTC is since 1970 whatever the port's own epoch.

    >>> clock = Clock(Storage("/flash"))
    >>> clock.boot, clock.uptime(), clock.utc()
    (7, 3, None)
    >>> clock.set(1763758812401)
    0

    storage: where the boot number and the anchors are kept.
    kept: what `asleep` returned before a deep sleep, of which the same boot goes on; b"" after any other start.
    ticks, period: a counter of milliseconds, and at how much it begins again at 0.
    since: what the counter showed when the boot began; None: it begins now.
    when_set: called with the UTC whenever the clock is set.
    """

    def __init__(self, storage, kept=b"", ticks=ticks_ms, period=TICKS_PERIOD, since=None):
        self._storage = storage
        self._ticks, self._period = ticks, period
        self.when_set = lambda _: None
        self._last, self._uptime = ticks() if since is None else since, 0
        saved = read_json(storage, FILE)
        self._anchors = saved.get("anchors", [])  # [boot, uptime, utc], the newest last
        self._anchor = None  # (uptime, utc) of this boot
        self._trusts, self._leaps = True, 0
        if kept:
            self._wake(*struct.unpack(_ASLEEP, kept))
        else:
            self.boot = saved.get("boot", 0) + 1
            self._save()

    def follow(self, journal):
        """Be later than the newest boot in the journal, in case the file with the boots was lost."""
        last = journal.read(journal.last, 1) if journal.last else []
        if last and last[0][3] >= self.boot:
            self.boot = last[0][3] + 1
            self._save()

    @property
    def newest(self):
        """The latest UTC that is known to have been: a floor for clocks that start in the past."""
        known = max([utc for _, _, utc in self._anchors] or [0]) if self._trusts else 0
        return max(RELEASED, known) + self._leaps * LEAP

    def leap(self, forward):
        """Guess a later time, or begin again with the earliest that can be; return it.

        A kiosk that lay on a shelf for long, or was told a wrong time, meets a certificate that is not yet or no longer
        valid, and nobody it may believe can tell it the time. So it tries later and later ones until the certificate is
        good, and the collector sets it right.
        """
        if forward:
            self._leaps += 1
        else:
            self._trusts, self._leaps = False, 0
        return self.newest

    def uptime(self, ticks=None):
        """Return the milliseconds since the boot, now or when the counter showed `ticks`.

        It has to be asked once in each period of the counter, which the kiosk does every minute or so.
        """
        now = self._ticks()
        self._uptime += (now - self._last) % self._period  # pyright: ignore[reportOperatorIssue]
        self._last = now
        return self._uptime if ticks is None else self._uptime - (now - ticks) % self._period

    def utc(self):
        """Return the time now, or None before it was set."""
        if self._anchor is None:
            return None
        uptime, utc = self._anchor
        return utc + self.uptime() - uptime

    def set(self, utc):
        """Set the clock and return by how much that moved it."""
        before, uptime = self.utc(), self.uptime()
        self._anchor = uptime, utc
        moved = 0 if before is None else utc - before
        newest = self._anchors[-1] if self._anchors else (0, 0, 0)
        if newest[0] != self.boot or abs(moved) >= JUMP or uptime - newest[1] >= SAVE_EVERY:
            anchors = [anchor for anchor in self._anchors if anchor[0] != self.boot]
            self._anchors = anchors[-KEPT:]
            self._anchors.append([self.boot, uptime, utc])
            self._save()
        self._trusts, self._leaps = True, 0
        self.when_set(utc)
        return moved

    def asleep(self):
        """Return what has to outlive a deep sleep that begins now, so that this boot goes on after it."""
        return struct.pack(_ASLEEP, self.boot, self.uptime(), self.utc() or 0, int(time.time()))

    def anchor(self, boot):
        """Return (uptime, utc) of a moment in a boot when the clock was right, or None if there was none."""
        if boot == self.boot:
            return self._anchor
        for known, uptime, utc in self._anchors:
            if known == boot:
                return uptime, utc
        return None

    def _wake(self, boot, uptime, utc, seconds):
        # The board's own clock ran on, if not very well: the collector sets it right at the next connection.
        slept = max(0, int(time.time()) - seconds) * 1000
        self.boot, self._uptime = boot, uptime + slept
        if utc:
            self._anchor = self._uptime, utc + slept

    def _save(self):
        try:
            self._storage.replace(FILE, json.dumps({"boot": self.boot, "anchors": self._anchors}).encode())
        except OSError:
            pass  # a kiosk without room still starts; the journal tells which boots were (`follow`)


async def within(milliseconds, event):
    """Wait for an event, but no longer than this, then set it; None: as long as it takes.

    (`wait_for` makes two tasks of it and wakes them one after the other, which costs a press milliseconds.)
    """
    alarm = None if milliseconds is None else asyncio.create_task(_ring(milliseconds, event))
    try:
        await event.wait()
    finally:
        if alarm:
            alarm.cancel()


async def _ring(milliseconds, event):
    await asyncio.sleep(milliseconds / 1000)
    event.set()


def calendar(utc):
    """Return (year, month, day, weekday, hours, minutes, seconds, 0), as `machine.RTC.datetime` takes it."""
    since_2000 = time.gmtime(0)[0] == 2000
    year, month, day, hours, minutes, seconds, weekday = time.gmtime(utc // 1000 - 946_684_800 * since_2000)[:7]
    return year, month, day, weekday, hours, minutes, seconds, 0
