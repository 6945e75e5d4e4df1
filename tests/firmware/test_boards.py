"""The boards' own files, in the MicroPython VM on simulated hardware: `board_cases` has the tests."""

import re
import subprocess
from pathlib import Path

from simulators.device import VM

HERE = Path(__file__).parent
# The bench takes room beside the firmware, and that is compiled here: what it needs on a board is measured elsewhere.
BENCH = [*VM[:-1], "heapsize=1m"]


def test_boards():
    done = subprocess.run(
        [*BENCH, str(HERE / "run_tests.py"), str(HERE.parents[1] / "firmware"), "board_cases"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    report = done.stdout + done.stderr
    assert done.returncode == 0, report
    written = re.findall(r"^def (test_\w+)", (HERE / "board_cases.py").read_text(), re.MULTILINE)
    assert re.findall(r"^passed board_cases\.(\w+)$", done.stdout, re.MULTILINE) == sorted(written), report
