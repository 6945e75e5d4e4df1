"""The thread's work: a slip onto paper, once at most."""

import time
from datetime import datetime, timezone
from pathlib import Path

from printer import self_test
from printer.condition import MUTE, NO_PROOF
from printer.escpos import render
from printer.profiles import PROFILES
from printer.signer import Signer, SignerError
from printer.slip import INVITATION, Slip, TooLong
from printer.transport import NotReady, Unsure, look, open_link, print_over
from printing.memory import Memory
from printing.receipts import Receipt, Receipts

SIGNER = "signer.json"
AGAIN = 2  # s after which a printer that is not ready is asked again for a slip that waits
LOOK = 60  # s after which one that has nothing to do is looked at
CUT_OFF = "The power went while this was being printed."
TOO_LATE = "This came too late to be printed."
FORGOTTEN = "The kiosk does not remember whether it printed this."
_FIELDS = "shop", "invitation", "link", "reference", "language", "copy", "logo"  # of a slip; others are newer than this


class NotKept(Exception):
    """The flash does not take what has to be on it before the first byte leaves. The message is a sentence."""


class Station:
    """The printer, and what is waiting for it. Each method may take long, and is called from one thread.

    storage: where Memory, Receipts and the signer keep what lasts.
    options: as in `printer.json`.
    listener: is told of everything; a `printing.Printing`.
    log: takes a line for a person.

    Raises ValueError, with a sentence, where the options are none.
    """

    def __init__(self, storage, options, listener, log):
        self._listener, self._log = listener, log
        self._address, self._profile = options.get("address", ""), _profile(options.get("profile"), options)
        self._name = options.get("name", "The printer of this kiosk")
        self._memory, self._receipts = Memory(storage), Receipts(storage)
        self._signer_path, self._signer = Path(storage.root, SIGNER), None
        self._spare = None  # a link that was drawn and has not been printed
        self._waiting = {}  # by number: the message, when it is over, how the printer was when that was told
        self._unsure = True  # what was printed before may have stopped half way, the power having gone
        self._look_due = 0.0
        self._look()
        self._tell()

    def close(self):
        if self._signer:
            self._signer.close()

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
            document = self._document(message)
        except Exception as fault:
            # Whatever it is: nothing has left, and it would be the same the next time.
            del self._waiting[number]
            self._conclude(number, "failed", "The kiosk cannot print this: %s" % fault)
            return True
        try:
            state, text = self._deliver(document, begin, until, tell)
        except NotReady as fault:
            tell(fault.condition)
            return False
        except NotKept as fault:
            state, text = "failed", str(fault)
        del self._waiting[number]
        self._conclude(number, state, text)
        return True

    def _conclude(self, number, state, text):
        try:
            self._memory.write(number, state, text)
        except OSError as fault:
            # After a start it is unknown, or came too late: never printed again.
            self._log("slip %d: the outcome is not kept: %s" % (number, fault))
        self._listener.answer(number, state, None, text)

    def _say_waiting(self, number):
        condition = self._waiting[number][2]
        if condition:
            self._listener.answer(number, "waiting", condition.state, condition.sentence)

    def _document(self, message):
        """Return what makes the document of a message, once there is a link."""
        # The console's word counts, where this program knows the kind; for its own receipts the kiosk has printer.json.
        profile, number = self._profile, message["id"]
        if message.get("profile") in PROFILES:
            profile = _profile(message["profile"], message)
        if message.get("self_test"):
            return lambda link: self_test.render(self._name, profile, self_test.probe(link), number)
        values = {name: value for name, value in message["slip"].items() if name in _FIELDS}
        document = render(Slip(**values), profile, number)
        return lambda _: document

    # Receipts of the kiosk's own

    def receipt(self, reference, key):
        """Print a receipt's code; return the Receipt, or a sentence where there is none."""
        receipt = self._receipts.known(key)
        if receipt:
            receipt.is_repeated = True
            return receipt
        try:
            signer = self._signed()
            receipt = self._draw(signer, reference, key)
        except SignerError as fault:
            return str(fault)
        slip = Slip(signer.store, INVITATION[signer.language], receipt.link, reference, signer.language)
        try:
            document = render(slip, self._profile, receipt.serial)
        except TooLong as fault:
            return str(fault)
        try:
            receipt.state, receipt.text = self._deliver(lambda _: document, lambda: self._begin(receipt))
        except NotReady as fault:
            receipt.state, receipt.text, receipt.condition = "failed", str(fault), fault.condition.state
            return receipt
        except NotKept as fault:
            receipt.state, receipt.text = "failed", str(fault)
            return receipt
        try:
            self._receipts.end(receipt)
        except OSError as fault:
            self._log("receipt %d: the outcome is not kept: %s" % (receipt.serial, fault))
        self._tell()
        return receipt

    def kept(self, signer, serial):
        """The collector knows of all receipts of a signer up to this serial number."""
        try:
            self._receipts.keep(signer, serial)
        finally:
            self._tell()

    def _signed(self):
        if not self._signer:
            if not self._signer_path.exists():
                raise SignerError("This kiosk has no signer.json: make one with `smilepost provision signer`.")
            self._signer = Signer(self._signer_path)
        return self._signer

    def _draw(self, signer, reference, key):
        now = datetime.now(timezone.utc)
        # A till that asks again and again while there is no paper must not use up the numbers.
        if not (self._spare and self._spare.day == signer.day(now)):
            self._spare = signer.next_link(now)
        link, day, serial = self._spare
        return Receipt(signer.id, day.isoformat(), serial, reference, key, link)

    def _begin(self, receipt):
        self._spare = None
        self._receipts.begin(receipt)

    def _tell(self):
        self._listener.untold(*self._receipts.untold())

    # The printer

    def _deliver(self, document, begin, until=None, tell=lambda _: None):
        """Print what `document` makes of a link; return (state, sentence).

        begin: brings to flash what has to be there before the first byte leaves.
        until: when a printer that is in trouble on the way is given up.
        tell: called with how the printer is on the way.

        Raises NotReady or NotKept where nothing has left.
        """

        def begun():
            try:
                begin()
            except OSError as fault:
                raise NotKept("The flash of the kiosk does not take it (%s); nothing was printed." % fault)

        def is_now(condition):
            self._is_now(condition)
            tell(condition)

        try:
            with open_link(self._address) as link:
                ready = document(link)
                condition = print_over(link, ready, begun, until=until, tell=is_now, after_unsure=self._unsure)
        except NotReady as fault:
            self._is_now(fault.condition)
            raise
        except Unsure as fault:
            self._unsure = True
            return "unknown", str(fault)
        self._unsure = False
        self._is_now(condition)
        return "done", NO_PROOF if condition == MUTE else ""

    def _look(self):
        self._is_now(MUTE if self._profile.answers == "none" else look(self._address))

    def _is_now(self, condition):
        self._look_due = time.monotonic() + LOOK
        self._listener.is_now(condition.state)


def _profile(name, options):
    if name not in PROFILES:
        raise ValueError("There is no kind of printer %r; there are %s." % (name, ", ".join(PROFILES)))
    try:
        return PROFILES[name].with_code_page(options.get("code_page"))
    except LookupError as fault:
        raise ValueError(fault.args[0])
