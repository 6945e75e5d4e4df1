"""Carry out the steps that are not done yet, and write down on the boot partition how it went."""

import argparse
import sys
from pathlib import Path

from provisioning.pi.first_boot.machine import CommandFailed, Machine, Stuck
from provisioning.pi.first_boot.steps import BEGUN, NOT_YET, STEPS, WORKED, leave, read_setup


def main() -> int:
    """Returns 1 where it has to be tried again: then systemd does."""
    parser = argparse.ArgumentParser(description="Make a kiosk of this Raspberry Pi.")
    parser.add_argument("--root", type=Path, default=Path("/"), help="the folder that is the machine's /")
    machine = Machine(parser.parse_args().root)
    try:
        setup = read_setup(machine)
        for number, step in enumerate(STEPS, 1):
            if machine.has_done(step.__name__):
                continue
            if number == 1:
                machine.tell(f"{BEGUN} {setup['kiosk']}: {len(STEPS)} steps.")
            said = step(machine, setup)
            machine.is_done(step.__name__)
            machine.tell(f"{number}/{len(STEPS)} {said}")
        machine.tell(f"{WORKED} {setup['kiosk']} runs, and restarts now. Press a button: its light comes on.")
    except Stuck as problem:
        machine.tell(f"{NOT_YET} {problem} It is tried again by itself.")
        return 1
    except Exception as problem:  # whatever it was, a technician must be able to read it
        why = str(problem) if isinstance(problem, CommandFailed) else repr(problem)
        machine.tell(f"{NOT_YET} {why}. It is tried again by itself; if this stays, prepare the card once more.")
        return 1
    leave(machine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
