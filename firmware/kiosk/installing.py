"""One release, from the offer to the trial. This is loaded when there is one, and then forgotten again.

    signature right → into the other slot, piece by piece → every file as it was signed → on trial

Nothing of this needs to be remembered: what is already in the slot tells where to go on, and until the one replacement
of `slots.json` that begins the trial, the code that runs is the code that is started.
"""

import asyncio
from binascii import a2b_base64
from hashlib import sha256

from kiosk import forget
from kiosk.clock import within
from kiosk.slots import folder

MANIFEST = "manifest.json"

PIECE = 2048  # the most that one answer may bring
STEP = 1024  # bytes of flash at a time: memory is in small pieces by now
RESERVE = 12  # one block in so many stays free for records: 70 KiB of a Pico W
PAUSE = 0.1  # s between pieces: each may cost an erase of flash, and presses come first
ASK_AGAIN = 10, 20, 40, 80, 160, 300, 300, 300  # s after which a piece is asked for once more, then no more
TRIES = 2  # to get a file as it was signed
LOOK_UP = 30_000  # ms of waiting after which it says that it is still there


class Installer:
    """Bring a release into the slot that is free.

    storage, slots, clock: the kiosk's own.
    offer: (number, files, manifest, signature); whether it is honest is still to be seen.
    pause: coroutine that waits so many seconds, called between all steps.
    when_due: called without arguments when there is something to ask for.
    """

    def __init__(self, storage, slots, clock, offer, pause, when_due):
        self._storage, self._slots, self._clock = storage, slots, clock
        self._pause, self._when_due = pause, when_due
        self._number, self._files, self._manifest, self._signature = offer
        self._slot = folder(slots.other)
        self._wanted = None  # the `want` that has no answer yet
        self._most = 0  # bytes that its answer may have
        self._asked = self._due = 0
        self._piece = None
        self._came = asyncio.Event()  # the piece, or the end of asking
        self.withdrawn = False  # the collector offers it no more
        self.said = "Release %d is being checked." % self._number

    async def install(self, key):
        """Check the release with the organisation's key, bring it here, and put it on trial.

        Raises Setback with the end of a sentence, or OSError where the flash does not take it.
        """
        from kiosk.ed25519 import verify

        honest = await verify(key, self._manifest, self._signature)
        forget("ed25519")
        if not honest:
            raise Setback("is not signed with the organisation's key.")
        storage, slot = self._storage, self._slot
        self._slots.overwrite()
        self._make_folders(slot)
        if storage.read(slot + MANIFEST) != self._manifest:
            await self.clear({path: (size, digest) for path, size, digest in self._files})
            storage.replace(slot + MANIFEST, self._manifest)
        self._manifest = None  # some kilobytes that pieces can use
        self._check_room()
        for index, (path, size, digest) in enumerate(self._files):
            self.said = "Release %d: %d of %d files are here." % (self._number, index, len(self._files))
            self._make_folders(slot + path)
            for _ in range(TRIES):
                await self._fill(index, path, size, digest)
                if await self._matches(slot + path, size, digest):
                    break
                storage.replace(slot + path, b"")
            else:
                raise Setback("does not arrive as it was signed: %s." % path)
        self._slots.begin(self._number)
        self.said = "Release %d is about to be started." % self._number

    def _check_room(self):
        # Each file takes whole blocks, and the journal comes first: it has to go on where nobody can be reached.
        block, blocks, free = self._storage.space()
        missing = sum([(size - self._size(self._slot + path)) // block + 1 for path, size, _ in self._files])
        room = free - blocks // RESERVE
        if missing > room:
            raise Setback("does not fit: it needs %d blocks of flash, and there is room for %d." % (missing, room))

    async def clear(self, keep):
        """Empty the slot of everything but the files that are as in `keep`: by path, size and digest."""
        for path in list(self._paths(self._slot[:-1])):
            size, digest = keep.get(path[len(self._slot) :], (None, None))
            if size is None or not await self._matches(path, size, digest):
                self._storage.remove(path)
                await self._pause(0)

    def next(self):
        """Return the piece to be asked for."""
        if self._wanted is None or self._clock.uptime() < self._due:
            return None
        if self._asked == len(ASK_AGAIN):
            self._wanted = None
            self._came.set()
            return None
        self._due = self._clock.uptime() + ASK_AGAIN[self._asked] * 1000
        self._asked += 1
        return "want", self._wanted

    def wait(self):
        """Return for how many milliseconds there is nothing to ask for, or None."""
        return None if self._wanted is None else max(0, self._due - self._clock.uptime())

    def heard(self, message):
        """Take a piece, if it is the one that was asked for."""
        wanted = self._wanted
        if wanted and all(message.get(name) == wanted[name] for name in wanted):
            data = message.get("data")
            try:
                piece = a2b_base64(data)
            except (TypeError, ValueError):
                return
            if data == "":
                self.withdrawn = True
            elif 0 < len(piece) <= self._most:
                self._piece = piece
            else:
                return
            self._wanted = None
            self._came.set()

    async def _fill(self, index, path, size, digest):
        """Bring what is missing of a file: from the code that runs, where it has the same, else from the collector."""
        storage, target = self._storage, self._slot + path
        if size == 0:
            storage.replace(target, b"")
        have = self._size(target)
        if have >= size:
            return
        source = folder(self._slots.running) + path
        here = await self._matches(source, size, digest)
        while have < size:
            piece = storage.read(source, have, STEP) if here else await self._fetch(index, have, size)
            storage.append(target, piece)
            have += len(piece)
            await self._pause(PAUSE)

    async def _fetch(self, index, offset, size):
        self._piece, self._most = None, min(size - offset, PIECE)
        self._asked, self._due = 0, 0
        self._came.clear()
        self._wanted = {"release": self._number, "file": index, "offset": offset}
        self._when_due()
        while self._wanted:
            await within(LOOK_UP, self._came)
            self._came.clear()
            await self._pause(0)
        if self._piece is None:
            raise Setback("is no longer to be had.")
        return self._piece

    async def _matches(self, path, size, digest):
        """Return whether a file on flash is just this one."""
        digested, at = sha256(), 0
        try:
            if self._storage.size(path) != size:
                return False
            while at < size:
                piece = self._storage.read(path, at, STEP)
                digested.update(piece)
                at += len(piece)
                await self._pause(0)
        except OSError:
            return False  # not there, or a block of flash that is gone
        return digested.digest() == digest

    def _paths(self, path):
        """Yield the paths of all files below a folder."""
        for name in self._storage.names(path):
            inner = path + "/" + name
            try:
                for found in self._paths(inner):
                    yield found
            except OSError:  # no folder
                yield inner

    def _size(self, path):
        try:
            return self._storage.size(path)
        except OSError:
            return 0

    def _make_folders(self, path):
        at = path.find("/")
        while at >= 0:
            self._storage.make_folder(path[:at])
            at = path.find("/", at + 1)


class Setback(Exception):
    """This release cannot be taken now; the message ends the sentence "Release 12 …"."""
