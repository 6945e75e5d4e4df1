"""Many boards at once: each becomes a kiosk of the list, and the same command goes on where it stood."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.batch.lists import State, report_of
from provisioning.collector import Collector, reached
from simulators.flash_image import read_file
from simulators.serial_board import SerialBoard
from tests.installation import Installation
from tests.provisioning.hub import Hub
from tests.provisioning.test_kiosk import read, terminal

READY, NOT_READY, STOPPED, WAITS = State.READY, State.NOT_READY, State.STOPPED, State.WAITS


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("batch")) as installation:
        yield installation


@pytest.fixture(scope="module")
def collector(installation: Installation) -> Iterator[Collector]:
    with reached(installation.settings) as collector:
        yield collector


@pytest.fixture
def hub(tmp_path: Path, collector: Collector) -> Iterator[Hub]:
    with Hub(tmp_path, collector, "store,touchpoint\nRiverside,Exit\n") as hub:
        yield hub


def test_two_boards_at_once_become_three_kiosks(
    tmp_path: Path, installation: Installation, collector: Collector
) -> None:
    listed = "store,touchpoint,kiosk\nRiverside,Exit,list-exit\nRiverside,Checkout,\nRiverside,Exit,\n"
    with Hub(tmp_path, collector, listed) as hub:
        hub.plug_in("left")
        hub.plug_in("right")
        at_once = set()

        def swap() -> None:
            at_once.add(sum(line.state is State.AT_WORK for line in hub.lines))
            done = [line.kiosk for line in hub.lines if line.state is READY]
            if done and "third" not in hub.boards:
                hub.board_of[done[0]].pull()
                hub.plug_in("third")

        assert hub.run(swap) == [READY] * 3, hub.report
        assert 2 in at_once
        assert hub.lines[0].kiosk == "list-exit"
        assert len({line.kiosk for line in hub.lines}) == len({line.chip for line in hub.lines}) == 3
        for line in hub.lines:
            kiosk = installation.get(f"kiosks/{line.kiosk}")
            assert (kiosk["touchpoint"], kiosk["accepted"], kiosk["serial"]) == (line.at.name, True, line.chip)
            assert (tmp_path / f"{line.kiosk}.pdf").read_bytes().startswith(b"%PDF")
        assert [(row["kiosk"], row["state"]) for row in hub.report] == [(line.kiosk, "ready") for line in hub.lines]
        assert all(question.partition(":")[0] in hub.board_of for question in hub.asked)

        kept = report_of(hub.list).read_text() + "".join(hub.asked) + repr(hub.lines)
        for board in hub.boards.values():
            board.pull()
            assert secret_of(board) not in kept


def test_one_board_is_pulled_in_the_middle_and_the_other_goes_on(tmp_path: Path, collector: Collector) -> None:
    with Hub(tmp_path, collector, "touchpoint,store\nExit,Riverside\nCheckout,Riverside\n") as hub:
        hub.plug_in("left")
        hub.plug_in("right")
        pulled: list[str] = []

        def pull() -> None:
            for line in hub.lines:
                if not pulled and line.said.startswith("Press button 2"):
                    pulled.append(line.kiosk)
                    hub.board_of[line.kiosk].pull()
                elif line.kiosk in pulled and line.state is STOPPED:
                    assert "went away in the middle" in line.said
                    hub.board_of[line.kiosk].plug_in()

        assert hub.run(pull) == [READY] * 2, hub.report
        assert pulled[0] in {line.kiosk for line in hub.lines}


def test_whoever_comes_back_goes_on_with_the_same_boards(hub: Hub, installation: Installation) -> None:
    hub.list.write_text("store,touchpoint\nRiverside,Exit\nRiverside,Exit\n")
    hub.begin()
    hub.answers = {"hear": False}
    first = hub.plug_in("first")
    assert hub.run(lambda: hub.stop() if NOT_READY in states(hub) else None) == [NOT_READY, WAITS]
    assert hub.report[0]["said"].startswith("Sound: Nothing was heard. Is the sounder")
    kiosk, seconds = hub.lines[0].kiosk, hub.report[0]["seconds"]
    assert float(seconds) > 0

    # Another board comes first now: it does not take what belongs to one that is begun.
    first.pull()
    hub.answers = {}
    hub.begin()
    hub.plug_in("second")

    def plug_in() -> None:
        if hub.lines[1].state is READY and not first.is_on:
            first.plug_in()

    assert hub.run(plug_in) == [READY, READY], hub.report
    assert hub.lines[0].kiosk == kiosk
    assert installation.get(f"kiosks/{kiosk}")["accepted"]
    assert hub.board_of[kiosk] is first


def test_another_board_takes_the_place_of_one_that_is_broken(hub: Hub, installation: Installation) -> None:
    hub.answers = {"hear": False}
    hub.plug_in("broken")
    assert hub.run() == [NOT_READY]
    hub.boards["broken"].pull()
    hub.begin()
    hub.answers = {}
    hub.plug_in("sound")
    assert hub.run() == [READY]
    [row] = hub.report
    assert installation.get(f"kiosks/{row['kiosk']}")["serial"] == row["chip"]
    assert hub.board_of[row["kiosk"]] is hub.boards["sound"]


def test_who_is_left_in_the_middle_goes_on_as_it_was(hub: Hub) -> None:
    board = hub.plug_in("only")
    assert hub.run() == [READY]
    report_of(hub.list).unlink()
    hub.begin()

    def leave() -> None:
        if hub.lines[0].state is State.AT_WORK:
            hub.batch.interrupt()
            hub.batch.interrupt()

    assert hub.run(leave) == [STOPPED]
    board.wait_until(lambda: board.front.armed)
    assert board.press(1)


def test_a_kiosk_that_is_ready_or_not_in_the_list_is_left_alone(hub: Hub) -> None:
    board = hub.plug_in("only")
    assert hub.run() == [READY]
    hub.list.write_text("store,touchpoint\nRiverside,Exit\nRiverside,Checkout\n")
    kiosk = hub.lines[0].kiosk
    for listed, said in (
        ("store,touchpoint\nRiverside,Exit\nRiverside,Checkout\n", f"is {kiosk}, which is ready: unplug it"),
        ("store,touchpoint\nRiverside,Checkout\n", f"is {kiosk}, which is not in this list: unplug it"),
    ):
        hub.list.write_text(listed)
        hub.begin()

        def until_said(said: str = said) -> None:
            if said in {seat.said for seat in hub.batch.seats.values() if seat.is_over}:
                hub.stop()

        assert WAITS in hub.run(until_said)
    # It goes on with its work.
    board.wait_until(lambda: board.front.online)
    assert board.press(1)


def test_the_command_in_a_terminal(hub: Hub, installation: Installation) -> None:
    """Ctrl-C finishes what is at work; the rest waits for the same command, which has nothing to do then but that."""
    hub.list.write_text("store,touchpoint,kiosk\nRiverside,Exit,term-1\nRiverside,Checkout,term-2\n")
    board = hub.plug_in("only")
    code, said = run_as_technician(installation, hub, board, interrupt=True)
    assert code == 1
    assert "Finishes what is at work; Ctrl-C again leaves it as it is." in said
    assert re.search(r"✓ +term-1 +Riverside · Exit +virtual", said), said
    assert "1 of 2 ready, 1 to do. The same command goes on with the rest, once boards are mended or there." in said
    assert "? term-1: Did you hear it? [Y/n]" in said
    assert hub.list.with_name("kiosks.report.pdf").read_bytes().startswith(b"%PDF")
    assert [(row["kiosk"], row["state"]) for row in hub.report] == [("term-1", "ready"), ("term-2", "waits")]
    board.pull()
    assert secret_of(board) not in said


def test_without_a_terminal_each_change_is_a_line(hub: Hub, installation: Installation) -> None:
    board = hub.plug_in("only")
    process = subprocess.Popen(
        command(hub, board), env=installation.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    said = []
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            said.append(line.rstrip())
            if found := re.search(r"Press button (\d)", line):
                board.press(int(found[1]))
    assert process.wait(30) == 1
    [stopped] = [line for line in said if ": stopped" in line]
    assert "Nobody answers at this terminal" in stopped
    assert not [line for line in said if "%" in line or "\x1b" in line]


def states(hub: Hub) -> list[State]:
    return [line.state for line in hub.lines]


def secret_of(board: SerialBoard) -> str:
    return str(json.loads(read_file(Path(board.port).parent / "flash.img", "device.json"))["secret"])


def command(hub: Hub, *boards: SerialBoard) -> list[str]:
    ports = [argument for board in boards for argument in ("--port", board.port)]
    labels = ["--labels", str(hub.folder / "labels")]
    return [sys.executable, "-m", "collector", "provision", "batch", str(hub.list), *ports, *labels]


def run_as_technician(installation: Installation, hub: Hub, board: SerialBoard, *, interrupt: bool) -> tuple[int, str]:
    """Run the command in a terminal, with somebody who does what it asks, and wants to go home once it asks that."""
    said, answered = "", 0
    pressed: set[str] = set()
    with terminal() as (own, its):
        process = subprocess.Popen(
            command(hub, board),
            env={**installation.environment(), "TERM": "xterm", "COLUMNS": "140", "LINES": "40"},
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        while data := read(own):
            said += data
            for button in set(re.findall(r"Press button (\d)", said)) - pressed:
                pressed.add(button)
                if interrupt and button == "1":
                    process.send_signal(signal.SIGINT)
                board.press(int(button))
            if said.count("[Y/n] ") > answered:
                answered += 1
                with contextlib.suppress(OSError):
                    os.write(own, b"y\n")
        return process.wait(30), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
