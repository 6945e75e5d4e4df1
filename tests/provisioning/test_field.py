"""A technician at a kiosk that has been made: looks, changes, makes it blank; and what the registry says of it."""

import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.failure import Failure
from collector.fleet.identity import FILE
from provisioning import field
from provisioning.collector import Collector, Touchpoint, reached
from provisioning.kiosk import Wanted, make
from provisioning.running import running
from simulators.flash_image import read_file
from simulators.serial_board import SerialBoard
from tests.installation import Installation
from tests.provisioning.technician import Technician
from tests.provisioning.test_kiosk import read, terminal


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("field")) as installation:
        yield installation


@pytest.fixture(scope="module")
def collector(installation: Installation) -> Iterator[Collector]:
    with reached(installation.settings) as collector:
        yield collector


@pytest.fixture(scope="module")
def at(collector: Collector) -> Touchpoint:
    return collector.touchpoint("Riverside", "Exit")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[SerialBoard]:
    with SerialBoard(tmp_path / "board", tmp_path.name[-20:]) as board:
        yield board


def kiosk_of(board: SerialBoard, collector: Collector, at: Touchpoint) -> str:
    made = make(board.port, Wanted(at, label=Path(board.port).parent), collector, Technician(board))
    assert made.result.passed
    return made.kiosk


def test_show_says_what_is_at_the_cable(
    installation: Installation, collector: Collector, at: Touchpoint, board: SerialBoard
) -> None:
    code, said = provision(installation, "show", "--port", board.port)
    assert code == 0
    assert re.search(r"Firmware for it +virtual", said)
    assert "No kiosk's firmware runs on it. Make a kiosk of it" in said
    kiosk = kiosk_of(board, collector, at)
    code, said = provision(installation, "show", "--port", board.port)
    assert code == 0
    for name, value in (("Kiosk", kiosk), ("Collector", "answers"), ("Unsent", "0"), ("Wi-Fi", "by cable")):
        assert re.search(rf"^{name} +{value}$", said, re.MULTILINE), said
    assert said.rstrip().endswith(f"{kiosk} is well.")
    board.pull()
    code, said = provision(installation, "show", "--port", board.port)
    assert (code, "There is no board at" in said) == (1, True)


def test_change_gives_a_kiosk_the_broker_and_a_fresh_secret(
    installation: Installation, collector: Collector, at: Touchpoint, board: SerialBoard
) -> None:
    kiosk = kiosk_of(board, collector, at)
    before = collector.secrets(kiosk)
    code, said = provision(installation, "change", "--port", board.port, "--broker")
    assert code == 0, said
    assert f"{kiosk} is online again" in said
    [fresh] = collector.secrets(kiosk) - before
    assert f"secret {fresh}, for the broker at" in said
    assert board.press(1)
    code, said = provision(installation, "change", "--port", board.port, "--wifi", "Shop", "--open-wifi")
    assert (code, "This board has no radio of its own." in said) == (1, True)
    code, said = provision(installation, "change", "--port", board.port)
    assert (code, "What is to be changed?" in said) == (1, True)
    code, said = provision(installation, "change", "--port", board.port, "--country", "UA")
    assert (code, "Which Wi-Fi is meant?" in said) == (1, True)


def test_a_factory_reset_asks_and_makes_a_blank_board(
    installation: Installation, collector: Collector, at: Touchpoint, board: SerialBoard
) -> None:
    kiosk = kiosk_of(board, collector, at)
    code, said = provision(installation, "factory-reset", "--port", board.port, answers="\n")
    assert (code, "Nothing was done." in said) == (1, True)
    before = len(list(installation.ratings()))
    assert board.press(2)
    code, said = provision(installation, "factory-reset", "--port", board.port, answers="y\n")
    assert code == 0, said
    assert f"? Everything on {kiosk} but its program goes." in said
    assert f"smilepost provision retire {kiosk} --why retired" in said
    assert len(list(installation.ratings())) == before + 1
    with running(board.port) as blank:
        assert blank.kiosk is None
    board.pull()
    with pytest.raises(OSError, match=r"device\.json"):
        read_file(Path(board.port).parent / "flash.img", FILE)


def test_a_retired_kiosk_is_made_blank_although_nobody_confirms_its_ratings(
    installation: Installation,
    collector: Collector,
    at: Touchpoint,
    board: SerialBoard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kiosk = kiosk_of(board, collector, at)
    collector.change(kiosk, "retire", {"why": "broken"})
    board.wait_until(lambda: not board.front.online)
    assert board.press(1)
    monkeypatch.setattr(field, "ANSWER", 1.0)
    with pytest.raises(Failure, match=f"^{kiosk} erases itself once .* is not online: .* Nothing was done.* --discard"):
        field.factory_reset(installation.settings, Namespace(cable=board.port, discard=False, sure=True))
    assert board.press(2)
    code, said = provision(installation, "factory-reset", "--port", board.port, "--discard", answers="y\n")
    assert code == 0, said
    assert f"Everything on {kiosk} goes, and ratings that were never sent are lost. Sure?" in said
    again = make(board.port, Wanted(at, label=Path(board.port).parent), collector, Technician(board))
    assert again.result.passed
    assert again.kiosk != kiosk


def test_move_replace_retire(installation: Installation, collector: Collector, at: Touchpoint) -> None:
    for name in ("old-1", "new-1"):
        collector.make(at, name, "pico_w", "")
    code, said = provision(installation, "move", "old-1", "--store", "Riverside", "--touchpoint", "Checkout")
    assert (code, collector.kiosk("old-1")["touchpoint"]) == (0, "Checkout")
    assert "old-1 stands at Riverside · Checkout from now on." in said
    code, said = provision(installation, "replace", "old-1", "--by", "new-1", "--comment", "It got wet.")
    assert "new-1 stands at Checkout in place of old-1, which is retired." in said
    assert (collector.kiosk("old-1")["replaced_by"], collector.kiosk("new-1")["touchpoint"]) == ("new-1", "Checkout")
    retire = ("retire", "new-1", "--why", "stolen")
    code, said = provision(installation, *retire, answers="n\n")
    assert (code, collector.kiosk("new-1")["state"]) == (1, "enrolled")
    assert "? new-1 (Riverside · Checkout) is cut off at once, for good. Is it the right one? [y/N]" in said
    code, said = provision(installation, *retire, "--sure")
    assert (code, collector.kiosk("new-1")["retired_why"]) == (0, "stolen")
    code, said = provision(installation, "move", "nobody", "--store", "Riverside", "--touchpoint", "Exit")
    assert (code, "There is no kiosk nobody, or you do not see it." in said) == (1, True)


def test_every_command_has_an_example_and_can_be_loaded(installation: Installation) -> None:
    for name in ("kiosk", "batch", "show", "change", "factory-reset", "move", "retire", "replace"):
        code, said = provision(installation, name, "--help")
        assert (code, f"  smilepost provision {name}" in said) == (0, True), said
    code, said = provision(installation, "batch", "--example")
    assert said.replace("\r\n", "\n").startswith("store,touchpoint,kiosk\n")
    assert json.dumps(said)


def provision(installation: Installation, *arguments: str, answers: str = "") -> tuple[int, str]:
    """Run a command in a terminal, where somebody types these answers; returns its exit code and what it said."""
    said = ""
    with terminal() as (own, its):
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", "provision", *arguments],
            env={**installation.environment(), "TERM": "xterm", "COLUMNS": "200"},
            stdin=its,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        while data := read(own):
            said += data
            if answers and "] " in said and "?" in said:
                os.write(own, answers.encode())
                answers = ""
        code = process.wait(30)
    return code, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said).replace("\r\n", "\n")
