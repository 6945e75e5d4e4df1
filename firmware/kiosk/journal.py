"""The journal: every record that the collector has not yet confirmed, on flash.

    journal/0001-31b8a0f4/0000000001    the first segment: 170 records of 24 bytes, one after the other
    journal/0001-31b8a0f4/0000000171    the newest one: here the next record goes

A folder is an epoch (generation and epoch number), a file is a segment, named by the seq of its first record. There is
no other state. The newest segment is never deleted, so its name and its size say the next number for ever, and no
number is used twice; the older ones are deleted when all in them is confirmed.
"""

import os

from kiosk.record import EVENT, PERHAPS_REPEATED, REASON, REOPENED, SIZE, UNREADABLE, loss, pack, unpack

FOLDER = "journal"
UNFINISHED = ".new"  # a folder that is still being filled


class Journal:
    """The records of a kiosk, numbered 1, 2, 3 … without a gap.

    >>> journal = Journal(Storage("/flash"))
    >>> journal.append((RATING, 4, 0, 7, 93211, 3, CLOCK_WAS_SET))  # on flash when this returns
    1
    >>> journal.read(1, 100)
    [(1, 4, 0, 7, 93211, 3, 1)]
    >>> journal.trim(1)

    storage: the file layer that keeps it.
    capacity: how many records it holds before it gives up the oldest for the newest.
    segment: records in a file; 170 fill a 4 KiB block of flash.
    """

    def __init__(self, storage, capacity=12240, segment=170):
        self.storage = storage
        self.lost = None  # why records below `held` went without a confirmation
        self._segment = segment
        self._most = max(2, capacity // segment)  # the newest segment never goes, so it takes two to give one up
        storage.make_folder(FOLDER)
        epochs = []
        for name in storage.names(FOLDER):
            if name.endswith(UNFINISHED):
                self._remove(name)
            else:
                epochs.append(name)
        if not epochs:
            epochs.append(_name(1, _draw_epoch()))
            storage.make_folder(FOLDER + "/" + epochs[0])
        epochs.sort()
        self._open(epochs.pop())
        for name in epochs:
            self._remove(name)

    @property
    def held(self):
        """The lowest seq that is still here (the next one, where none is)."""
        return self._firsts[0] if self._firsts else 1

    def append(self, record):
        """Write a record and return its seq. When this returns, no power cut can take it away."""
        seq = self.last + 1
        data = pack(record, self.epoch, seq)
        try:
            self._append(seq, data)
        except OSError:
            # No room, or a write that failed half way: the oldest records make room, and what was begun is left alone.
            if len(self._firsts) > 1:
                self._give_up_oldest()
            self._ended = True
            self._append(seq, data)
        self.last = seq
        return seq

    def read(self, first, count):
        """Return up to `count` records from seq `first` on; what cannot be read comes as a loss event."""
        records = []
        end = min(first + count, self.last + 1)
        while first < end:
            segment, follower = self._bounds(first)
            stop = min(end, follower)
            data = self._read(segment, (first - segment) * SIZE, (stop - first) * SIZE)
            for at in range(stop - first):
                records.append(unpack(data[at * SIZE : (at + 1) * SIZE], self.epoch, first + at))
            first = stop
        return _mended(records)

    def trim(self, seq):
        """Forget what is confirmed: everything up to `seq`, as far as whole segments go."""
        if seq + 1 >= self.held:
            self.lost = None
        while len(self._firsts) > 1 and self._firsts[1] <= seq + 1:
            self._remove_oldest()

    def replace(self, seq, record):
        """Put another record in the place of one that is here."""
        segment, _ = self._bounds(seq)
        data = bytearray(self.storage.read(self._path(segment)))
        data[(seq - segment) * SIZE : (seq - segment + 1) * SIZE] = pack(record, self.epoch, seq)
        self.storage.replace(self._path(segment), data)

    def reopen(self, boot, uptime, settings, flags):
        """Carry everything held into a new epoch, because the journal has gone back.

        A generator: each step is a short one, and presses may be recorded between them. Until the last step but the
        cleaning, the old epoch counts; a power cut at any moment leaves the one or the other, whole.
        """
        for name in self.storage.names(FOLDER):
            if name.endswith(UNFINISHED):
                self._remove(name)
        old, epoch = self._name, _draw_epoch()
        name = _name(self._generation + 1, epoch)
        folder = FOLDER + "/" + name + UNFINISHED
        self.storage.make_folder(folder)
        source, target = self.held, 1
        shift = source - 2  # a record's seq in the new epoch is this much less: event 4 has seq 1
        records = [(EVENT, REOPENED, self.last, boot, uptime, settings, flags)]
        while records:
            filled = (target - 1) % self._segment
            data = b"".join([pack(record, epoch, target + at) for at, record in enumerate(records)])
            self.storage.append("%s/%010d" % (folder, target - filled), data)
            target += len(records)
            yield
            records = self.read(source, min(32, self._segment - (target - 1) % self._segment))
            # What was written since the start is new beyond doubt, whatever the collector has from another life.
            records = [_carried(record, shift, source + at <= self._found) for at, record in enumerate(records)]
            source += len(records)
        self.storage.rename(folder, FOLDER + "/" + name)
        self._open(name)
        yield
        for file in self.storage.names(FOLDER + "/" + old):
            self.storage.remove(FOLDER + "/" + old + "/" + file)
            yield
        self.storage.remove_folder(FOLDER + "/" + old)

    def _open(self, name):
        self._name, self._generation, self.epoch = name, int(name[:4]), int(name[5:], 16)
        self._firsts = sorted([int(file) for file in self.storage.names(FOLDER + "/" + name)])
        self.lost = None
        self.last = 0
        self._ended = True
        if self._firsts:
            size = self.storage.size(self._path(self._firsts[-1]))
            # A number once begun is used, even if power went before its record was whole: then it reads as a loss.
            # Nothing is written behind such a rest, or all that follows would be out of step.
            slots = (size + SIZE - 1) // SIZE
            self.last = self._firsts[-1] + slots - 1
            self._ended = bool(size % SIZE) or slots >= self._segment
        self._found = self.last

    def _append(self, seq, data):
        if not self._ended:
            self.storage.append(self._path(self._firsts[-1]), data)
        else:
            while len(self._firsts) >= self._most:
                self._give_up_oldest()
            self.storage.replace(self._path(seq), data)
            self._firsts.append(seq)
        self._ended = seq - self._firsts[-1] + 1 >= self._segment

    def _give_up_oldest(self):
        self._remove_oldest()
        self.lost = "full"

    def _remove_oldest(self):
        self.storage.remove(self._path(self._firsts[0]))
        self._firsts.pop(0)

    def _bounds(self, seq):
        # The segment of a seq is the newest that begins at or before it: one that was left half written is overlaid.
        segment = 0
        for first in self._firsts:
            if first > seq:
                return segment, first
            segment = first
        return segment, self.last + 1

    def _read(self, segment, offset, size):
        try:
            return self.storage.read(self._path(segment), offset, size) or b""
        except OSError:
            return b""  # a block of flash that is gone: each record in it is a loss, the others are not

    def _path(self, segment):
        return "%s/%s/%010d" % (FOLDER, self._name, segment)

    def _remove(self, name):
        folder = FOLDER + "/" + name
        for file in self.storage.names(folder):
            self.storage.remove(folder + "/" + file)
        self.storage.remove_folder(folder)


def _name(generation, epoch):
    return "%04d-%08x" % (generation, epoch)


def _draw_epoch():
    return (int.from_bytes(os.urandom(4), "little") >> 1) or 1


def _carried(record, shift, perhaps_repeated):
    kind, value, extra, boot, uptime, settings, flags = record
    if kind == REASON:
        # Points at its rating's number; a rating that is no longer here cannot be pointed at.
        extra = extra - shift if extra > shift + 1 else 0
    if perhaps_repeated:
        flags |= PERHAPS_REPEATED
    return kind, value, extra, boot, uptime, settings, flags


def _mended(records):
    # Any other time than a neighbour's would throw doubt on the times around it.
    neighbour = next((record for record in records if record), (0, 0, 0, 1, 0, 0, 0))
    for at, record in enumerate(records):
        if record:
            neighbour = record
        else:
            records[at] = loss(UNREADABLE, neighbour)
    return records
