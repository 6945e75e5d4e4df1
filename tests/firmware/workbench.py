"""What the firmware's tests share, on both interpreters: a small flash, a clock by hand, a collector on paper."""

import json
from errno import EISDIR, ENOENT

from kiosk.clock import Clock
from kiosk.conversation import Conversation
from kiosk.identity import Identity
from kiosk.journal import Journal
from kiosk.record import RATING
from kiosk.settings import Settings

from simulators.flash import PROGRAM_SIZE
from simulators.memory_flash import MemoryFlash

try:
    import vfs

    from simulators import mount

    def mounted(flash, program_size=PROGRAM_SIZE):
        """Return the file layer on a flash, which is formatted where it is blank."""
        try:
            vfs.umount("/bench")
        except OSError:
            pass
        return mount.mounted(flash, "/bench", program_size)

except ImportError:
    from simulators.flash_image import LittlefsStorage

    def mounted(flash, program_size=PROGRAM_SIZE):
        """Return the file layer on a flash, which is formatted where it is blank."""
        return LittlefsStorage(flash, program_size)


def small_flash():
    """Return a flash that leaves room in a small heap."""
    return MemoryFlash(blocks=24, block_size=1024)


def rating(number):
    """Return a record that is told from others by its uptime."""
    return RATING, 1 + number % 4, 0, 7, number, 3, 1


class Memory:
    """Files in memory: the file layer for tests that are not about flash."""

    def __init__(self):
        self.files, self.folders = {}, {""}

    def names(self, folder):
        if folder not in self.folders:
            raise OSError(ENOENT)
        inside = folder + "/" if folder else ""
        everything = list(self.files) + list(self.folders)
        return [
            name[len(inside) :] for name in everything if name.startswith(inside) and "/" not in name[len(inside) :]
        ]

    def size(self, path):
        if path not in self.files:
            raise OSError(ENOENT)
        return len(self.files[path])

    def space(self):
        return 4096, 256, 256

    def read(self, path, offset=0, size=-1):
        data = self.files.get(path)
        if data is None:
            return None
        return data[offset : offset + size] if size >= 0 else data[offset:]

    def append(self, path, data):
        self.files[path] = self.files.get(path, b"") + bytes(data)

    def replace(self, path, data):
        self.files[path] = bytes(data)

    def rename(self, old, new):
        for folder in [folder for folder in self.folders if folder == old or folder.startswith(old + "/")]:
            self.folders.remove(folder)
            self.folders.add(new + folder[len(old) :])
        for path in [path for path in self.files if path.startswith(old + "/")]:
            self.files[new + path[len(old) :]] = self.files.pop(path)

    def remove(self, path):
        if path in self.folders:
            raise OSError(EISDIR, path)
        if path not in self.files:
            raise OSError(ENOENT, path)
        del self.files[path]

    def make_folder(self, path):
        self.folders.add(path)

    def remove_folder(self, path):
        assert not self.names(path)
        self.folders.remove(path)


class Ticks:
    """A counter of milliseconds that is moved by hand."""

    def __init__(self, now=0, period=1 << 30):
        self.now, self.period = now, period

    def __call__(self):
        return self.now

    def forward(self, milliseconds):
        self.now = (self.now + milliseconds) % self.period


UTC = 1_800_000_000_000


def identified(storage):
    """Return the identity of a kiosk, which is put into the storage where there is none."""
    if storage.read("device.json") is None:
        storage.replace("device.json", json.dumps({"kiosk": "exit-1", "n": 1, "secret": "s1"}).encode())
    return Identity(storage)


class Bench:
    """A kiosk without buttons and network: journal, clock, settings and what it says."""

    def __init__(self, storage=None, others=(), **journal):
        self.storage, self.others = storage or Memory(), others
        self.ticks = Ticks()
        self.journal_settings = journal
        self.start()

    def start(self):
        """Start it, or start it again."""
        self.journal = Journal(self.storage, **self.journal_settings)
        self.clock = Clock(self.storage, ticks=self.ticks, period=self.ticks.period)
        self.settings = Settings(self.storage)
        self.identity = identified(self.storage)
        self.talk = Conversation(
            self.journal, self.clock, self.settings, self.identity, lambda: {"board": "bench"}, self.others
        )
        self.talk.begin()

    def press(self, number):
        return self.journal.append(rating(number))

    def says(self):
        """Return (topic, message) of what it says now, or None; whatever it carries over is carried over."""
        while True:
            said = self.talk.next()
            if said:
                topic, payload = said
                assert topic != "up" or len(payload) <= 4096
                return topic, json.loads(payload)
            if self.talk.wait():
                return None

    def says_next(self):
        """Return what it says next, however long that takes."""
        while True:
            said = self.says()
            if said:
                return said
            self.ticks.forward(self.talk.wait())

    def says_on(self, topic):
        """Return the next message on a topic."""
        while True:
            said, message = self.says_next()
            if said == topic:
                return message

    def hears(self, topic, **message):
        message["v"] = message.get("v", 1)
        self.talk.heard(topic, json.dumps(message).encode())

    def ack(self, seq, **more):
        """Let it hear an ack of its own epoch, unless another is given."""
        message = {"epoch": self.journal.epoch, "seq": seq, "utc": UTC}
        message.update(more)
        self.hears("ack", **message)


class PaperCollector:
    """What section 3 of the protocol asks of a collector, on paper.

    unreadable: called with a frame; a true answer means that its envelope cannot be read.
    """

    def __init__(self, unreadable=None):
        self.cursors = {}
        self.taken = {}  # (epoch, seq): record
        self.gaps = []
        self.unreadable = unreadable

    def hear(self, topic, message):
        """Take a message and return the ack."""
        epoch = message["epoch"]
        cursor = self.cursors.get(epoch, 0)
        if topic == "up" and self.unreadable and self.unreadable(message):
            last = message["first"] + len(message["records"]) - 1
            return self.answer(epoch, reason="unreadable", refused=[message["first"], last])
        if topic == "up":
            held, first, records = message["held"], message["first"], message["records"]
            assert 1 <= held <= first
            assert 1 <= len(records) <= 100
            if held > cursor + 1:
                self.gaps.append((epoch, cursor + 1, held - 1, message.get("lost")))
                cursor = held - 1
            if first <= cursor + 1:
                for at in range(len(records)):
                    if first + at > cursor:
                        cursor = first + at
                        assert (epoch, cursor) not in self.taken
                        self.taken[epoch, cursor] = tuple(records[at])
            self.cursors[epoch] = cursor
        return self.answer(epoch)

    def answer(self, epoch, **more):
        message = {"v": 1, "epoch": epoch, "seq": self.cursors.get(epoch, 0), "utc": UTC}
        message.update(more)
        return message


class Pins:
    """A board on the bench: its pins are moved by hand, and it notes what it shows."""

    name, buttons, battery_powered = "bench", 4, False

    def __init__(self, ticks, touch=False):
        self._ticks, self.touch = ticks, touch
        self.levels, self.edge = [1] * self.buttons, None
        self.lit, self.shown, self.lines, self.restarts = [], [], [], []
        self.guarded, self.fed = False, 0

    def arm(self, edge):
        self.edge = edge

    def pin(self, button, level):
        self.levels[button - 1] = level
        if self.edge:
            self.edge(button - 1, level, self._ticks())

    def level(self, button):
        return self.levels[button]

    def light(self, button, level):
        if button:
            self.lit.append((button, level))

    def sound(self, name, level):
        pass

    def screen(self, picture):
        self.shown.append(picture)

    def log(self, line):
        self.lines.append(line)

    def reset_cause(self):
        return 1

    def kept(self):
        return b""

    def woken_by(self):
        return []

    def wifi(self):
        return "not found"

    async def scan(self):
        return [["shop", -61, True]]

    def signal(self):
        return -61

    def battery(self):
        return None

    def start_watchdog(self):
        self.guarded = True

    def feed(self):
        self.fed += 1

    def restart(self, fault):
        self.restarts.append(fault)
