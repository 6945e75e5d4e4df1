"""Receipts that a kiosk prints by itself, cut off from its collector: by a button, and for a program beside it."""

import contextlib
import http.client
import json
import threading

import printing
import pytest
from forgetful_disk import KEPT, ForgetfulDisk, PowerCut
from kiosk import storage
from kiosk.record import RATING
from kiosk.storage import Storage
from pi_bench import recorded, terminal
from printing.memory import CUT_OFF
from printing.receipts import FILE, Receipt, Receipts
from printing.station import Station
from test_printing import ASKED, Listener
from workbench import Memory as Files

from printer.codes import decode
from printer.transport import delivery
from printer.transport.tcp import TcpLink
from tests.printer.broken_line import breakable
from tests.printer.conftest import make_printer, virtual
from tests.waiting import until

__all__ = ["make_printer", "virtual"]

BUTTON, KEY = 26, bytes(range(32))
SIGNER = {
    **{"v": 1, "signer": 7, "key_number": 3, "key": KEY.hex(), "host": "https://smilepost.example"},
    **{"store": "Riverside", "language": "en", "time_zone": "Europe/Kyiv"},
}


def furnish(folder, printer, signer=SIGNER, **more):
    """Put a printer beside a kiosk, and a signer into it."""
    options = {"address": printer.address, "profile": "epson-80", "button": BUTTON, "port": 0, **more}
    (folder / "printer.json").write_text(json.dumps(options))
    if signer:
        (folder / "signer.json").write_text(json.dumps(signer))
        (folder / "signer.json").chmod(0o600)


@contextlib.contextmanager
def kiosk_with(folder, printer, **more):
    furnish(folder, printer, **more)
    with terminal(folder) as kiosk:
        until(lambda: kiosk.printing.local_call, "the local call")
        yield kiosk


def call(kiosk, reference="0042", key="till 3/0042", body=None, method="POST", path="/slips", **headers):
    """Call as a till does; returns (status, answer)."""
    connection = http.client.HTTPConnection("127.0.0.1", kiosk.printing.local_call.port, timeout=30)
    sent = {"Content-Type": "application/json", "Idempotency-Key": key, **headers}
    sent = {name.replace("_", "-"): value for name, value in sent.items() if value is not None}
    with contextlib.closing(connection):
        connection.request(method, path, body or json.dumps({"reference": reference}), sent)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content[:1] == b"{" else content


def receipt_of(link):
    """The receipt of a printed link, which has to be signed well."""
    claim = decode(link.rpartition("/")[2])
    assert claim.is_signed_by(KEY)
    assert claim.key_number == 3
    return claim.content


def press(kiosk):
    kiosk.pin(BUTTON).drive_low()
    kiosk.pin(BUTTON).drive_high()


def test_a_till_on_the_same_machine_has_one_printed_once(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual) as kiosk:
        status, answer = call(kiosk)
        assert (status, answer["state"]) == (201, "done")
        [link] = virtual.links
        content = receipt_of(link)
        assert (content.signer_id, content.serial, content.day.isoformat()) == (7, answer["serial"], answer["day"])
        assert answer["link"] == link
        assert call(kiosk) == (200, answer)
        assert call(kiosk, reference="0043")[0] == 409
        assert call(kiosk, reference=None, key="till 3/0043")[0] == 201
        assert "Receipt 0042" in virtual.strips[0].text
        assert "Receipt" not in virtual.strips[1].text
    with kiosk_with(tmp_path, virtual) as kiosk:
        assert call(kiosk) == (200, answer)  # it is known after a restart, too
        assert call(kiosk, key="till 3/0044", reference="0044")[0] == 201
    assert len({receipt_of(link).serial for link in virtual.links}) == len(virtual.strips) == 3


def test_a_button_prints_one_and_an_impatient_finger_no_second(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual) as kiosk:
        for _ in range(4):
            press(kiosk)
        virtual.wait_for(lambda: virtual.strips)
        assert call(kiosk)[0] == 201  # whatever was to come has come
        assert [receipt_of(link).signer_id for link in virtual.links] == [7, 7]
        assert [record for record in recorded(tmp_path) if record[0] == RATING] == []


def test_without_paper_nothing_is_printed_and_the_same_key_may_come_again(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual) as kiosk:
        virtual.set(paper_out=True)
        for _ in range(3):
            status, problem = call(kiosk)
            assert (status, problem["condition"]) == (503, "paper_out")
            assert "new roll" in problem["title"]
        virtual.set(paper_out=False)
        status, answer = call(kiosk)
        assert (status, answer["serial"]) == (201, 1)  # no number was used up
        assert virtual.links == [answer["link"]]


def test_one_that_was_cut_off_is_unknown_and_its_key_prints_nothing_more(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual) as kiosk:
        virtual.set(reset_after=150)
        for _ in range(2):
            status, problem = call(kiosk)
            assert (status, problem["state"]) == (504, "unknown")
        assert virtual.strips == []
        assert call(kiosk, key="another")[0] == 201
    assert receipt_of(virtual.links[0]).serial == 2


def test_a_press_lights_at_once_though_the_printer_waits_for_paper(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual) as kiosk:
        virtual.set(paper_ends_after=150)
        answers = []
        calling = threading.Thread(target=lambda: answers.append(call(kiosk)))
        calling.start()
        until(lambda: virtual.virtual.faults.paper_out, "the paper to end")
        for button in (1, 4, 2):
            kiosk.press(button)
        assert answers == []  # the printer's thread still waits for it
        virtual.set(paper_out=False)
        calling.join()
        assert answers[0][0] == 201


@pytest.mark.parametrize(("name", "value", "word"), [("_QUEUED", 0.1, "busy"), ("_QUEUE", 0, "Too many")])
def test_a_till_does_not_wait_for_a_printer_that_is_busy(virtual, tmp_path, monkeypatch, name, value, word):
    monkeypatch.setattr(printing, name, value)
    with kiosk_with(tmp_path, virtual) as kiosk:
        in_hand, over = threading.Event(), threading.Event()
        kiosk.printing._do(lambda _: (in_hand.set(), over.wait()))
        in_hand.wait()
        status, problem = call(kiosk)
        assert (status, problem["title"].count(word)) == (503, 1)
        over.set()
        monkeypatch.undo()
        assert call(kiosk, key="another")[0] == 201  # and the one that was given up does not come behind it
        assert len(virtual.strips) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"key": None}, 400),
        ({"key": ""}, 400),
        ({"key": "k" * 101}, 400),
        ({"body": "nonsense"}, 400),
        ({"body": "[1]"}, 400),
        ({"Content_Type": "text/plain"}, 400),
        ({"reference": 42}, 400),
        ({"reference": ""}, 400),
        ({"reference": "x" * 101}, 400),
        ({"reference": "\x1bp0"}, 400),
        ({"body": '{"reference": "\\ud800"}'}, 400),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"method": "GET"}, 405),
        ({"path": "/"}, 404),
    ],
)
def test_what_it_does_not_take(one_kiosk, asked, status):
    kiosk, printer = one_kiosk
    assert call(kiosk, **asked)[0] == status
    assert printer.strips == []


@pytest.fixture
def one_kiosk(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual) as kiosk:
        yield kiosk, virtual


def test_without_a_signer_it_says_what_to_do(virtual, tmp_path):
    with kiosk_with(tmp_path, virtual, signer=None) as kiosk:
        status, problem = call(kiosk)
        assert status == 503
        assert "smilepost provision signer" in problem["title"]
        furnish(tmp_path, virtual)
        assert call(kiosk)[0] == 201  # a technician has put it there; nobody had to restart anything


@pytest.mark.parametrize("wrong", [{"profile": "typewriter"}, {"button": "left"}, {"button": 17}])
def test_a_printer_that_is_set_up_wrong_costs_no_press(virtual, tmp_path, capsys, wrong):
    furnish(tmp_path, virtual, **wrong)
    with terminal(tmp_path) as kiosk:
        until(lambda: kiosk.printing.local_call, "the local call")
        kiosk.press(3)
        if "profile" in wrong:
            until(lambda: kiosk.printing.health() == {}, "the printer to be found wrong")
            assert call(kiosk)[0] == 503
        else:
            assert call(kiosk)[0] == 201
    said = capsys.readouterr().out
    assert "typewriter" in said or "no button for receipts" in said


def test_a_kiosk_without_a_printer_has_nothing_of_it(tmp_path):
    with terminal(tmp_path) as kiosk:
        kiosk.press(1)
        assert kiosk.printing is None


def test_who_has_the_port_keeps_it_and_the_button_works(virtual, tmp_path, capsys):
    with kiosk_with(tmp_path, virtual) as kiosk:
        port = kiosk.printing.local_call.port
        other = tmp_path / "other"
        other.mkdir()
        furnish(other, virtual, signer={**SIGNER, "signer": 8}, port=port)
        with terminal(other) as second:
            press(second)
            virtual.wait_for(lambda: virtual.strips)
            assert second.printing.local_call is None
    assert "no local call for receipts" in capsys.readouterr().out
    assert receipt_of(virtual.links[0]).signer_id == 8


# What is on flash


def receipt(serial, signer=7, reference="0042"):
    return Receipt(signer, "2026-11-22", serial, reference, f"key {serial}", f"HTTPS://X/Q/{serial}")


def done(receipts, each):
    receipts.begin(each)
    each.state, each.text = "done", ""
    receipts.end(each)


@pytest.mark.parametrize("kept", KEPT)
def test_what_was_begun_is_known_wherever_the_power_goes(monkeypatch, kept):
    operation, cut = 0, True
    while cut:
        disk = ForgetfulDisk()
        disk.install(monkeypatch, storage)
        begun, ended = [], []
        disk.cut_after(operation)
        try:
            for serial in (1, 2, 3):
                receipts = Receipts(Storage())  # each after a start
                each = receipt(serial)
                receipts.begin(each)
                begun.append(serial)
                each.state, each.text = "done", ""
                receipts.end(each)
                ended.append(serial)
            receipts.keep(7, 2)
            cut = False
        except PowerCut:
            pass
        disk.power_on(kept)
        receipts = Receipts(Storage())
        for serial in begun:
            known = receipts.known(f"key {serial}")
            assert (known.state, known.text) == ("done", "") or (serial not in ended and known.text == CUT_OFF)
        done(receipts, receipt(9))
        receipts = Receipts(Storage())
        assert all([receipts.known(f"key {serial}") for serial in [*begun, 9]])
        operation += 1
    assert operation > 15
    assert receipts.untold() == (7, [["2026-11-22", 3, "0042"], ["2026-11-22", 9, "0042"]])


@pytest.mark.parametrize("kept", KEPT)
def test_no_key_prints_twice_wherever_the_power_goes(monkeypatch, virtual, tmp_path, kept):
    furnish(tmp_path, virtual)
    options = {"address": virtual.address, "profile": "epson-80"}
    operation, cut, outcomes = 0, True, set()
    while cut:
        disk = ForgetfulDisk()
        for depth in range(1, len(tmp_path.parts)):
            disk.mkdir("/".join(["", *tmp_path.parts[1 : depth + 1]]))
        disk.power_on("names")
        disk.install(monkeypatch, storage)
        before = len(virtual.strips)
        station = Station(Storage(str(tmp_path)), options, Listener(), print)
        disk.cut_after(operation)
        try:
            station.receipt("0042", "a key")
            cut = False
        except PowerCut:
            pass
        station.close()
        disk.power_on(kept)
        station = Station(Storage(str(tmp_path)), options, Listener(), print)
        outcome = station.receipt("0042", "a key")
        station.close()
        printed = len(virtual.strips) - before
        assert printed <= 1
        assert printed or outcome.state == "unknown"
        outcomes.add((outcome.state, printed))
        operation += 1
    assert {("done", 1), ("unknown", 1)} <= outcomes
    assert len(set(virtual.links)) == len(virtual.links)


def test_a_line_that_breaks_in_a_receipts_code_costs_the_next_one_nothing(make_printer, tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "QUIET", 0.1)
    printer = make_printer(model="star")
    furnish(tmp_path, printer)
    with breakable(printer.port) as line:
        options = {"address": line.address, "profile": "star-80"}
        station = Station(Storage(str(tmp_path)), options, Listener(), print)
        assert station.receipt("0041", None).state == "done"
        line.break_after(ASKED + 1400)
        assert station.receipt("0042", None).state == "unknown"
        third = station.receipt("0043", None)
        station.close()
    assert third.state == "done"
    assert printer.links[-1] == third.link


def test_a_receipts_key_prints_nothing_twice_after_a_fault_that_nobody_foresaw(virtual, tmp_path, monkeypatch):
    furnish(tmp_path, virtual)
    options = {"address": virtual.address, "profile": "epson-80"}
    station = Station(Storage(str(tmp_path)), options, Listener(), print)
    close = TcpLink.close

    def break_down(link):
        close(link)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(TcpLink, "close", break_down)
    for _ in range(2):
        assert station.receipt("0042", "a key").state == "unknown"
    station.close()
    assert len(virtual.strips) == 1


def test_what_the_collector_does_not_know_is_told_in_messages_that_are_short_enough():
    receipts = Receipts(Files())
    for serial in range(1, 201):
        done(receipts, receipt(serial, reference="Ґ" * 100 if serial % 2 else None))
    told = []
    while True:
        signer, rows = receipts.untold()
        if not rows:
            break
        assert len(json.dumps({"v": 1, "signer": signer, "receipts": rows})) <= 4096
        told += [serial for _, serial, _ in rows]
        receipts.keep(signer, rows[-1][1])
    assert told == list(range(1, 201))


def test_each_signer_is_told_for_itself():
    files = Files()
    receipts = Receipts(files)
    for serial, signer in ((1, 7), (2, 7), (1, 8)):
        done(receipts, receipt(serial, signer))
    assert receipts.untold() == (7, [["2026-11-22", 1, "0042"], ["2026-11-22", 2, "0042"]])
    receipts.keep(7, 2)
    assert Receipts(files).untold() == (8, [["2026-11-22", 1, "0042"]])


def test_the_file_stays_small_and_forgets_no_receipt_that_is_not_told():
    files = Files()
    receipts = Receipts(files)
    for serial in range(1, 3001):
        done(receipts, receipt(serial))
        if serial > 100:
            receipts.keep(7, serial - 100)
    assert len(files.read(FILE).splitlines()) < 4000
    receipts = Receipts(files)
    assert receipts.known("key 2901").state == "done"
    assert receipts.known("key 1000") is None
    assert receipts.untold()[1][0][1] == 2901


def test_a_damaged_line_costs_no_other():
    files = Files()
    receipts = Receipts(files)
    for serial in (1, 2, 3):
        done(receipts, receipt(serial))
    lines = files.read(FILE).split(b"\n")
    lines[2] = lines[2].replace(b"serial", b"\xff\xff")
    files.replace(FILE, b"\n".join(lines))
    receipts = Receipts(files)
    done(receipts, receipt(4))
    receipts = Receipts(files)
    assert [bool(receipts.known(f"key {serial}")) for serial in (1, 2, 3, 4)] == [True, False, True, True]
