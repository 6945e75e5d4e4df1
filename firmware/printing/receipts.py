"""On flash: which receipts this kiosk has printed by itself, and which of them the collector does not know yet.

`receipts.log` has a line for each thing that happened; it is written anew when it has grown long:

    {"signer":7,"day":"2026-11-22","serial":65,"reference":"0042","key":"3/0042","link":"HTTPS://…"}   it is printed now
    {"signer":7,"serial":65,"state":"done","text":""}                                        what became of it
    {"signer":7,"kept":65}                                                                   the collector knows of it
"""

import json

FILE = "receipts.log"
UNTOLD = 5000  # receipts that are kept for the collector; of older ones it will not learn the reference
_KEYS = 500  # the newest receipts are known by their keys, whether they are told or not
_LONG = 2000  # lines more than there are receipts, before the file is written anew
_MESSAGE = 3500  # bytes of receipts in a message

CUT_OFF = "The power went while this was being printed."


class Receipt:
    """One receipt, and what became of it: "done", "failed" (nothing was printed) or "unknown"."""

    def __init__(self, signer, day, serial, reference, key, link):
        self.signer, self.day, self.serial = signer, day, serial
        self.reference, self.key, self.link = reference, key, link
        self.state, self.text, self.condition = "unknown", CUT_OFF, ""
        self.is_repeated = False  # it was printed earlier, under the same key


class Receipts:
    """The receipts of this kiosk.

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
