"""Epson printers fetch their slips: each comes out once, and what is not sure to have come out says so."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from collector.queue.jobs import TOO_LATE
from collector.settings import Settings
from collector.slips.addresses import fits
from collector.slips.fetch import clock, epson_sdp
from printer.condition import (
    BROKEN,
    COVER_OPEN,
    CUTTER_STUCK,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    UNREACHABLE,
    Condition,
)
from printer.profiles import PROFILES
from tests.collector.slips.fetch.polling import Epson, PolledPrinter, Work
from tests.factories import NOW, Shop

#: Its status with the paper at its end.
EMPTY = 0x0F0C001C


@pytest.fixture
def counter(engine: Engine, settings: Settings, riverside: Shop) -> PolledPrinter:
    return PolledPrinter(engine, settings, riverside.store, "epson-sdp:", "epson-80")


@pytest.fixture
def epson(app: Flask, counter: PolledPrinter) -> Epson:
    return Epson(app.test_client(), counter.secret)


@pytest.fixture
def well(epson: Epson) -> Epson:
    """It has just said that it is well."""
    question = epson.ask()
    assert question
    assert question.commands == b""
    epson.tell(question.token)
    return epson


def take(epson: Epson) -> Work:
    """Fetch the slip that waits."""
    work = epson.ask()
    assert work
    assert work.commands
    return work


@pytest.mark.parametrize("profile", [kind for kind in PROFILES if fits("epson-sdp", kind)])
def test_slips_come_out_in_their_order(
    app: Flask, engine: Engine, settings: Settings, riverside: Shop, profile: str
) -> None:
    counter = PolledPrinter(engine, settings, riverside.store, "epson-sdp:", profile)
    epson = Epson(app.test_client(), counter.secret, profile)
    links = [counter.print(key) for key in ("a", "b")]
    epson.print_what_waits()
    assert epson.links == links
    assert counter.states == {"a": "done", "b": "done"}
    assert counter.state == READY.state
    assert epson.answers == []  # nothing in a slip asks anything of the printer


def test_it_is_asked_how_it_is_before_it_gets_a_slip(counter: PolledPrinter, epson: Epson) -> None:
    counter.print("a")
    question = epson.ask()
    assert question
    assert (question.token, question.commands) == (epson_sdp.QUESTION, b"")
    assert counter.states == {"a": "queued"}
    epson.tell(question.token)
    take(epson)
    assert counter.states == {"a": "sending"}


def test_nothing_waits(well: Epson) -> None:
    assert well.ask() is None


def test_an_idle_printer_is_asked_each_minute(app: Flask, counter: PolledPrinter, well: Epson) -> None:
    app.extensions["now"] = lambda: NOW + timedelta(seconds=59)
    assert well.ask() is None
    app.extensions["now"] = lambda: NOW + timedelta(seconds=60)
    question = well.ask()
    assert question
    assert well.ask() is None
    well.tell(question.token, False, "EPTR_REC_EMPTY", EMPTY)
    assert counter.state == PAPER_OUT.state


def test_before_each_slip_its_word_is_fresh(app: Flask, counter: PolledPrinter, well: Epson) -> None:
    app.extensions["now"] = lambda: NOW + timedelta(seconds=10)
    counter.print("a")
    question = well.ask()
    assert question
    assert question.commands == b""
    well.tell(question.token)
    # It calls seldom; it gets its slip all the same.
    app.extensions["now"] = lambda: NOW + timedelta(minutes=3)
    take(well)


def test_a_clock_that_goes_back_stops_nothing(app: Flask, counter: PolledPrinter, well: Epson) -> None:
    app.extensions["now"] = lambda: NOW - timedelta(hours=1)
    link = counter.print("a")
    well.print_what_waits()
    assert well.links == [link]


def test_a_slip_is_not_given_out_twice(counter: PolledPrinter, well: Epson) -> None:
    counter.print("a")
    take(well)
    counter.print("b")
    assert well.ask() is None
    assert counter.states == {"a": "sending", "b": "queued"}


def test_a_lost_answer_leaves_it_to_a_person(counter: PolledPrinter, well: Epson) -> None:
    counter.print("a")
    link = counter.print("b")
    take(well)
    counter.pass_time(seconds=119)
    assert counter.states == {"a": "sending", "b": "queued"}
    counter.pass_time(seconds=2)
    assert counter.states == {"a": "unknown", "b": "queued"}
    assert counter.jobs()["a"].outcome == clock.NOT_CONFIRMED
    well.print_what_waits()
    assert well.links == [link]


def test_an_answer_that_comes_late_still_counts(counter: PolledPrinter, well: Epson) -> None:
    counter.print("a")
    work = take(well)
    counter.pass_time(minutes=3)
    assert counter.states == {"a": "unknown"}
    well.tell(work.token)
    well.tell(work.token)
    assert counter.states == {"a": "done"}


def test_an_answer_to_an_earlier_offer_says_nothing_of_a_later_one(counter: PolledPrinter, well: Epson) -> None:
    counter.print("a")
    first = take(well)
    well.tell(first.token, False, "EX_SPOOLER")
    assert counter.states == {"a": "queued"}
    assert counter.jobs()["a"].outcome == epson_sdp.NO_ROOM
    counter.pass_time(seconds=6)
    second = take(well)
    well.tell(first.token)
    assert counter.states == {"a": "sending"}
    well.tell(second.token)
    assert counter.states == {"a": "done"}


@pytest.mark.parametrize(
    ("code", "state", "said"),
    [
        ("SchemaError", "failed", "The printer does not understand our slips: is its firmware up to date?"),
        ("DeviceNotFound", "failed", None),
        ("EPTR_REC_EMPTY", "unknown", f"{epson_sdp.BROKE_OFF} {PAPER_OUT.sentence}"),
        ("EPTR_COVER_OPEN", "unknown", f"{epson_sdp.BROKE_OFF} {COVER_OPEN.sentence}"),
        ("EPTR_CUTTER", "unknown", f"{epson_sdp.BROKE_OFF} {CUTTER_STUCK.sentence}"),
        ("EX_TIMEOUT", "unknown", f"{epson_sdp.BROKE_OFF} {BROKEN.sentence}"),
        ("nobody knows", "unknown", f"{epson_sdp.BROKE_OFF} {BROKEN.sentence}"),
    ],
)
def test_what_its_codes_mean(counter: PolledPrinter, well: Epson, code: str, state: str, said: str | None) -> None:
    counter.print("a")
    work = take(well)
    well.tell(work.token, False, code, 0)
    assert counter.states == {"a": state}
    assert said is None or counter.jobs()["a"].outcome == said


@pytest.mark.parametrize(
    ("success", "code", "status", "condition"),
    [
        (True, "", 0x0F000016, READY),
        (True, "", 251854870, PAPER_LOW),
        (False, "", EMPTY, PAPER_OUT),
        (False, "EPTR_REC_EMPTY", 0, PAPER_OUT),
        (False, "EPTR_AUTOMATICAL", 0x0F000016, BROKEN),
        (False, "", 0x0F00003C, COVER_OPEN),
        (False, "", 0x0F000814, CUTTER_STUCK),
        (False, "", 0x0F002014, BROKEN),
        (False, "", 0x0F00001C, OFFLINE),
        (False, "EX_TIMEOUT", 0x00000001, UNREACHABLE),
    ],
)
def test_how_it_says_it_is(
    counter: PolledPrinter, epson: Epson, success: bool, code: str, status: int, condition: Condition
) -> None:
    question = epson.ask()
    assert question
    epson.tell(question.token, success, code, status)
    assert counter.state == condition.state


def test_without_paper_nothing_leaves_and_slips_say_why(app: Flask, counter: PolledPrinter, epson: Epson) -> None:
    links = [counter.print("a"), counter.print("b")]
    question = epson.ask()
    assert question
    epson.tell(question.token, False, "EPTR_REC_EMPTY", EMPTY)
    assert epson.ask() is None
    assert counter.state == PAPER_OUT.state
    assert {row.outcome for row in counter.jobs().values()} == {PAPER_OUT.sentence}
    # It is asked again and again, for it does not say by itself that there is paper.
    app.extensions["now"] = lambda: NOW + timedelta(seconds=5)
    assert epson.ask()
    app.extensions["now"] = lambda: NOW + timedelta(seconds=10)
    epson.print_what_waits()
    assert epson.links == links
    assert counter.state == READY.state


def test_slips_that_waited_too_long_for_paper(counter: PolledPrinter, epson: Epson) -> None:
    counter.print("a")
    question = epson.ask()
    assert question
    epson.tell(question.token, False, "EPTR_COVER_OPEN", 0)
    counter.pass_time(seconds=100)
    counter.pass_time(minutes=9)
    [row] = counter.jobs().values()
    assert (row.state, row.outcome) == ("failed", f"{TOO_LATE} {clock.NOT_CALLED}")


@pytest.mark.parametrize(
    "status",
    [
        '<?xml version="1.0"?><PrinterStatus><asb>0x0F0C001C</asb></PrinterStatus>',
        '<s><printerstatus asbstatus="252444700"/></s>',
        '<s><response status="252444700"/></s>',
    ],
)
def test_some_say_how_they_are_by_themselves(counter: PolledPrinter, well: Epson, status: str) -> None:
    counter.print("a")
    well.tell_status(status)
    assert counter.state == PAPER_OUT.state
    assert well.ask() is None
    assert counter.states == {"a": "queued"}


@pytest.mark.parametrize(
    "told", ["", "no XML", "<a/>", "<a status='what'/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]
)
def test_what_cannot_be_read_changes_nothing(counter: PolledPrinter, well: Epson, told: str) -> None:
    counter.print("a")
    well.tell_status(told)
    work = take(well)
    well.send(ConnectionType="SetResponse", ResponseFile=told)
    well.send(ConnectionType="SetWeather")
    well.send(ID="till")
    assert counter.states == {"a": "sending"}
    well.tell(work.token)
    assert counter.states == {"a": "done"}


def test_of_a_heap_of_results_few_are_read() -> None:
    def response(number: int) -> str:
        return (
            f"<ePOSPrint><Parameter><printjobid>{number}a1</printjobid></Parameter>"
            "<PrintResponse><response success='true' status='0x0F000016'/></PrintResponse></ePOSPrint>"
        )

    heap = f"<PrintResponseInfo>{''.join(map(response, range(400)))}</PrintResponseInfo>"
    assert [result.token for result in epson_sdp.read_results(heap)] == ["0a1", "1a1", "2a1", "3a1", "4a1"]


def test_results_inside_results_are_none() -> None:
    """Each of them would speak of all that are inside it: in what a printer may send there is room for 20 million."""
    answers = "<response success='true'/>" * 1000
    nest = f"<a>{'<ePOSPrint>' * 1500}{answers}{'</ePOSPrint>' * 1500}</a>"
    assert len(nest) < 64 * 1024
    assert epson_sdp.read_results(nest) == []
    one = f"<a><ePOSPrint><PrintResponse>{answers}</PrintResponse></ePOSPrint></a>"
    assert len(epson_sdp.read_results(one)) == 1


def test_a_printer_that_answers_no_questions_gets_its_slips(app: Flask, counter: PolledPrinter, epson: Epson) -> None:
    links = [counter.print("a"), counter.print("b")]
    for seconds in (0, 5):
        app.extensions["now"] = lambda seconds=seconds: NOW + timedelta(seconds=seconds)
        question = epson.ask()
        assert question
        assert question.commands == b""
    epson.print_what_waits()
    app.extensions["now"] = lambda: NOW + timedelta(hours=1)
    epson.print_what_waits()
    assert epson.links == links


def test_older_printers_name_no_job(counter: PolledPrinter, epson: Epson) -> None:
    links = [counter.print("a"), counter.print("b")]
    epson.print_what_waits(lambda _: epson.tell(None, version="1.00"))
    assert epson.links == links
    assert counter.states == {"a": "done", "b": "done"}


def test_two_printers_with_one_secret_print_a_slip_once(app: Flask, counter: PolledPrinter, well: Epson) -> None:
    links = [counter.print("a"), counter.print("b")]
    other = Epson(app.test_client(), counter.secret)
    work = take(well)
    assert other.ask() is None
    well.put_on_paper(work)
    well.tell(work.token)
    other.print_what_waits()
    assert [*well.links, *other.links] == links


def test_a_printer_that_comes_back(counter: PolledPrinter, well: Epson) -> None:
    counter.pass_time(minutes=3)
    assert counter.state == UNREACHABLE.state
    well.ask()
    assert counter.state == "unknown"
    well.tell(epson_sdp.QUESTION)
    assert counter.state == READY.state


def test_the_self_test_page(counter: PolledPrinter, well: Epson) -> None:
    counter.print_self_test()
    well.print_what_waits()
    assert [link.rstrip(".") for link in well.links] == [
        f"SMILEPOST TEST PAGE: THIS CODE HAS {dots} DOTS A MODULE" for dots in (6, 5, 4)
    ]
    assert list(counter.states.values()) == ["done"]
    assert well.answers == []


def test_no_secret_and_no_idle_call_stands_in_the_log(
    counter: PolledPrinter, well: Epson, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    for _ in range(3):
        well.ask()
    assert capfd.readouterr().out == ""
    counter.print("a")
    take(well)
    capfd.readouterr()
    well.ask()
    assert capfd.readouterr().out == ""
    counter.pass_time(minutes=3)
    counter.print("b")
    well.print_what_waits()
    logged = capfd.readouterr()
    assert "/print/…/epson" in logged.out
    assert counter.secret not in logged.out + logged.err
