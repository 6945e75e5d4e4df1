"""What printing costs, as tables for docs/benchmarks.md.

    PYTHONPATH=. .venv/bin/python -m benchmarks.printing [--short]

slips      bytes and milliseconds of a slip, by kind of printer
spool      slips a second that the spool brings to printers
request    from a POS's HTTP request to the slip's first byte at the printer
polls      printers that call, CloudPRNT
proxy      what the receipt proxy adds
"""

import argparse
import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, insert, select
from sqlalchemy.pool import NullPool

from benchmarks import print_polls, print_proxy
from benchmarks.intake.report import percentile, table
from collector import migrations
from collector.accounts.tokens import make_token
from collector.database import connect, make_engine
from collector.settings import Settings
from collector.slips.spool import print_slip
from collector.slips.tables import printer
from collector.up.postgres import running
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import deliver
from tests.conftest import port_settings

#: The shop's name is Ukrainian: kinds that have no such letters take it as a picture.
SLIP = Slip("Річкова", INVITATION["uk"], "HTTPS://FEEDBACK.EXAMPLE/Q/" + "A2B3C4D5E6F7" * 2 + "GHIJ", "0042", "uk")
#: How questions end, how proofs begin, and the two questions for them.
_QUESTIONS, _STATES = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04", b"\x12\x12\x12\x12"
_PROCESS_ID, _STATUS = b"\x1d(H\x06\x00\x30\x30", b"\x1dr\x01"
#: Bits a byte on a serial line.
_BITS = 10


class QuickPrinter:
    """Takes every slip at once, and says so. The virtual printer draws, which is none of what is measured here."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        #: When the first byte of each slip came, by `time.perf_counter`.
        self.first_bytes: list[float] = []
        self.came = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                peer, _ = self._listener.accept()
                with peer:
                    self._serve(peer)

    def _serve(self, peer: socket.socket) -> None:
        heard = peer.recv(4096)
        assert heard == _QUESTIONS  # noqa: S101 - the spool asks before it sends
        peer.sendall(_STATES)
        heard = peer.recv(65536)
        if not heard:
            return  # it was only looked at
        self.first_bytes.append(time.perf_counter())
        self.came.set()
        while not (_STATUS in heard or ((at := heard.find(_PROCESS_ID)) >= 0 and len(heard) >= at + 11)):
            heard += peer.recv(65536)
        peer.sendall(b"\x37\x22" + heard[at + 7 : at + 11] + b"\x00" if _PROCESS_ID in heard else b"\x00")
        while peer.recv(4096):
            pass


def slips(times: int) -> Iterator[Sequence[str]]:
    """By kind of printer: bytes, ms to make them, ms to a printer and back, and how long a serial line takes, s."""
    quick = QuickPrinter()
    for key, profile in PROFILES.items():
        document = render(SLIP, profile, 1)
        made = _median_ms(partial(render, SLIP, profile, 1), times)
        sent = ""
        if document.answer:
            sent = f"{_median_ms(partial(deliver, quick.address, document, _nothing), times):.1f}"
        lines = [f"{len(document.data) * _BITS / baud:.2f}" for baud in (9600, 19_200, 115_200)]
        yield key, f"{len(document.data):,}", f"{made:.1f}", sent, *lines


def spooled(settings: Settings, engine: Engine, store: int, printers: int, jobs: int) -> float:
    """Slips a second, from the first in the queue to the last proof."""
    quick = [QuickPrinter() for _ in range(printers)]
    ids = [set_up(engine, store, each.address) for each in quick]
    now = datetime.now(UTC)
    began = time.perf_counter()
    with engine.begin() as connection:
        for number in range(jobs):
            print_slip(connection, ids[number % printers], SLIP, key=f"{printers}/{number}", now=now)
    with connect(settings, autocommit=True) as database:
        while database.execute("SELECT count(*) FROM job WHERE state <> 'done'").fetchone() != (0,):
            time.sleep(0.05)
    return jobs / (time.perf_counter() - began)


def requested(settings: Settings, engine: Engine, store: int, times: int, name: str) -> list[float]:
    """Seconds from the request of a POS to the first byte of its slip at the printer, one after the other."""
    quick = QuickPrinter()
    printer_id = set_up(engine, store, quick.address)
    with engine.begin() as connection:
        token = make_token(connection, "a POS", ("write",), store)
    took = []
    for number in range(times):
        quick.came.clear()
        body = json.dumps({"store": store, "printer": printer_id, "reference": f"{number:04}"})
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{name}-{number}",
        }
        began = time.perf_counter()
        pos = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
        pos.request("POST", "/api/v1/slips", body, headers)
        answer = pos.getresponse()
        assert answer.status == http.HTTPStatus.CREATED, answer.read()  # noqa: S101
        answer.read()
        pos.close()
        assert quick.came.wait(30)  # noqa: S101
        took.append(quick.first_bytes[-1] - began)
        time.sleep(0.02)  # a queue of customers is not a loop
    return took


def set_up(engine: Engine, store: int, address: str) -> int:
    """A printer of the store; returns its id."""
    values = {"store_id": store, "name": address, "address": address, "profile": "epson-80"}
    with engine.begin() as connection:
        return int(connection.execute(insert(printer).values(values).returning(printer.c.id)).scalar_one())


@contextlib.contextmanager
def spool(settings: Settings) -> Iterator[None]:
    """The spool as `smilepost print`, for as long as it is needed."""
    environment = {**os.environ, **settings.environment()}
    with (settings.data / "print.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", "print"], env=environment, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="does it all run?")
    few = 10 if parser.parse_args().short else 1
    lines = ("s at 9,600 baud", "s at 19,200", "s at 115,200")
    table("A slip", ("kind", "bytes", "ms to make", "ms to a printer on loopback", *lines), slips(100 // few))
    table("The receipt proxy adds", print_proxy.HEAD, print_proxy.measure(200 // few))
    with tempfile.TemporaryDirectory(prefix="printing-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings.load(environ={}, data=Path(folder), **port_settings())
        with running(settings):
            _with_database(settings, few)


def _with_database(settings: Settings, few: int) -> None:
    engine = make_engine(settings, poolclass=NullPool)
    migrations.upgrade(engine)
    secrets = print_polls.set_up(engine)
    with engine.connect() as connection:
        store = int(connection.execute(select(printer.c.store_id).limit(1)).scalar_one())
    with spool(settings):
        rates = [(f"{count}", f"{spooled(settings, engine, store, count, 1000 // few):.0f}") for count in (1, 8)]
        table("The spool", ("printers", "slips a second"), rates)
        with print_polls.web(settings):
            requested(settings, engine, store, 20, "warm")
            took = requested(settings, engine, store, 500 // few, "measured")
            found = [f"{1000 * percentile(took, n):.1f}" for n in (50, 95, 99)]
            table("HTTP request to the slip's first byte at the printer, ms", ("p50", "p95", "p99"), [found])
            print_polls.measure(settings, secrets, 0, 3)  # warm
            polls = print_polls.measure(settings, secrets, 400, 20 / few)
            found = [f"{polls.rate:.0f}", *(f"{polls.percentile(n):.1f}" for n in (50, 95, 99))]
            table("CloudPRNT polls, ms", ("a second", "p50", "p95", "p99"), [found])


def _median_ms(act: Callable[[], object], times: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    once()
    return 1000 * statistics.median(once() for _ in range(times))


def _nothing() -> None:
    """Sending begins."""


if __name__ == "__main__":
    main()
