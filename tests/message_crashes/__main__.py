"""`python -m tests.message_crashes --kills 500 --seed 1`: ends with 1 when something is wrong."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.message_crashes.trial import Trial


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.message_crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="how often the worker is killed")
    parser.add_argument("--seed", type=int, default=1, help="of chance: the same troubles again, at other moments")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="message-crashes-") as folder:
        Path(folder).chmod(0o755)
        result = Trial(Path(folder), wanted.kills, wanted.seed).run()
    print(result)
    return 0 if result.ledger.well else 1


if __name__ == "__main__":
    sys.exit(main())
