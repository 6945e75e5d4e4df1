"""Run the test functions of modules without pytest: `micropython run_tests.py FIRMWARE test_journal …`.

FIRMWARE: folder of the firmware, compiled in the MicroPython VM, because a board has no memory to compile it itself.
"""

import gc
import sys

try:
    from sys import print_exception
except ImportError:
    from traceback import print_exception as print_traceback

    def print_exception(fault, file):
        print_traceback(fault, file=file)


HERE = __file__.rsplit("/", 1)[0]
sys.path[1:1] = [sys.argv[1], HERE + "/../..", HERE]


def run(name):
    module = __import__(name)
    failed = 0
    for test in sorted(dir(module)):
        if not test.startswith("test_"):
            continue
        gc.collect()
        try:
            getattr(module, test)()
            print(f"passed {name}.{test}")
        except Exception as fault:
            failed += 1
            print(f"FAILED {name}.{test}")
            print_exception(fault, sys.stdout)
    return failed


sys.exit(1 if sum([run(name) for name in sys.argv[2:]]) else 0)
