"""The Raspberry Pi's board with mock pins: from an edge to the journal and the light."""

import re
import socket
import time
from pathlib import Path

import pytest
from boards import raspberry_pi
from boards.raspberry_pi import SOUNDER, Board
from kiosk.record import EVENT, RATING
from pi_bench import mock_pins, recorded, terminal

from tests.waiting import until

PI = Path(raspberry_pi.__file__).parents[1] / "pi"


def presses(folder):
    return [record[1] for record in recorded(folder) if record[0] == RATING]


def test_a_press_is_in_the_journal_and_lights_its_own_light(tmp_path):
    with terminal(tmp_path, light=40) as kiosk:
        kiosk.press(2)
        assert kiosk.lit == [[], [0.4], [], []]
        until(lambda: kiosk.pin(6).state == 0, "the light to go out")
        kiosk.press(4)
        assert kiosk.lit == [[], [0.4], [], [0.4]]
    assert presses(tmp_path) == [2, 4]


def test_a_contact_that_bounces_is_one_press(tmp_path):
    with terminal(tmp_path) as kiosk:
        for _ in range(6):
            kiosk.down(3)
            kiosk.up(3)
        kiosk.press(3)
        for _ in range(6):
            kiosk.down(3)
            kiosk.up(3)
        kiosk.press(1)
    assert presses(tmp_path) == [3, 1]


def test_two_buttons_at_once_are_two_presses(tmp_path):
    with terminal(tmp_path) as kiosk:
        kiosk.down(1)
        kiosk.down(4)
        until(lambda: kiosk.lit[0] and kiosk.lit[3], "both lights")
        kiosk.up(1)
        kiosk.up(4)
    assert presses(tmp_path) == [1, 4]


def test_a_button_that_is_held_counts_once_and_does_not_blind_the_others(tmp_path):
    with terminal(tmp_path) as kiosk:
        kiosk.down(2)
        until(lambda: kiosk.lit[1], "the light of the button that is held")
        kiosk.press(3)
        kiosk.press(1)
    assert presses(tmp_path) == [2, 3, 1]


def test_the_sounder_sounds_as_loud_as_is_set_and_stops(tmp_path):
    with terminal(tmp_path, sound=60) as kiosk:
        sounder = kiosk.pin(SOUNDER)
        kiosk.press(1)
        until(lambda: [change.state for change in sounder.states][-2:] == [0.3, 0.0], "a tone")
        assert sounder.frequency == 1760


def test_a_silent_kiosk(tmp_path):
    with terminal(tmp_path, sound=0) as kiosk:
        kiosk.press(1)
        kiosk.press(2)
        assert not any(change.state for change in kiosk.pin(SOUNDER).states)


def test_the_pins_have_pull_ups_and_no_debouncing_of_their_own(tmp_path):
    with terminal(tmp_path) as kiosk:
        for number in raspberry_pi.BUTTONS:
            pin = kiosk.pin(number)
            assert (pin.function, pin.pull, pin.bounce, pin.edges) == ("input", "up", None, "both")


def test_buttons_that_nobody_hears_are_no_kiosk(monkeypatch):
    def no_pins():
        raise OSError("no gpiochip")

    monkeypatch.setattr(raspberry_pi, "_own_pins", no_pins)
    with pytest.raises(OSError, match="no gpiochip"):
        Board()


def test_a_touch_screen_is_one_without_them(monkeypatch, capsys):
    def no_pins():
        raise OSError("no gpiochip")

    monkeypatch.setattr(raspberry_pi, "_own_pins", no_pins)
    board = Board(touch=True)
    assert "no pins, touch only" in capsys.readouterr().out
    assert [board.level(button) for button in range(board.buttons)] == [1] * board.buttons
    board.light(2, 100)
    board.sound("thanks", 50)


def test_its_serial_number(monkeypatch, tmp_path):
    (tmp_path / "serial-number").write_bytes(b"10000000a1b2c3d4\0")
    monkeypatch.setattr(raspberry_pi, "SERIAL", str(tmp_path / "serial-number"))
    assert Board(pins=mock_pins()).serial() == "10000000a1b2c3d4"
    monkeypatch.setattr(raspberry_pi, "SERIAL", str(tmp_path / "none"))
    assert Board(pins=mock_pins()).serial() == ""


def test_its_signal(monkeypatch, tmp_path):
    (tmp_path / "wireless").write_text(
        "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
        " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
        " wlan0: 0000   54.  -56.  -256        0      0      0      0      0        0\n"
    )
    monkeypatch.setattr(raspberry_pi, "WIFI", str(tmp_path / "wireless"))
    assert Board(pins=mock_pins()).signal() == -56
    monkeypatch.setattr(raspberry_pi, "WIFI", str(tmp_path / "none"))
    assert Board(pins=mock_pins()).signal() is None


@pytest.mark.parametrize(
    ("ended", "cause"), [(None, 1), ("watchdog\n", 2), ("exit-code\n", 3), ("signal\n", 3), ("success\n", 3)]
)
def test_why_it_started_is_what_systemd_says_and_the_first_record(monkeypatch, tmp_path, ended, cause):
    runtime, data = tmp_path / "run", tmp_path / "data"
    runtime.mkdir()
    data.mkdir()
    if ended:
        (runtime / "ended").write_text(ended)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(runtime))
    with terminal(data):
        pass
    assert recorded(data)[0][:3] == (EVENT, 1, cause)


def test_without_systemd_it_does_not_know(monkeypatch):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    assert Board(pins=mock_pins()).reset_cause() == 0


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_its_watchdog(monkeypatch, tmp_path, abstract):
    address = "smilepost-test-notify" if abstract else str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", "@" + address if abstract else address)
    board = Board(pins=mock_pins())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address if abstract else address)
        board.start_watchdog()
        board.feed()
        board.link(True)
        heard = [systemd.recv(100).decode() for _ in range(3)]
    assert heard == ["READY=1\nWATCHDOG=1", "WATCHDOG=1", "STATUS=The collector answers."]


def test_without_systemd_nobody_listens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Board(pins=mock_pins()).feed()


def test_a_clock_that_is_in_the_past_is_set_and_no_other(monkeypatch):
    now, set_to = 1_900_000_000, []
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "clock_settime", lambda clock, seconds: set_to.append((clock, seconds)))
    board = Board(pins=mock_pins())
    for utc in (now - 1_000_000, now - 1, now + 59, now + 61, now + 1_000_000):
        board.set_clock(utc * 1000)
    assert set_to == [(time.CLOCK_REALTIME, now + 61), (time.CLOCK_REALTIME, now + 1_000_000)]


def test_a_clock_that_may_not_be_set_stops_nobody(monkeypatch, capsys):
    def refuse(*_):
        raise PermissionError("not permitted")

    monkeypatch.setattr(time, "clock_settime", refuse)
    Board(pins=mock_pins()).set_clock((time.time() + 1_000_000) * 1000)
    assert "may not be set" in capsys.readouterr().out


def test_the_units_and_the_program_say_the_same():
    kiosk, screen = ((PI / f"smilepost-{name}.service").read_text() for name in ("kiosk", "screen"))
    program = re.search(r"ExecStart=\S+/python -u /opt/smilepost/firmware/(\S+) \$\{STATE_DIRECTORY\}", kiosk)
    assert (PI.parent / program[1]).is_file()
    assert f'> "$$RUNTIME_DIRECTORY/{raspberry_pi.ENDED}"' in kiosk
    assert "WatchdogSec=8\n" in kiosk
    assert f"http://127.0.0.1:{raspberry_pi.PORT}/\n" in screen
