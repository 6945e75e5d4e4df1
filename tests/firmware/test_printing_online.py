"""A slip from the collector over a real broker to a kiosk's printer, and the kiosk's own receipts the other way.

The collector's queue and intake, the broker, the kiosk's whole program and a virtual printer.
"""

import contextlib
import json
import threading
from concurrent import futures
from datetime import UTC, datetime, timedelta

import pytest
from pi_bench import IDENTITY, Terminal, in_a_thread
from printing.receipts import FILE as RECEIPTS
from sqlalchemy import insert, select
from test_printing_receipts import SIGNER, call, furnish

from collector.ingest.intake import Intake
from collector.links.keys import FIRST, key
from collector.links.tables import signer
from collector.places.tables import touchpoint
from collector.queue.tables import job
from collector.slips import relay
from collector.slips.spool import print_slip
from collector.slips.tables import printer
from printer.slip import Slip
from tests.printer.conftest import make_printer, virtual
from tests.waiting import until

__all__ = ["make_printer", "virtual"]

LINK = "HTTPS://SMILEPOST.EXAMPLE/Q/QAAAABBGAEAAAAAAAAAAAAAAAA{:02}"


class Shop:
    """A collector whose intake can be taken away, and a kiosk with a printer that can be switched off."""

    def __init__(self, settings, engine, secret, folder, virtual):
        self._settings, self._engine, self.folder = settings, engine, folder
        self._printed = 0
        with engine.begin() as connection:
            self.store = connection.scalar(select(touchpoint.c.store_id).limit(1))
            values = {"name": "Counter", "address": "kiosk://exit-1", "profile": "epson-80", "store_id": self.store}
            self.printer = connection.execute(insert(printer).values(values).returning(printer.c.id)).scalar_one()
            values = {"kind": "pi", "store_id": self.store, "name": "Exit", "kiosk_id": "exit-1"}
            self.signer = connection.execute(insert(signer).values(values).returning(signer.c.id)).scalar_one()
        own = {"signer": self.signer, "key_number": FIRST, "key": key(settings, self.signer, FIRST).hex()}
        furnish(folder, virtual, signer={**SIGNER, **own})
        identity = {**IDENTITY, "port": settings.broker_port, "secret": secret}
        (folder / "device.json").write_text(json.dumps(identity))
        self.intake = None

    def open(self):
        self.intake = Intake(self._settings)
        self._thread = threading.Thread(target=self.intake.run)
        self._thread.start()

    def close(self):
        if self.intake:
            self.intake.stop()
            self._thread.join(30)
            self.intake = None

    def print(self, lasts=timedelta(minutes=10)):
        self._printed += 1
        slip = Slip("Riverside", "How was it today?", LINK.format(self._printed), None, "en")
        with self._engine.begin() as connection:
            now = datetime.now(UTC) - timedelta(minutes=10) + lasts
            return print_slip(connection, self.printer, slip, key=f"test/{self._printed}", now=now)

    def job(self, number):
        with self._engine.connect() as connection:
            return connection.execute(select(job.c.state, job.c.outcome).where(job.c.id == number)).one()

    def comes_to(self, number, state):
        # A kiosk whose connection broke comes back within 30 s.
        until(lambda: self.job(number).state == state, f"slip {number} to be {state}", seconds=90)

    def kept(self, number):
        """What the kiosk has on flash of a slip."""
        slips = json.loads((self.folder / "slips.json").read_text())["slips"]
        return next((state for known, state, _ in slips if known == number), None)

    def rows(self, query):
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]


@pytest.fixture
def shop_with_printer(settings, engine, shop, broker, tmp_path, virtual):
    folder = tmp_path / "kiosk"
    folder.mkdir()
    made = Shop(settings, engine, shop.secret, folder, virtual)
    yield made
    made.close()


@pytest.fixture
def switch_on(shop_with_printer):
    """Switches the kiosk on until the block ends."""

    @contextlib.contextmanager
    def on():
        with in_a_thread() as loop:
            kiosk = Terminal(shop_with_printer.folder, loop, touch=False)
            try:
                yield kiosk
            finally:
                kiosk.end()

    return on


def state_of(shop):
    return shop.rows("SELECT state FROM printer")[0][0]


def test_a_slip_that_waits_for_the_kiosk_is_printed_when_it_comes_and_others_at_once(
    shop_with_printer, switch_on, virtual
):
    shop = shop_with_printer
    shop.open()
    first = shop.print()
    with switch_on():
        shop.comes_to(first, "done")
        assert state_of(shop) == "ready"
        second, third = shop.print(), shop.print()
        shop.comes_to(second, "done")
        shop.comes_to(third, "done")
    assert [link[-2:] for link in virtual.links] == ["01", "02", "03"]


def test_paper_that_is_out_is_told_at_once_and_the_slip_comes_when_there_is_some(shop_with_printer, switch_on, virtual):
    shop = shop_with_printer
    shop.open()
    with switch_on():
        shop.comes_to(shop.print(), "done")
        virtual.set(paper_out=True)
        number = shop.print()
        until(lambda: shop.job(number).outcome, "the reason")
        assert (shop.job(number).state, state_of(shop)) == ("sending", "paper_out")
        virtual.set(paper_out=False)
        shop.comes_to(number, "done")
    assert len(virtual.strips) == 2


def test_a_kiosk_that_was_switched_off_with_a_slip_in_hand_prints_it_once(shop_with_printer, switch_on, virtual):
    shop = shop_with_printer
    shop.open()
    with switch_on():
        shop.comes_to(shop.print(), "done")
        virtual.set(paper_out=True)
        number = shop.print()
        until(lambda: shop.job(number).outcome, "the reason")
    virtual.set(paper_out=False)
    with switch_on():
        shop.comes_to(number, "done")
    assert len(virtual.strips) == 2


def test_what_was_printed_while_the_collector_was_away_is_told_when_it_is_back(shop_with_printer, switch_on, virtual):
    shop = shop_with_printer
    shop.open()
    with switch_on():
        shop.comes_to(shop.print(), "done")
        virtual.set(cover_open=True)
        number = shop.print()
        until(lambda: shop.job(number).outcome, "the reason")
        shop.close()
        virtual.set(cover_open=False)
        virtual.wait_for(lambda: len(virtual.strips) == 2)
        until(lambda: shop.kept(number) == "done", "the kiosk to keep what became of it")
        assert shop.job(number).state == "sending"
    shop.open()
    with switch_on():
        shop.comes_to(number, "done")
    assert len(virtual.strips) == 2


def test_a_slip_that_is_stale_is_not_printed(shop_with_printer, switch_on, virtual):
    shop = shop_with_printer
    number = shop.print(lasts=timedelta(seconds=-1))
    shop.open()
    shop.comes_to(number, "failed")
    assert shop.job(number).outcome == relay.AWAY
    with switch_on():
        shop.comes_to(shop.print(), "done")
    assert [link[-2:] for link in virtual.links] == ["02"]


def test_receipts_that_were_printed_cut_off_are_known_when_the_collector_is_there(
    shop_with_printer, switch_on, virtual
):
    shop = shop_with_printer
    with switch_on() as kiosk:
        until(lambda: kiosk.printing.local_call, "the local call")
        with futures.ThreadPoolExecutor() as tills:
            answers = list(tills.map(lambda each: call(kiosk, f"{each:04}", f"till {each}"), range(5)))
        assert [status for status, _ in answers] == [201] * 5
        assert shop.rows("SELECT * FROM receipt") == []
        shop.open()
        query = "SELECT day::text, serial, reference FROM receipt ORDER BY reference"
        until(lambda: len(shop.rows(query)) == 5, "the receipts")
        told = [(answer["day"], answer["serial"], f"{at:04}") for at, (_, answer) in enumerate(answers)]
        assert shop.rows(query) == told
        until(lambda: b'"kept"' in (shop.folder / RECEIPTS).read_bytes(), "the collector's word")
        assert call(kiosk, "0007", "till 7")[0] == 201
        until(lambda: len(shop.rows(query)) == 6, "the next one")
    assert set(virtual.links) >= {answer["link"] for _, answer in answers}
