"""The printer beside a Raspberry Pi kiosk: slips that the collector sends, and receipts of the kiosk's own.

    collector     → print  ┐                          ┌ → printed → collector
    button        →        ├ one thread → the printer ┤
    local program → HTTP   ┘                          └ → answer

`printer.json`, beside `device.json`, says where it is:

    {"address": "usb:///dev/usb/lp0", "profile": "epson-80"}

and, where they are wanted, "code_page" (one of the profile's, or "none"), "button" (a GPIO number: a button to ground
that prints a receipt's code) and "port" (of the local call, 8138). Receipts need a `signer.json` there, too.

All that may wait, for flash or for paper, waits in that thread: a press has nothing to do with it.

    station      the thread's work: a slip onto paper, once at most
    memory       on flash: which slips of the collector have been printed
    receipts     receipts of the kiosk's own; on flash: which have been printed, and what the collector does not know
    local_call   how a program beside the kiosk has one printed

CPython only, with the project's `printer` package beside the firmware.
"""

import asyncio
import queue
import threading
import time

from kiosk.conversation import Backoff

FILE = "printer.json"
PORT = 8138  # of the local call, on loopback
_TELL_AGAIN, _TELL_AGAIN_MOST = 30_000, 300_000  # ms until receipts are told again that the collector has not kept
_QUEUE = 8  # receipts that wait for the printer's thread; what comes beyond is told to come again
_QUEUED = 10  # s that a receipt may wait there; later nobody stands before the printer any more
_REPEAT = 2  # s after a receipt in which its button is not heard: nobody wants two


class Printing:
    """What the rest of the kiosk sees of the printer; one of those that `kiosk.conversation` calls others.

    storage, clock, log: the kiosk's own.
    options: what `printer.json` says.
    """

    topics = ("print",)

    def __init__(self, storage, clock, log, options):
        self._storage, self._clock, self._log, self._options = storage, clock, log, options
        self.when_due = lambda: None  # called when there is something to say
        self.state = "unknown"  # how the printer is, a word; None: there is none that works
        self._loop = None
        self._work = queue.Queue()  # what the thread does next, called with the station
        self._receipts = 0  # how many of them are receipts
        self._by_button, self._button_from = False, 0.0  # one is under way; from when on another is heard
        self._answers = []
        self._untold, self._tell_due = None, 0  # (signer, receipts) that the collector does not know
        self._acked = False  # it has spoken since they were told: before, nobody would hear
        self._tell_delay = Backoff(_TELL_AGAIN, _TELL_AGAIN_MOST)
        self.local_call = None

    # What the conversation calls.

    def heard(self, _topic, message):
        """Take a slip of the collector, or its word that it knows of receipts."""
        if "kept" in message:
            signer, serial = message.get("signer"), message["kept"]
            if type(signer) is int and type(serial) is int:
                self._tell_delay.reset()
                self._tell_due, self._acked = 0, True
                self._untold = None  # until the thread has looked which are left
                self._do(lambda station: station.kept(signer, serial))
            return
        number, expires, now = message.get("id"), message.get("expires"), self._clock.utc()
        if type(number) is not int or type(expires) is not int or number < 1 or now is None:
            return  # without a clock nothing can be said to be in time; it comes again
        # The thread counts by itself: the kiosk's clock belongs to the loop.
        until = time.monotonic() + (expires - now) / 1000
        self._do(lambda station: station.take(message, until))

    def next(self):
        """Return what is to be said."""
        if self._answers:
            return "printed", self._answers.pop(0)
        if self._untold and self._acked and self._clock.uptime() >= self._tell_due:
            self._acked = False
            self._tell_due = self._clock.uptime() + self._tell_delay.next()
            signer, receipts = self._untold
            return "printed", {"signer": signer, "receipts": receipts}
        return None

    def wait(self):
        """Return for how many milliseconds there is nothing to say; None: as long as nothing happens."""
        if self._answers:
            return 0
        return max(0, self._tell_due - self._clock.uptime()) if self._untold and self._acked else None

    def acked(self):
        """The collector is there."""
        self._acked = True

    @property
    def owes(self):
        """Whether there is something that the collector does not know yet."""
        return bool(self._answers or self._untold)

    def health(self):
        """Return what a status says about the printer."""
        return {"printer": self.state} if self.state else {}

    # What a shop does.

    def pressed(self):
        """Print a receipt's code, because its button was pressed; any thread may call this."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._press)

    async def receipt(self, reference, key):
        """Print a receipt's code; return what became of it, a `printing.receipts.Receipt`, or a sentence.

        reference: the till's number, or None.
        key: what makes it one; with a key that is known nothing more is printed. None: it is one of its own.
        """
        if not self.state:
            return "There is no printer that this kiosk can use; its log says why."
        if self._receipts == _QUEUE:
            return "Too many receipts wait for the printer."
        over, ticket = asyncio.get_running_loop().create_future(), [None]  # whoever pops the ticket decides

        def work(station):
            if not _popped(ticket):
                return
            try:
                outcome = station.receipt(reference, key)
            except Exception as fault:
                self._log("receipt: %r" % fault)
                outcome = "Something happened that the program did not foresee; the kiosk's log says what."
            self._post(lambda: over.done() or over.set_result(outcome))

        self._receipts += 1
        try:
            self._do(work)
            await asyncio.wait([over], timeout=_QUEUED)
            return "The printer is busy with another slip." if _popped(ticket) else await over
        finally:
            self._receipts -= 1

    async def run(self):
        """Print, for ever."""
        self._loop = asyncio.get_running_loop()
        thread = threading.Thread(target=self._print, name="printing", daemon=True)
        thread.start()
        try:
            await self._serve()
            await asyncio.Event().wait()
        finally:
            if self.local_call:
                self.local_call.close()
            self._do(None)

    async def _serve(self):
        from printing.local_call import LocalCall

        local_call = LocalCall(self.receipt, self._options.get("port", PORT))
        try:
            await local_call.open()
        except OSError as fault:
            self._log("no local call for receipts: %s" % fault)
        else:
            self.local_call = local_call

    def _press(self):
        if self._by_button or time.monotonic() < self._button_from:
            return
        self._by_button = True
        asyncio.ensure_future(self.receipt(None, None)).add_done_callback(self._press_over)

    def _press_over(self, pressed):
        self._by_button, self._button_from = False, time.monotonic() + _REPEAT
        if not pressed.cancelled():
            outcome = pressed.result()
            self._log("receipt by the button: %s" % (outcome if isinstance(outcome, str) else outcome.state))

    def _do(self, work):
        self._work.put(work)

    # What the thread does.

    def _print(self):
        try:
            from printing.station import Station

            station = Station(self._storage, self._options, self, self._log)
        except Exception as fault:
            self.state = None
            self._log("no printing: %s" % ("%s: %s" % (FILE, fault) if isinstance(fault, ValueError) else repr(fault)))
            return None
        while True:
            try:
                work = self._work.get(timeout=station.pause())
                if work is None:
                    return station.close()
                work(station)
            except queue.Empty:
                pass
            except Exception as fault:
                self._log("printing: %r" % fault)
            try:
                station.go_on()
            except Exception as fault:
                self._log("printing: %r" % fault)

    # What the thread says.

    def answer(self, number, state, condition, text):
        """Have the collector told what became of a slip."""
        message = {"id": number, "state": state, "text": text}
        if condition:
            message["condition"] = condition
        self._post(lambda: self._answers.append(message))

    def is_now(self, state):
        """Take notice of how the printer is."""
        if state != self.state:
            self._log("the printer: %s" % state)
            self.state = state

    def untold(self, signer, receipts):
        """Have the collector told of receipts; none are left where there are none."""
        self._post(lambda: self._tell(signer, receipts))

    def _tell(self, signer, receipts):
        self._untold = (signer, receipts) if receipts else None

    def _post(self, work):
        try:
            if self._loop:
                self._loop.call_soon_threadsafe(lambda: (work(), self.when_due()))
        except RuntimeError:
            pass  # the program has ended meanwhile


def _popped(ticket):
    try:
        ticket.pop()
    except IndexError:
        return False
    return True
