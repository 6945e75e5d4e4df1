"""What a board needs: found by what its code imports, whole, and running in the real MicroPython VM."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from collector.failure import Failure
from provisioning.bundle import FIRMWARE, boards, bundle, installation, version
from simulators.device import ROOMY_VM

MICROCONTROLLERS = ["esp32_c3", "esp32_s3", "pico_2_w", "pico_w"]


def test_there_is_firmware_for_every_board_that_can_be_bought() -> None:
    assert boards() == sorted([*MICROCONTROLLERS, "raspberry_pi", "virtual"])
    with pytest.raises(Failure, match=r"There are: esp32_c3"):
        bundle("pico")


@pytest.mark.parametrize("board", MICROCONTROLLERS)
def test_a_board_gets_its_own_modules_compiled_and_no_other_boards(board: str) -> None:
    files = bundle(board)
    assert {"kiosk_main.mpy", "kiosk/storage.mpy", "kiosk/updates.mpy", "kiosk/ed25519.mpy"} <= set(files)
    assert not {path for path in files if path.endswith(".py")}
    others = {f"boards/{other}.mpy" for other in boards()} - {f"boards/{board}.mpy"}
    assert f"boards/{board}.mpy" in files
    assert not others & set(files)
    assert "starter.mpy" not in files
    # What a screen draws with comes along, as it is.
    assert files["kiosk/sans.font"] == (FIRMWARE / "kiosk/sans.font").read_bytes()
    assert sum(map(len, files.values())) <= 96 * 1024


def test_a_board_without_a_screen_has_no_letters() -> None:
    assert not {path for path in bundle("virtual") if "font" in path or "screen" in path or "displays" in path}


def test_a_raspberry_pi_gets_the_sources_and_its_page() -> None:
    files = bundle("raspberry_pi")
    assert files["kiosk/journal.py"] == (FIRMWARE / "kiosk/journal.py").read_bytes()
    page = {path.name for path in (FIRMWARE / "touch/page").iterdir()}
    assert {f"touch/page/{name}" for name in page} <= set(files)
    assert not {path for path in files if path.endswith(".mpy") or path.startswith("pi/")}


def test_it_is_the_same_each_time() -> None:
    assert bundle("pico_w") == bundle("pico_w")


def test_what_a_technician_installs_has_all_that_starts_it() -> None:
    files = installation("pico_w")
    assert bundle("pico_w").items() <= files.items()
    assert files["main.py"] == b'from starter import start\n\nstart("pico_w")\n'
    assert {"starter.mpy", "kiosk/slots.mpy", "kiosk/storage.mpy"} <= set(files)


def test_the_version_is_what_the_firmware_says() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import kiosk; print(kiosk.VERSION)"],
        env={"PYTHONPATH": str(FIRMWARE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert version() == said.stdout.strip()


def test_modules_are_found_however_late_they_are_imported(tmp_path: Path) -> None:
    for name, source in {
        "kiosk_main.py": "import json\ndef main():\n    from kiosk import late\n    import kiosk.deep.one\n",
        "kiosk/__init__.py": "",
        "kiosk/late.py": "FILE = __file__.rsplit('/', 1)[0] + '/late.table'\n",
        "kiosk/deep/__init__.py": "",
        "kiosk/deep/one.py": "",
        "kiosk/unused.py": "",
        "kiosk/late.table": "1",
        "kiosk/other.table": "2",
        "boards/__init__.py": "",
        "boards/shared.py": "class Pins: pass\n",
        "boards/bench.py": "from boards.shared import Pins\nclass Board: pass\n",
        "boards/shelf.py": "class Board: pass\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    assert boards(tmp_path) == ["bench", "shelf"]
    assert list(bundle("bench", compiled=False, firmware=tmp_path)) == [
        "boards/__init__.py",
        "boards/bench.py",
        "boards/shared.py",
        "kiosk/__init__.py",
        "kiosk/deep/__init__.py",
        "kiosk/deep/one.py",
        "kiosk/late.py",
        "kiosk/late.table",
        "kiosk_main.py",
    ]


def test_a_source_that_cannot_be_compiled_is_named(tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/__init__.py").touch()
    (tmp_path / "boards/bench.py").write_text("class Board: pass\n")
    (tmp_path / "kiosk_main.py").write_text(
        "async def main():\n    return [(yield x) for x in y]\nmatch 1:\n    case _: pass\n"
    )
    with pytest.raises(Failure, match="kiosk_main cannot be compiled"):
        bundle("bench", firmware=tmp_path)


def test_every_module_of_it_loads_in_the_vm(tmp_path: Path) -> None:
    for path, data in bundle("virtual").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    names = [path.removesuffix(".mpy").removesuffix("/__init__").replace("/", ".") for path in bundle("virtual")]
    script = tmp_path / "load.py"
    script.write_text(
        f"import sys\nsys.path[:0] = [{str(tmp_path)!r}]\n"
        f"for name in {json.dumps(names)}:\n    __import__(name)\nprint('loaded', len({names}))\n"
    )
    # All of them at once, as on no board: some are there for a moment only.
    done = subprocess.run([*ROOMY_VM, str(script)], capture_output=True, text=True, check=False, timeout=20)
    assert done.stdout.strip() == f"loaded {len(names)}", done.stdout + done.stderr
