"""Print jobs reach paper in their order, once, whatever printers do; each that does not says why."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from collector.queue.jobs import TOO_LATE
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips import spool as spool_module
from collector.slips.spool import (
    LIFETIMES,
    NO_PROOF,
    SET_UP_ANEW,
    TAKEN_AWAY,
    Spool,
    print_again,
    print_self_test,
    print_slip,
)
from collector.slips.tables import printer
from printer import self_test
from printer.condition import COVER_OPEN, PAPER_OUT, READY, UNREACHABLE
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import open_link
from tests.conftest import free_ports
from tests.factories import make_shop
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter

#: All as pictures.
DOCUMENT = render(
    Slip("Riverside", INVITATION["en"], "HTTP://LOCALHOST:8080/Q/" + "Z" * 28, None, "en"), PROFILES["other-80"], 1
)


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

    def print_self_test(self, printer_id: int, key: str) -> None:
        with self._engine.begin() as connection:
            print_self_test(connection, printer_id, key=key, now=datetime.now(UTC))

    def print_again(self, key: str) -> int:
        with self._engine.begin() as connection:
            return print_again(connection, self.jobs()[key].id, key="again", now=datetime.now(UTC))

    def change(self, printer_id: int, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(printer).where(printer.c.id == printer_id).values(values))

    def set_state(self, key: str, state: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(job).where(job.c.key == key).values(state=state))

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
    worker = Spool(settings)
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
    is_mute = PROFILES[profile].answers == "none"
    assert shop.seen(printer_id) == ("mute" if is_mute else "ready")
    assert shop.jobs()["a"].outcome == (NO_PROOF if is_mute else None)


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize("way", ["serial", "usb"])
def test_a_slip_goes_through_a_cable(make_printer: MakePrinter, shop: Shop, way: str) -> None:
    virtual = make_printer(by=way)
    link = shop.print(shop.set_up(virtual.address), "a")
    shop.wait_for(a="done")
    assert virtual.links == [link]


@pytest.mark.usefixtures("spooling")
def test_paper_that_ends_on_the_way_is_said_at_once_and_waited_for(virtual: RunningPrinter, shop: Shop) -> None:
    virtual.set(paper_ends_after=100)
    printer_id = shop.set_up(virtual.address)
    links = [shop.print(printer_id, key) for key in ("a", "b")]
    shop.wait_until(lambda: shop.seen(printer_id) == PAPER_OUT.state)
    assert shop.states() == {"a": "sending", "b": "queued"}
    virtual.set(paper_out=False)
    shop.wait_for(a="done", b="done")
    assert virtual.links == links
    assert shop.seen(printer_id) == READY.state


def test_told_to_end_it_does_not_wait_for_paper(virtual: RunningPrinter, shop: Shop, settings: Settings) -> None:
    virtual.set(paper_ends_after=100)
    printer_id = shop.set_up(virtual.address)
    shop.print(printer_id, "a")
    worker = Spool(settings)
    thread = threading.Thread(target=worker.run)
    thread.start()
    shop.wait_until(lambda: shop.seen(printer_id) == PAPER_OUT.state)
    worker.stop()
    thread.join(30)
    row = shop.jobs()["a"]
    assert row.state == "unknown"
    assert PAPER_OUT.sentence in row.outcome


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize("mute", [False, True])
def test_the_test_page_comes_out_even_where_the_kind_was_chosen_wrongly(
    make_printer: MakePrinter, shop: Shop, mute: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "ANSWER_WITHIN", 0.1)
    virtual = make_printer(codes=False)
    virtual.set(mute=mute)
    shop.print_self_test(shop.set_up(virtual.address, "other-80"), "a")
    shop.wait_until(lambda: "done" in shop.states().values())
    virtual.wait_for(lambda: len(virtual.strips) == 1)
    assert "THIS CODE HAS 6 DOTS" in virtual.links[0]


@pytest.mark.usefixtures("spooling")
def test_a_printer_that_was_taken_away_or_set_up_anew_prints_nothing_more(virtual: RunningPrinter, shop: Shop) -> None:
    virtual.set(paper_out=True)
    gone, moved = shop.set_up(virtual.address, "epson-80"), shop.set_up(f"{virtual.address}/", "epson-80")
    shop.print(gone, "a")
    shop.print(moved, "b")
    shop.wait_until(lambda: all(row.outcome for row in shop.jobs().values()))
    shop.change(gone, retired_at=datetime.now(UTC))
    shop.change(moved, address="cloudprnt:")
    virtual.set(paper_out=False)
    shop.wait_for(a="failed", b="failed")
    assert [row.outcome for row in shop.jobs().values()] == [TAKEN_AWAY, SET_UP_ANEW]
    assert virtual.strips == []
    with pytest.raises(LookupError):
        shop.print(gone, "c")
    shop.print(gone, "a")  # its key is known


def test_each_kind_of_slip_is_wanted_for_its_own_time_and_goes_its_own_way(shop: Shop) -> None:
    for address, kind in {"tcp://192.0.2.7": "print", "epson-sdp:": "fetch", "kiosk://exit-1": "relay"}.items():
        printer_id = shop.set_up(address)
        shop.print(printer_id, kind)
        shop.print_self_test(printer_id, "test")
        copy = shop.print_again(kind)
        assert shop.print_again(kind) == copy
        rows = {row.id: row for row in shop.jobs().values() if row.target == f"printer/{printer_id}"}
        assert [row.kind for row in rows.values()] == [kind] * 3
        wanted_for = [row.expires_at - row.created_at for row in rows.values()]
        for found, expected in zip(wanted_for, ("review", "self_test", "copy"), strict=True):
            assert abs(found - LIFETIMES[expected]) < timedelta(minutes=1)


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"profile": "typewriter"}, "'typewriter', which nobody knows"),
        ({"code_page": "cp437"}, "has no code page 'cp437'"),
        ({"address": "tcp://"}, "'tcp://' leads to no printer"),
    ],
)
def test_a_printer_that_is_set_up_wrongly_fails_and_says_so(
    virtual: RunningPrinter, shop: Shop, values: dict[str, str], says: str
) -> None:
    printer_id = shop.set_up(virtual.address)
    shop.change(printer_id, **values)
    shop.print(printer_id, "a")
    shop.wait_for(a="failed")
    assert says in shop.jobs()["a"].outcome


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
def test_the_same_key_prints_once(virtual: RunningPrinter, shop: Shop) -> None:
    printer_id = shop.set_up(virtual.address)
    links = {shop.print(printer_id, "a") for _ in range(3)}
    shop.wait_for(a="done")
    shop.print(printer_id, "a")
    after = shop.print(printer_id, "b")
    shop.wait_for(b="done")
    assert virtual.links == [*links, after]


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize("way", ["tcp", "serial", "usb"])
@pytest.mark.parametrize("profile", ["epson-80", "other-80"])
def test_a_slip_that_stopped_in_the_middle_of_a_picture_spoils_none_behind_it(
    make_printer: MakePrinter, shop: Shop, way: str, profile: str
) -> None:
    virtual = make_printer(by=way)
    printer_id = shop.set_up(virtual.address, profile)
    shop.print(printer_id, "a")
    shop.wait_for(a="done")
    # As a program leaves it that is killed on the way, once the next one has found that out.
    with open_link(virtual.address) as link:
        link.send(DOCUMENT.data[: DOCUMENT.data.index(b"\x1dv0") + 40], time.monotonic() + 10)
    shop.set_state("a", "unknown")
    second = shop.print(printer_id, "b")
    shop.wait_for(b="done")
    assert virtual.links[-1] == second
