"""Run the test functions of modules in the MicroPython VM: `micropython on_micropython.py test_journal …`."""

import gc
import sys

HERE = __file__.rsplit("/", 1)[0]
sys.path[1:1] = [HERE + "/../../firmware", HERE + "/../..", HERE]


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
            sys.print_exception(fault, sys.stdout)
    return failed


sys.exit(1 if sum([run(name) for name in sys.argv[1:]]) else 0)
