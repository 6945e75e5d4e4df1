"""The connections: the till meets what it would meet at its printer, and prints whatever happens to us."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from printer.codes import Receipt, decode
from printer.proxy import server, stock
from printer.proxy.insertion import Insertion, Rule
from printer.signer import ReceiptLink, Signer, SignerError
from tests.conftest import free_ports
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter, read_links
from tests.printer.proxy import receipts
from tests.printer.proxy.conftest import EVERY, NOW, MakeProxy, proxies
from tests.printer.proxy.receipts import Till

STATUS = b"\x10\x04\x01"


def test_what_the_printer_says_comes_back_untouched(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    till = Till(make_proxy(virtual.port))
    assert till.ask(STATUS) == b"\x12"
    virtual.set(paper_out=True)
    assert till.ask(STATUS) == b"\x1a"
    virtual.set(paper_out=False)
    till.send(receipts.plain() + b"\x1d(H\x06\x00\x30\x30ABCD")
    assert till.hang_up() == b"\x37\x22ABCD\x00"


def test_questions_are_answered_in_the_middle_of_a_receipt(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    till = Till(make_proxy(virtual.port))
    head, line, rest = receipts.plain().partition(b"Coffee")
    till.send(head + line)
    assert till.ask(STATUS) == b"\x12"
    till.send(rest)
    till.hang_up()
    assert len(virtual.links) == 1


def test_a_printer_that_is_away_is_away_for_the_till_too(make_proxy: MakeProxy) -> None:
    [port] = free_ports(1)
    with capture_logs() as logs, pytest.raises(ConnectionResetError):
        Till(make_proxy(port)).listen()
    assert logs[0]["event"] == "the printer cannot be reached"


def test_a_proxy_before_itself_says_so_and_does_not_multiply(make_proxy: MakeProxy) -> None:
    [port] = free_ports(1)
    make_proxy(port, at=port)
    for _ in range(3):
        with capture_logs() as logs, pytest.raises(ConnectionResetError):
            Till(port).listen()
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
            "the address of the printer leads back to this proxy: correct --printer"
        ]


def test_a_printer_that_breaks_off_breaks_off_for_the_till_too(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    port = make_proxy(virtual.port, EVERY)
    virtual.set(reset_after=50)
    with capture_logs():
        till = Till(port)
        till.send(receipts.plain())
        with pytest.raises(ConnectionError):
            till.socket.recv(1)
        till.socket.close()
    # The next one prints, and as each begins with a reset, it has its code.
    again = Till(port)
    again.send(receipts.plain())
    again.hang_up()
    assert len(virtual.links) == 1


def test_a_till_that_hangs_up_without_listening_loses_nothing(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    """It closes with answers unread: to a printer that would be a reset, which takes back what is not printed yet."""
    till = Till(make_proxy(virtual.port))
    till.send(receipts.plain())
    till.socket.close()
    virtual.wait_for(lambda: bool(virtual.strips))
    assert len(virtual.links) == 1


def test_a_printer_without_paper_makes_the_till_wait_and_then_prints_all(
    virtual: RunningPrinter, make_proxy: MakeProxy
) -> None:
    virtual.set(paper_out=True, buffer=500)
    till = Till(make_proxy(virtual.port))
    till.send(receipts.plain() * 2)
    thread = threading.Thread(target=till.hang_up)
    thread.start()
    virtual.set(paper_out=False)
    thread.join()
    assert len(virtual.links) == 2


def test_a_second_connection_waits_for_the_first(
    virtual: RunningPrinter, make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TURN_WITHIN", 60.0)
    port = make_proxy(virtual.port)
    first, second = Till(port), Till(port)
    data = receipts.plain()
    first.send(data[:60])
    assert first.ask(STATUS) == b"\x12"
    second.send(data)
    first.send(data[60:])
    first.hang_up()
    second.hang_up()
    assert len(virtual.links) == 2


def test_a_second_connection_is_not_held_up_for_ever(
    virtual: RunningPrinter, make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TURN_WITHIN", 0.05)
    port = make_proxy(virtual.port)
    with capture_logs() as logs:
        first, second = Till(port), Till(port)
        assert first.ask(STATUS) == b"\x12"
        second.send(receipts.plain())
        while not logs:
            assert first.ask(STATUS) == b"\x12"
        first.hang_up()
        second.hang_up()
    [strip] = virtual.strips
    assert "TOTAL" in strip.text
    assert read_links(strip.png) == []


def test_a_fault_of_ours_never_reaches_the_paper(
    virtual: RunningPrinter, make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = make_proxy(virtual.port)
    original, seen = Insertion.feed, bytearray()

    def broken(self: Insertion, data: bytes) -> Iterator[Any]:
        yield from original(self, data)
        seen.extend(data)
        if b"TOTAL" in seen:
            raise LookupError("a fault of ours")

    monkeypatch.setattr(Insertion, "feed", broken)
    with capture_logs() as logs:
        till = Till(port)
        till.send(receipts.plain(), piece=7)
        till.hang_up()
    [strip] = virtual.strips
    assert read_links(strip.png) == []
    assert strip.text.splitlines()[0] == "Riverside"
    assert receipts.TOTAL in strip.text
    assert "as they are from here on" in logs[0]["event"]


def test_without_codes_receipts_go_as_they_are_and_come_again_with_them(
    make_printer: MakePrinter, make_proxy: MakeProxy, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(_now: datetime) -> None:
        raise SignerError("used up")

    virtual = make_printer()
    monkeypatch.setattr(stock, "AGAIN_AFTER", 0.0)
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(signer, "next_link", exhausted)
        port = make_proxy(virtual.port)
        assert printed_codes(port, virtual) == []
    assert logs[0]["why"] == "used up"
    while not printed_codes(port, virtual):
        pass


def test_a_code_that_comes_too_late_is_not_waited_for(
    virtual: RunningPrinter, make_proxy: MakeProxy, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that hangs holds up no receipt."""
    hangs = threading.Event()
    monkeypatch.setattr(stock, "PATIENCE", 0.05)
    monkeypatch.setattr(signer, "reserve", hangs.wait)
    port = make_proxy(virtual.port)
    with capture_logs():
        assert printed_codes(port, virtual) == []
    hangs.set()


def test_at_midnight_codes_of_yesterday_are_thrown_away(virtual: RunningPrinter, make_proxy: MakeProxy) -> None:
    days = [NOW]
    port = make_proxy(virtual.port, now=lambda: days[-1])
    [first] = printed_codes(port, virtual)
    days.append(NOW + timedelta(days=1))
    [second] = printed_codes(port, virtual)
    assert second.day - first.day == timedelta(days=1)
    assert second.serial > first.serial


def test_the_first_receipt_of_a_day_needs_not_wait_for_its_code(
    virtual: RunningPrinter, make_proxy: MakeProxy, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, made, enough = [NOW], [], threading.Event()
    original = signer.next_link

    def next_link(now: datetime) -> ReceiptLink:
        made.append(original(now))
        if sum(link.day == signer.day(days[-1]) for link in made) == stock.AHEAD:
            enough.set()
        return made[-1]

    monkeypatch.setattr(signer, "next_link", next_link)
    port = make_proxy(virtual.port, now=lambda: days[-1])
    assert enough.wait(60)
    enough.clear()
    days.append(NOW + timedelta(days=1))
    assert enough.wait(60)
    [code] = printed_codes(port, virtual)
    assert code.day == signer.day(days[-1])
    assert code.serial == stock.AHEAD + 1


def test_codes_are_ready_before_they_are_wanted(
    virtual: RunningPrinter, make_proxy: MakeProxy, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = threading.Semaphore(0)
    original = signer.next_link

    def next_link(now: datetime) -> ReceiptLink:
        if not hangs.is_set():
            ahead.release()
            return original(now)
        raise SignerError("used up")

    hangs = threading.Event()
    monkeypatch.setattr(signer, "next_link", next_link)
    port = make_proxy(virtual.port)
    for _ in range(stock.AHEAD):
        ahead.acquire()
    hangs.set()
    with capture_logs():
        codes = [printed_codes(port, virtual) for _ in range(stock.AHEAD)]
    assert [code.serial for [code] in codes] == [1, 2, 3]


def _gone(file: Path) -> Callable[[], object]:
    there = file.rename(file.with_name("elsewhere"))
    return lambda: there.rename(file)


def _open_to_others(file: Path) -> Callable[[], object]:
    file.chmod(0o644)
    return lambda: file.chmod(0o600)


def _without_count(file: Path) -> Callable[[], object]:
    count = file.with_name("signer-7.serials")
    count.touch()
    return count.unlink


def _in_use(file: Path) -> Callable[[], object]:
    return Signer(file).close


@pytest.mark.parametrize("spoil", [_gone, _open_to_others, _without_count, _in_use])
def test_without_its_signer_it_prints_and_finds_it_when_it_is_there(
    make_printer: MakePrinter,
    signer_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], Callable[[], object]],
) -> None:
    virtual = make_printer()
    monkeypatch.setattr(stock, "AGAIN_AFTER", 0.0)
    monkeypatch.setattr(stock, "LOOK_EVERY", 0.01)
    mend, opened = spoil(signer_file), threading.Event()

    def open_signer() -> Signer:
        signer = Signer(signer_file)
        opened.set()
        return signer

    with capture_logs() as logs, proxies(open_signer) as make:
        port = make(virtual.port)
        assert printed_codes(port, virtual) == []
        mend()
        assert opened.wait(60)  # no receipt has to come first
        while not printed_codes(port, virtual):
            pass
    assert receipts.TOTAL in virtual.strips[0].text
    [failure] = [entry for entry in logs if entry["log_level"] == "error"]
    assert failure["event"].startswith("no codes")
    assert "a receipt goes as it is" in [entry["event"] for entry in logs]
    Signer(signer_file).close()  # the proxy has let it go


def test_a_receipt_of_all_that_matches_is_the_rule_s_alone() -> None:
    rule = Rule(re.compile(r"TOTAL.*№ (?P<reference>\d+)"), re.compile("COPY"))
    assert rule.judge("TOTAL 5 № 42") == (True, "42")
    assert rule.judge("TOTAL 5") == (False, None)
    assert rule.judge("TOTAL 5 № 42 COPY") == (False, None)
    assert Rule(None).judge("") == (True, None)


def printed_codes(port: int, printer: RunningPrinter) -> list[Receipt]:
    """Print a receipt; what its codes say."""
    before = len(printer.strips)
    till = Till(port)
    till.send(receipts.plain())
    till.hang_up()
    [strip] = printer.strips[before:]
    found = [decode(link.rpartition("/")[2]).content for link in read_links(strip.png)]
    return [content for content in found if isinstance(content, Receipt)]
