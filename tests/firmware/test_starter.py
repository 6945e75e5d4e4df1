"""The starter, in processes of its own on both interpreters: it starts what is whole, whatever a release does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.device import VM
from simulators.device.compiled import compiled_firmware
from simulators.flash_image import opened

FIRMWARE = Path(__file__).parents[2] / "firmware"
BOARD = "class Board:\n    def __init__(self, touch=False):\n        self.touch = touch\n"
MAIN = "def main(board, storage, slot):\n    print('runs', {name!r}, 'in', repr(slot), 'touch', board.touch)\n"

# A board's own main.py, with a watchdog and a timer that say what is done to them.
START = """
import sys
class Machine:
    WDT = staticmethod(lambda timeout: print("watchdog", timeout))
    reset = staticmethod(lambda: print("reset"))
    class Timer:
        ONE_SHOT = 0
        def __init__(self, number):
            pass
        def init(self, mode, period, callback):
            print("timer", period)
            self.callback = callback
            sys.modules["rings"] = lambda: callback(self)
if {wired}:
    sys.modules["machine"] = Machine
sys.path[1:1] = {path}
{mount}
from starter import start
start("virtual", {root!r}, {factory!r}, {patience}, touch=True)
"""
MOUNT = """
from simulators.flash import FlashImage
from simulators.mount import mounted
mounted(FlashImage({image!r}), "/flash")
"""


class Kiosk:
    """A kiosk whose flash lasts, on one of the interpreters.

    wired: it has a watchdog and a timer of MicroPython's kind.
    """

    def __init__(self, folder, interpreter):
        self.folder, self.interpreter = folder, interpreter
        self.image, self.root, self.factory = folder / "flash.img", folder / "data", folder / "factory"
        for name in ("kiosk/__init__.py", "kiosk/slots.py", "kiosk/storage.py", "starter.py"):
            target = self.factory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((FIRMWARE / name).read_bytes())
        (self.factory / "boards").mkdir()
        (self.factory / "boards/__init__.py").touch()
        (self.factory / "boards/virtual.py").write_text(BOARD)
        (self.factory / "kiosk/part.py").write_text("NAME = 'factory'\n")
        (self.factory / "kiosk_main.py").write_text(f"from kiosk.part import NAME\n{MAIN.format(name='factory')}")
        self.root.mkdir()

    def write(self, path, data):
        if self.interpreter == "micropython":
            with opened(self.image) as storage:
                parts = path.split("/")
                for depth in range(1, len(parts)):
                    storage.make_folder("/".join(parts[:depth]))
                storage.replace(path, data)
        else:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(data)

    def install(self, slot, **modules):
        """Put code into a slot; modules are sources by name, `kiosk_main` and what else differs from a sound one."""
        sources = {"boards/__init__": "", "boards/virtual": BOARD, "kiosk_main": MAIN.format(name=slot)}
        for name in ("kiosk/__init__", "kiosk/slots", "kiosk/storage"):
            sources[name] = (FIRMWARE / f"{name}.py").read_text()
        sources["kiosk/part"] = f"NAME = {slot!r}\n"
        for name, source in (sources | modules).items():
            if source is not None:
                self.write(f"slots/{slot}/{name}.py", source.encode())

    def set(self, **state):
        self.write("slots.json", json.dumps(state).encode())

    @property
    def state(self):
        if self.interpreter == "micropython":
            with opened(self.image) as storage:
                return json.loads(storage.read("slots.json"))
        return json.loads((self.root / "slots.json").read_text())

    def command(self, wired=False, patience=720):
        start = {"root": str(self.root), "path": [str(self.factory)], "mount": ""}
        if self.interpreter == "micropython":
            start = {"root": "/flash", "path": [str(self.factory), str(compiled_firmware() / "world")]}
            start["mount"] = MOUNT.format(image=str(self.image))
        script = self.folder / "main.py"
        script.write_text(START.format(wired=wired, factory=str(self.factory), patience=patience, **start))
        return [*(VM if self.interpreter == "micropython" else [sys.executable]), str(script)]

    def start(self, **how):
        """Start it and return what it says until it ends, as lines."""
        done = subprocess.run(self.command(**how), capture_output=True, text=True, check=False, timeout=20)
        self.code = done.returncode
        return (done.stdout + done.stderr).splitlines()


@pytest.fixture(params=["micropython", "cpython"])
def kiosk(request, tmp_path):
    return Kiosk(tmp_path, request.param)


def runs(name, slot=None):
    return f"runs {name} in {(name if slot is None else slot)!r} touch True"


def test_what_a_technician_has_installed(kiosk):
    assert kiosk.start() == [runs("factory", "")]


def test_a_proved_release_and_nothing_of_any_other_code(kiosk):
    kiosk.install("a", kiosk_main="from kiosk.part import NAME\nprint(NAME)\n" + MAIN.format(name="a"))
    kiosk.set(good="a", number=11, highest=11)
    assert kiosk.start() == ["a", runs("a")]
    # A module that it lacks is not borrowed from the technician's code.
    kiosk.install("b", kiosk_main="import kiosk.more\n" + MAIN.format(name="b"))
    (kiosk.factory / "kiosk/more.py").touch()
    kiosk.set(good="b", number=12, highest=12)
    assert kiosk.start() == [runs("factory", "")]


def test_a_technician_who_wants_the_prompt(kiosk):
    kiosk.install("a")
    kiosk.set(good="a", number=11, highest=11, trial="a", offered=11, starts=0)
    kiosk.write("maintenance", b"")
    # There is one on MicroPython only; elsewhere the kiosk is what is started. A trial is neither counted nor guarded.
    said = kiosk.start(wired=kiosk.interpreter == "micropython")
    assert said == ([] if kiosk.interpreter == "micropython" else [runs("a")])
    assert kiosk.code == 0
    if kiosk.interpreter == "micropython":
        assert kiosk.state["starts"] == 0
    assert kiosk.start() == [runs("a")]  # once


def test_a_trial_is_counted_and_comes_to_an_end(kiosk):
    kiosk.install("a")
    kiosk.install("b")
    kiosk.set(good="a", number=11, highest=11, trial="b", offered=12, starts=0)
    for starts in 1, 2, 3:
        assert kiosk.start() == [runs("b")]
        assert kiosk.state["starts"] == starts
    for _ in range(2):
        assert kiosk.start() == [runs("a")]
    assert kiosk.state["failed"] == 12


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("kiosk_main", "1 / 0\n", "ZeroDivisionError"),
        ("kiosk_main", "def main(:\n", "SyntaxError"),
        ("kiosk_main", "import kiosk.missing\n", "ImportError"),
        ("kiosk_main", "import sys\nsys.exit(0)\n", "SystemExit"),
        ("kiosk_main", "", "ImportError"),
        ("kiosk_main", None, "ImportError"),
        ("boards/virtual", "class Board:\n    def __init__(self):\n        pass\n", "TypeError"),
        ("kiosk/storage", "x = bytearray(1 << 62)\n", "MemoryError"),
    ],
)
def test_a_release_that_crashes_where_it_is_loaded(kiosk, module, source, said):
    kiosk.install("a")
    kiosk.install("b", **{module: source})
    kiosk.set(good="a", number=11, highest=11, trial="b", offered=12, starts=0)
    assert kiosk.start() == [runs("a")]  # in the same start
    assert kiosk.state["failed"] == 12
    why = kiosk.state["why"].replace("ModuleNotFoundError", "ImportError").replace("OverflowError", "MemoryError")
    assert why.startswith("it cannot be started: " + said), why
    # The first release of all leaves its place to the technician's code.
    kiosk.set(trial="b", offered=12, starts=0)
    assert kiosk.start() == [runs("factory", "")]
    # And so does one that was once proved.
    kiosk.set(good="b", number=12, highest=12)
    assert kiosk.start() == [runs("factory", "")]
    assert kiosk.state == {"good": "b", "number": 12, "highest": 12}


def test_a_release_that_hangs_is_ended_three_times_and_goes_back(kiosk):
    kiosk.install("a")
    kiosk.install("b", kiosk_main="print('hangs', flush=True)\nwhile True:\n    pass\n".replace(", flush=True", ""))
    kiosk.set(good="a", number=11, highest=11, trial="b", offered=12, starts=0)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for _ in range(3):
        process = subprocess.Popen(kiosk.command(), stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout.readline() == "hangs\n"
        process.kill()  # as the watchdog does
        process.wait()
        process.stdout.close()
    assert kiosk.start() == [runs("a")]


def test_a_damaged_state_leaves_the_last_resort(kiosk):
    kiosk.install("a")
    kiosk.write("slots.json", b"\xff\xfe")
    assert kiosk.start() == [runs("factory", "")]


def test_the_watchdog_of_a_board_is_armed_before_the_first_line_of_a_trial(kiosk):
    ring = "import sys\ndef main(board, storage, slot):\n    print('runs', slot)\n    sys.modules['rings']()\n"
    kiosk.install("a", kiosk_main="print('first line')\n" + ring)
    kiosk.set(trial="a", offered=11, starts=0)
    expected = ["watchdog 8000", "timer 720000", "first line", "runs a", "reset"]
    assert kiosk.start(wired=True) == expected
    # A timer that rings when the release has proved itself, or has given up, does nothing.
    proved = "    storage.replace('slots.json', b'{\"good\": \"a\"}')\n    sys.modules['rings']()\n"
    kiosk.install("a", kiosk_main="import sys\ndef main(board, storage, slot):\n" + proved)
    assert kiosk.start(wired=True) == expected[:2]
    # What has proved itself is left to its own watchdog.
    kiosk.install("a")
    assert kiosk.start(wired=True) == [runs("a")]


def test_a_trial_on_a_raspberry_pi_that_neither_proves_itself_nor_ends(tmp_path):
    kiosk = Kiosk(tmp_path, "cpython")
    wait = "import threading\ndef main(board, storage, slot):\n    threading.Event().wait()\n"
    kiosk.install("a", kiosk_main=wait)
    kiosk.set(trial="a", offered=11, starts=0)
    for _ in range(3):
        assert kiosk.start(patience=0.1) == []
        assert kiosk.code == 1  # systemd starts it again
    assert kiosk.start(patience=0.1) == [runs("factory", "")]
    assert kiosk.code == 0


def test_two_releases_of_the_same_size_in_the_same_second(tmp_path):
    """CPython would take what it has compiled of the one for the other."""
    kiosk = Kiosk(tmp_path, "cpython")
    for number in 1, 2:
        kiosk.install("a", kiosk_main=f"print({number})\n" + MAIN.format(name="a"))
        os.utime(kiosk.root / "slots/a/kiosk_main.py", (1, 1))
        kiosk.set(good="a", number=number, highest=number)
        assert kiosk.start() == [str(number), runs("a")]
