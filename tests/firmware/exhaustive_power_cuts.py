"""Every power cut there is, on both interpreters: `make test-powercut`.

Prints how many cuts each test tried, and the sum; ends with 1 where one of them lost or doubled a press, and says how
to see that one again.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from simulators.device import ROOMY_VM
from simulators.device.compiled import compiled_firmware

HERE = Path(__file__).parent
MODULES = ["test_power_cuts", "test_update_power_cuts"]


def command(interpreter: str, module: str) -> list[str]:
    if interpreter == "micropython":
        return [*ROOMY_VM, str(HERE / "run_tests.py"), str(compiled_firmware() / "firmware"), module]
    return [sys.executable, str(HERE / "run_tests.py"), str(HERE.parents[1] / "firmware"), module]


def run(job: tuple[str, str]) -> tuple[int, bool]:
    """Run a module of tests; returns the cuts that it tried, and whether all of them came out well."""
    interpreter, module = job
    environment = {**os.environ, "POWER_CUTS": "exhaustive"}
    tried, well = 0, True
    with subprocess.Popen(command(*job), env=environment, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for line in process.stdout:
            if found := re.match(r"cut points: (\d+)", line):
                tried += int(found[1])
            elif passed := re.match(r"passed \w+\.test_(\w+)", line):
                print(f"  {interpreter:12} {passed[1].replace('_', ' ')}", flush=True)
            else:
                print(f"  {interpreter:12} {line.rstrip()}", flush=True)
    well = process.returncode == 0
    print(f"  {interpreter:12} {module}: {tried:,} cut points, {'0 lost, 0 doubled' if well else 'FAILED'}", flush=True)
    return tried, well


if __name__ == "__main__":
    began = time.monotonic()
    jobs = [(interpreter, module) for module in MODULES for interpreter in ("micropython", "cpython")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, jobs))
    total = sum(tried for tried, _ in results)
    well = all(each for _, each in results)
    print(f"{total:,} cut points in {time.monotonic() - began:.0f} s, {'0 lost, 0 doubled' if well else 'see above'}")
    sys.exit(not well)
