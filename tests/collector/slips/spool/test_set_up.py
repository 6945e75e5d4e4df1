"""A printer from the box to its first slip, by a manager with a browser and by a technician at a terminal."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, insert

from collector.settings import Settings
from collector.slips.tables import printer
from tests.factories import Shop
from tests.printer.conftest import MakePrinter
from tests.printer.paper import RunningPrinter, check
from tests.waiting import until


def links(running: RunningPrinter) -> list[str]:
    """What a phone reads from the newest strip."""
    picture = Image.open(io.BytesIO(running.strips[-1].png)).convert("L")
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.usefixtures("spooling")
def test_from_the_box_to_the_first_slip(
    app: Flask, open_window: Callable[..., Page], riverside: Shop, make_printer: MakePrinter
) -> None:
    running = make_printer(codes=False)  # the test page has codes that are too small on purpose
    app.extensions["now"] = lambda: datetime.now(UTC)
    page = open_window(riverside.organisation, width=390, height=844)
    page.goto(f"/stores/{riverside.store}")
    page.get_by_role("link", name="Set one up").click()
    page.get_by_role("link", name="Add a printer").click()
    page.get_by_label("Where does it stand?").fill("Checkout 2")
    expect(page.get_by_label("Its address")).to_be_hidden()  # only what the chosen connection needs is asked for
    page.get_by_label("Network").check()
    page.get_by_label("Its address").fill("127.0.0.1")
    page.get_by_label("Port").fill(str(running.port))
    expect(page.get_by_label("Device").first).to_be_hidden()
    page.get_by_label("What kind is it?").select_option("Epson TM, 80 mm")
    page.get_by_role("button", name="Add it").click()

    page.get_by_role("button", name="Print test page").click()
    until(lambda: len(running.strips) == 1, "the test page")
    assert len(links(running)) == 3
    done = page.get_by_text(re.compile(r"Test page · Printed at"))
    until(lambda: page.reload() and done.count() == 1, "the page to say so")

    page.goto(f"/stores/{riverside.store}")
    expect(page.get_by_text("The printer at Checkout 2 is ready.")).to_be_visible()
    page.get_by_role("button", name="Print review slip").click()
    until(lambda: len(running.strips) == 2, "the slip")
    [link] = links(running)
    assert re.fullmatch(r"HTTP://LOCALHOST:\d+/Q/[A-Z2-7]{28}", link)
    check(running.strips[-1].png, running.strips[-1].text)


@pytest.fixture
def counter(engine: Engine, riverside: Shop, virtual: RunningPrinter) -> RunningPrinter:
    """Riverside's virtual printer."""
    values = {"store_id": riverside.store, "name": "Counter", "profile": "epson-80"}
    with engine.begin() as connection:
        connection.execute(insert(printer).values(**values, address=f"tcp://127.0.0.1:{virtual.port}"))
    virtual.codes = False
    return virtual


def self_test(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", "print", "self-test", *arguments]
    return subprocess.run(command, env=settings.environment(), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.usefixtures("spooling")
def test_the_test_page_from_a_terminal(settings: Settings, counter: RunningPrinter) -> None:
    ended = self_test(settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "The self-test page is on its way to Counter, Riverside.",
        "It is printed.",
    ]
    assert len(counter.strips) == 1
    assert len(links(counter)) == 3


def test_a_technician_is_told_which_printers_there_are(
    settings: Settings, engine: Engine, riverside: Shop, counter: RunningPrinter
) -> None:
    values = {"store_id": riverside.store, "name": "Desk", "profile": "epson-80", "address": "cloudprnt:"}
    with engine.begin() as connection:
        connection.execute(insert(printer).values(values))
    for arguments, said in (((), "several printers fit"), (("--printer", "Exit"), "no such printer")):
        ended = self_test(settings, *arguments)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert said in ended.stderr
        assert "--store 'Riverside' --printer 'Desk'" in ended.stderr


def test_without_a_printer_there_is_nothing_to_test(settings: Settings) -> None:
    ended = self_test(settings)
    assert (ended.returncode, "there is no printer yet" in ended.stderr) == (1, True)


@pytest.mark.usefixtures("spooling")
def test_a_technician_hears_why_it_waits(settings: Settings, counter: RunningPrinter) -> None:
    counter.set(cover_open=True)
    command = [sys.executable, "-m", "collector", "print", "self-test"]
    with subprocess.Popen(command, env=settings.environment(), stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        assert waiting.stdout.readline() == "The self-test page is on its way to Counter, Riverside.\n"
        assert waiting.stdout.readline() == "The printer's cover is open: close it.\n"
        counter.set(cover_open=False)
        assert waiting.stdout.readline() == "It is printed.\n"
    assert waiting.returncode == 0
