"""The journal: every record that the collector has not yet confirmed, on flash.

    journal/0001-31b8a0f4-00000000/0000000001     the first segment: 170 records of 24 bytes, one after the other
    journal/0001-31b8a0f4-00000000/0000000171     the newest segment
    journal/0001-31b8a0f4-00000000/tail/records   the newest records, up to five: here the next one goes

A folder is an epoch (generation, epoch number, owner), a segment is named by the seq of its first record. The tail is
written anew with each record. It is so short that littlefs keeps it in the folder's own log, which costs a program of
flash and hardly ever an erase; when it is full it is added to the newest segment, which costs an erase for five records
instead of for each one.

There is no other state. Newest segment and tail are never deleted, so that they say the next number for ever, and no
number is used twice; the older segments are deleted when all in them is confirmed.
"""

import os
import struct
from binascii import crc32

from kiosk import const, forget
from kiosk.record import EVENT, REOPENED, SIZE, UNREADABLE, loss, pack, unpack

FOLDER = "journal"
_UNFINISHED = const(".new")  # a folder that is still being filled
TAIL = "tail"
# With its head 128 bytes: what littlefs takes into the log where it programs 32 bytes at a time.
_TAIL_RECORDS = const(5)
_HEAD = const("<II")  # seq of the tail's first record, check


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
    serial: the board's own, where a card with the journal on it can be put into another board.
    """

    def __init__(self, storage, capacity=12240, segment=170, serial=""):
        self.storage = storage
        self.lost = None  # why records below `held` went without a confirmation
        self._segment = segment
        self._most = max(2, capacity // segment)  # the newest segment never goes, so it takes two to give one up
        self._owner = crc32(serial.encode()) if serial else 0
        storage.make_folder(FOLDER)
        epochs = []
        for name in storage.names(FOLDER):
            if name.endswith(_UNFINISHED):
                self._remove(name)
            else:
                epochs.append(name)
        if not epochs:
            epochs.append(_name(1, _draw_epoch(), self._owner))
            storage.make_folder(FOLDER + "/" + epochs[0])
        epochs.sort()
        self._open(epochs.pop())
        for name in epochs:
            self._remove(name)

    @property
    def held(self):
        """The lowest seq that is still here (the next one, where none is)."""
        return self._firsts[0] if self._firsts else self._tail_first()

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

    def settle(self):
        """Do now what would hold up the next record."""
        if len(self._tail) >= _TAIL_RECORDS * SIZE:
            self._spill()

    def read(self, first, count):
        """Return up to `count` records from seq `first` on; what cannot be read comes as a loss event."""
        records = []
        end = min(first + count, self.last + 1)
        tail = self._tail_first()
        while first < min(end, tail):
            segment, follower = self._bounds(first)
            stop = min(end, follower, tail)
            data = self._read(segment, (first - segment) * SIZE, (stop - first) * SIZE)
            for at in range(stop - first):
                records.append(unpack(data[at * SIZE : (at + 1) * SIZE], self.epoch, first + at))
            first = stop
        for seq in range(first, end):
            at = (seq - tail) * SIZE
            records.append(unpack(bytes(self._tail[at : at + SIZE]), self.epoch, seq))
        return _mended(records)

    def trim(self, seq):
        """Forget what is confirmed: everything up to `seq`, as far as whole segments go."""
        if seq + 1 >= self.held:
            self.lost = None
        while len(self._firsts) > 1 and self._firsts[1] <= seq + 1:
            self._remove_oldest()

    def replace(self, seq, record):
        """Put another record in the place of one that is here."""
        data = pack(record, self.epoch, seq)
        first = self._tail_first()
        if seq >= first:
            tail = bytearray(self._tail)
            tail[(seq - first) * SIZE : (seq - first + 1) * SIZE] = data
            self._write_tail(first, tail)
        else:
            first, _ = self._bounds(seq)
            content = bytearray(self.storage.read(self._path(first)))
            content[(seq - first) * SIZE : (seq - first + 1) * SIZE] = data
            self.storage.replace(self._path(first), content)

    def reopen(self, boot, uptime, settings, flags):
        """Carry everything held into a new epoch, because the journal has gone back.

        A generator: each step is a short one, and presses may be recorded between them. Until the last step but the
        cleaning, the old epoch counts; a power cut at any moment leaves the one or the other, whole. Where there is no
        room for both, the oldest records are given up.
        """
        while True:
            try:
                yield from self._reopen(boot, uptime, settings, flags)
                return
            except OSError:
                if len(self._firsts) < 2:
                    raise
                self._give_up_oldest()

    def _reopen(self, boot, uptime, settings, flags):
        from kiosk.reopening import carry

        for name in self.storage.names(FOLDER):
            if name.endswith(_UNFINISHED):
                self._remove(name)
        old, epoch = self._name, _draw_epoch()
        name = _name(self._generation + 1, epoch, self._owner)
        folder = FOLDER + "/" + name + _UNFINISHED
        self.storage.make_folder(folder)
        self.storage.make_folder(folder + "/" + TAIL)
        reopened = EVENT, REOPENED, self.last, boot, uptime, settings, flags
        # Of a lost tail one event tells: up to five records, and nobody knows how many.
        begin = [reopened] + ([loss(UNREADABLE, reopened)] if self._lost_tail else [])
        following = yield from carry(self, folder, epoch, begin, self._segment, self._found)
        forget("reopening")
        self.storage.replace("%s/%s/records" % (folder, TAIL), _head(epoch, following))
        self.storage.rename(folder, FOLDER + "/" + name)
        self._open(name)
        yield
        yield from self._removing(old)

    def _open(self, name):
        self._name = name
        generation, epoch, owner = name.split("-")
        self._generation, self.epoch = int(generation), int(epoch, 16)
        self.storage.make_folder(self._tail_path(""))
        names = self.storage.names(FOLDER + "/" + name)
        self._firsts = sorted([int(file) for file in names if file != TAIL])
        self.lost = None
        self._slots, self._ended = 0, True
        if self._firsts:
            size = self.storage.size(self._path(self._firsts[-1]))
            # A number once begun is used, even if power went before its record was whole: then it reads as a loss.
            # Nothing is written behind such a rest, or all that follows would be out of step.
            self._slots = (size + SIZE - 1) // SIZE
            self._ended = bool(size % SIZE)
        tail = self._read_tail()
        # Whether it has to go on in a new epoch before anything of it is sent: this board is not the one that wrote it,
        # or the tail is gone and with it the knowledge which numbers are used.
        self._lost_tail = tail is None
        self.doubtful = int(owner, 16) != self._owner or self._lost_tail
        self.last = self._firsts[-1] + self._slots - 1 if self._firsts else 0
        self._tail = b""
        if tail:
            first, records = tail
            end = first + len(records) // SIZE
            if end > self.last + 1:  # else it has been added to the segment already
                self._ended = self._ended or first != self.last + 1
                self.last, self._tail = end - 1, records
        self._found = self.last

    def _append(self, seq, data):
        if len(self._tail) >= _TAIL_RECORDS * SIZE:
            self._spill()
        self._write_tail(seq - len(self._tail) // SIZE, self._tail + data)

    def _write_tail(self, first, records):
        self.storage.replace(self._tail_path("/records"), _head(self.epoch, first) + records)
        self._tail = bytes(records)

    def _spill(self):
        """Add the tail to the newest segment, or begin another one with it."""
        count = len(self._tail) // SIZE
        if self._ended or self._slots + count > self._segment:
            while len(self._firsts) >= self._most:
                self._give_up_oldest()
            first = self._tail_first()
            self.storage.replace(self._path(first), self._tail)
            if first not in self._firsts:
                self._firsts.append(first)
            self._slots, self._ended = 0, False
        else:
            self.storage.append(self._path(self._firsts[-1]), self._tail)
        self._slots += count
        self._tail = b""

    def _tail_first(self):
        return self.last + 1 - len(self._tail) // SIZE

    def _read_tail(self):
        """Return (first, records) of the tail on flash, or None where there was one that cannot be read."""
        try:
            data = self.storage.read(self._tail_path("/records"))
        except OSError:
            return None
        if not data and not self._firsts:
            return 1, b""  # a new journal, or one whose first record was never lit
        if not data or len(data) < 8:
            return None
        first, _ = struct.unpack(_HEAD, data[:8])
        return (first, data[8:]) if data[:8] == _head(self.epoch, first) else None

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

    def _tail_path(self, rest):
        return "%s/%s/%s%s" % (FOLDER, self._name, TAIL, rest)

    def _remove(self, name):
        for _ in self._removing(name):
            pass

    def _removing(self, name):
        folder = FOLDER + "/" + name
        for file in self.storage.names(folder):
            if file == TAIL:
                for inner in self.storage.names(folder + "/" + TAIL):
                    self.storage.remove("%s/%s/%s" % (folder, TAIL, inner))
                self.storage.remove_folder(folder + "/" + TAIL)
            else:
                self.storage.remove(folder + "/" + file)
            yield
        self.storage.remove_folder(folder)


def _name(generation, epoch, owner):
    return "%04d-%08x-%08x" % (generation, epoch, owner)


def _draw_epoch():
    return (int.from_bytes(os.urandom(4), "little") >> 1) or 1


def _head(epoch, first):
    return struct.pack(_HEAD, first, crc32(struct.pack("<II", epoch, first)))


def _mended(records):
    # Any other time than a neighbour's would throw doubt on the times around it.
    neighbour = next((record for record in records if record), (0, 0, 0, 1, 0, 0, 0))
    for at, record in enumerate(records):
        if record:
            neighbour = record
        else:
            records[at] = loss(UNREADABLE, neighbour)
    return records
