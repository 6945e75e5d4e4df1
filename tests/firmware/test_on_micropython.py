"""The tests that hold on both interpreters, once more in the MicroPython VM with a board's heap."""

import re
import subprocess
from pathlib import Path

import pytest

from simulators.device import ROOMY_VM, VM
from simulators.device.compiled import compiled_firmware

HERE = Path(__file__).parent
ON_BOTH = [
    "test_app",
    "test_console",
    "test_former",
    "test_gesture",
    "test_commands",
    "test_hours",
    "test_identity",
    "test_clock",
    "test_debounce",
    "test_ed25519",
    "test_dns",
    "test_front",
    "test_journal",
    "test_power",
    "test_power_cuts",
    "test_record",
    "test_rest",
    "test_displays",
    "test_screen",
    "test_settings",
    "test_slots",
    "test_update_power_cuts",
    "test_updates",
    "test_conversation",
    "test_uplink",
    "test_wifi",
]
# Here the flash and its copies lie in the heap, and the collector, too: a board's would not hold them.
ROOMY = {"test_journal", "test_power_cuts", "test_update_power_cuts", "test_updates"}


@pytest.mark.parametrize("module", ON_BOTH)
def test_on_micropython(module):
    vm = ROOMY_VM if module in ROOMY else VM
    done = subprocess.run(
        [*vm, str(HERE / "run_tests.py"), str(compiled_firmware() / "firmware"), module],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    report = done.stdout + done.stderr
    assert done.returncode == 0, report
    written = re.findall(r"^def (test_\w+)", (HERE / f"{module}.py").read_text(), re.MULTILINE)
    assert re.findall(rf"^passed {module}\.(\w+)$", done.stdout, re.MULTILINE) == sorted(written), report
