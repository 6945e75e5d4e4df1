"""Releases of the firmware: which are taken, and whether the one that runs has proved itself (protocol, section 9)."""

import asyncio
import gc
import json
from binascii import a2b_base64, crc32

from kiosk.clock import within

LONGEST = 6144  # bytes of a manifest
REST = 3_600_000  # ms in which a release that could not be taken is looked at once
PROOF = 60_000  # ms from the collector's first answer to the end of a trial
PATIENCE = 600_000  # ms that a trial waits for that answer
QUIET = 60_000  # ms without a press before a restart …
QUIET_MOST = 3_600_000  # … which does not wait longer than this
CHECK_IN = 60_000  # ms: it is heard of at least this often


class Updates:
    """Take releases, and prove the one that is on trial.

    storage, journal, clock, board, alive, log: the kiosk's own, as in `kiosk.app`.
    slots: which code runs; see `kiosk.slots`. Code that no starter has started takes no release.
    key: the organisation's public key, 32 bytes; None takes no release.
    sleep: coroutine that waits so many seconds; tests have a time of their own.
    when_due: called without arguments when there is something to ask for.
    """

    topics = ("release", "chunk")

    def __init__(self, storage, journal, clock, board, alive, log, slots, key, sleep=asyncio.sleep):
        self._storage, self._journal, self._clock = storage, journal, clock
        self._board, self._alive, self._log = board, alive, log
        self._slots, self._key, self._sleep = slots, key, sleep
        self.when_due = lambda: None
        self._said = slots.setback
        self._offer = None  # (number, files, manifest, signature)
        self._offered = asyncio.Event()
        self._seen = None  # (check, when) of the latest offer
        self._installer = None  # at work on it
        self._answered = None  # when the collector first answered

    @property
    def busy(self):
        """Whether there is something to be finished before this kiosk may sleep."""
        return self._slots.on_trial or self._offer is not None or self._installer is not None

    def health(self):
        """Return what a status says about releases."""
        health = {"release": self._slots.number}
        said = "This release is on trial." if self._slots.on_trial else self._said
        if self._installer:
            said = self._installer.said
        if said:
            health["update"] = said
        return health

    def heard(self, topic, message):
        """Take an offer, or a piece of what was asked for."""
        if topic == "chunk":
            if self._installer:
                self._installer.heard(message)
        elif self._key and self._slots.running is not None and not self.busy:
            gc.collect()  # what lives long is not to lie between what does not
            offer = self._understood(message)
            if offer and self._seen != self._mark(offer):
                self._offer, self._seen = offer, self._mark(offer)
                self._offered.set()

    def next(self):
        """Return the piece to be asked for."""
        return self._installer.next() if self._installer else None

    def wait(self):
        """Return for how many milliseconds there is nothing to ask for, or None."""
        return self._installer.wait() if self._installer else None

    def acked(self):
        """The collector has answered: this code reaches it."""
        if self._answered is None:
            self._answered = self._clock.uptime()

    async def run(self):
        """Prove this release if it is on trial, then take others, one at a time."""
        if self._slots.on_trial and not await self._prove():
            await self._restart()
        while True:
            self._alive.back_within("updates", CHECK_IN)
            await within(CHECK_IN, self._offered)
            self._offered.clear()
            if self._offer and await self._taken(self._offer):
                await self._restart()

    async def _prove(self):
        """Return whether this release has proved itself."""
        while True:
            await self._pause(1)
            now = self._clock.uptime()
            try:
                if self._answered is None and now >= PATIENCE:
                    self._slots.fail("it did not reach the collector within %d minutes." % (PATIENCE // 60_000))
                    return False
                if self._answered is not None and now - self._answered >= PROOF:
                    self._slots.confirm()
                    self._said = ""
                    self._log("release %d has proved itself" % self._slots.number)
                    return True
            except OSError as fault:
                self._log("trial: %s" % fault)  # and again; in the end the starter's timer decides

    async def _taken(self, offer):
        """Put a release on trial; return whether that worked."""
        from kiosk.installing import Installer, Setback, forget

        number = offer[0]
        self._installer = Installer(self._storage, self._slots, self._clock, offer, self._pause, self.when_due)
        self._offer = offer = None  # the manifest in it is to go as soon as it can
        try:
            await self._installer.install(self._key)
            self._log(self._installer.said)
            return True
        except Setback as fault:
            self._said = "Release %d %s" % (number, fault)
        except OSError as fault:
            self._said = "Release %d could not be written: %s" % (number, fault)
            await self._make_room(self._installer)
        except Exception as fault:
            # Whatever it was, it concerns this release alone.
            self._said = "Release %d could not be taken: %s %s" % (number, type(fault).__name__, fault)
        self._log(self._said)
        self._installer = None
        forget("installing")
        return False

    async def _make_room(self, installer):
        # The journal may need it.
        try:
            await installer.clear({})
        except OSError as fault:
            self._log("slot: %s" % fault)

    async def _restart(self):
        """Start again, in a moment when nobody presses."""
        last, since = self._journal.last, self._clock.uptime()
        latest = since + QUIET_MOST
        while self._clock.uptime() < min(since + QUIET, latest):
            await self._pause(1)
            if self._journal.last != last:
                last, since = self._journal.last, self._clock.uptime()
        self._board.restart(None)

    async def _pause(self, seconds):
        self._alive.back_within("updates", CHECK_IN)
        await self._sleep(seconds)

    def _understood(self, message):
        """Return what is offered, if it is of use to this kiosk; that it is honest is still to be seen."""
        try:
            manifest = message["manifest"].encode()
            if len(manifest) > LONGEST:
                return None
            offer = json.loads(manifest)
            number = offer["number"]
            files = [(path, size, a2b_base64(digest)) for path, size, digest in offer["files"]]
            fits = type(number) is int and offer["board"] == self._board.name and self._slots.takes(number)
            if fits and all(type(size) is int and size >= 0 and _inside(path) for path, size, _ in files):
                return number, files, manifest, a2b_base64(message["signature"])
        except (AttributeError, KeyError, TypeError, ValueError):
            pass
        return None

    def _mark(self, offer):
        """Return what tells this offer, in this hour, from others."""
        _, _, manifest, signature = offer
        return crc32(signature, crc32(manifest)), self._clock.uptime() // REST


def _inside(path):
    return path and path[0] != "/" and ".." not in path and path != "manifest.json"
