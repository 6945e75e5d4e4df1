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
from types import SimpleNamespace

import pytest

from collector.failure import Failure
from collector.fleet.identity import FILE, Identity
from provisioning import acceptance
from provisioning.board import Board
from provisioning.bundle import version
from provisioning.collector import Collector, NotDone, reached
from provisioning.kiosk import Network, Wanted, make
from provisioning.wire import described
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
    monkeypatch.setattr(acceptance, "symbol", lambda _: SimpleNamespace(size=20, packed=str))
    technician = Technician(board, presses={2: 3, 4: 0}, answers={"hear": False})
    made = make(board.port, wanted, collector, technician)
    assert made.result.failed == ["Button 2", "Button 4", "Sound", "Screen"]
    assert dict(technician.failed)["Screen"] == "This is no QR code."
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


class Away(Collector):
    """A collector that is gone when a secret is asked for."""

    def identity(self, kiosk: str) -> Identity:
        raise Failure(f"The collector cannot be reached for {kiosk}.")


def test_whatever_goes_wrong_a_kiosk_that_works_goes_on(
    collector: Collector, wanted: Wanted, board: SerialBoard
) -> None:
    made = make(board.port, wanted, collector, Technician(board))
    collector.change(made.kiosk, "move", {"touchpoint": wanted.at.id})
    with Board.open(board.port) as opened:
        held = json.loads(opened.read(FILE) or b"")
        opened.write_private(FILE, json.dumps(held | {"n": 999}).encode())
    with pytest.raises(Failure, match="cannot be reached for"):
        make(board.port, wanted, Away(collector.url, collector._token), Technician(board))
    board.wait_until(lambda: board.front.armed)
    assert board.press(1)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(board.port, wanted, collector, Technician(board, {"Firmware": interrupt}))
    board.wait_until(lambda: board.front.armed)
    assert board.press(2)


def test_a_blank_board_becomes_a_kiosk_where_it_is_to_stand(
    collector: Collector, wanted: Wanted, board: SerialBoard
) -> None:
    first = collector.make(wanted.at, None, "virtual", "5e1a")
    assert collector.make(wanted.at, None, "virtual", "5e1a")["id"] == first["id"]
    collector.change(first["id"], "move", {"touchpoint": collector.touchpoint("Riverside", "Checkout").id})
    second = collector.make(wanted.at, None, "virtual", "5e1a")
    assert (second["id"] != first["id"], second["touchpoint"]) == (True, "Exit")
    assert collector.make(wanted.at, None, "virtual", "5e1a")["id"] == second["id"]
    collector.change(second["id"], "retire", {"why": "broken"})
    third = collector.make(wanted.at, None, "virtual", "5e1a")
    assert third["id"] not in {first["id"], second["id"]}


def test_a_kiosk_is_not_taken_from_its_board_by_mistake(
    collector: Collector, wanted: Wanted, board: SerialBoard, tmp_path: Path
) -> None:
    named = replace(wanted, kiosk="kept-1")
    make(board.port, named, collector, Technician(board))
    chip = collector.kiosk("kept-1")["serial"]
    with SerialBoard(tmp_path / "other", f"other-{tmp_path.name[-12:]}") as other:
        refusal = rf"kept-1 is another board \(chip {chip}\), last heard 20.*provision replace kept-1 --by NEW"
        with pytest.raises(NotDone, match=refusal):
            make(other.port, named, collector, Technician(other))
        board.wait_until(lambda: board.front.online)
        make(other.port, replace(named, another_board=True), collector, Technician(other))
    assert collector.kiosk("kept-1")["serial"] not in {None, chip}


def test_no_press_of_the_test_is_a_shoppers(
    installation: Installation, collector: Collector, wanted: Wanted, board: SerialBoard
) -> None:
    class Playful(Technician):
        def confirm(self, _question: str) -> bool:
            return self.board.press(3)

    technician = Playful(board, {step: lambda: board.press(2) and None for step in ("Flash", "Clock", "Test rating")})
    made = make(board.port, wanted, collector, technician)
    assert made.result.passed, technician.failed
    assert board.press(1)

    def recorded() -> list[bool]:
        return [each["counted"] for each in installation.ratings() if each["kiosk"] == made.kiosk]

    until(lambda: True in recorded(), "the rating of a shopper")
    assert recorded() == [False] * 10 + [True]


def test_a_board_that_forgot_who_it_is_does_not_give_its_ratings_to_another(
    collector: Collector, wanted: Wanted, board: SerialBoard
) -> None:
    make(board.port, wanted, collector, Technician(board))
    with Board.open(board.port) as opened:
        opened.write_private(FILE, b"[]")
    with pytest.raises(Failure, match=r"may hold ratings of one.*factory-reset --discard"):
        make(board.port, replace(wanted, kiosk="somebody-else"), collector, Technician(board))


def test_a_secret_that_is_good_stays_and_a_screen_is_named(
    collector: Collector, wanted: Wanted, board: SerialBoard
) -> None:
    made = make(board.port, replace(wanted, screen="st7789"), collector, Technician(board))
    with Board.open(board.port) as opened:
        assert json.loads(opened.read("screen.json") or b"") == {"driver": "st7789"}
        held = json.loads(opened.read(FILE) or b"")
        opened.write_private(FILE, json.dumps(held | {"host": "former.example", "key": ""}).encode())
    again = Technician(board)
    assert make(board.port, wanted, collector, again).result.passed
    assert ("Identity", f"secret 1, as before, for the broker at {held['host']}") in again.done
    assert "Screen driver" not in dict(again.done)
    assert collector.secrets(made.kiosk) == {1}
    make(board.port, replace(wanted, screen="none"), collector, Technician(board))
    with Board.open(board.port) as opened:
        assert opened.read("screen.json") is None
        assert json.loads(opened.read(FILE) or b"") == held


def test_a_board_that_does_not_fit_gets_no_name(
    installation: Installation,
    collector: Collector,
    wanted: Wanted,
    board: SerialBoard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(described, "OLDEST", (9, 0))
    before = installation.get("kiosks")
    with pytest.raises(Failure, match=r"The board runs MicroPython .*, and the firmware needs 9\.0 or newer"):
        make(board.port, wanted, collector, Technician(board))
    assert len(installation.get("kiosks")["items"]) == len(before["items"])


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
        ("ValueError the certificate has expired", "The broker's certificate is out of date"),
    ],
)
def test_a_kiosk_that_is_not_online_says_what_to_do(why: str, remedy: str) -> None:
    assert remedy in acceptance.kept_away({"wifi": "joined", "why": why})


def test_whatever_the_firmware_says_there_is_one_remedy_and_one_full_stop() -> None:
    firmware = Path(version.__code__.co_filename).parent.parent / "firmware" / "kiosk"
    words = re.search(r"^WORDS = \{.*?^\}", (firmware / "wifi.py").read_text(), re.MULTILINE | re.DOTALL)
    assert words
    radio = [*re.findall(r': "(.+?)"', words[0]), "joining"]
    broker = re.findall(r'raise (MQTTError|NotAuthorised)\("(.+?)"', (firmware / "mqtt.py").read_text())
    assert (len(radio), len(broker)) == (8, 6)
    others = ["EOFError", "TimeoutError", "OSError there is no such name", "the collector has not answered yet."]
    sentences = [*(f"{fault} {text}" for fault, text in broker), *others, "OSError [Errno 111] ECONNREFUSED", ""]
    said = {word: acceptance.kept_away({"wifi": word, "why": "MQTTError the connection was lost"}) for word in radio}
    assert not [text for text in said.values() if "connection was lost" in text]
    said |= {text: acceptance.kept_away({"wifi": "joined", "why": text}) for text in sentences}
    for text in said.values():
        assert re.search(r"[^.?][.?]$", text), text
        assert not re.search(r"[.?]{2}|\?\.", text), text
    unknown = {text for text in sentences if "Is the broker reachable from this network?" in said[text]}
    assert unknown == {"OSError [Errno 111] ECONNREFUSED", ""}
    assert said["not let in"].startswith("The kiosk is not online: Wi-Fi: the network does not let the kiosk in.")
    [refused] = [text for kind, text in broker if kind == "NotAuthorised"]
    assert said[f"NotAuthorised {refused}"].endswith("Give the kiosk a fresh one: smilepost provision change --broker.")


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
