"""Receipts of the kiosk's own: each drawn from its signer, printed once under its key, and told to the collector.

On flash, `receipts.log` has a line for each thing that happened; it is written anew when it has grown long:

    {"signer":7,"day":"2026-11-22","serial":65,"reference":"0042","key":"3/0042","link":"HTTPS://…"}   it is printed now
    {"signer":7,"serial":65,"state":"done","text":""}                                        what became of it
    {"signer":7,"kept":65}                                                                   the collector knows of it
"""

import json
from datetime import datetime, timezone
from pathlib import Path

from printer.escpos import render
from printer.signer import Signer, SignerError
from printer.slip import INVITATION, Slip, TooLong
from printer.transport import NotReady
from printing.memory import CUT_OFF

SIGNER = "signer.json"
FILE = "receipts.log"
UNTOLD = 5000  # receipts that are kept for the collector; of older ones it will not learn the reference
_KEYS = 500  # the newest receipts are known by their keys, whether they are told or not
_LONG = 2000  # lines more than there are receipts, before the file is written anew
_MESSAGE = 3500  # bytes of receipts in a message


class NotPrinted(Exception):
    """Nothing has left, and it would be the same the next time. The message is a sentence."""


class Receipt:
    """One receipt, and what became of it: "done", "failed" (nothing was printed) or "unknown"."""

    def __init__(self, signer, day, serial, reference, key, link):
        self.signer, self.day, self.serial = signer, day, serial
        self.reference, self.key, self.link = reference, key, link
        self.state, self.text, self.condition = "unknown", CUT_OFF, ""
        self.is_repeated = False  # it was printed earlier, under the same key


class Till:
    """Has receipts printed. Each method may take long, and is called from one thread.

    storage: where the receipts and the signer are.
    profile: of the printer.
    deliver: a document onto paper; see `printing.station.Station.deliver`.
    log: takes a line for a person.
    """

    def __init__(self, storage, profile, deliver, log):
        self._profile, self._deliver, self._log = profile, deliver, log
        self._receipts = Receipts(storage)
        self._signer_path, self._signer = Path(storage.root, SIGNER), None
        self._spare = None  # a link that was drawn and has not been printed

    def close(self):
        if self._signer:
            self._signer.close()

    def receipt(self, reference, key):
        """Print a receipt's code; return the Receipt, or a sentence where there is none."""
        receipt = self._receipts.known(key)
        if receipt:
            receipt.is_repeated = True
            return receipt
        try:
            signer = self._signed()
            receipt = self._draw(signer, reference, key)
            slip = Slip(signer.store, INVITATION[signer.language], receipt.link, reference, signer.language)
            document = render(slip, self._profile, receipt.serial)
        except (SignerError, TooLong) as fault:
            return str(fault)
        try:
            receipt.state, receipt.text = self._deliver(lambda _: document, lambda: self._begin(receipt))
        except NotReady as fault:
            receipt.state, receipt.text, receipt.condition = "failed", str(fault), fault.condition.state
            return receipt
        except NotPrinted as fault:
            receipt.state, receipt.text = "failed", str(fault)
            return receipt
        try:
            self._receipts.end(receipt)
        except OSError as fault:
            self._log("receipt %d: the outcome is not kept: %s" % (receipt.serial, fault))
        return receipt

    def kept(self, signer, serial):
        """The collector knows of all receipts of a signer up to this serial number."""
        self._receipts.keep(signer, serial)

    def untold(self):
        """Return what the collector does not know; see `Receipts.untold`."""
        return self._receipts.untold()

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


class Receipts:
    """Which receipts this kiosk has printed by itself, and which of them the collector does not know yet.

    storage: where they are kept.
    """

    def __init__(self, storage):
        self._storage = storage
        self._receipts = []  # in the order in which they were printed
        self._kept = {}  # by signer: the serial number up to which the collector knows them
        self._lines = 0
        self._is_clean = True  # the file ends with a whole line
        self._load()

    def known(self, key):
        """Return the receipt of a key, or None."""
        if key is None:
            return None
        return next((receipt for receipt in reversed(self._receipts) if receipt.key == key), None)

    def begin(self, receipt):
        """Write down that a receipt is about to be printed; raises OSError where flash does not take it."""
        self._receipts.append(receipt)
        try:
            self._append(_begun(receipt))
        except OSError:
            self._receipts.remove(receipt)
            raise

    def end(self, receipt):
        """Write down what became of it."""
        self._append(_ended(receipt))

    def keep(self, signer, serial):
        """The collector knows all receipts of a signer up to this serial number."""
        self._kept[signer] = max(serial, self._kept.get(signer, 0))
        self._forget()
        self._append({"signer": signer, "kept": serial})

    def untold(self):
        """Return (signer, [[day, serial, reference], …]) of the oldest receipts that the collector does not know."""
        signer, rows, size = None, [], 0
        for receipt in self._receipts:
            if self._is_told(receipt) or signer not in (None, receipt.signer):
                continue
            row = [receipt.day, receipt.serial, receipt.reference]
            size += len(json.dumps(row)) + 1
            if size > _MESSAGE or len(rows) == 100:
                break
            signer = receipt.signer
            rows.append(row)
        return signer, rows

    def _is_told(self, receipt):
        return receipt.serial <= self._kept.get(receipt.signer, 0)

    def _forget(self):
        newest = self._receipts[-_KEYS:]
        self._receipts = [each for each in self._receipts[:-_KEYS] if not self._is_told(each)][-UNTOLD:] + newest

    def _append(self, line):
        if self._is_clean and self._lines - 2 * len(self._receipts) < _LONG:
            self._is_clean = False
            self._storage.append(FILE, _line(line))
            self._lines += 1
        else:
            self._forget()
            lines = [_begun(receipt) for receipt in self._receipts] + [_ended(receipt) for receipt in self._receipts]
            lines += [{"signer": signer, "kept": serial} for signer, serial in self._kept.items()]
            self._storage.replace(FILE, b"".join([_line(each) for each in lines]))
            self._lines = len(lines)
        self._is_clean = True

    def _load(self):
        content = self._storage.read(FILE) or b""
        receipts = {}
        for line in content.split(b"\n"):
            try:
                self._read(json.loads(line), receipts)
            except (ValueError, LookupError, TypeError):
                self._is_clean = self._is_clean and not line  # the power went, or the flash has aged
            self._lines += 1
        self._is_clean = self._is_clean and (content[-1:] in (b"", b"\n"))
        self._receipts = list(receipts.values())
        self._forget()

    def _read(self, line, receipts):
        signer = line["signer"]
        if "kept" in line:
            self._kept[signer] = max(line["kept"], self._kept.get(signer, 0))
        elif "state" in line:
            receipt = receipts[signer, line["serial"]]
            receipt.state, receipt.text = line["state"], line["text"]
        else:
            numbers = signer, line["serial"]
            receipts[numbers] = Receipt(
                signer, line["day"], line["serial"], line["reference"], line["key"], line["link"]
            )


def _begun(receipt):
    return {
        "signer": receipt.signer,
        "day": receipt.day,
        "serial": receipt.serial,
        "reference": receipt.reference,
        "key": receipt.key,
        "link": receipt.link,
    }


def _ended(receipt):
    return {"signer": receipt.signer, "serial": receipt.serial, "state": receipt.state, "text": receipt.text}


def _line(values):
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"
