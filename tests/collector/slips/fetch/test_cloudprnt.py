"""Star printers fetch their slips: each comes out once, and what is not sure to have come out says so."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import takewhile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text, update

from collector import changes
from collector.accounts.secrets import digest
from collector.database import connect
from collector.jobs.loop import Jobs
from collector.queue.jobs import TOO_LATE
from collector.settings import Settings
from collector.slips.fetch import clock, cloudprnt
from collector.slips.fetch.clock import Clock
from collector.slips.printers import take_away
from collector.slips.tables import printer
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
from tests.collector.slips.fetch.polling import STUCK, WELL, PolledPrinter, Star
from tests.factories import NOW, Shop
from tests.waiting import until


@pytest.fixture
def counter(engine: Engine, settings: Settings, riverside: Shop) -> PolledPrinter:
    return PolledPrinter(engine, settings, riverside.store, "cloudprnt:", "star-80")


@pytest.fixture
def star(app: Flask, counter: PolledPrinter) -> Star:
    return Star(app.test_client(), counter.secret)


def test_slips_come_out_in_their_order(counter: PolledPrinter, star: Star) -> None:
    links = [counter.print(key) for key in ("a", "b")]
    star.print_what_waits()
    assert star.links == links
    assert counter.states == {"a": "done", "b": "done"}
    assert counter.state == READY.state


def test_what_comes_along_says_cut_and_do_not_dither(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    headers = star.fetch(star.call()).headers
    assert headers["X-Star-Cut"] == "full; feed=true"
    assert headers["X-Star-ImageDitherPattern"] == "none"


def test_a_secret_may_be_typed_in_capitals(app: Flask, counter: PolledPrinter) -> None:
    link = counter.print("a")
    star = Star(app.test_client(), counter.secret.upper())
    star.print_what_waits()
    assert star.links == [link]


def test_a_slip_that_was_fetched_is_never_offered_again(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    star.take(star.call())
    assert counter.states == {"a": "sending"}
    counter.print("b")
    assert star.call() is None
    assert star.call(printingInProgress=True) is None


def test_fetching_twice_gives_the_same_bytes(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    token = star.call()
    assert star.take(token) == star.take(token)
    star.confirm(token)
    assert star.fetch(token).status_code == 404
    assert counter.states == {"a": "done"}


def test_a_confirmation_may_come_twice(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    token = star.call()
    star.take(token)
    star.confirm(token)
    star.confirm(token, retry="1")
    assert counter.states == {"a": "done"}


def test_a_lost_confirmation_leaves_it_to_a_person(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    link = counter.print("b")
    star.take(star.call())
    assert star.call() is None
    counter.pass_time(seconds=29)
    assert counter.states == {"a": "sending", "b": "queued"}
    counter.pass_time(seconds=2)
    assert counter.states == {"a": "unknown", "b": "queued"}
    assert counter.jobs()["a"].outcome == clock.NOT_CONFIRMED
    star.links.clear()
    star.print_what_waits()
    assert star.links == [link]


def test_a_confirmation_that_comes_late_still_counts(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    token = star.call()
    star.take(token)
    counter.pass_time(minutes=3)
    assert counter.states == {"a": "unknown"}
    star.confirm(token)
    assert counter.states == {"a": "done"}
    assert counter.jobs()["a"].outcome is None


def test_what_a_person_has_said_stands(counter: PolledPrinter, star: Star, becomes: Callable[..., None]) -> None:
    counter.print("a")
    token = star.call()
    star.take(token)
    becomes(counter.jobs()["a"].id, "failed", "Olena looked: it was not printed.")
    star.confirm(token)
    assert counter.states == {"a": "failed"}


def test_a_long_print_is_not_doubted(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    token = star.call()
    star.take(token)
    for _ in range(5):
        counter.pass_time(seconds=100)
        assert star.call(printingInProgress=True) is None
    assert counter.states == {"a": "sending"}
    star.confirm(token)
    assert counter.states == {"a": "done"}


@pytest.mark.parametrize("printed", [True, False])
def test_power_lost_after_fetching(app: Flask, counter: PolledPrinter, star: Star, printed: bool) -> None:
    link = counter.print("a")
    token = star.call()
    star.take(token) if printed else star.fetch(token)
    risen = Star(app.test_client(), counter.secret)
    assert risen.call() is None
    counter.pass_time(minutes=1)
    assert risen.call() is None
    assert counter.states == {"a": "unknown"}
    assert star.links + risen.links == [link] * printed


def test_an_offer_that_never_arrived_costs_nothing(counter: PolledPrinter, star: Star) -> None:
    link = counter.print("a")
    lost = star.call()
    token = star.call()
    assert token != lost
    assert star.fetch(lost).status_code == 404
    star.confirm(lost, "520%20Timeout")
    star.take(token)
    star.confirm(token)
    assert star.links == [link]
    assert counter.states == {"a": "done"}


def test_a_download_that_broke_off_is_tried_again(counter: PolledPrinter, star: Star) -> None:
    link = counter.print("a")
    token = star.call()
    star.fetch(token)
    star.confirm(token, "520%20Timeout")
    assert counter.states == {"a": "queued"}
    assert counter.jobs()["a"].outcome == cloudprnt.NOT_FETCHED
    star.confirm(token, "520%20Timeout", retry="1")
    star.print_what_waits()
    assert star.links == [link]
    assert counter.jobs()["a"].outcome is None


def test_a_refusal_that_comes_late_takes_nothing_back(counter: PolledPrinter, star: Star) -> None:
    """The first try broke off, the second is being printed, and the first one's word comes once more."""
    counter.print("a")
    first = star.call()
    star.fetch(first)
    star.confirm(first, "520")
    second = star.call()
    star.take(second)
    star.confirm(first, "520")
    assert counter.states == {"a": "sending"}
    star.confirm(second)
    assert counter.states == {"a": "done"}


@pytest.mark.parametrize(
    ("code", "state", "said"),
    [
        ("OK", "done", None),
        ("200 OK", "done", None),
        ("211%20Paper%20low", "done", None),
        ("521 Too large", "failed", cloudprnt.TOO_LARGE),
        ("510", "failed", cloudprnt.NOT_UNDERSTOOD),
        ("511%20Media%20decoding%20error", "failed", cloudprnt.NOT_UNDERSTOOD),
        ("410", "unknown", f"{cloudprnt.BROKE_OFF} {PAPER_OUT.sentence}"),
        ("411", "unknown", f"{cloudprnt.BROKE_OFF} {BROKEN.sentence}"),
        ("what?", "unknown", f"{cloudprnt.BROKE_OFF} {BROKEN.sentence}"),
        ("", "unknown", f"{cloudprnt.BROKE_OFF} {BROKEN.sentence}"),
    ],
)
def test_what_a_printer_s_code_means(
    counter: PolledPrinter, star: Star, code: str, state: str, said: str | None
) -> None:
    counter.print("a")
    token = star.call()
    star.take(token)
    star.confirm(token, code)
    assert counter.states == {"a": state}
    assert counter.jobs()["a"].outcome == said


@pytest.mark.parametrize(
    ("code", "said"),
    [("510", cloudprnt.NOT_UNDERSTOOD), ("511", cloudprnt.NOT_UNDERSTOOD), ("521", cloudprnt.TOO_LARGE)],
)
def test_what_it_refuses_unseen_it_is_not_offered_again(
    counter: PolledPrinter, star: Star, code: str, said: str
) -> None:
    counter.print("a")
    link = counter.print("b")
    star.confirm(star.call(), code)
    assert counter.states == {"a": "failed", "b": "queued"}
    assert counter.jobs()["a"].outcome == said
    star.print_what_waits()
    assert star.links == [link]


def test_a_refusal_of_an_earlier_offer_says_nothing_of_this_one(counter: PolledPrinter, star: Star) -> None:
    link = counter.print("a")
    lost = star.call()
    token = star.call()
    star.confirm(lost, "510")
    assert counter.states == {"a": "queued"}
    star.take(token)
    star.confirm(token)
    assert star.links == [link]


@pytest.mark.parametrize(
    ("code", "status", "condition"),
    [
        ("200%20OK", WELL, READY),
        ("200 OK", None, READY),
        ("201", "", READY),
        ("230", "no hexadecimal", READY),
        ("211", WELL, PAPER_LOW),
        ("210%20Paper%20low", None, PAPER_LOW),
        ("200%20OK", "23 86 00 00 00 04 00 00 00", PAPER_LOW),
        ("410%20Out%20of%20paper", WELL, PAPER_OUT),
        ("420", None, COVER_OPEN),
        ("421", None, COVER_OPEN),
        ("411", None, BROKEN),
        ("4", STUCK, CUTTER_STUCK),
        ("400", "23 86 08 20 00 00 00 00 00", BROKEN),
        ("400", "23 86 28 00 00 00 00 00 00", COVER_OPEN),
        ("400", "23 86 08 00 00 08 00 00 00", PAPER_OUT),
        ("400", "23 86 08 00 00 00 00 00 00", OFFLINE),
        ("500", "23", BROKEN),
    ],
)
def test_how_it_says_it_is(
    counter: PolledPrinter, star: Star, code: str, status: str | None, condition: Condition
) -> None:
    counter.print("a")
    assert bool(star.call(code, status=status)) == condition.ready
    assert counter.state == condition.state


def test_without_paper_nothing_is_offered_and_slips_say_why(counter: PolledPrinter, star: Star) -> None:
    links = [counter.print("a"), counter.print("b", lives=timedelta(hours=1))]
    assert star.call("410") is None
    assert {row.outcome for row in counter.jobs().values()} == {PAPER_OUT.sentence}
    counter.pass_time(minutes=11)
    assert star.call("410") is None
    assert counter.states == {"a": "failed", "b": "queued"}
    star.print_what_waits()
    assert star.links == links[1:]


def test_out_of_paper_on_the_way(counter: PolledPrinter, star: Star) -> None:
    """It ran out in the middle: by itself a printer would fetch the slip again, and print it from its beginning."""
    counter.print("a")
    star.take(star.call())
    assert star.call("410") is None
    assert star.call() is None
    counter.pass_time(seconds=31)
    assert counter.states == {"a": "unknown"}
    assert counter.jobs()["a"].outcome == f"{clock.NOT_CONFIRMED} {PAPER_OUT.sentence}"
    assert star.call() is None


@pytest.mark.parametrize("more", [{"code": "220"}, {"code": "221"}, {"printingInProgress": True}])
def test_a_busy_printer_is_left_alone(counter: PolledPrinter, star: Star, more: dict[str, Any]) -> None:
    counter.print("a")
    assert star.call(**more) is None
    assert star.call()


def test_two_printers_with_one_secret_print_a_slip_once(app: Flask, counter: PolledPrinter, star: Star) -> None:
    links = [counter.print(key) for key in ("a", "b")]
    other = Star(app.test_client(), counter.secret, mac="00:11:62:dd:ee:ff")
    first, second = star.call(), other.call()
    assert star.fetch(first).status_code == 404
    other.take(second)
    star.confirm(first, "520")
    assert star.call() is None
    other.confirm(second)
    star.print_what_waits()
    other.print_what_waits()
    assert [*other.links, *star.links] == links
    assert counter.states == {"a": "done", "b": "done"}


def test_older_printers_name_no_token(app: Flask, counter: PolledPrinter, star: Star) -> None:
    links = [counter.print(key) for key in ("a", "b")]
    other = Star(app.test_client(), counter.secret, mac="00:11:62:dd:ee:ff")
    assert star.call()
    assert other.call()
    assert star.fetch(None).status_code == 404
    star.confirm(None, "520")
    assert other.take(None) == other.take(None)
    assert star.fetch(None).status_code == 404
    star.confirm(None)
    assert counter.states["a"] == "sending"
    other.confirm(None)
    assert counter.states["a"] == "done"
    assert star.call()
    star.take(None)
    star.confirm(None)
    assert [other.links[0], *star.links] == links
    assert counter.states == {"a": "done", "b": "done"}


def test_only_pictures_are_there(counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    token = star.call()
    assert star.fetch(token, type="text/plain").status_code == 415
    assert counter.states == {"a": "queued"}


def test_who_only_looks_at_an_address_takes_nothing(app: Flask, counter: PolledPrinter, star: Star) -> None:
    link = counter.print("a")
    token = star.call()
    query = {"type": "image/png", "mac": star.mac, "token": token}
    assert app.test_client().head(star.url, query_string=query).status_code == 405
    assert counter.states == {"a": "queued"}
    star.take(token)
    assert star.links == [link]


def test_a_slip_whose_time_is_over_is_not_given_out(counter: PolledPrinter, star: Star) -> None:
    counter.print("a", lives=timedelta(seconds=30))
    token = star.call()
    counter.pass_time(seconds=31)
    assert star.fetch(token).status_code == 404
    assert star.call() is None
    assert counter.states == {"a": "failed"}
    assert counter.jobs()["a"].outcome == TOO_LATE


def test_the_background_jobs_look_at_the_clock(counter: PolledPrinter, settings: Settings) -> None:
    counter.print("a", lives=timedelta())
    jobs = Jobs(settings)
    thread = threading.Thread(target=jobs.run)
    thread.start()
    try:
        until(lambda: counter.states == {"a": "failed"}, "the clock")
    finally:
        jobs.stop()
        thread.join()


def test_a_printer_that_never_called(counter: PolledPrinter) -> None:
    counter.print("a")
    counter.pass_time(minutes=11)
    assert counter.jobs()["a"].outcome == f"{TOO_LATE} {clock.NEVER_CALLED}"
    assert counter.state == "unknown"


def test_a_printer_that_calls_no_more(counter: PolledPrinter, star: Star) -> None:
    star.call("211")
    counter.pass_time(seconds=110)
    assert counter.state == PAPER_LOW.state
    counter.print("a")
    counter.pass_time(minutes=11)
    assert counter.state == UNREACHABLE.state
    assert counter.jobs()["a"].outcome == f"{TOO_LATE} {clock.NOT_CALLED}"
    star.call("211")
    assert counter.state == PAPER_LOW.state


def test_when_it_called_is_noted_now_and_then(counter: PolledPrinter, star: Star) -> None:
    star.call()
    seen = counter.row.seen_at
    star.call()
    assert counter.row.seen_at == seen
    counter.pass_time(seconds=61)
    star.call()
    assert counter.row.seen_at > seen - timedelta(seconds=61)


def test_a_profile_that_nobody_knows_fails_and_says_so(counter: PolledPrinter, star: Star, engine: Engine) -> None:
    counter.print("a")
    with engine.begin() as connection:
        connection.execute(update(printer).values(profile="typewriter"))
    token = star.call()
    assert star.fetch(token).status_code == 404
    star.confirm(token, "520")
    assert counter.states == {"a": "failed"}
    assert "typewriter" in counter.jobs()["a"].outcome


def test_a_bug_of_ours_costs_no_slip(counter: PolledPrinter, star: Star, monkeypatch: pytest.MonkeyPatch) -> None:
    link = counter.print("a")
    with monkeypatch.context() as broken:
        broken.setattr("printer.page.png", lambda *_: 1 / 0)
        token = star.call()
        assert star.fetch(token).status_code == 404
        star.confirm(token, "521")
    assert counter.states == {"a": "queued"}
    assert star.call() is None
    counter.pass_time(seconds=61)
    star.print_what_waits()
    assert star.links == [link]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"{}", b'{"statusCode": null}', b'{"statusCode": 200}'])
def test_what_no_printer_says(app: Flask, star: Star, body: bytes) -> None:
    answer = app.test_client().post(star.url, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_nulls_are_as_good_as_nothing(app: Flask, counter: PolledPrinter, star: Star) -> None:
    counter.print("a")
    fields = ("status", "printerMAC", "uniqueID", "jobToken", "printingInProgress", "clientAction", "barcodeReader")
    told = app.test_client().post(star.url, json={"statusCode": "200 OK", **dict.fromkeys(fields)}).get_json()
    assert told["jobReady"]


def test_strangers_hear_nothing(app: Flask, counter: PolledPrinter, engine: Engine) -> None:
    client = app.test_client()
    counter.print("a")
    for path in (f"/print/{'a' * 32}/cloudprnt", f"/print/{counter.secret}/epson", f"/print/{counter.secret}"):
        assert client.post(path, json={"statusCode": "200"}).status_code == 404
    # Another kind of printer has a secret left over.
    with engine.begin() as connection:
        connection.execute(update(printer).values(address="tcp://127.0.0.1:9100"))
    assert client.post(f"/print/{counter.secret}/cloudprnt", json={"statusCode": "200"}).status_code == 404


def test_a_printer_that_was_taken_away_is_a_stranger(
    app: Flask, counter: PolledPrinter, star: Star, engine: Engine
) -> None:
    with engine.begin() as connection:
        take_away(connection, counter.id, "Ann", NOW)
        connection.execute(update(printer).values(secret_hash=digest(counter.secret)))
    assert app.test_client().post(star.url, json={"statusCode": "200"}).status_code == 404


def test_whoever_guesses_is_told_to_wait_and_printers_are_not(app: Flask, counter: PolledPrinter, star: Star) -> None:
    link = counter.print("a")
    guesses = [app.test_client().post(f"/print/{n:a>32}/cloudprnt", json={}).status_code for n in range(31)]
    assert guesses == [404] * 30 + [429]
    star.print_what_waits()
    assert star.links == [link]


def test_no_secret_and_no_idle_call_stands_in_the_log(
    app: Flask, counter: PolledPrinter, star: Star, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        star.call()
    assert capfd.readouterr().out == ""
    counter.print("a")
    star.call("410")
    assert capfd.readouterr().out == ""
    # A printer asks for this at its start; that it is not there says: HTTP, not MQTT.
    assert app.test_client().get(f"{star.url}/cloudprnt-setting.json").status_code == 404
    star.print_what_waits()
    logged = capfd.readouterr()
    assert "/print/…/cloudprnt" in logged.out
    assert counter.secret not in logged.out + logged.err


@pytest.mark.parametrize("path", ["/print//{}/cloudprnt", "/x/print/{}", "/{}", "/print/{}a"])
def test_no_secret_at_a_wrong_address_stands_in_the_log(
    app: Flask, counter: PolledPrinter, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = app.test_client().post(path.format(counter.secret), json={"statusCode": "200"})
    assert answer.status_code in {308, 404}
    logged = capfd.readouterr()
    assert "…" in logged.out
    assert counter.secret not in logged.out + logged.err


def test_open_pages_are_told(counter: PolledPrinter, star: Star, settings: Settings) -> None:
    with connect(settings, autocommit=True) as ears:
        ears.execute(f"LISTEN {changes.STORES}".encode())

        def told(minimum: int) -> int:
            return len(list(ears.notifies(timeout=5, stop_after=minimum))) + len(list(ears.notifies(timeout=0)))

        star.call()
        assert told(1) == 1  # unknown → ready
        star.call()
        star.call("410")
        assert told(1) == 1
        star.call()
        counter.print("a")
        token = star.call()
        star.take(token)
        star.confirm(token)
        assert told(2) == 2  # ready again, and printed


def test_open_pages_are_told_when_it_calls_no_more(counter: PolledPrinter, star: Star, settings: Settings) -> None:
    clock = Clock()
    with connect(settings, autocommit=True) as database, connect(settings, autocommit=True) as ears:
        star.call()
        ears.execute(f"LISTEN {changes.STORES}".encode())

        def told() -> int:
            database.execute(f"NOTIFY {changes.STORES}, 'end'".encode())
            return len(list(takewhile(lambda each: each.payload != "end", ears.notifies(timeout=5))))

        clock.look(database, NOW)
        assert told() == 0
        counter.pass_time(minutes=3)
        assert counter.state == UNREACHABLE.state
        told()
        clock.look(database, NOW)
        assert told() == 1
        clock.look(database, NOW)
        assert told() == 0
        star.call()
        assert told() == 1
        assert counter.state == READY.state
        clock.look(database, NOW)
        assert told() == 0


def test_the_self_test_page(counter: PolledPrinter, star: Star) -> None:
    counter.print_self_test()
    star.print_what_waits()
    assert [link.rstrip(".") for link in star.links] == [
        f"SMILEPOST TEST PAGE: THIS CODE HAS {dots} DOTS A MODULE" for dots in (6, 5, 4)
    ]
    assert list(counter.states.values()) == ["done"]


def test_a_database_that_was_away(counter: PolledPrinter, star: Star, app: Flask, engine: Engine) -> None:
    link = counter.print("a")
    token = star.call()
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        connection.execute(cut)
    assert star.fetch(token).status_code == 503
    star.take(token)
    star.confirm(token)
    assert star.links == [link]
