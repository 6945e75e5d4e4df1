"""What the kiosk says to its collector, and what it makes of the answers. Pure: it knows no network.

docs/protocol.md is the definition; its section numbers stand in the comments.
"""

import json
import random

from kiosk import const
from kiosk.record import CLOCK_WAS_SET, REFUSED, loss
from kiosk.settings import is_code

STATUS_EVERY = 60_000
_FRAME_BYTES = const(4096)
_FRAME_RECORDS = const(100)


class Conversation:
    """Decide what to say next (sections 1, 3, 5) and what an answer means (4, 6, 7).

    journal, clock, settings, identity: the kiosk's own; nothing of the journal has been sent since it was opened.
    health: called without arguments, returns what the board adds to the `health` of a status.
    others: whoever else has something to say or to hear, each with `topics`, `heard(topic, message)`, `next()`,
        `wait()` and `acked()`; commands and updates are.
    when_coded: called with (epoch, seq) of a press, size and bits, when the collector has made a QR code for it.
    """

    def __init__(self, journal, clock, settings, identity, health, others=()):
        self._journal, self._clock, self._settings = journal, clock, settings
        self._identity, self._health, self._others = identity, health, others
        self.topics = ["ack", "config"]
        for other in others:
            self.topics += other.topics
        self.connections = 0  # of this boot
        self.confirmed = 0  # the most that an ack of this boot has covered
        self._cursor = 0  # what the latest ack covered: frames go on from there
        self._not_before = 0  # the collector's `wait`
        self._held_back = 0
        # The most that the collector can have: what this boot found on flash, and what it has sent since.
        self._sent = journal.last
        self._frame = None  # (first, last) of the unconfirmed frame
        self._singly = 0  # up to this seq records go one by one
        self._refused_seq = self._refusals = 0  # a record that was refused by itself, and how often
        self._clock_error = 0
        self.when_coded = lambda press, size, bits: None  # noqa: ARG005 - its shape
        self._reopening = None  # the steps of carrying the journal into a new epoch
        self._status_delay = Backoff(2000, STATUS_EVERY)
        self._frame_delay = Backoff(2000, 300_000)
        self._status_due = self._frame_due = 0
        self.answered = False  # whether an ack has come on this connection
        self.acked_at = 0  # when the latest came
        self.over = False  # whether this connection should end
        self.parting = False  # whether it should, once everything is said

    def begin(self):
        """Begin a new connection."""
        self.connections += 1
        self._frame = None
        self._status_delay.reset()
        self._frame_delay.reset()
        self._status_due = 0
        self.answered = self.over = self.parting = False

    def next(self):
        """Return (topic, payload) of what is to be said now, or None."""
        now = self._clock.uptime()
        if self._reopening:
            self._reopen(self._reopening)
        elif now >= self._status_due:
            self._status_due = now + (STATUS_EVERY if self.answered else self._status_delay.next())
            return "status", self.status("online")
        elif self.answered and now >= self._next_frame():
            self._frame_due = now + self._frame_delay.next()
            return "up", self._build_frame()
        else:
            for other in self._others:
                said = other.next()
                if said:
                    topic, message = said
                    return topic, _compact(dict(message, v=1))
            self.over = self.parting
        return None

    def wait(self):
        """Return for how many milliseconds there is nothing to say, if nothing happens meanwhile."""
        if self._reopening:
            return 0
        due = self._status_due
        if self.answered:
            due = min(due, self._next_frame())
        wait = max(0, due - self._clock.uptime())
        return min([wait] + [each for each in [other.wait() for other in self._others] if each is not None])

    def heard(self, topic, payload):
        """Take a message of the collector. One that cannot be read is as good as none."""
        try:
            message = json.loads(payload)
        except ValueError:
            return
        if not isinstance(message, dict) or message.get("v") != 1:
            return
        if topic == "ack":
            numbers = message.get("epoch"), message.get("seq"), message.get("utc"), message.get("wait", 0)
            if _whole(numbers):
                self._ack(*numbers, message.get("refused", []) if message.get("reason") else None)
                self._take_code(message["epoch"], message.get("qr"))
        elif topic == "config":
            version, values = message.get("version"), message.get("settings")
            if _whole([version]) and isinstance(values, dict) and self._settings.take(version, values):
                self._status_due = 0
        else:
            for other in self._others:
                if topic in other.topics:
                    other.heard(topic, message)

    @property
    def unsent(self):
        """How many records the collector has not confirmed."""
        return self._journal.last - self._first() + 1

    @property
    def idle(self):
        """Whether there is nothing to say."""
        return not (self.unsent or self._frame or self._reopening) and all([o.wait() is None for o in self._others])

    def hold_back(self, until):
        """Let records stay here until then, because the newest may still become another."""
        self._held_back = until

    def resume(self, connections, confirmed):
        """Go on where this boot was before a deep sleep."""
        self.connections = connections
        self.confirmed = self._cursor = min(confirmed, self._journal.last)

    def status(self, state, until=None):
        """Return the payload of a status; until: when one that is asleep means to wake."""
        journal = self._journal
        message = {
            "v": 1,
            "boot": self._clock.boot,
            "connection": self.connections,
            "state": state,
            "epoch": journal.epoch,
            "seq": journal.last,
            "confirmed": self.confirmed,
            "settings": self._settings.version,
            "secret": self._identity.number,
        }
        if until:
            message["until"] = until
        if state == "online":
            message["health"] = self.health()
        return _compact(message)

    def health(self):
        """Return what a status says of how the kiosk is."""
        health = self._health()
        health["uptime"] = self._clock.uptime()
        health["clock_error"] = self._clock_error
        health["depth"] = self.unsent
        oldest = self.oldest()
        if oldest is not None:
            health["oldest"] = oldest
        return health

    def _ack(self, epoch, seq, utc, wait, refused):
        journal = self._journal
        if epoch != journal.epoch or self._reopening:
            return
        if seq > self._sent:  # section 6: only a journal that went back can hear this
            self._reopening = journal.reopen(
                self._clock.boot,
                self._clock.uptime(),
                self._settings.version,
                CLOCK_WAS_SET if self._clock.utc() is not None else 0,
            )
            return
        self._clock_error = self._clock.set(utc)
        now = self._clock.uptime()
        if not self.answered:
            self.answered = True
            self._status_due = now + STATUS_EVERY
            self._identity.answered()
        for other in self._others:
            other.acked()
        self._cursor, self.acked_at = seq, now
        self.confirmed = max(self.confirmed, seq)
        self._not_before = now + wait
        journal.trim(seq)
        if self._frame:
            if refused is None:
                # The collector is there, so what is still missing is worth another try soon.
                self._frame_delay.reset()
            first, last = self._frame
            if seq >= last:
                self._frame = None
            elif refused in ([], [first, last]):
                self._refused(first, last, by_name=bool(refused))
            else:
                self._frame_due = min(self._frame_due, now + self._frame_delay.next())

    def _take_code(self, epoch, code):
        if isinstance(code, list) and _whole(code[:1]) and is_code(code[1:]):
            seq, size, bits = code
            self.when_coded((epoch, seq), size, bits)

    def _refused(self, first, last, by_name):
        # Section 3: one by one, and what is refused twice by itself and by name gives its number to a loss.
        if first < last:
            self._singly = last
            self._frame = None
            return
        if by_name:
            self._refusals = self._refusals + 1 if first == self._refused_seq else 1
            self._refused_seq = first
            if self._refusals == 2:
                [record] = self._journal.read(first, 1)
                self._journal.replace(first, loss(REFUSED, record))
        self._frame_due = self._clock.uptime() + self._frame_delay.next()

    def _reopen(self, steps):
        try:
            next(steps)
        except StopIteration:
            self._reopening = None
            self.confirmed = self._cursor = self._singly = self._sent = 0
            self.over = True  # a new connection brings a will of the new epoch
        except OSError:
            self._reopening = None
            raise

    def _first(self):
        return max(self._cursor + 1, self._journal.held)

    def _next_frame(self):
        """Return when the next frame is due."""
        if self._frame:
            return max(self._frame_due, self._not_before, self._held_back)
        if self._first() <= self._journal.last:
            return max(self._not_before, self._held_back)
        return self._status_due  # there is nothing to send

    def _build_frame(self):
        journal, clock = self._journal, self._clock
        first = self._first()
        header = {
            "v": 1,
            "epoch": journal.epoch,
            "held": journal.held,
            "first": first,
            "boot": clock.boot,
            "uptime": clock.uptime(),
        }
        if clock.utc() is not None:
            header["utc"] = clock.utc()
        if journal.lost:
            header["lost"] = journal.lost
        size = len(_compact(header)) + 28  # with the names and brackets of anchors and records
        boots, anchors, records = {clock.boot}, [], []
        for record in journal.read(first, 1 if first <= self._singly else _FRAME_RECORDS):
            text = "[%d,%d,%d,%d,%d,%d,%d]" % record
            size += len(text) + 1
            anchor = ""
            boot = record[3]
            if boot not in boots and clock.anchor(boot):
                uptime, utc = clock.anchor(boot)
                anchor = "[%d,%d,%d]" % (boot, uptime, utc)
                size += len(anchor) + 1
            if size > _FRAME_BYTES:
                break
            boots.add(boot)
            records.append(text)
            if anchor:
                anchors.append(anchor)
        self._frame = first, first + len(records) - 1
        self._sent = max(self._sent, first + len(records) - 1)
        rest = ',"anchors":[' + ",".join(anchors) + "]" if anchors else ""
        rest += ',"records":[' + ",".join(records) + "]}"
        return _compact(header)[:-1] + rest.encode()

    def oldest(self):
        """Return the age of the oldest record that is not confirmed, where it can be told."""
        clock = self._clock
        for _, _, _, boot, uptime, _, _ in self._journal.read(self._first(), 1):
            if boot == clock.boot:
                return clock.uptime() - uptime
            anchor = clock.anchor(boot)
            if anchor and clock.utc() is not None:
                return max(0, clock.utc() - anchor[1] + anchor[0] - uptime)
        return None


class Backoff:
    """Delays of `first` milliseconds, twice that, and so on up to `most`, each give or take a fifth."""

    def __init__(self, first, most):
        self._first = self._delay = first
        self._most = most

    def reset(self):
        self._delay = self._first

    def next(self):
        delay = self._delay
        self._delay = min(2 * delay, self._most)
        return self._drawn(delay)

    def _drawn(self, delay):
        return delay * random.randint(80, 120) // 100


def _whole(values):
    return all(type(value) is int and value >= 0 for value in values)


def _compact(message):
    return json.dumps(message, separators=(",", ":")).encode()
