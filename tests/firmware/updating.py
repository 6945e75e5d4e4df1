"""A kiosk that takes releases, and a collector that has them, on both interpreters.

It does without the workbench, which brings most of the kiosk: here the heap has to hold both sides, and the flash.
"""

import asyncio
import gc
import json
from binascii import a2b_base64, b2a_base64
from hashlib import sha256

from kiosk.alive import Alive
from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.record import RATING
from kiosk.slots import Slots, folder
from kiosk.updates import Updates
from signing import SECRET, public_key, sign

from simulators.flash import PROGRAM_SIZE
from simulators.memory_flash import MemoryFlash

try:
    import vfs

    from simulators import mount

    def mounted(flash, program_size=PROGRAM_SIZE):
        """Return the file layer on a flash, which is formatted where it is blank."""
        try:
            vfs.umount("/updated")
        except OSError:
            pass
        gc.collect()
        return mount.mounted(flash, "/updated", program_size)

except ImportError:
    from simulators.flash_image import LittlefsStorage

    def mounted(flash, program_size=PROGRAM_SIZE):
        """Return the file layer on a flash, which is formatted where it is blank."""
        return LittlefsStorage(flash, program_size)


def small_flash():
    """Return a flash with room for two small releases."""
    return MemoryFlash(blocks=64, block_size=512)


KEY = public_key(SECRET)
PIECE = 2048


class Release:
    """A signed release, and the collector's half of bringing it to a kiosk.

    losing: which of the answers get lost, by their number from 0.
    """

    def __init__(self, number, files, board="virtual", secret=SECRET, losing=()):
        self.number, self.files, self.board = number, files, board
        self.losing, self.wants = losing, []
        described = [[path, len(files[path]), base64(sha256(files[path]).digest())] for path in sorted(files)]
        self.manifest = json.dumps({"number": number, "version": "0.2.0", "board": board, "files": described})
        self.signature = sign(secret, self.manifest.encode())

    def offer(self):
        return {"v": 1, "manifest": self.manifest, "signature": base64(self.signature)}

    def answers(self, want):
        """Return the messages (topic, message) that answer a `want`."""
        self.wants.append((want["file"], want["offset"]))
        if len(self.wants) - 1 in self.losing:
            return []
        return [("chunk", self.chunk(want["file"], want["offset"]))]

    def chunk(self, file, offset):
        data = self.files[sorted(self.files)[file]][offset : offset + PIECE]
        return {"v": 1, "release": self.number, "file": file, "offset": offset, "data": base64(data)}

    def is_in(self, storage, slot):
        """Return whether a slot holds all of it."""
        return all([_equal(storage, folder(slot) + path, self.files[path]) for path in self.files])


class Kiosk:
    """A kiosk between two starts. Its time is moved by hand, and passes where something waits for it."""

    name = "virtual"

    def __init__(self, storage, key=KEY, slot=None):
        self.storage = storage
        self.now, self.log = 0, []
        self.restarted = False
        self.clock = Clock(storage, ticks=lambda: self.now, period=1 << 30)
        self.journal = Journal(storage)
        slot = Slots(storage).start() if slot is None else slot
        self.slots = Slots(storage, slot)
        self.updates = Updates(
            storage, self.journal, self.clock, self, Alive(self.clock), self.log.append, self.slots, key, self.sleep
        )

    def restart(self, fault):
        assert fault is None
        raise Restarted

    async def sleep(self, seconds):
        self.forward(int(1000 * seconds))
        await asyncio.sleep(0)

    def forward(self, milliseconds):
        self.now += milliseconds

    def press(self):
        self.journal.append((RATING, 1, 0, self.clock.boot, self.clock.uptime(), 0, 0))

    def offered(self, *releases):
        """Have releases offered, and deal with that; return whether it has started again."""
        for release in releases:
            self.updates.heard("release", release.offer())
        return self.live(lambda: not self.updates.busy, releases[0])

    def proved(self):
        """Be answered by the collector, and live until the trial is over; return whether it has started again."""
        self.updates.acked()
        return self.live(lambda: not self.slots.on_trial)

    def live(self, until, release=None):
        """Live until then, or until it starts again, which is returned."""
        asyncio.run(self._live(until, release))
        return self.restarted

    async def _live(self, until, release):
        task = asyncio.create_task(self._run())
        try:
            while not until() and not task.done():
                self._talk(release)
                await asyncio.sleep(0)
            if task.done():
                await task
        finally:
            while not task.done():  # Python 3.11's `wait_for` overhears it where what it waits for comes just then
                task.cancel()
                await asyncio.sleep(0)

    def _talk(self, release):
        said = self.updates.next()
        if said:
            topic, want = said
            assert topic == "want"
            for answer in release.answers(want):
                self.updates.heard(*answer)
        elif self.updates.wait():
            self.forward(self.updates.wait())

    async def _run(self):
        try:
            await self.updates.run()
        except Restarted:
            self.restarted = True


class Restarted(Exception):
    """The board starts again."""


def _equal(storage, path, data):
    pieces = range(0, len(data) + 1, 512)
    return all([storage.read(path, at, 512) == data[at : at + 512] for at in pieces])


def base64(data):
    return b2a_base64(data).decode().strip()


def installed(storage, release):
    """Take a release and prove it."""
    assert Kiosk(storage).offered(release)
    kiosk = Kiosk(storage)
    assert kiosk.slots.on_trial
    assert not kiosk.proved()
    return Kiosk(storage)


def damaged(message):
    """Return a chunk with another byte in it."""
    data = bytearray(a2b_base64(message["data"]))
    data[0] ^= 1
    return dict(message, data=base64(data))
