"""Printers that have nothing to print are looked at, too: the store page says what is."""

import contextlib
import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector.database import connect
from collector.settings import Settings
from collector.slips import watch as watch_module
from collector.slips.watch import Turns, Watch
from printer.condition import COVER_OPEN, MUTE, PAPER_OUT, READY, UNREACHABLE, Condition
from tests.collector.slips.spool.conftest import Shop
from tests.conftest import free_ports
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter
from tests.waiting import until


@contextlib.contextmanager
def looking(settings: Settings, engine: Engine, turns: Turns) -> Iterator[None]:
    """The watch at work."""
    watch = Watch(settings, engine, turns)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield
    finally:
        watch.stop()
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(watch_module, "ROUND", 0.02)


@pytest.fixture
def watching(settings: Settings, engine: Engine, shop: Shop, often: None) -> Iterator[None]:
    with looking(settings, engine, Turns()):
        yield


@pytest.mark.usefixtures("watching")
@pytest.mark.parametrize("way", ["tcp", "serial", "usb"])
def test_what_happens_to_an_idle_printer_is_seen(make_printer: MakePrinter, shop: Shop, way: str) -> None:
    virtual = make_printer(by=way)
    printer_id = shop.set_up(virtual.address)
    shop.wait_until(lambda: shop.seen(printer_id) == READY.state)
    virtual.set(cover_open=True)
    shop.wait_until(lambda: shop.seen(printer_id) == COVER_OPEN.state)
    virtual.set(cover_open=False, paper_out=True)
    shop.wait_until(lambda: shop.seen(printer_id) == PAPER_OUT.state)
    virtual.set(off=True, paper_out=False)
    shop.wait_until(lambda: shop.seen(printer_id) != PAPER_OUT.state)
    virtual.set(off=False)
    shop.wait_until(lambda: shop.seen(printer_id) == READY.state)
    assert virtual.strips == []


@pytest.mark.usefixtures("watching")
def test_one_in_trouble_holds_up_no_other(make_printer: MakePrinter, virtual: RunningPrinter, shop: Shop) -> None:
    mute = make_printer()
    mute.set(mute=True)
    for number in range(8):
        shop.set_up(f"tcp://127.0.0.1:{mute.port}/{number}")  # they wait for each other as well
    dead, odd = shop.set_up(f"tcp://127.0.0.1:{free_ports(1)[0]}"), shop.set_up("tcp://")
    well = shop.set_up(virtual.address)
    for _ in range(3):
        shop.wait_until(lambda: shop.seen(well) == READY.state)
        virtual.set(paper_out=True)
        shop.wait_until(lambda: shop.seen(well) == PAPER_OUT.state)
        virtual.set(paper_out=False)
    shop.wait_until(lambda: (shop.seen(dead), shop.seen(odd)) == (UNREACHABLE.state,) * 2)


@pytest.mark.usefixtures("watching")
def test_a_kind_that_never_answers_is_only_reached(virtual: RunningPrinter, shop: Shop) -> None:
    virtual.set(mute=True)
    printer_id = shop.set_up(virtual.address, "mute-80")
    shop.wait_until(lambda: shop.seen(printer_id) == MUTE.state)
    virtual.set(off=True)
    shop.wait_until(lambda: shop.seen(printer_id) == UNREACHABLE.state)


@pytest.mark.usefixtures("often")
def test_whoever_prints_is_not_disturbed(
    virtual: RunningPrinter, shop: Shop, engine: Engine, settings: Settings
) -> None:
    busy, polled, gone, in_hand, other = (shop.set_up(f"{virtual.address}/{number}") for number in range(5))
    shop.change(polled, address="cloudprnt:")
    shop.change(gone, retired_at=datetime.now(UTC))
    shop.print(in_hand, "a")
    with connect(settings, autocommit=True) as database:
        database.execute("UPDATE job SET state = 'claimed'")
    turns = Turns()
    with looking(settings, engine, turns):
        with turns.of(busy):
            for _ in range(3):
                shop.wait_until(lambda: shop.seen(other) == READY.state)
                shop.change(other, state="unknown", seen_at=None)
            assert [shop.seen(each) for each in (busy, polled, gone, in_hand)] == ["unknown"] * 4
        shop.wait_until(lambda: shop.seen(busy) == READY.state)


def test_open_pages_are_told_of_a_change_and_of_nothing_else(
    virtual: RunningPrinter, shop: Shop, engine: Engine, settings: Settings
) -> None:
    printer_id = shop.set_up(virtual.address)
    with connect(settings, autocommit=True) as ears:
        ears.execute("LISTEN stores")

        def told() -> list[str]:
            """What was told since it was asked last; notifications come in the order of commits."""
            ears.execute("NOTIFY stores, 'until here'")
            return list(itertools.takewhile("until here".__ne__, (heard.payload for heard in ears.notifies(timeout=9))))

        watch_module.note(engine, printer_id, READY, datetime.now(UTC))
        assert len(told()) == 1
        watch_module.note(engine, printer_id, READY, datetime.now(UTC))
        assert told() == []
        shop.change(printer_id, seen_at=datetime.now(UTC) - timedelta(minutes=1))
        watch_module.note(engine, printer_id, READY, datetime.now(UTC))
        assert told() == []
        watch_module.note(engine, printer_id, PAPER_OUT, datetime.now(UTC))
        assert len(told()) == 1
        shop.change(printer_id, seen_at=datetime.now(UTC) - timedelta(minutes=6))  # nobody looked for so long
        watch_module.note(engine, printer_id, PAPER_OUT, datetime.now(UTC))
        assert len(told()) == 1


@pytest.mark.usefixtures("often")
def test_whatever_goes_wrong_it_looks_on(
    virtual: RunningPrinter,
    shop: Shop,
    engine: Engine,
    settings: Settings,
    database: psycopg.Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = Mock()
    monkeypatch.setattr(watch_module, "log", log)
    printer_id = shop.set_up(virtual.address)
    database.execute("ALTER TABLE printer RENAME TO elsewhere")
    with looking(settings, engine, Turns()):
        until(lambda: log.exception.called, "the watch to find no table")
        database.execute("ALTER TABLE elsewhere RENAME TO printer")
        shop.wait_until(lambda: shop.seen(printer_id) == READY.state)


def test_what_goes_wrong_with_one_is_tried_again_after_a_minute(
    virtual: RunningPrinter, shop: Shop, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def look(address: str, *, is_mute: bool) -> Condition:
        assert not is_mute
        looked.append(address)
        if address == "tcp://odd":
            raise LookupError("what nobody thought of")
        return READY

    monkeypatch.setattr(watch_module, "ROUND", 0.02)
    monkeypatch.setattr(watch_module, "look", look)
    odd, well = shop.set_up("tcp://odd"), shop.set_up("tcp://well")
    with looking(settings, engine, Turns()):
        for _ in range(3):
            shop.wait_until(lambda: shop.seen(well) == READY.state)
            shop.change(well, state="unknown", seen_at=None)
    assert looked.count("tcp://odd") == 1
    assert shop.seen(odd) == "unknown"
