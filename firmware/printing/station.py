"""The thread's work: a slip onto paper, once at most."""

import time

from printer import self_test
from printer.condition import NO_PROOF
from printer.escpos import render
from printer.profiles import PROFILES, profile_of
from printer.slip import Slip
from printer.transport import NotReady, Unsure, deliver, look, open_link
from printing.memory import CUT_OFF, Memory
from printing.receipts import NotPrinted, Till

NAME = "The printer of this kiosk"  # on the page by which a technician looks at it
AGAIN = 2  # s after which a printer that is not ready is asked again for a slip that waits
LOOK = 60  # s after which one that has nothing to do is looked at
TOO_LATE = "This came too late to be printed."
CANNOT = "The kiosk cannot print this: %s"
FORGOTTEN = "The kiosk does not remember whether it printed this."
_FIELDS = (
    "shop",
    "invitation",
    "link",
    "reference",
    "language",
    "copy",
    "logo",
    "did",
)  # of a slip; others are newer than this


class Station:
    """The printer, and what is waiting for it. Each method may take long, and is called from one thread.

    storage: where what lasts is kept: Memory, Receipts, the signer.
    options: as in `printer.json`.
    listener: is told of everything; a `printing.Printing`.
    log: takes a line for a person.

    Raises ValueError, with a sentence, where the options are none.
    """

    def __init__(self, storage, options, listener, log):
        self._listener, self._log = listener, log
        self._address = options.get("address", "")
        try:
            self._profile = profile_of(options.get("profile"), options.get("code_page"))
        except LookupError as fault:
            raise ValueError(fault.args[0])
        self._memory, self._till = Memory(storage), Till(storage, self._profile, self.deliver, log)
        self._waiting = {}  # by number: the message, when it is over, how the printer was when that was told
        self._unsure = True  # what was printed before may have stopped half way, the power having gone
        self._look_due = 0.0
        self._look()
        self._tell()

    def close(self):
        self._till.close()

    def pause(self):
        """Return for how many seconds there is nothing to do, if nothing comes."""
        return AGAIN if self._waiting else max(0, self._look_due - time.monotonic())

    def go_on(self):
        """Print what waits, or see how the printer is."""
        for number in list(self._waiting):
            if not self._print_waiting(number):
                break
        now = time.monotonic()
        for number in [number for number, (_, until, _) in self._waiting.items() if now >= until]:
            condition = self._waiting.pop(number)[2]
            sentence = " " + condition.sentence if condition else ""
            self._conclude(number, "failed", "It waited until its time was over." + sentence)
        if not self._waiting and now >= self._look_due:
            self._look()

    # Slips of the collector

    def take(self, message, until):
        """Take a slip, or the question what became of it; until: when its time is over, of `time.monotonic`."""
        number, again = message["id"], message.get("again") is True
        known = self._memory.outcome(number)
        if known:
            self._listener.answer(number, known[0], None, known[1])
        elif number in self._waiting:
            self._say_waiting(number)
        elif not self._memory.is_new(number, again):
            self._listener.answer(number, "unknown", None, FORGOTTEN)
        elif time.monotonic() >= until or not ("slip" in message or message.get("self_test")):
            self._listener.answer(number, "failed", None, TOO_LATE)
        else:
            self._memory.admit(number)
            self._waiting[number] = message, until, None

    def _print_waiting(self, number):
        """Print a slip that waits; return whether it does not wait any more."""
        message, until, _ = self._waiting[number]
        if time.monotonic() >= until:
            return False

        def begin():
            self._memory.write(number, "unknown", CUT_OFF)

        def tell(condition):
            if not condition.ready and condition != self._waiting[number][2]:
                self._waiting[number] = message, until, condition
                self._say_waiting(number)

        try:
            state, text = self.deliver(self._document(message), begin, until, tell)
        except NotReady as fault:
            tell(fault.condition)
            return False
        except NotPrinted as fault:
            state, text = "failed", str(fault)
        del self._waiting[number]
        self._conclude(number, state, text)
        return True

    def _conclude(self, number, state, text):
        try:
            self._memory.write(number, state, text)
        except Exception as fault:
            # After a start it is unknown, or came too late: never printed again.
            self._log("slip %d: the outcome is not kept: %s" % (number, fault))
        self._listener.answer(number, state, None, text)

    def _say_waiting(self, number):
        condition = self._waiting[number][2]
        if condition:
            self._listener.answer(number, "waiting", condition.state, condition.sentence)

    def _document(self, message):
        """Return what makes the document of a message, once there is a link; raises NotPrinted where nothing can."""
        try:
            # The console's word counts, where this program knows the kind; the kiosk's own receipts go by printer.json.
            profile, number = self._profile, message["id"]
            if message.get("profile") in PROFILES:
                profile = profile_of(message["profile"], message.get("code_page"))
            if message.get("self_test"):
                return lambda link: self_test.render(NAME, profile, self_test.probe(link), number)
            values = {name: value for name, value in message["slip"].items() if name in _FIELDS}
            document = render(Slip(**values), profile, number)
        except Exception as fault:
            raise NotPrinted(CANNOT % fault)
        return lambda _: document

    # Receipts of the kiosk's own

    def receipt(self, reference, key):
        """Print a receipt's code; return the Receipt, or a sentence where there is none."""
        try:
            return self._till.receipt(reference, key)
        finally:
            self._tell()

    def kept(self, signer, serial):
        """The collector knows of all receipts of a signer up to this serial number."""
        try:
            self._till.kept(signer, serial)
        finally:
            self._tell()

    def _tell(self):
        self._listener.untold(*self._till.untold())

    # The printer

    def deliver(self, document, begin, until=None, tell=lambda _: None):
        """Print what `document` makes of a link; return (state, sentence).

        begin: brings to flash what has to be there before the first byte leaves.
        until: when a printer that is in trouble on the way is given up.
        tell: called with how the printer is on the way.

        Raises NotReady or NotPrinted where nothing has left.
        """
        after_unsure, has_begun = self._unsure, False

        def begun():
            nonlocal has_begun
            try:
                begin()
            except OSError as fault:
                raise NotPrinted("The flash of the kiosk does not take it (%s); nothing was printed." % fault)
            has_begun = self._unsure = True

        def is_now(condition):
            self._is_now(condition)
            tell(condition)

        try:
            with open_link(self._address) as link:
                ready = document(link)
                condition = deliver(link, ready, begun, until=until, tell=is_now, after_unsure=after_unsure)
            self._is_now(condition)
        except NotReady as fault:
            self._is_now(fault.condition)
            raise
        except NotPrinted:
            raise
        except Unsure as fault:
            return "unknown", str(fault)
        except Exception as fault:
            if has_begun:
                self._log("on the way to the printer: %r" % fault)
                return "unknown", "Something happened on the way that the program did not foresee: %s" % fault
            raise NotPrinted(CANNOT % fault)
        self._unsure = ready.answer is None  # of what is only believed, nobody knows how far it came
        return "done", "" if ready.answer else NO_PROOF

    def _look(self):
        self._is_now(look(self._address, is_mute=self._profile.answers == "none"))

    def _is_now(self, condition):
        self._look_due = time.monotonic() + LOOK
        self._listener.is_now(condition.state)
