"""A technician's board: the real MicroPython VM behind a port, from blank flash to a kiosk that lights."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.failure import Failure
from provisioning.board import Board
from provisioning.bundle import installation
from provisioning.wire.transfer import Installed
from simulators.flash_image import opened
from simulators.serial_board import Faults, SerialBoard

FIRMWARE = installation("virtual")
DEVICE = {"kiosk": "exit-1", "host": "127.0.0.1", "port": 1, "n": 1, "secret": "Eine Sonne, kein Mond"}
#: 15 s at 115,200 baud, of ten bits a byte.
BYTES = 15 * 11_520


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[SerialBoard]:
    with SerialBoard(tmp_path / "board") as board:
        yield board


def install(board: SerialBoard, files: dict[str, bytes] = FIRMWARE) -> Installed:
    with Board.open(board.port) as at_cable:
        return at_cable.install(files)


def make_kiosk(board: SerialBoard) -> None:
    with Board.open(board.port) as at_cable:
        at_cable.install(FIRMWARE)
        at_cable.write_private("device.json", json.dumps(DEVICE).encode())
        at_cable.restart()
        at_cable.console()
    board.wait_until(lambda: board.front.armed)


def failure(board: SerialBoard) -> str:
    with pytest.raises(Failure) as raised:
        install(board)
    return str(raised.value)


def test_a_blank_board_says_what_it_is(plugged: SerialBoard) -> None:
    with Board.open(plugged.port) as board:
        described = board.described
    assert described.firmware() == described.board == "virtual"
    assert described.micropython.startswith("1.")
    assert bytes.fromhex(described.serial) == b"virtual"
    assert (described.blocks, described.block_size, described.free) == (212, 4096, 210 * 4096)


def test_from_a_blank_board_to_a_press_that_is_lit(plugged: SerialBoard) -> None:
    steps: list[tuple[int, int]] = []
    with Board.open(plugged.port) as board:
        installed = board.install(FIRMWARE, lambda *step: steps.append(step))
        assert (installed.sent_files, installed.kept_files) == (len(FIRMWARE), 0)
        assert steps == sorted(steps)
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1] == steps[0][1]
        board.write_private("device.json", json.dumps(DEVICE).encode())
        assert board.read("device.json") == json.dumps(DEVICE).encode()
        assert board.read("kiosk/journal.mpy") == FIRMWARE["kiosk/journal.mpy"]
        assert board.read("settings.json") is None
        board.restart()
        console = board.console()
        assert console.ask("hello")["kiosk"] == "exit-1"
        assert console.ask("watch", seconds=60)["done"]
        assert plugged.press(2)
        event = next(console.events(10))
        assert (event["event"], event["button"]) == ("press", 2)
    assert plugged.lit == [2]


def test_what_is_right_is_not_sent_again_and_a_kiosk_keeps_what_it_has(plugged: SerialBoard) -> None:
    make_kiosk(plugged)
    assert plugged.press(1)
    told: list[str] = []
    with Board.open(plugged.port, told.append) as board:
        assert told == ["a kiosk runs on it and has stopped"]
        again = board.install(FIRMWARE)
        assert (again.sent_files, again.kept_files, again.removed_files) == (0, len(FIRMWARE), 0)
        assert again.sent_bytes < 2000
        newer = FIRMWARE | {"kiosk/__init__.mpy": FIRMWARE["kiosk/__init__.mpy"] + b"\0"}
        del newer["kiosk/self_test.mpy"]
        changed = board.install(newer)
        assert (changed.sent_files, changed.removed_files) == (1, 1)
        assert board.read("kiosk/self_test.mpy") is None
        board.install(FIRMWARE)
        board.restart()
    plugged.wait_until(lambda: plugged.front.armed)
    assert plugged.press(3)
    plugged.pull()
    with opened(Path(plugged.port).parent / "flash.img") as storage:
        assert json.loads(storage.read("device.json") or b"") == DEVICE
        assert len(storage.names("journal")) == 1  # the same epoch, with both presses


def test_sources_that_somebody_left_there_are_not_run_in_place_of_the_firmware(plugged: SerialBoard) -> None:
    with Board.open(plugged.port) as board:
        board.write_private("kiosk/app.py", b"raise SystemExit")
        board.write_private("lib/theirs.py", b"")
        board.install(FIRMWARE)
        assert board.read("kiosk/app.py") is None
        assert board.read("lib/theirs.py") == b""


@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import time\nwhile True: time.sleep(60)",
        "import sys\nwhile True: print(sys.stdin.readline())",
        "while True: print('busy ' * 20)",
        "raise ValueError",
    ],
)
def test_whatever_runs_on_it_is_interrupted(plugged: SerialBoard, program: str) -> None:
    with Board.open(plugged.port) as board:
        board.write_private("main.py", program.encode())
        board.restart()
    install(plugged)


def test_a_kiosk_that_does_not_answer_is_restarted_so_that_no_watchdog_bites(plugged: SerialBoard) -> None:
    with Board.open(plugged.port) as board:
        board.write_private("kiosk_main.py", b"def main():\n    while True: pass\n")
        # What the starter does.
        board.write_private(
            "main.py",
            b"import os\ntry:\n    os.remove('maintenance')\nexcept OSError:\n    import kiosk_main\n"
            b"    kiosk_main.main()\n",
        )
        board.restart()
    plugged.pull()
    plugged.plug_in()
    told: list[str] = []
    with Board.open(plugged.port, told.append) as board:
        assert told == ["a kiosk runs on it and is restarted"]
        assert board.read("maintenance") is None


def test_a_secret_is_on_the_flash_and_nowhere_else(plugged: SerialBoard, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    with Board.open(plugged.port, told.append) as board:
        board.write_private("device.json", json.dumps(DEVICE).encode())
    plugged.pull()
    with opened(Path(plugged.port).parent / "flash.img") as storage:
        assert DEVICE["secret"] in (storage.read("device.json") or b"").decode()
    assert not any("Sonne" in said for said in (*told, *capfd.readouterr()))


@pytest.mark.parametrize("board", ["pico_w", "pico_2_w", "esp32_s3", "esp32_c3"])
def test_a_bundle_takes_fifteen_seconds_at_most_at_115200_baud(plugged: SerialBoard, board: str) -> None:
    """On the wire, the raw REPL and all questions included; docs/operations.md has what it takes in time."""
    files = installation(board)
    sent = install(plugged, files)
    assert sent.sent_files == len(files)
    assert sent.sent_bytes < plugged.carried < BYTES * 2 // 3  # the rest is for the board's answers and its flash


def test_a_slow_line_is_no_problem(tmp_path: Path) -> None:
    with SerialBoard(tmp_path, faults=Faults(bytes_per_second=11_520)) as board:
        small = {path: FIRMWARE[path] for path in ("kiosk/record.mpy", "kiosk/journal.mpy")}
        assert install(board, small).sent_files == 2


@pytest.mark.parametrize("every", [1999, 5003])
def test_bytes_that_get_lost_are_sent_again(tmp_path: Path, every: int) -> None:
    with SerialBoard(tmp_path, faults=Faults(drop_every=every)) as board:
        install(board)
        board.faults.drop_every = 0
        assert install(board).kept_files == len(FIRMWARE)


def test_a_line_that_loses_too_much_is_given_up(tmp_path: Path) -> None:
    with SerialBoard(tmp_path, faults=Faults(drop_every=150)) as board:
        assert "another cable" in failure(board)


def test_two_boards_at_once(tmp_path: Path) -> None:
    with SerialBoard(tmp_path / "1", "left") as left, SerialBoard(tmp_path / "2", "right") as right:
        both = [threading.Thread(target=make_kiosk, args=[board]) for board in (left, right)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert left.press(1)
        assert right.press(4)
        assert (left.lit, right.lit) == ([1], [4])


def test_what_is_in_the_way_is_said_in_sentences(tmp_path: Path) -> None:
    for at, (faults, said) in enumerate(
        [
            (Faults(refuses_raw_repl=True), "answered as MicroPython does. Either there is no MicroPython"),
            (Faults(micropython="1.27.0"), r"runs MicroPython 1.27.0, and the firmware needs 1.28 or newer"),
            (Faults(blocks=20), "not enough space on the board's flash: of 80 KiB, 72 are free"),
        ]
    ):
        with SerialBoard(tmp_path / str(at), faults=faults) as board:
            sentence = failure(board)
            assert said in sentence
            assert "same command" in sentence


def test_no_space_leaves_what_was_there(tmp_path: Path) -> None:
    with SerialBoard(tmp_path, faults=Faults(blocks=20)) as board:
        install(board, {"main.py": b"print(1)", "kiosk/a.py": b""})
        assert "Nothing was changed" in failure(board)
        with Board.open(board.port) as at_cable:
            assert at_cable.read("main.py") == b"print(1)"
            assert at_cable.described.free >= 14 * 4096  # what had been written aside is gone


def test_the_same_command_finds_a_board_that_takes_its_time_to_come_back(tmp_path: Path) -> None:
    with SerialBoard(tmp_path, faults=Faults(away=0.5)) as board:
        for kept in (0, 1):
            assert install(board, {"main.py": b"print(1)"}).kept_files == kept


def test_a_board_of_another_kind_is_named(tmp_path: Path) -> None:
    for at, (machine, board) in enumerate(
        [
            ("Raspberry Pi Pico with RP2040", None),
            ("Raspberry Pi Pico W with RP2040", "pico_w"),
            ("Raspberry Pi Pico 2 W with RP2350", "pico_2_w"),
            ("Generic ESP32S3 module with Octal-SPIRAM with ESP32S3", "esp32_s3"),
            ("ESP32C3 module with ESP32C3", "esp32_c3"),
            ("Generic ESP32 module with ESP32", None),
        ]
    ):
        with SerialBoard(tmp_path / str(at), faults=Faults(machine=machine)) as there, Board.open(there.port) as opened:
            assert opened.described.board == board
            if board is None:
                with pytest.raises(Failure, match=rf"is a {machine}, and there is no firmware .* only for esp32_c3"):
                    opened.described.firmware()


def test_compiled_modules_of_another_time_are_refused(plugged: SerialBoard) -> None:
    files = {"kiosk/app.mpy": b"M\x07" + FIRMWARE["kiosk/app.mpy"][2:]}
    with Board.open(plugged.port) as board, pytest.raises(Failure, match=r"of version 6, and those .* version 7"):
        board.install(files)


def test_firmware_that_does_not_start_is_noticed(plugged: SerialBoard) -> None:
    with Board.open(plugged.port) as board:
        board.install({"main.py": b"raise ValueError"})
        board.restart()
        with pytest.raises(Failure, match="did not answer within 2 s after its start"):
            board.console(timeout=2)


def test_a_cable_that_is_pulled_is_said(plugged: SerialBoard) -> None:
    with Board.open(plugged.port) as board:
        plugged.pull()
        with pytest.raises(Failure, match=r"went away in the middle.* goes on where it stood"):
            board.install(FIRMWARE)
