"""A bare board becomes a kiosk, in a whole installation; and whatever comes between, the same command completes it."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector.failure import Failure
from provisioning import acceptance
from provisioning.collector import Collector, NotDone, reached
from provisioning.kiosk import Network, Wanted, make
from simulators.flash_image import read_file
from simulators.serial_board import SerialBoard
from tests.installation import Installation
from tests.provisioning.technician import Technician
from tests.waiting import until

#: The steps in which something is on its way to the board or to the collector.
STEPS = ("Firmware", "Identity", "Start", "Button 2")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("provisioning")) as installation:
        yield installation


@pytest.fixture(scope="module")
def collector(installation: Installation) -> Iterator[Collector]:
    with reached(installation.settings) as collector:
        yield collector


@pytest.fixture
def board(tmp_path: Path) -> Iterator[SerialBoard]:
    with SerialBoard(tmp_path / "board", tmp_path.name) as board:
        yield board


@pytest.fixture
def wanted(collector: Collector, tmp_path: Path) -> Wanted:
    return Wanted(collector.touchpoint("Riverside", "Exit"), label=tmp_path / "label.pdf")


def test_one_command_makes_a_kiosk_of_a_bare_board(
    installation: Installation, board: SerialBoard, tmp_path: Path
) -> None:
    code, said = run_as_technician(installation, board, "--kiosk", "by-hand", "--label", str(tmp_path / "label.pdf"))
    assert code == 0, said
    kiosk = installation.get("kiosks/by-hand")
    assert (kiosk["touchpoint"], kiosk["life"], kiosk["board"], kiosk["accepted"]) == (
        "Exit",
        "active",
        "virtual",
        True,
    )
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")
    assert re.search(r"Test rating +4 of 4 presses in the table, marked as tests", said)
    assert (
        f"by-hand is ready. Hang it up, plug it in, and see it there: {installation.settings.url}/kiosks/by-hand"
        in said
    )

    again, said = run_as_technician(installation, board, "--label", str(tmp_path / "label.pdf"))
    assert (again, len(re.findall(r"Kiosk +by-hand|is on it already", said))) == (0, 2), said

    before = len(list(installation.ratings()))
    assert board.press(1)
    until(lambda: len(list(installation.ratings())) > before, "a rating of a real shopper")
    assert [each["counted"] for each in installation.ratings() if each["kiosk"] == "by-hand"] == [False] * 8 + [True]


def test_no_secret_is_seen_anywhere(installation: Installation, board: SerialBoard, tmp_path: Path) -> None:
    processes: list[str] = []
    code, said = run_as_technician(
        installation, board, "--kiosk", "secretive", "--label", str(tmp_path / "label.pdf"), processes=processes
    )
    assert code == 0, said
    board.pull()
    secret = json.loads(read_file(tmp_path / "board" / "flash.img", "device.json"))["secret"]
    assert processes
    assert secret not in said + "".join(processes) + "\n".join(installation.said)


@pytest.mark.parametrize("step", STEPS)
def test_whatever_comes_between_the_same_command_completes_it(
    step: str, collector: Collector, wanted: Wanted, board: SerialBoard
) -> None:
    technician = Technician(board, {step: board.pull})
    with contextlib.suppress(Failure):  # the last step needs the board no more
        make(board.port, wanted, collector, technician)
    board.pull()
    board.plug_in()
    again = Technician(board)
    made = make(board.port, wanted, collector, again)
    assert made.result.passed, again.failed


def test_what_a_technician_finds_is_told_and_kept(
    installation: Installation,
    collector: Collector,
    wanted: Wanted,
    board: SerialBoard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(acceptance, "PRESS", 2.0)
    technician = Technician(board, presses={2: 3, 4: 0}, answers={"hear": False})
    made = make(board.port, wanted, collector, technician)
    assert made.result.failed == ["Button 2", "Button 4", "Sound"]
    told = dict(technician.failed)
    assert told["Button 2"] == "Only button 3 came. Are the wires of the buttons in another order? (hardware.md)"
    assert told["Sound"] == "Nothing was heard. Is the sounder a passive one, at its pin? (hardware.md)"
    assert not wanted.label or not wanted.label.exists()
    [result] = installation.get(f"kiosks/{made.kiosk}/acceptance")["items"]
    assert not result["passed"]
    assert [each["name"] for each in result["steps"] if not each["passed"]] == made.result.failed


def test_a_board_that_is_another_kiosk_stays_that(collector: Collector, wanted: Wanted, board: SerialBoard) -> None:
    made = make(board.port, wanted, collector, Technician(board))
    elsewhere = replace(wanted, at=collector.touchpoint("Riverside", "Checkout"))
    with pytest.raises(Failure, match=f"The board is {made.kiosk}, which stands elsewhere: `smilepost provision move"):
        make(board.port, elsewhere, collector, Technician(board))
    with pytest.raises(
        Failure, match=f"The board is {made.kiosk}, and not somebody-else. To make it another one, make it"
    ):
        make(board.port, replace(wanted, kiosk="somebody-else"), collector, Technician(board))
    collector.change(made.kiosk, "retire", {"why": "broken"})
    with pytest.raises(Failure, match=f"The board was {made.kiosk}, which is retired, and may hold its ratings"):
        make(board.port, wanted, collector, Technician(board))


def test_words_for_what_keeps_the_collector_away(
    installation: Installation, collector: Collector, tmp_path: Path
) -> None:
    with pytest.raises(Failure, match=r"There is no store 'Lakeside'. There are: Riverside"):
        collector.touchpoint("Lakeside", "Exit")
    with pytest.raises(Failure, match=r"Riverside has no touchpoint 'Roof'. It has: Checkout, Exit"):
        collector.touchpoint("Riverside", "Roof")
    token = tmp_path / "token"
    token.write_text(installation.run("token", "--scope", "read", "not enough"))
    here = f"http://localhost:{installation.settings.port}"
    with (
        reached(installation.settings, here, token) as other,
        pytest.raises(NotDone, match="lacks the scope 'provision'"),
    ):
        other.identity("riverside-exit")
    token.write_text("sp_nonsense")
    with reached(installation.settings, here, token) as other, pytest.raises(NotDone, match="does not know this token"):
        other.kiosk("riverside-exit")
    nobody = Collector("http://127.0.0.1:9", "")
    with pytest.raises(Failure, match=r"cannot be reached: nothing answers there. Is it running"):
        nobody.kiosk("riverside-exit")
    with (
        pytest.raises(Failure, match="secrets go only over https"),
        reached(installation.settings, "http://x.test", token),
    ):
        pass
    with pytest.raises(Failure, match="belong together"), reached(installation.settings, here):
        pass


def test_a_token_of_this_machine_ends_with_its_use(installation: Installation) -> None:
    with reached(installation.settings) as collector:
        collector.kiosk("riverside-exit")
    with pytest.raises(NotDone, match="does not know this token"):
        collector.kiosk("riverside-exit")


@pytest.mark.parametrize(
    ("why", "remedy"),
    [
        ("OSError wrong password", "Give the right one: --wifi NAME, and it is asked for."),
        ("OSError the network is not found", "Is the name right, and is it a 2.4 GHz network?"),
        ("ValueError the certificate has expired", "The broker's certificate is out of date"),
    ],
)
def test_a_kiosk_that_is_not_online_says_what_to_do(why: str, remedy: str) -> None:
    assert remedy in acceptance.remedied(why)


def test_a_password_is_not_in_what_is_written_down() -> None:
    assert "opensesame" not in repr(Network("Shop", "opensesame"))


def run_as_technician(
    installation: Installation, board: SerialBoard, *arguments: str, processes: list[str] | None = None
) -> tuple[int, str]:
    """Run the command in a terminal of its own, with somebody who does what it asks; returns its exit code and what it
    said, without colours."""
    command = ["provision", "kiosk", "--store", "Riverside", "--touchpoint", "Exit", "--port", board.port, *arguments]
    person = Technician(board)
    said = ""
    with terminal() as (own, its):
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", *command],
            env={**installation.environment(), "TERM": "xterm", "COLUMNS": "200"},
            stdin=its,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        asked: set[str] = set()
        while data := read(own):
            said += data
            for button in re.findall(r"Press button \d+", said):
                if button not in asked:
                    asked.add(button)
                    person._show(button, 0, 0)
            if said.rstrip().endswith("[Y/n]"):
                said += "\n"
                os.write(own, b"\n")
            if processes is not None:
                processes.append(" ".join(Path(f"/proc/{process.pid}/cmdline").read_bytes().decode().split("\0")))
        return process.wait(30), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    own, its = pty.openpty()
    try:
        yield own, its
    finally:
        os.close(own)


def read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # its program has ended
        return ""
