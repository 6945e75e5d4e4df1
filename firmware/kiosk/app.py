"""The kiosk's own work, from a press to the light.

    queue of presses → journal on flash → light, sound, screen

Nothing on this way waits for anything but the flash. The network looks at the journal from the other side.
"""

import asyncio
import gc

from kiosk import VERSION, forget
from kiosk.clock import within
from kiosk.front import Front
from kiosk.presses import LOOK_AGAIN
from kiosk.record import CLOCK_WAS_SET, EVENT, RATING, REASON, REPEAT, STARTED, STUCK, TEST, TOUCH

try:
    from gc import mem_free
except ImportError:
    mem_free = None

FAULT = "fault.txt"


class Kiosk:
    """The buttons and what answers to them.

    board: the pins, lights and screen; see `boards`.
    buttons: what the shoppers press.
    storage, journal, clock, settings: where a press is written, when it was, and under which settings.
    alive: who of the program's tasks is still at work.
    log: takes a line for a person.
    when_recorded: called without arguments after each record.
    takes: called with button, time and flags of a press, returns whether it has recorded that itself.
    when_tested: called with button, epoch and seq of a press that was a test, once its light is on.
    """

    def __init__(self, board, buttons, storage, journal, clock, settings, alive, log):
        self._board, self._storage, self._journal = board, storage, journal
        self._clock, self._settings, self._alive, self._log = clock, settings, alive, log
        self.totals = [0] * board.buttons
        self._stuck = []
        self._unlit = 0  # presses that could not be brought to flash
        self._last_press = None
        self._buttons, self._presses = buttons, buttons.presses
        self._front = Front(board, settings, clock.utc)
        self._answered = asyncio.Event()  # the front has something to show, or to end
        self._fault = (storage.read(FAULT) or b"").decode()
        settings.when_changed = self._set
        self.when_recorded = lambda: None
        self.when_tested = lambda button, epoch, seq: None  # noqa: ARG005 - its shape
        self._tests_until = self._attended_until = 0
        self._test = None  # (epoch, seq) of the latest press that was one
        self.takes = not_taken
        if board.touch:
            board.when_touched, board.when_chosen = self.touched, self.chosen

    def start(self):
        """Record that the kiosk has started, and ask the first shopper."""
        if not self._board.kept():
            try:
                self._record(EVENT, STARTED, self._board.reset_cause())
            except OSError as fault:
                self._log("start not recorded: %s" % fault)
        now = self._clock.uptime()
        for button in self._board.woken_by():
            self._presses.put((RATING, button + 1, now, 0))
        self._front.rest()

    def code(self, press, size, bits):
        """Take the QR code that the collector has made for a press."""
        self._front.code(press, size, bits, self._clock.uptime())
        self._answered.set()

    def touched(self, button):
        """A face on a touch screen was pressed."""
        if 1 <= button <= self._settings["buttons"]:
            self._presses.put((RATING, button, self._clock.uptime(), TOUCH))

    def chosen(self, reason):
        """A reason on a touch screen was pressed; 0: none of them, or done with the code."""
        press = self._front.choosing
        if press and press != self._test and press[0] == self._journal.epoch and 1 <= reason <= 6:
            try:
                self._record(REASON, reason, press[1], flags=TOUCH)
            except OSError as fault:
                self._log("reason not recorded: %s" % fault)
        self._front.chosen(self._clock.uptime())
        self._answered.set()

    def busy(self):
        """Return whether a press is under way, from the contact to the end of its answer."""
        attended = self._clock.uptime() < max(self._tests_until, self._attended_until)
        return attended or bool(self._presses) or self._buttons.busy() or self._front.busy

    def attend(self, milliseconds):
        """Somebody is here to look after this kiosk: it stays awake."""
        self._attended_until = self._clock.uptime() + milliseconds

    def watch(self, seconds):
        """Take presses for tests from now on, for so long."""
        self._tests_until = self._clock.uptime() + seconds * 1000

    def show(self, picture, milliseconds=0):
        """Show a picture for so long; None: ask the next shopper."""
        self._front.show(picture, self._clock.uptime() + milliseconds)
        self._answered.set()

    def last_press(self, otherwise):
        """Return when somebody pressed last."""
        return otherwise if self._last_press is None else max(otherwise, self._last_press)

    def stuck(self):
        """Return the buttons (from 0) that are stuck."""
        return [button - 1 for button in self._stuck]

    def identify(self, _message):
        """Blink, so that this kiosk is found among others."""
        self._front.identify(self._clock.uptime())
        self._answered.set()
        return "It blinks for ten seconds."

    def restart(self, _message):
        """Start anew."""
        self._board.restart(None)

    def self_test(self, _message):
        """Look at everything that can be looked at without a hand."""
        from kiosk.self_test import found

        try:
            return found(self._board, self._storage, self._journal, self._settings["buttons"], self._unlit)
        finally:
            forget("self_test")

    def health(self):
        """Return what a status says about this board."""
        board = self._board
        health = {
            "firmware": VERSION,
            "board": board.name,
            "reset": board.reset_cause(),
            "totals": self.totals[: self._settings["buttons"]],
        }
        for name, value in (
            ("stuck", self._stuck),
            ("unlit", self._unlit),
            ("fault", self._fault),
            ("signal", board.signal()),
            ("battery", board.battery()),
        ):
            if value:
                health[name] = value
        if mem_free:
            gc.collect()
            health["free"] = mem_free()
        return health

    async def record_presses(self):
        """Bring presses to flash, and only then thank for them."""
        while True:
            self._alive.back_within("recorder", LOOK_AGAIN)
            await self._presses.wait()
            while self._presses:
                what, button, at, flags = self._presses.take()
                try:
                    if what != RATING:
                        self._report(what, button, at)
                    elif at < self._tests_until:
                        self.test(button, at, flags)
                    elif not self.takes(button, at, flags):
                        self.rate(button, at, flags)
                except OSError as fault:
                    self._unlit += 1
                    self._log("press not recorded, no light: %s" % fault)
                await asyncio.sleep(0)  # the light goes on before the next press is written
            try:
                self._journal.settle()
            except OSError as fault:
                self._log("journal: %s" % fault)  # the next press tries again

    async def keep_front(self):
        """Let light and screen change when it is time."""
        while True:
            self._answered.clear()
            due = self._front.settle(self._clock.uptime())
            self._alive.back_within("front", due)
            await within(due, self._answered)

    async def keep_alive(self, window):
        """Feed the watchdog while every task is at work.

        window: ms after the start without a watchdog. They belong to a technician with a cable.
        """
        guarded = False
        while True:
            late = self._alive.late()
            if late:
                self.note_fault("stuck: " + ", ".join(late))
                await asyncio.sleep(60)  # the watchdog bites before that
                self._board.restart(None)  # where there is none
            if not guarded and self._clock.uptime() >= window:
                self._board.start_watchdog()
                guarded = True
            if guarded:
                self._board.feed()
            await asyncio.sleep(2)

    def note_fault(self, fault):
        """Keep what has gone wrong until the next start, whose status tells the collector."""
        note_fault(self._storage, "boot %d: %s" % (self._clock.boot, fault))

    def rate(self, button, at, flags):
        """Record a rating and thank for it; return its seq."""
        repeated = self._last_press is not None and at - self._last_press < self._settings["repeat"]
        version, question = self._front.asked
        seq = self._record(RATING, button, question, at, flags | (REPEAT if repeated else 0), version)
        self._last_press = at  # not before: who got no light presses again, and that one counts
        self.totals[button - 1] += 1
        self._thank(button, seq)
        return seq

    def test(self, button, at, flags):
        """Record a press that is no rating."""
        seq = self._record(TEST, button, 0, at, flags)
        self._test = self._journal.epoch, seq
        self._thank(button, seq)
        self.when_tested(button, self._journal.epoch, seq)

    def _thank(self, button, seq):
        self._front.pressed((self._journal.epoch, seq), button, self._clock.uptime())
        self._answered.set()

    def _report(self, code, button, at):
        if code == STUCK:
            self._stuck.append(button)
        elif button in self._stuck:
            self._stuck.remove(button)
        self._record(EVENT, code, button, at)
        self._log("button %d is %s" % (button, "stuck" if code == STUCK else "free again"))

    def _record(self, kind, value, extra, at=None, flags=0, settings=None):
        clock = self._clock
        if clock.utc() is not None:
            flags |= CLOCK_WAS_SET
        uptime = clock.uptime() if at is None else at
        version = self._settings.version if settings is None else settings
        seq = self._journal.append((kind, value, extra, clock.boot, uptime, version, flags))
        self.when_recorded()
        return seq

    def _set(self):
        self._front.settings_changed()
        self._answered.set()


def not_taken(button, at, flags):  # noqa: ARG001 - its shape
    """Leave a press to the kiosk."""
    return False


def note_fault(storage, text):
    """Keep a sentence about what has gone wrong; a flash that does not take it must not be a second fault."""
    text = text[:200].encode()
    try:
        if storage.read(FAULT) != text:  # one that comes at each start is not to wear the flash out
            storage.replace(FAULT, text)
    except OSError:
        pass
