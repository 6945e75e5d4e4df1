"""What a survey costs: answers by receipt codes at a steady pace, against `smilepost web` as it is shipped.

python -m benchmarks.survey               1,500 requests at 50 a second
python -m benchmarks.survey --short       a tenth of it: does it all run?

Each customer comes by a connection and a phone of their own, and does three things: looks, taps a face, sends the rest.
One in five is unhappy, writes a word, and has a case. A request is counted from when it was to be sent, so that a
server that is late once has to catch up.
"""

import argparse
import http.client
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks.intake.report import table
from benchmarks.printing.installation import Installation, installation
from collector.links.keys import sign
from collector.surveys.default import ensure_default
from printer.codes import Receipt
from tests.collector.customers import make_receipt

PACE = 50
STEPS = ("look", "tap", "send")


class Taken(NamedTuple):
    """One request."""

    step: str
    seconds: float


@dataclass(frozen=True)
class Customer:
    """Somebody with a receipt and a phone."""

    number: int
    code: str
    port: int

    def answer(self, begin: float, apart: float) -> list[Taken]:
        """Do the three things, `apart` seconds from each other, the first at `begin`."""
        line = http.client.HTTPConnection("127.0.0.1", self.port)
        face, comment = ("4", "Only one till was open.") if self.number % 5 == 0 else ("1", "")
        taken: list[Taken] = []
        fields = {"reply-1": face}
        for at, step in enumerate(STEPS):
            due = begin + at * apart
            time.sleep(max(0.0, due - time.monotonic()))
            page = self._ask(line, None if step == "look" else fields)
            taken.append(Taken(step, time.monotonic() - due))
            fields |= dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', page))
            fields["comment"] = comment
        line.close()
        if "Thank you!" not in page:
            raise RuntimeError(page)
        return taken

    def _ask(self, line: http.client.HTTPConnection, fields: dict[str, str] | None) -> str:
        """The page behind the code; with `fields`, after they were sent to it."""
        headers = {"User-Agent": f"phone {self.number}", "Accept-Language": "en"}
        if fields is None:
            line.request("GET", f"/Q/{self.code}", headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            line.request("POST", f"/Q/{self.code}", urlencode(fields), headers)
        response = line.getresponse()
        page = response.read().decode()
        if response.status != 200:
            raise RuntimeError(page)
        return page


def measure(there: Installation, requests: int) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Figures by step, and what each page weighs."""
    customers = [Customer(at, code, there.settings.port) for at, code in enumerate(_codes(there, requests // 3 + 1))]
    with there.web():
        customers[0].answer(time.monotonic(), 0.05)  # whatever is made once is made now
        begin, apart = time.monotonic() + 1, len(STEPS) / PACE
        with ThreadPoolExecutor(len(customers)) as phones:
            ready = threading.Barrier(len(customers) - 1)

            def come(customer: Customer) -> list[Taken]:
                ready.wait()
                return customer.answer(begin + (customer.number - 1) * apart, 1 + apart / 3)

            taken = [each for came in phones.map(come, customers[1:]) for each in came]
        sizes = _sizes(there)
    rows = []
    for step in (*STEPS, "all"):
        times = sorted(each.seconds * 1000 for each in taken if step in (each.step, "all"))
        cuts = quantiles(times, n=100)
        rows.append(
            (step, f"{len(times):,}", *(f"{each:.0f} ms" for each in (cuts[49], cuts[94], cuts[98], times[-1])))
        )
    return rows, sizes


def _codes(there: Installation, count: int) -> list[str]:
    with there.engine.begin() as connection:
        ensure_default(connection)
        first = make_receipt(connection, there.store_id, datetime.now(UTC).date())
        receipts = (Receipt(first.signer_id, first.day, serial) for serial in range(1, count + 1))
        return [sign(connection, there.settings, each) for each in receipts]


def _sizes(there: Installation) -> list[Sequence[str]]:
    """Of the two pages and all that they load."""
    code = _codes(there, 1)[0]
    line = http.client.HTTPConnection("127.0.0.1", there.settings.port)
    sizes, pages = {}, []
    for name, method, body in (("first page", "GET", None), ("second page", "POST", "reply-1=4")):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        line.request(method, f"/Q/{code}?lang=uk", body, headers)
        pages.append(line.getresponse().read())
        sizes[name] = len(pages[-1])
    for path in sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', pages[0].decode()))):
        line.request("GET", path)
        sizes[path] = len(line.getresponse().read())
    line.close()
    return [(name, f"{size:,} B") for name, size in (*sizes.items(), ("in all", sum(sizes.values())))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.survey", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="a tenth of it: does it all run?")
    requests = 1500 // (10 if parser.parse_args().short else 1)
    with installation() as there:
        rows, sizes = measure(there, requests)
    table(f"Answers at {PACE} requests a second", ("step", "requests", "p50", "p95", "p99", "longest"), rows)
    table("What a phone loads", ("what", "size"), sizes)


if __name__ == "__main__":
    main()
