"""Releases of the firmware: which are taken, and whether the one that runs has proved itself (protocol, section 9)."""

import asyncio
from binascii import crc32

from kiosk import collect, const, forget
from kiosk.clock import within

_REST = const(3_600_000)  # ms in which a release that could not be taken is looked at once
_CHECK_IN = const(60_000)  # ms: it is heard of at least this often


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
        self._seen = None  # (check, hour) of the latest offer
        self._installer = None  # at work on it
        self._answered = None  # when the collector first answered
        self._leaves = False  # for the release before

    @property
    def on_trial(self):
        """Whether what runs has still to prove itself."""
        return self._slots.on_trial

    @property
    def busy(self):
        """Whether there is something to be finished before this kiosk may sleep."""
        return self._leaves or self._slots.on_trial or self._offer is not None or self._installer is not None

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
            self._consider(message)

    def go_back(self, _message):
        """Run what ran before this release from the next start on, which comes when nobody presses."""
        if self._slots.running is None or self._installer:
            raise ValueError("This is no time to go back.")
        from kiosk.former import go_back

        try:
            text = go_back(self._slots, self._storage)
        finally:
            forget("former")
        self._leaves = True
        self._offered.set()
        return text

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
        if self._slots.on_trial:
            await self._prove()
        while True:
            self._alive.back_within("updates", _CHECK_IN)
            await within(_CHECK_IN, self._offered)
            self._offered.clear()
            if self._leaves or (self._offer and await self._taken(self._offer)):
                await self._restart()

    async def _prove(self):
        from kiosk.trial import proved

        if await proved(self._slots, self._clock, lambda: self._answered, self._pause, self._log):
            self._said = ""
            self._log("release %d has proved itself" % self._slots.number)
        else:
            await self._restart()
        forget("trial")

    def _consider(self, message):
        # It comes again with each status. Once an hour is enough to look at it.
        text, signature = str(message.get("manifest")), str(message.get("signature"))
        mark = crc32(signature.encode(), crc32(text.encode())), self._clock.uptime() // _REST
        if mark != self._seen:
            collect()  # what lives long is not to lie between what does not
            from kiosk.offers import understood

            self._seen, self._offer = mark, understood(message, self._board.name, self._slots)
            forget("offers")
            if self._offer:
                self._offered.set()

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
            if self._installer.withdrawn:
                self._seen = None  # once it is offered again, it is as good as new
        except OSError as fault:
            self._said = "Release %d could not be written: %s" % (number, fault)
            await self._make_room(self._installer)
        except Exception as fault:
            # Whatever it was, it concerns this release alone.
            self._said = "Release %d could not be taken: %s %s" % (number, type(fault).__name__, fault)
            if isinstance(fault, MemoryError):
                self._seen = None  # next time memory may lie better, and what is here already stays
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
        from kiosk.trial import quiet

        await quiet(self._journal, self._clock, self._pause)
        self._board.restart(None)

    async def _pause(self, seconds):
        self._alive.back_within("updates", _CHECK_IN)
        await self._sleep(seconds)
