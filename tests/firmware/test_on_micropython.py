"""The tests that hold on both interpreters, once more in the MicroPython VM with a board's heap."""

import re
import subprocess
from pathlib import Path

import pytest

from simulators.device import VM

HERE = Path(__file__).parent
ON_BOTH = [
    "test_clock",
    "test_debounce",
    "test_front",
    "test_journal",
    "test_power_cuts",
    "test_record",
    "test_settings",
    "test_uplink",
]


@pytest.mark.parametrize("module", ON_BOTH)
def test_on_micropython(module):
    done = subprocess.run(
        [*VM, str(HERE / "on_micropython.py"), module], capture_output=True, text=True, check=False, timeout=300
    )
    report = done.stdout + done.stderr
    assert done.returncode == 0, report
    written = re.findall(r"^def (test_\w+)", (HERE / f"{module}.py").read_text(), re.MULTILINE)
    assert re.findall(rf"^passed {module}\.(\w+)$", done.stdout, re.MULTILINE) == sorted(written), report
