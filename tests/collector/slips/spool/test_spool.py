"""Print jobs reach paper in their order, once, whatever printers do; each that does not says why."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.queue.jobs import TOO_LATE
from collector.queue.worker import THREADS
from collector.settings import Settings
from collector.slips import spool as spool_module
from collector.slips import state
from collector.slips.spool import (
    LIFETIMES,
    NO_PROOF,
    SET_UP_ANEW,
    TAKEN_AWAY,
    Spool,
)
from printer import self_test
from printer.condition import COVER_OPEN, PAPER_OUT, READY, UNREACHABLE
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from printer.transport import open_link
from tests.collector.slips.spool.conftest import Shop
from tests.conftest import free_ports
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter

#: All as pictures.
DOCUMENT = render(
    Slip("Riverside", INVITATION["en"], "HTTP://LOCALHOST:8080/Q/" + "Z" * 28, None, "en"), PROFILES["other-80"], 1
)


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
def test_printers_that_wait_for_paper_delay_no_other(
    virtual: RunningPrinter, make_printer: MakePrinter, shop: Shop
) -> None:
    waiting = [make_printer() for _ in range(THREADS + 8)]
    for number, each in enumerate(waiting):
        each.set(paper_ends_after=100)
        shop.print(shop.set_up(each.address), str(number))
    shop.wait_for(**{str(number): "sending" for number in range(len(waiting))})
    link = shop.print(shop.set_up(virtual.address), "well")
    shop.wait_for(well="done")
    assert virtual.links == [link]
    assert set(shop.states().values()) == {"sending", "done"}


@pytest.mark.usefixtures("spooling")
def test_a_printer_that_waits_for_long_is_not_said_to_be_unwatched(
    virtual: RunningPrinter, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "NOTED_EVERY", timedelta(0))
    monkeypatch.setattr(state, "NOTED_EVERY", timedelta(0))
    virtual.set(paper_ends_after=100)
    printer_id = shop.set_up(virtual.address)
    shop.print(printer_id, "a")
    shop.wait_until(lambda: shop.seen(printer_id) == PAPER_OUT.state)
    shop.change(printer_id, seen_at=None)
    shop.wait_until(lambda: shop.seen_at(printer_id) is not None)
    assert shop.states() == {"a": "sending"}


@pytest.mark.usefixtures("spooling")
def test_a_slip_is_printed_though_the_printer_s_state_cannot_be_written_down(
    virtual: RunningPrinter, shop: Shop, database: psycopg.Connection[TupleRow]
) -> None:
    database.execute("ALTER TABLE printer ADD CHECK (state <> 'ready')")
    shop.print(shop.set_up(virtual.address), "a")
    shop.wait_for(a="done")


@pytest.mark.usefixtures("spooling")
@pytest.mark.parametrize(
    ("before", "outcome", "is_unsure"),
    [
        ("done", None, False),
        ("done", NO_PROOF, True),
        ("done", "Olha looked: it was printed.", True),
        ("failed", "Olha looked: it was not printed.", True),
        ("unknown", "The printer stopped in the middle of the slip.", True),
    ],
)
def test_a_picture_is_filled_up_only_where_a_slip_may_have_stopped_half_way(
    virtual: RunningPrinter, shop: Shop, before: str, outcome: str | None, is_unsure: bool
) -> None:
    printer_id = shop.set_up(virtual.address)
    shop.print(printer_id, "a")
    shop.wait_for(a="done")
    plain = virtual.virtual.received
    shop.set_state("a", before, outcome)
    shop.print(printer_id, "b", now=datetime.now(UTC) - timedelta(hours=1))  # of this one nothing leaves
    shop.wait_for(b="failed")
    shop.print(printer_id, "c")
    shop.wait_for(c="done")
    assert (virtual.virtual.received - plain > plain + 1000) == is_unsure


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
