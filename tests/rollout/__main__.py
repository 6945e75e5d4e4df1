"""`python -m tests.rollout --kiosks 480 --vms 20`: the roll-out at its full size; prints what happened."""

import argparse
import tempfile
from pathlib import Path

from tests.rollout.checks import check
from tests.rollout.firmware import FAULTS
from tests.rollout.house import Scale, house
from tests.rollout.story import tell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kiosks", type=int, default=480)
    parser.add_argument("--vms", type=int, default=20)
    parser.add_argument("--troubled", type=int, default=2, help="kiosks for each trouble that an update can meet")
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    times = {"silence": 60, "patience": 60, "at_once": parsed.kiosks // 2}
    scale = Scale(parsed.kiosks, parsed.vms, parsed.troubled, FAULTS * 2, **times, seed=parsed.seed)
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), scale) as made:
        told = tell(made)
        check(made, told)
    assert told.compared
    print(f"{parsed.kiosks} kiosks and {parsed.vms} VMs; seconds: {told.times}")
    print(f"The bad release: {told.halted['why']} It had been offered to {told.offered} of {told.everybody}.")
    for said, count in told.ways.most_common():
        print(f"{count:4} {said}")
    print(f"In the end: {dict(sorted(told.running.items()))} (release: kiosks); stages {told.done['stages']}")
    print(
        f"{told.compared.lit:,} presses lit, {told.compared.stored:,} stored, {told.compared.lost} lost, "
        f"{told.compared.doubled} twice; on VMs {told.vms_lit:,} lit, {told.vms_stored:,} stored; "
        f"{told.frames:,} records in all"
    )


if __name__ == "__main__":
    main()
