"""Bytes and milliseconds of a slip, by kind of printer."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks.printing.quick_printer import QuickPrinter
from printer.escpos import Document, render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import deliver, open_link

#: The shop's name is Ukrainian: kinds that have no such letters take it as a picture.
SLIP = Slip("Річкова", INVITATION["uk"], "HTTPS://FEEDBACK.EXAMPLE/Q/" + "A2B3C4D5E6F7" * 2 + "GHIJ", "0042", "uk")
_BAUDS = (9600, 19_200, 115_200)
#: Bits a byte on a serial line.
_BITS = 10
HEAD = ("kind", "bytes", "ms to make", "ms to a printer on loopback", *(f"s at {baud:,} baud" for baud in _BAUDS))


def measure(times: int) -> Iterator[Sequence[str]]:
    quick = QuickPrinter()
    for kind, profile in PROFILES.items():
        make = partial(render, SLIP, profile, 1)
        document = make()
        # A kind that never answers is only waited for, which says nothing.
        sent = f"{_median_ms(partial(_print, quick.address, document), times):.1f}" if document.answer else ""
        lines = (f"{len(document.data) * _BITS / baud:.2f}" for baud in _BAUDS)
        yield kind, f"{len(document.data):,}", f"{_median_ms(make, times):.1f}", sent, *lines


def _print(address: str, document: Document) -> None:
    with open_link(address) as link:
        deliver(link, document, lambda: None)


def _median_ms(act: Callable[[], object], times: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    once()
    return 1000 * statistics.median(once() for _ in range(times))
