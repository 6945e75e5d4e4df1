"""Print jobs reach paper in their order, once, whatever printers do; each that does not says why."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from collector.queue.jobs import TOO_LATE
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips import spool as spool_module
from collector.slips.spool import print_slip, spool
from collector.slips.tables import printer
from printer.condition import COVER_OPEN, PAPER_OUT, UNREACHABLE
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from tests.conftest import free_ports
from tests.factories import make_shop
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter


class Shop:
    """A store whose printers can be set up and printed on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            self._store = make_shop(connection).store

    def set_up(self, address: str, profile: str = "epson-80") -> int:
        with self._engine.begin() as connection:
            row = {"store_id": self._store, "name": address, "address": address, "profile": profile}
            return int(connection.execute(insert(printer).values(row).returning(printer.c.id)).scalar_one())

    def print(self, printer_id: int, key: str, *, now: datetime | None = None, language: str = "en") -> str:
        """Put a slip into the queue; returns its link."""
        link = f"HTTP://LOCALHOST:8080/Q/{key.upper():A>28}"
        slip = Slip("Riverside", INVITATION[language], link, None, language)
        with self._engine.begin() as connection:
            print_slip(connection, printer_id, slip, key=key, now=now or datetime.now(UTC))
        return link

    def jobs(self) -> dict[str, Any]:
        with self._engine.connect() as connection:
            return {row.key: row for row in connection.execute(select(job).order_by(job.c.id))}

    def states(self) -> dict[str, str]:
        return {key: row.state for key, row in self.jobs().items()}

    def seen(self, printer_id: int) -> str:
        with self._engine.connect() as connection:
            return str(connection.execute(select(printer.c.state).where(printer.c.id == printer_id)).scalar_one())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        tick = threading.Event()
        for _ in range(3000):
            if condition():
                return
            tick.wait(0.02)
        pytest.fail(f"not so in a minute: {self.jobs()}")

    def wait_for(self, **states: str) -> None:
        self.wait_until(lambda: states.items() <= self.states().items())


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


@pytest.fixture
def spooling(settings: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The spool at work, asking printers that are not ready often."""
    monkeypatch.setattr(spool_module, "ASK_AGAIN", 0.05)
    worker = spool(settings)
    thread = threading.Thread(target=worker.run)
    thread.start()
    yield
    worker.stop()
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_slip_comes_out_and_scans(make_printer: MakePrinter, shop: Shop, profile: str) -> None:
    virtual = make_printer(width=PROFILES[profile].width)
    printer_id = shop.set_up(virtual.address, profile)
    links = [shop.print(printer_id, "a", language="uk"), shop.print(printer_id, "b")]
    shop.wait_for(a="done", b="done")
    virtual.tear()
    assert virtual.links == links
    assert shop.seen(printer_id) == "ready"


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize(("fault", "condition"), [("paper_out", PAPER_OUT), ("cover_open", COVER_OPEN)])
def test_slips_wait_for_a_printer_and_come_in_order(
    virtual: RunningPrinter, shop: Shop, fault: str, condition: Any
) -> None:
    virtual.set(**{fault: True})
    printer_id = shop.set_up(virtual.address)
    links = [shop.print(printer_id, key) for key in ("a", "b", "c")]
    shop.wait_until(lambda: shop.seen(printer_id) == condition.state)
    shop.wait_until(lambda: shop.jobs()["a"].outcome == condition.sentence)
    assert virtual.strips == []
    virtual.set(**{fault: False})
    shop.wait_for(a="done", b="done", c="done")
    assert virtual.links == links


@pytest.mark.usefixtures("spooling")
def test_a_dead_printer_delays_no_other(virtual: RunningPrinter, make_printer: MakePrinter, shop: Shop) -> None:
    mute = make_printer()
    mute.set(mute=True)
    dead = [shop.set_up(mute.address), shop.set_up(f"tcp://127.0.0.1:{free_ports(1)[0]}")]
    well = shop.set_up(virtual.address)
    for number in range(10):
        for printer_id in (*dead, well):
            shop.print(printer_id, f"{printer_id}-{number}")
    shop.wait_for(**{f"{well}-{number}": "done" for number in range(10)})
    shop.wait_until(lambda: shop.seen(dead[1]) == UNREACHABLE.state)
    states = shop.states()
    assert "done" not in {states[f"{printer_id}-{number}"] for printer_id in dead for number in range(10)}


@pytest.mark.usefixtures("spooling")
def test_a_slip_that_broke_off_is_unknown_and_stays_so(virtual: RunningPrinter, shop: Shop) -> None:
    virtual.set(reset_after=100)
    printer_id = shop.set_up(virtual.address)
    shop.print(printer_id, "a")
    second = shop.print(printer_id, "b")
    shop.wait_for(a="unknown", b="done")
    assert virtual.links == [second]
    assert shop.jobs()["a"].outcome


@pytest.mark.usefixtures("spooling")
def test_a_slip_that_nobody_waits_for_any_more_is_not_printed(virtual: RunningPrinter, shop: Shop) -> None:
    printer_id = shop.set_up(virtual.address)
    shop.print(printer_id, "a", now=datetime.now(UTC) - timedelta(hours=1))
    second = shop.print(printer_id, "b")
    shop.wait_for(a="failed", b="done")
    assert virtual.links == [second]
    assert shop.jobs()["a"].outcome == TOO_LATE


@pytest.mark.usefixtures("spooling")
def test_a_profile_that_nobody_knows_fails_and_says_so(virtual: RunningPrinter, shop: Shop) -> None:
    shop.print(shop.set_up(virtual.address, "typewriter"), "a")
    shop.wait_for(a="failed")
    assert "typewriter" in shop.jobs()["a"].outcome


@pytest.mark.usefixtures("spooling")
def test_the_same_key_prints_once(virtual: RunningPrinter, shop: Shop) -> None:
    printer_id = shop.set_up(virtual.address)
    links = {shop.print(printer_id, "a") for _ in range(3)}
    shop.wait_for(a="done")
    shop.print(printer_id, "a")
    after = shop.print(printer_id, "b")
    shop.wait_for(b="done")
    assert virtual.links == [*links, after]
