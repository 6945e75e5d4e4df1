"""Printing from the store page, and what becomes of each slip."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from werkzeug.test import TestResponse

from collector.accounts.tables import account
from collector.slips.spool import slip_of
from collector.slips.tables import printer
from tests.collector.customers import Phone, words
from tests.collector.slips.conftest import UNSURE
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]
Jobs = Callable[[], list[Any]]
Becomes = Callable[..., None]


def press(client: FlaskClient, page: str, action: str) -> TestResponse:
    """Press the button on a page that leads to `action`."""
    return client.post(action, data=form(client, page, action))


def form(client: FlaskClient, page: str, action: str) -> dict[str, str]:
    found = re.search(rf'action="{action}">(.*?)</form>', client.get(page).text, re.DOTALL)
    assert found, f"no button for {action} on {page}"
    return dict(re.findall(r'name="(\w+)" value="([^"]+)"', found[1]))


def print_slip(client: FlaskClient, shop: Shop, printer_id: int) -> TestResponse:
    return press(client, f"/stores/{shop.store}", f"/stores/{shop.store}/printers/{printer_id}/slips")


def test_a_press_sends_a_slip_on_its_way(
    browser: Browser, phone: Phone, riverside: Shop, counter: int, print_jobs: Jobs, becomes: Becomes
) -> None:
    client = browser(riverside.store)
    page = f"/stores/{riverside.store}"
    assert "Printer The printer at Counter has not been heard of yet. Print review slip" in words(client.get(page))
    answer = print_slip(client, riverside, counter)
    assert answer.location == f"{page}#printer-{counter}"
    assert "The slip is on its way. Set printers up Posters Print jobs" in words(client.get(page))
    [job] = print_jobs()
    assert phone.scan(slip_of(job.payload).link.rpartition("/")[2]).status_code == 200
    becomes(job.id, "done", finished_at=NOW - timedelta(minutes=2))
    assert "Printed at 11:50. Set printers up Posters Print jobs" in words(client.get(page))
    becomes(job.id, "done", finished_at=NOW - timedelta(days=1))
    assert "Printed yesterday 11:52." in words(client.get(page))


def test_a_double_tap_prints_one_slip(browser: Browser, riverside: Shop, counter: int, print_jobs: Jobs) -> None:
    client = browser(riverside.store)
    action = f"/stores/{riverside.store}/printers/{counter}/slips"
    data = form(client, f"/stores/{riverside.store}", action)
    for _ in range(2):
        assert client.post(action, data=data).status_code == 302
    assert len(print_jobs()) == 1
    print_slip(client, riverside, counter)
    assert len(print_jobs()) == 2


def test_a_store_without_a_printer_shows_none(browser: Browser, riverside: Shop) -> None:
    client = browser(riverside.store)
    shown = words(client.get(f"/stores/{riverside.store}"))
    assert "No printer stands here yet. A receipt printer with a free port will do. Set one up" in shown
    assert "Print review slip" not in shown
    assert "Print jobs" not in shown
    assert "Nothing has been printed yet." in words(client.get(f"/stores/{riverside.store}/print-jobs"))


@pytest.mark.parametrize(
    ("state", "waiting", "said"),
    [
        ("mute", 0, "The printer at Counter never says how it is. Look at it now and then. seen"),
        ("ready", 1, "The printer at Counter is ready. seen 11:52"),
        ("paper_low", 0, "is nearly used up: have a new roll at hand. since 11:42"),
        ("paper_out", 0, "The printer at Counter is out of paper. Put in a new roll. since 11:42"),
        ("paper_out", 1, "is out of paper. The slip that waits will print when there is paper. since 11:42"),
        ("paper_out", 3, "is out of paper. The 3 slips that wait will print when there is paper. since 11:42"),
        ("cover_open", 0, "The cover of the printer at Counter is open. Close it. since 11:42"),
        ("cover_open", 2, "is open. The 2 slips that wait will print when it is closed. since 11:42"),
        (
            "cutter_stuck",
            2,
            "open the cover and free it. The 2 slips that wait will print when it is free. since 11:42",
        ),
        ("offline", 1, "see what its panel says. The slip that waits will print when it is online again. since 11:42"),
        ("broken", 1, "reports a fault: switch it off and on again, and see what its panel says. The slip"),
        ("unreachable", 0, "cannot be reached: is it switched on, and is its cable plugged in? since 11:42"),
        ("unreachable", 2, "plugged in? The 2 slips that wait will print when it is back. since 11:42"),
        ("silent", 1, "nobody else printing? The slip that waits will print when it answers. since 11:42"),
    ],
)
def test_how_the_printer_is_and_what_to_do(
    browser: Browser, engine: Engine, riverside: Shop, counter: int, state: str, waiting: int, said: str
) -> None:
    client = browser(riverside.store)
    for _ in range(waiting):
        print_slip(client, riverside, counter)
    with engine.begin() as connection:
        connection.execute(update(printer).values(state=state, seen_at=NOW))
        connection.execute(update(printer).values(state_since=NOW - timedelta(minutes=10)))
    shown = words(client.get(f"/stores/{riverside.store}"))
    assert said in shown
    assert (" since 11:42, seen 11:52" in shown) == (state not in {"ready", "mute"})


def test_a_slip_that_waits(browser: Browser, engine: Engine, riverside: Shop, counter: int) -> None:
    client = browser(riverside.store)
    print_slip(client, riverside, counter)
    with engine.begin() as connection:
        connection.execute(update(printer).values(state="paper_out", seen_at=NOW))
    assert "The slip waits for the printer. Set printers up Posters Print jobs" in words(
        client.get(f"/stores/{riverside.store}")
    )


@pytest.fixture
def unsure(browser: Browser, riverside: Shop, counter: int, print_jobs: Jobs, becomes: Becomes) -> int:
    """A slip of Riverside that was perhaps printed."""
    print_slip(browser(riverside.store), riverside, counter)
    [job] = print_jobs()
    becomes(job.id, "unknown", UNSURE, finished_at=NOW)
    return int(job.id)


def test_an_unsure_slip_is_shown(browser: Browser, riverside: Shop, unsure: int) -> None:
    client = browser(riverside.store)
    assert "1 slip needs a look" in words(client.get(f"/stores/{riverside.store}"))
    page = words(client.get(f"/stores/{riverside.store}/print-jobs"))
    assert (
        f"Review slip · Counter Perhaps printed: {UNSURE} Look at the printer. It printed It did not: print again"
        in page
    )


def test_it_printed(browser: Browser, engine: Engine, riverside: Shop, unsure: int, print_jobs: Jobs) -> None:
    client, page = browser(riverside.store), f"/stores/{riverside.store}/print-jobs"
    with engine.connect() as connection:
        name = connection.execute(select(account.c.name).order_by(account.c.id.desc()).limit(1)).scalar_one()
    assert press(client, page, f"/print-jobs/{unsure}/printed").location == page
    shown = words(client.get(page))
    assert f"{name} looked: it was printed." in shown
    assert "again" not in shown
    assert "needs a look" not in words(client.get(f"/stores/{riverside.store}"))
    assert [job.state for job in print_jobs()] == ["done"]


def test_it_did_not_print_and_a_copy_follows(browser: Browser, riverside: Shop, unsure: int, print_jobs: Jobs) -> None:
    page, action = f"/stores/{riverside.store}/print-jobs", f"/print-jobs/{unsure}/not-printed"
    clients = [browser(riverside.store), browser(riverside.region)]
    forms = [form(client, page, action) for client in clients]
    for client, data in zip(clients, forms, strict=True):
        client.post(action, data=data)
    first, copy = print_jobs()
    assert (first.state, copy.state) == ("failed", "queued")
    assert (slip_of(first.payload).copy, slip_of(copy.payload).copy) == (False, True)
    assert slip_of(first.payload).link == slip_of(copy.payload).link
    shown = words(clients[1].get(page))
    assert "This was settled already. This is how it stands now." in shown
    assert "Review slip · COPY · Counter The slip is on its way." in shown
    # The copy stands for it now: it is not printed a third time from here, and says where to look.
    assert f"looked: it was not printed. Print job #{copy.id} took its place." in shown
    assert "Print again" not in shown
    assert f'href="#job-{copy.id}"' in clients[1].get(page).text
    clients[1].post(f"/print-jobs/{unsure}/again", data=forms[1] | {"key": "another"})
    assert len(print_jobs()) == 2


def test_a_slip_that_failed_says_why_and_prints_again_once(
    browser: Browser, riverside: Shop, unsure: int, print_jobs: Jobs, becomes: Becomes
) -> None:
    becomes(unsure, "failed", "It waited until its time was over.")
    client, page, action = (
        browser(riverside.store),
        f"/stores/{riverside.store}/print-jobs",
        f"/print-jobs/{unsure}/again",
    )
    assert "Not printed: It waited until its time was over. Print again" in words(client.get(page))
    data = form(client, page, action)
    for _ in range(2):
        client.post(action, data=data)
    _first, copy = print_jobs()
    assert slip_of(copy.payload).copy
    assert f"Print job #{copy.id} took its place." in words(client.get(page))
    # Where that one fails too, it is the one to print again.
    becomes(copy.id, "failed", "The printer is out of paper.")
    press(client, page, f"/print-jobs/{copy.id}/again")
    assert len(print_jobs()) == 3


def test_a_slip_is_of_the_time_that_the_pages_have(
    app: Flask, browser: Browser, riverside: Shop, counter: int, print_jobs: Jobs
) -> None:
    client, page = browser(riverside.store), f"/stores/{riverside.store}/print-jobs"
    app.extensions["now"] = lambda: NOW + timedelta(hours=26)
    print_slip(client, riverside, counter)
    [job] = print_jobs()
    assert job.created_at == NOW + timedelta(hours=26)
    assert f"13:52 #{job.id} · Review slip · Counter The slip is on its way." in words(client.get(page))
    press(client, f"/printers/{counter}", f"/printers/{counter}/test-page")
    assert f"13:52 #{print_jobs()[1].id} · Test page" in words(client.get(page))
    press(client, f"/printers/{counter}", f"/printers/{counter}/take-away")
    assert {job.finished_at for job in print_jobs()} == {NOW + timedelta(hours=26)}


def test_a_printer_that_was_taken_away_prints_nothing_again(
    browser: Browser, engine: Engine, riverside: Shop, counter: int, unsure: int, print_jobs: Jobs
) -> None:
    client, page = browser(riverside.store), f"/stores/{riverside.store}/print-jobs"
    data = form(client, page, f"/print-jobs/{unsure}/not-printed")
    with engine.begin() as connection:
        connection.execute(update(printer).where(printer.c.id == counter).values(retired_at=NOW))
    assert "Look at the printer. It printed It did not" in words(client.get(page))
    assert "print again" not in words(client.get(page))
    client.post(f"/print-jobs/{unsure}/not-printed", data=data)
    assert "Print again" not in words(client.get(page))
    client.post(f"/print-jobs/{unsure}/again", data=data)
    assert [job.state for job in print_jobs()] == ["failed"]


def test_a_slip_on_its_way_is_not_printed_again(
    browser: Browser, riverside: Shop, unsure: int, print_jobs: Jobs, becomes: Becomes
) -> None:
    client, page, action = (
        browser(riverside.store),
        f"/stores/{riverside.store}/print-jobs",
        f"/print-jobs/{unsure}/not-printed",
    )
    data = form(client, page, action)
    becomes(unsure, "sending")
    for path in ("printed", "not-printed", "again"):
        client.post(f"/print-jobs/{unsure}/{path}", data=data)
    assert [job.state for job in print_jobs()] == ["sending"]


def test_newest_first_in_pages(
    browser: Browser, riverside: Shop, counter: int, print_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.slips.views.PAGE", 2)
    client, page = browser(riverside.store), f"/stores/{riverside.store}/print-jobs"
    for _ in range(3):
        print_slip(client, riverside, counter)
    ids = [f'id="job-{job.id}"' for job in reversed(print_jobs())]
    first, second = client.get(page).text, client.get(f"{page}?page=2").text
    assert re.findall(r'id="job-\d+"', first) == ids[:2]
    assert re.findall(r'id="job-\d+"', second) == ids[2:]
    assert ("Older" in first, "Newer" in first) == (True, False)
    assert ("Older" in second, "Newer" in second) == (False, True)


def test_each_sees_their_own_printers(
    browser: Browser,
    visitor: FlaskClient,
    engine: Engine,
    make_printer: Callable[..., int],
    riverside: Shop,
    unsure: int,
    print_jobs: Jobs,
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    theirs = make_printer(hillside.store, "Desk")
    own, neighbour = browser(riverside.store), browser(hillside.region)
    assert "Desk" not in words(own.get(f"/stores/{riverside.store}"))
    assert neighbour.get(f"/stores/{riverside.store}/print-jobs").status_code == 404
    data = form(neighbour, f"/stores/{hillside.store}", f"/stores/{hillside.store}/printers/{theirs}/slips")
    for path in (
        f"/stores/{riverside.store}/printers/{theirs}/slips",
        f"/stores/{hillside.store}/printers/{unsure}/slips",
        f"/print-jobs/{unsure}/printed",
        f"/print-jobs/{unsure}/not-printed",
        f"/print-jobs/{unsure}/again",
    ):
        assert neighbour.post(path, data=data).status_code == 404
    [job] = print_jobs()
    assert job.state == "unknown"
    assert "/sign-in" in visitor.get(f"/stores/{riverside.store}/print-jobs").location
    assert "Perhaps printed" in words(browser(riverside.organisation).get(f"/stores/{riverside.store}/print-jobs"))


def test_forms_come_from_our_own_pages(browser: Browser, riverside: Shop, counter: int, print_jobs: Jobs) -> None:
    client = browser(riverside.store)
    action = f"/stores/{riverside.store}/printers/{counter}/slips"
    assert client.post(action, data={"key": "a"}).status_code == 400
    data = form(client, f"/stores/{riverside.store}", action)
    for key in ("", "k" * 65):
        assert client.post(action, data=data | {"key": key}).status_code == 400
    assert print_jobs() == []
