"""The whole kiosk at a terminal, in the VM and on CPython: what a technician's laptop says to a board on USB."""

import contextlib
import json
import os
import pty
import subprocess
import tty

import pytest
from brokers import Collector, mosquitto
from kiosk.journal import Journal
from kiosk.record import TEST
from world import World, enrol, recorded

from simulators.device import device_command
from simulators.flash_image import opened, read_file, write_file

INTERPRETERS = ["micropython", "cpython"]
SECRET = "correct horse battery staple"


class Terminal(World):
    """A kiosk's world, and the cable to a technician's laptop."""

    def __init__(self, image, interpreter, **environment):
        self.laptop, board = pty.openpty()
        tty.setraw(board)
        self._stdio = {"stdin": board, "stdout": board}
        super().__init__(image, interpreter, **environment)
        os.close(board)
        self.said = self.laptop_lines()
        self.everything, self.number = "", 0

    def popen(self, *arguments, **options):
        return subprocess.Popen(*arguments, **options, **self._stdio)

    def laptop_lines(self):
        rest = b""
        while True:
            while b"\n" not in rest:
                try:
                    rest += os.read(self.laptop, 4096)
                except OSError:  # the other end is gone
                    return
            line, _, rest = rest.partition(b"\n")
            self.everything += line.decode() + "\n"
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    def ask(self, do, **fields):
        self.number += 1
        os.write(self.laptop, json.dumps({"id": self.number, "do": do, **fields}).encode() + b"\n")
        answer = next((answer for answer in self.said if answer.get("id") == self.number), None)
        assert answer, self.everything
        return answer

    def event(self, name):
        return next(event for event in self.said if event.get("event") == name)

    def close(self):
        super().close()
        if self.laptop is not None:
            os.close(self.laptop)
            self.laptop = None


@contextlib.contextmanager
def at_a_terminal(image, interpreter, **environment):
    kiosk = Terminal(image, interpreter, **environment)
    try:
        yield kiosk
    finally:
        kiosk.process.kill()
        kiosk.process.wait()
        kiosk.close()


@pytest.fixture
def image(tmp_path):
    return tmp_path / "flash.img"


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_blank_board_gets_an_identity(image, tmp_path, interpreter):
    air = json.dumps({"shop": SECRET, "guests": None})
    with mosquitto(tmp_path) as (_, address):
        collector = Collector(address["port"])
        try:
            with at_a_terminal(image, interpreter, KIOSK_AIR=air) as kiosk:
                assert "device.json" in kiosk.event("waiting")["why"]
                assert kiosk.ask("hello")["kiosk"] is None
                assert kiosk.ask("scan")["networks"] == [["guests", -50, False], ["shop", -57, True]]
                assert kiosk.ask("wifi", name="shop", password="wrong")["done"]
                identity = {"kiosk": "exit-1", "host": "localhost", "port": address["port"], "n": 1, "secret": "secret"}
                assert kiosk.ask("identity", **identity, tls=False, ca=None, key=None)["done"]
                assert kiosk.ask("reboot")["done"]
                assert kiosk.process.wait(20) == 3  # the world starts it again
            with at_a_terminal(image, interpreter, KIOSK_RESET="3", KIOSK_AIR=air) as kiosk:
                assert kiosk.see("armed")
                hello = kiosk.ask("hello")
                assert (hello["kiosk"], hello["board"], hello["reset"], hello["last"]) == ("exit-1", "virtual", 3, 1)
                while kiosk.ask("status")["wifi"] != "wrong password":
                    pass
                assert kiosk.ask("wifi", name="shop", password=SECRET)["done"]
                while not (status := kiosk.ask("status"))["online"]:
                    assert SECRET not in status["why"]
                assert status["why"] == ""
                assert status["wifi"] == "joined"
                assert status["utc"]
                while kiosk.ask("status")["confirmed"] < 1:
                    pass
                assert SECRET not in kiosk.everything
        finally:
            collector.close()


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_presses_are_told_and_are_no_ratings(image, interpreter):
    enrol(image)
    with at_a_terminal(image, interpreter, KIOSK_RESET="3") as kiosk:
        kiosk.see("armed")
        kiosk.press(1)
        assert kiosk.ask("watch", seconds=60)["done"]
        for button in (2, 3):
            kiosk.press(button)
            press = kiosk.event("press")
            assert press["button"] == button
            assert press["epoch"] == kiosk.ask("hello")["epoch"]
            assert press["seq"] == kiosk.ask("hello")["last"]
        assert kiosk.ask("test-end")["done"]
        kiosk.press(4)
        kiosk.kill()
    assert recorded(image) == [1, 4]
    with opened(image) as storage:
        assert [record[1] for record in Journal(storage).read(1, 99) if record[0] == TEST] == [2, 3]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_prompt_is_for_whoever_has_one(image, interpreter):
    enrol(image)
    with at_a_terminal(image, interpreter) as kiosk:
        kiosk.see("armed")
        answer = kiosk.ask("maintenance")
        assert answer["done"] == (interpreter == "micropython")
        if answer["done"]:
            assert kiosk.process.wait(20) == 3
    if interpreter == "micropython":
        assert read_file(image, "maintenance") == b""


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_two_outer_buttons_reset_once_everything_is_sent(image, tmp_path, interpreter):
    with mosquitto(tmp_path) as (_, address):
        enrol(image, address["port"])
        write_file(image, "settings.json", b'{"version": 3, "settings": {"buttons": 4}}')
        write_file(image, "wifi.json", b'{"name": "shop"}')
        collector = Collector(address["port"])
        try:
            with at_a_terminal(image, interpreter) as kiosk:
                kiosk.see("armed")
                kiosk.press(2)
                kiosk.pin(1, 0)
                kiosk.pin(4, 0)
                while "identify" not in str(kiosk.see("sound")):
                    pass
                assert kiosk.process.wait(60) == 3
                epoch = collector.hears("up")["epoch"]
        finally:
            collector.close()
    assert [record[:2] for record in collector.paper.taken.values()][1:] == [(1, 2), (3, 1), (3, 4)]
    assert all(taken == epoch for taken, _ in collector.paper.taken)
    environment = {**os.environ, "KIOSK_FLASH": str(image), "KIOSK_WORLD": "127.0.0.1:1"}
    erasing = subprocess.run(device_command(interpreter), env=environment, check=False, timeout=20)
    assert erasing.returncode == 3  # it starts again
    with at_a_terminal(image, interpreter, KIOSK_RESET="3") as kiosk:
        assert kiosk.event("waiting")
    with opened(image) as storage:
        assert sorted(storage.names("")) == ["clock.json"]
